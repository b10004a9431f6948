//! A Kubernetes API of a few lines: objects by path, answers by rule, and a diary of the requests.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

/// The API: cheap to clone, all clones are one.
#[derive(Clone, Default)]
pub(crate) struct Api {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Objects by their path.
    objects: BTreeMap<String, Value>,
    /// Answers that come before anything else.
    answers: Vec<Answer>,
    /// Answers to whole requests.
    exact: BTreeMap<String, (u16, String)>,
    /// What was asked, reads left out; of deletions also the UID that they insist on.
    diary: Vec<String>,
    /// How many objects were made.
    made: usize,
    /// Whether pods are ready as soon as they are made.
    starts_pods: bool,
}

impl Inner {
    /// Keeps an object as a cluster does, with a UID of its own.
    fn keep(&mut self, path: String, mut object: Value) -> Value {
        self.made += 1;
        object["metadata"]["uid"] = format!("uid-{}", self.made).into();
        if self.starts_pods && object["kind"] == "Pod" {
            object["status"] = json!({
                "phase": "Running", "podIP": format!("10.0.0.{}", self.made),
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"containerID": format!("container-{}", self.made), "restartCount": 0}],
            });
        }
        self.objects.insert(path, object.clone());
        object
    }

    /// Answers a deletion: it may insist on a UID.
    fn delete(&mut self, path: &str, options: &Value) -> (u16, Value) {
        let wanted = options["preconditions"]["uid"].as_str();
        match self.objects.get(path) {
            None => (404, refusal(404, "not found")),
            Some(object) if wanted.is_some_and(|uid| object["metadata"]["uid"] != uid) => {
                (409, refusal(409, "the UID in the precondition is not the object's"))
            }
            Some(_) => {
                self.objects.remove(path);
                // A namespace takes with it what stands in it, of whatever group.
                if let Some(name) = path.strip_prefix("/api/v1/namespaces/").filter(|name| !name.contains('/')) {
                    let inside = format!("/namespaces/{name}/");
                    self.objects.retain(|other, _| !other.contains(&inside));
                }
                (200, json!({"kind": "Status", "status": "Success"}))
            }
        }
    }
}

/// What is said to requests that begin with a text.
#[derive(Clone)]
struct Answer {
    request: String,
    code: u16,
    body: String,
    once: bool,
}

impl Api {
    /// With these objects, by path.
    pub(crate) fn with(objects: &[(&str, Value)]) -> Self {
        let api = Self::default();
        for (path, object) in objects {
            api.inner.lock().unwrap().keep((*path).to_owned(), object.clone());
        }
        api
    }

    /// Answers requests that begin with `request` like this, always.
    pub(crate) fn answer(self, request: &str, code: u16, body: Value) -> Self {
        self.say(request, code, body.to_string(), false)
    }

    /// Answers requests that begin with `request` with a text that may be anything.
    pub(crate) fn says(self, request: &str, code: u16, body: &str) -> Self {
        self.say(request, code, body.to_owned(), false)
    }

    /// Answers this very request, without anything behind it.
    pub(crate) fn exactly(self, request: &str, body: Value) -> Self {
        self.inner.lock().unwrap().exact.insert(request.to_owned(), (200, body.to_string()));
        self
    }

    /// Refuses this very request.
    pub(crate) fn exactly_refused(self, request: &str, message: &str) -> Self {
        self.inner.lock().unwrap().exact.insert(request.to_owned(), (403, refusal(403, message).to_string()));
        self
    }

    /// Answers the next request that begins with `request` like this.
    pub(crate) fn answer_once(self, request: &str, code: u16, body: Value) -> Self {
        self.say(request, code, body.to_string(), true)
    }

    /// Pods are ready as soon as they are made.
    pub(crate) fn starting_pods(self) -> Self {
        self.inner.lock().unwrap().starts_pods = true;
        self
    }

