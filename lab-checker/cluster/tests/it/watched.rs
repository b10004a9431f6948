//! An API of a few lines whose objects can be watched, and that fails as real ones do: it goes away, forgets what was,
//! and refuses.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::channel::mpsc::{self, UnboundedSender};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use crate::api::refusal;

type Answer = UnsyncBoxBody<Bytes, io::Error>;

/// The API: cheap to clone, all clones are one.
#[derive(Clone, Default)]
pub(crate) struct Watched {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    revision: u64,
    /// Objects by their path.
    objects: BTreeMap<String, Value>,
    /// What happened: when, to which path, and how.
    log: Vec<(u64, String, Value)>,
    /// What is from before this revision is forgotten.
    forgotten: u64,
    watches: Vec<(String, UnboundedSender<Bytes>)>,
    /// Everybody is refused with this code.
    refusing: Option<u16>,
    /// Nobody is there.
    away: bool,
    /// Lists of all namespaces are forbidden, and what is outside of namespaces.
    only: Option<String>,
    /// What is not served, by its path.
    missing: Vec<String>,
    /// Nobody may watch.
    unwatchable: bool,
    /// What discovery says of groups; CRDs that it does not know of yet are defined and not served.
    discovered: Vec<Value>,
    /// What was asked: watches and lists.
    pub(crate) asked: Vec<String>,
}

impl Watched {
    /// Makes or changes an object.
    pub(crate) fn apply(&self, path: &str, object: Value) {
        let known = self.inner.lock().unwrap().objects.contains_key(path);
        self.happens(path, if known { "MODIFIED" } else { "ADDED" }, object);
    }

    /// Takes an object away.
    pub(crate) fn delete(&self, path: &str) {
        let object = self.inner.lock().unwrap().objects[path].clone();
        self.happens(path, "DELETED", object);
    }

    fn happens(&self, path: &str, what: &str, mut object: Value) {
        let mut inner = self.inner.lock().unwrap();
        inner.revision += 1;
        object["metadata"]["resourceVersion"] = inner.revision.to_string().into();
        object["metadata"]["name"] = path.rsplit('/').next().into();
        if let Some((_, rest)) = path.split_once("/namespaces/")
            && let Some((namespace, _)) = rest.split_once('/')
        {
            object["metadata"]["namespace"] = namespace.into();
        }
        match what {
            "DELETED" => _ = inner.objects.remove(path),
            _ => _ = inner.objects.insert(path.to_owned(), object.clone()),
        }
        let event = json!({"type": what, "object": object});
        let line = Bytes::from(format!("{event}\n"));
        inner.watches.retain(|(list, watch)| !is_of(list, path) || watch.unbounded_send(line.clone()).is_ok());
        let revision = inner.revision;
        inner.log.push((revision, path.to_owned(), event));
    }

    /// The server ends: watches break off, and nobody answers until it is back.
    pub(crate) fn away(&self, away: bool) {
        let mut inner = self.inner.lock().unwrap();
        inner.away = away;
        inner.watches.clear();
    }

    /// Watches break off.
    pub(crate) fn break_off(&self) {
        self.inner.lock().unwrap().watches.clear();
    }

    /// What happened is forgotten: watches from before are refused with 410.
    pub(crate) fn forget(&self) {
        let mut inner = self.inner.lock().unwrap();
        inner.revision += 1;
        inner.forgotten = inner.revision;
        inner.log.clear();
    }

    /// Refuses everybody with this code from now on; `None` nobody.
    pub(crate) fn refuse(&self, code: Option<u16>) {
        self.inner.lock().unwrap().refusing = code;
    }

    /// Rights in one namespace are all that there are.
    pub(crate) fn only(&self, namespace: &str) {
        self.inner.lock().unwrap().only = Some(namespace.to_owned());
    }

    /// Lists are to be had, and watches are not; or they are again.
    pub(crate) fn unwatchable(&self, unwatchable: bool) {
        let mut inner = self.inner.lock().unwrap();
        inner.unwatchable = unwatchable;
        inner.watches.clear();
    }

    /// This path is not served.
    pub(crate) fn not_served(&self, path: &str) {
        self.inner.lock().unwrap().missing.push(path.to_owned());
    }

