//! The pods that lints look at, and which of them a peer selects.

use crate::engine::Engine;
use crate::model::{Labels, NamespaceScope, NetworkPolicy, Peer, Pod};

/// The pods where traffic can start or end.
pub(crate) fn pods(engine: &Engine) -> impl Iterator<Item = &Pod> {
    engine.snapshot().pods.iter().filter(|pod| pod.is_endpoint())
}

/// The pods that selectors see, each with its namespace's labels.
pub(crate) fn selectable_pods(engine: &Engine) -> impl Iterator<Item = (&Pod, &Labels)> {
    let selectable = pods(engine).filter(|pod| !pod.host_network);
    selectable.filter_map(|pod| Some((pod, engine.directory().namespace_labels(&pod.namespace)?)))
}

/// Whether a peer made of selectors matches a pod.
pub(crate) fn selects(engine: &Engine, policy: &NetworkPolicy, peer: &Peer, pod: &Pod) -> bool {
    match peer {
        Peer::Pods { namespaces, pods } => {
            !pod.host_network && pods.matches(&pod.labels) && in_scope(engine, policy, namespaces, &pod.namespace)
        }
        Peer::IpBlock(_) => false,
    }
}

/// Whether a policy's peer looks in a namespace.
pub(crate) fn in_scope(engine: &Engine, policy: &NetworkPolicy, scope: &NamespaceScope, namespace: &str) -> bool {
    match scope {
        NamespaceScope::Own => namespace == policy.namespace,
        NamespaceScope::Matching(selector) => {
            let labels = engine.directory().namespace_labels(namespace);
            labels.is_some_and(|labels| selector.matches(labels))
        }
    }
}