    /// Changes an object behind everybody's back.
    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        change(self.inner.lock().unwrap().objects.get_mut(path).unwrap());
    }

    /// Takes an object away behind everybody's back.
    pub(crate) fn remove(&self, path: &str) -> Value {
        self.inner.lock().unwrap().objects.remove(path).unwrap()
    }

    /// Puts an object there behind everybody's back.
    pub(crate) fn put(&self, path: &str, object: Value) {
        self.inner.lock().unwrap().keep(path.to_owned(), object);
    }

    fn say(self, request: &str, code: u16, body: String, once: bool) -> Self {
        self.inner.lock().unwrap().answers.push(Answer { request: request.to_owned(), code, body, once });
        self
    }

    /// What was written, in order.
    pub(crate) fn diary(&self) -> Vec<String> {
        self.inner.lock().unwrap().diary.clone()
    }

    /// The object at a path.
    pub(crate) fn object(&self, path: &str) -> Option<Value> {
        self.inner.lock().unwrap().objects.get(path).cloned()
    }

    /// A client that talks to it.
    pub(crate) fn client(&self) -> Client {
        let api = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let api = api.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                let Some((code, answer)) = api.reply(&head.method, &head.uri.to_string(), &body) else {
                    return std::future::pending().await;
                };
                let response = Response::builder().status(code).header("content-type", "application/json");
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer))).unwrap())
            }
        });
        Client::new(service, "default")
    }

    fn reply(&self, method: &Method, uri: &str, body: &[u8]) -> Option<(u16, String)> {
        let mut inner = self.inner.lock().unwrap();
        let request = format!("{method} {uri}");
        if let Some(index) = inner.answers.iter().position(|answer| request.starts_with(&answer.request)) {
            let Answer { code, body, once, .. } = inner.answers[index].clone();
            if once {
                inner.answers.remove(index);
            }
            return Some((code, body));
        }
        if let Some(answer) = inner.exact.get(&request) {
            return Some(answer.clone());
        }
        let path = uri.split('?').next().unwrap().to_owned();
        let sent: Value = serde_json::from_slice(body).unwrap_or_default();
        if method != Method::GET {
            let uid = sent["preconditions"]["uid"].as_str().map(|uid| format!(" if {uid}")).unwrap_or_default();
            inner.diary.push(format!("{method} {path}{uid}"));
        }
        let (code, answer) = match method.as_str() {
            "POST" => {
                let path = format!("{path}/{}", sent["metadata"]["name"].as_str().unwrap());
                match inner.objects.contains_key(&path) {
                    true => (409, refusal(409, "already exists")),
                    false => (201, inner.keep(path, sent)),
                }
            }
            "DELETE" => inner.delete(&path, &sent),
            _ => match inner.objects.get(&path) {
                Some(object) => (200, object.clone()),
                None if is_of_one_object(&path) => (404, refusal(404, "not found")),
                None => {
                    let below = format!("{path}/");
                    let direct = |other: &&String| other.strip_prefix(&below).is_some_and(|rest| !rest.contains('/'));
                    let plural = path.rsplit('/').next().unwrap();
                    let anywhere =
                        |other: &&String| other.rsplit('/').nth(1) == Some(plural) && !path.contains("/namespaces/");
                    let keys = inner.objects.keys().filter(|key| direct(key) || anywhere(key));
                    let items: Vec<_> = keys.map(|key| inner.objects[key].clone()).collect();
                    (
                        200,
                        json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}),
                    )
                }
            },
        };
        Some((code, answer.to_string()))
    }
}

/// Whether a path is that of one object, rather than of all of a kind.
fn is_of_one_object(path: &str) -> bool {
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    // Shorter paths are those of discovery.
    let rest = parts.get(if parts[0] == "apis" { 3.. } else { 2.. }).unwrap_or_default();
    match rest {
        ["namespaces", _, rest @ ..] if !rest.is_empty() => rest.len() == 2,
        rest => rest.len() == 2,
    }
}

/// A Status that says no.
pub(crate) fn refusal(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": "Refused", "code": code})
}