    /// Discovery tells of a kind from now on.
    pub(crate) fn discovers(&self, group: &str, kind: &str, plural: &str) {
        let resources = json!([{"resource": plural, "responseKind": {"kind": kind}}]);
        let version = json!({"version": "v1alpha2", "freshness": "Current", "resources": resources});
        let group = json!({"metadata": {"name": group}, "versions": [version]});
        self.inner.lock().unwrap().discovered.push(group);
    }

    /// The kinds that are watched now, by their plurals.
    pub(crate) fn watched(&self) -> Vec<String> {
        let mut inner = self.inner.lock().unwrap();
        inner.watches.retain(|(_, watch)| !watch.is_closed());
        let plural = |(path, _): &(String, UnboundedSender<Bytes>)| path.rsplit('/').next().unwrap().to_owned();
        inner.watches.iter().map(plural).collect()
    }

    /// What was asked since the last time: lists or watches, by their path.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().asked)
    }

    /// A client that talks to it.
    pub(crate) fn client(&self) -> Client {
        let api = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let answer = api.inner.lock().unwrap().answer(&request.uri().to_string());
            async move { answer }
        });
        Client::new(service, "default")
    }
}

impl Inner {
    fn answer(&mut self, uri: &str) -> io::Result<Response<Answer>> {
        if self.away {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        if let Some(code) = self.refusing {
            return Ok(whole(code, &refusal(code, "no")));
        }
        if path == "/apis" {
            return Ok(whole(200, &json!({"kind": "APIGroupDiscoveryList", "items": self.discovered})));
        }
        if self.only.as_ref().is_some_and(|only| !path.contains(&format!("/namespaces/{only}/"))) {
            return Ok(whole(403, &refusal(403, "forbidden")));
        }
        let watch = query.contains("watch=true");
        if self.missing.iter().any(|missing| missing == path) {
            return Ok(whole(404, &refusal(404, "the server could not find the requested resource")));
        }
        if watch && self.unwatchable {
            return Ok(whole(403, &refusal(403, "cannot watch")));
        }
        if let Some(object) = self.objects.get(path).filter(|_| path.contains("/customresourcedefinitions/")) {
            return Ok(whole(200, object));
        }
        self.asked.push(format!("{} {path}", if watch { "watch" } else { "list" }));
        if watch { Ok(self.watch(path, query)) } else { Ok(self.list(path)) }
    }

    fn list(&self, path: &str) -> Response<Answer> {
        let items: Vec<_> = self.objects.iter().filter(|(known, _)| is_of(path, known)).map(|(_, one)| one).collect();
        let metadata = json!({"resourceVersion": self.revision.to_string()});
        whole(200, &json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items}))
    }

    fn watch(&mut self, path: &str, query: &str) -> Response<Answer> {
        let since = query.split('&').find_map(|part| part.strip_prefix("resourceVersion=")).unwrap_or_default();
        let since: u64 = since.parse().unwrap();
        let (send, lines) = mpsc::unbounded();
        if since < self.forgotten {
            let gone = json!({"type": "ERROR", "object": refusal(410, "too old resource version")});
            send.unbounded_send(Bytes::from(format!("{gone}\n"))).unwrap();
        } else {
            for (_, _, event) in self.log.iter().filter(|(when, of, _)| *when > since && is_of(path, of)) {
                send.unbounded_send(Bytes::from(format!("{event}\n"))).unwrap();
            }
            self.watches.push((path.to_owned(), send));
        }
        let frames = lines.map(|line| Ok(Frame::data(line)));
        Response::new(StreamBody::new(frames).boxed_unsync())
    }
}

fn whole(code: u16, body: &Value) -> Response<Answer> {
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {});
    Response::builder().status(code).body(body.boxed_unsync()).unwrap()
}

/// Whether an object is in the list of this path, of one namespace or of all.
fn is_of(list: &str, path: &str) -> bool {
    let (above, plural) = list.rsplit_once('/').unwrap();
    let Some((place, _)) = path.rsplit_once('/') else { return false };
    place == list
        || place.strip_prefix(above).is_some_and(|rest| {
            let parts: Vec<_> = rest.split('/').collect();
            matches!(parts[..], ["", "namespaces", _, kind] if kind == plural)
        })
}
