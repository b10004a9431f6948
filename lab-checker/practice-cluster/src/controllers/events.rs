//! Events: what controllers say about objects, as `kubectl describe` and `kubectl get events` show them.

use serde_json::{Value, json};

use crate::incoming::names;
use crate::store::object;
use crate::store::transaction::Transaction;

/// How many events a namespace keeps. A real cluster forgets them after an hour.
const KEPT: usize = 300;

/// Who says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Scheduler,
    Kubelet,
    Deployments,
    ReplicaSets,
    StatefulSets,
    DaemonSets,
    Jobs,
}

impl Source {
    fn component(self) -> &'static str {
        match self {
            Self::Scheduler => "default-scheduler",
            Self::Kubelet => "kubelet",
            Self::Deployments => "deployment-controller",
            Self::ReplicaSets => "replicaset-controller",
            Self::StatefulSets => "statefulset-controller",
            Self::DaemonSets => "daemonset-controller",
            Self::Jobs => "job-controller",
        }
    }
}

/// What is said.
pub(super) struct Event<'a> {
    pub(super) source: Source,
    /// `Normal` when nothing is wrong.
    pub(super) warning: bool,
    pub(super) reason: &'a str,
    pub(super) message: String,
    /// The container it is about.
    pub(super) container: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Something ordinary about a whole object.
    pub(super) fn normal(source: Source, reason: &'a str, message: impl Into<String>) -> Self {
        Self { source, warning: false, reason, message: message.into(), container: None }
    }

    /// Something ordinary about a container.
    pub(super) fn of_container(name: &'a str, reason: &'a str, message: impl Into<String>) -> Self {
        Self { container: Some(name), ..Self::normal(Source::Kubelet, reason, message) }
    }

    /// The same as a warning.
    pub(super) fn warning(self) -> Self {
        Self { warning: true, ..self }
    }
}

/// Records an event about an object. The same event again only raises the count of the first.
pub(super) fn record(tx: &mut Transaction, about: &Value, event: &Event<'_>) {
    let namespace = match object::namespace(about) {
        "" => "default",
        namespace => namespace,
    };
    let path = event.container.map(|name| format!("spec.containers{{{name}}}"));
    let now = tx.now_text();
    if let Some(mut again) = same(tx, about, event, path.as_deref()) {
        again["count"] = json!(again["count"].as_i64().unwrap_or(1).saturating_add(1));
        again["lastTimestamp"] = json!(now);
        tx.update(again);
        return;
    }
    forget_oldest(tx, namespace);
    let name = format!("{}.{}", object::name(about), names::event_suffix(tx));
    let node = about["spec"]["nodeName"].as_str().unwrap_or_default();
    let kubelet = event.source == Source::Kubelet;
    let component = event.source.component();
    let mut source = json!({"component": component});
    if kubelet {
        source["host"] = json!(node);
    }
    let mut involved = json!({
        "kind": object::kind(about),
        "namespace": object::namespace(about),
        "name": object::name(about),
        "uid": object::uid(about),
        "apiVersion": object::api_version(about),
        "resourceVersion": object::metadata_str(about, "resourceVersion"),
    });
    if let Some(path) = path {
        involved["fieldPath"] = json!(path);
    }
    tx.insert(json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": involved,
        "reason": event.reason,
        "message": event.message,
        "source": source,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": if event.warning { "Warning" } else { "Normal" },
        "eventTime": null,
        "reportingComponent": component,
        "reportingInstance": if kubelet { node } else { "" },
    }));
}

/// Whether it was said of an object, whatever the words, and is not forgotten.
pub(super) fn stands(tx: &Transaction, about: &Value, reason: &str) -> bool {
    tx.state().events_about(object::uid(about)).any(|known| known["reason"] == reason)
}

/// The event that said the same about the same object before.
fn same(tx: &Transaction, about: &Value, event: &Event<'_>, path: Option<&str>) -> Option<Value> {
    let mut known = tx.state().events_about(object::uid(about));
    let same = known.find(|known| {
        known["reason"] == event.reason
            && known["message"] == event.message.as_str()
            && known["involvedObject"]["fieldPath"].as_str() == path
    })?;
    Some(Value::clone(same))
}

fn forget_oldest(tx: &mut Transaction, namespace: &str) {
    if let Some((number, oldest)) = tx.state().index().events(namespace)
        && number >= KEPT
    {
        let oldest = oldest.clone();
        tx.remove(&oldest);
    }
}
