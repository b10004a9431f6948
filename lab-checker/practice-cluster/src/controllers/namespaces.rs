//! Namespaces: what each is born with, and how it ends.

use std::time::Duration;

use serde_json::json;

use crate::resource::{self, Resource};
use crate::store::object;
use crate::store::state::{Change, Key, State};
use crate::store::task::Task;
use crate::store::transaction::Transaction;

/// How long a namespace that is told to go keeps what is in it: long enough to be seen Terminating, and for
/// `kubectl delete -f` to find the other objects of a file that begins with their namespace.
const FAREWELL: Duration = Duration::from_millis(800);

/// How many objects of a terminating namespace go in one write.
const AT_ONCE: usize = 1_000;

/// The authority that signed the certificate of the API server.
const CERTIFICATE: &str = include_str!("root-ca.pem");

/// Makes what every namespace has in a new one; empties one that is being deleted, a moment later.
pub(super) fn after_write(tx: &mut Transaction, change: &Change) {
    let Some(after) = &change.after else {
        empty(tx, change.key.name(), usize::MAX);
        return;
    };
    let name = change.key.name();
    if object::terminating(after) {
        if !change.before.as_ref().is_some_and(|before| object::terminating(before)) {
            tx.schedule(FAREWELL, Task::FinishNamespace(name.to_owned()));
        }
    } else if change.before.is_none() {
        make_what_every_namespace_has(tx, name);
    }
}

/// Makes what every namespace has, where it is missing: a service account and the certificate of the API server.
fn make_what_every_namespace_has(tx: &mut Transaction, namespace: &str) {
    if tx.find(resource::known("", "serviceaccounts"), namespace, "default").is_none() {
        tx.insert(json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": namespace},
        }));
    }
    if tx.find(resource::known("", "configmaps"), namespace, "kube-root-ca.crt").is_none() {
        let why = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
        tx.insert(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": "kube-root-ca.crt", "namespace": namespace,
                "annotations": {"kubernetes.io/description": why},
            },
            "data": {"ca.crt": CERTIFICATE},
        }));
    }
}

/// Puts back what every namespace has when somebody deletes it, and goes on with a namespace that was
/// waiting for its last object.
pub(super) fn restore(tx: &mut Transaction, change: &Change) {
    if change.after.is_some() {
        return;
    }
    let namespace = change.key.namespace();
    let alive = tx
        .find(resource::known("", "namespaces"), "", namespace)
        .is_some_and(|namespace| !object::terminating(namespace));
    if alive {
        make_what_every_namespace_has(tx, namespace);
    }
}

/// Deletes what is in a namespace, or as much of it as one write should; what has finalizers stays until they are
/// gone. Returns how much was deleted.
fn empty(tx: &mut Transaction, namespace: &str, most: usize) -> usize {
    let objects: Vec<_> = in_namespaces(tx.state())
        .flat_map(|resource| tx.state().list(resource, Some(namespace)))
        .filter(|(_, object)| !object::terminating(object))
        .map(|(key, _)| key.clone())
        .take(most)
        .collect();
    for key in &objects {
        // Its owner's end may have taken it already.
        if let Some(current) = tx.get(key).cloned() {
            crate::store::removal::remove_or_terminate(tx, &current, Some(0));
        }
    }
    objects.len()
}

fn remaining(tx: &Transaction, namespace: &str) -> usize {
    in_namespaces(tx.state()).map(|resource| tx.list(resource, Some(namespace)).len()).sum()
}

/// Every kind whose objects stand in namespaces of a cluster.
fn in_namespaces(state: &State) -> impl Iterator<Item = &Resource> {
    let everywhere: &[Resource] = resource::RESOURCES;
    let own = state.own_kinds().all().map(|kind| &kind.stored);
    everywhere.iter().filter(|resource| resource.stored()).chain(own).filter(|resource| resource.namespaced())
}

/// Removes a terminating namespace, unless something in it has a finalizer.
pub(super) fn finish(tx: &mut Transaction, name: &str) {
    let namespaces = resource::known("", "namespaces");
    let Some(namespace) = tx.find(namespaces, "", name).cloned() else { return };
    if !object::terminating(&namespace) {
        return;
    }
    let more = empty(tx, name, AT_ONCE) == AT_ONCE;
    if remaining(tx, name) == 0 {
        tx.remove(&Key::new(namespaces, "", name));
    } else {
        let pause = if more { Duration::ZERO } else { Duration::from_secs(2) };
        tx.schedule(pause, Task::FinishNamespace(name.to_owned()));
    }
}

/// Goes on with the namespaces that were ending.
pub(super) fn resume(tx: &mut Transaction) {
    for namespace in tx.list(resource::known("", "namespaces"), None) {
        if object::terminating(&namespace) {
            tx.schedule(Duration::ZERO, Task::FinishNamespace(object::name(&namespace).to_owned()));
        }
    }
}
