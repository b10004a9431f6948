//! One object changed: what has to be worked out again, and what stays.
//!
//! A policy that uses only words that are known (label keys and values, blocks, ports) leaves all
//! classes as they are, and so does a pod that is like others; a namespace's labels touch policies
//! only. Whatever else comes, the parts that it could touch are made anew at the next question.

use crate::classes::{Compiled, NO_CLASS};
use crate::engine::{Engine, Prepared};
use crate::model::{ClusterNetworkPolicy, Namespace, NetworkPolicy, Node, ObjectName, Pod, Service, Snapshot, implied};

/// A change of one object. An object with the same name is replaced, otherwise added; removing what is
/// not there changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A NetworkPolicy was added or changed.
    Policy(NetworkPolicy),
    /// A NetworkPolicy was removed.
    RemovePolicy(ObjectName),
    /// A pod was added or changed.
    Pod(Pod),
    /// A pod was removed.
    RemovePod(ObjectName),
    /// A namespace was added or changed.
    Namespace(Namespace),
    /// A namespace was removed. While pods or policies still name it, it only loses its labels.
    RemoveNamespace(String),
    /// A ClusterNetworkPolicy was added or changed.
    ClusterPolicy(ClusterNetworkPolicy),
    /// A ClusterNetworkPolicy was removed.
    RemoveClusterPolicy(String),
    /// A Service was added or changed.
    Service(Service),
    /// A Service was removed.
    RemoveService(ObjectName),
    /// A node was added or changed.
    Node(Node),
    /// A node was removed.
    RemoveNode(String),
}

impl Engine {
    /// Changes the snapshot and works out again only what the change touches. The answers are those of
    /// a new engine on the changed snapshot. It is fastest when no [`Reachability`](crate::Reachability) or
    /// clone of this engine is alive, because they keep the old state.
    pub fn apply(&mut self, change: Change) {
        let (snapshot, prepared) = self.parts_mut();
        apply(snapshot, prepared, change);
    }
}

fn apply(snapshot: &mut Snapshot, prepared: &mut Prepared, change: Change) {
    match change {
        Change::Policy(policy) => put_policy(snapshot, prepared, policy),
        Change::RemovePolicy(name) => remove_policy(snapshot, prepared, &name),
        Change::Pod(pod) => put_pod(snapshot, prepared, pod),
        Change::RemovePod(name) => remove_pod(snapshot, prepared, &name),
        Change::Namespace(namespace) => put_namespace(snapshot, prepared, namespace),
        Change::RemoveNamespace(name) => remove_namespace(snapshot, prepared, &name),
        Change::ClusterPolicy(policy) => {
            put(&mut snapshot.cluster_policies, policy, |a, b| a.name == b.name);
            prepared.compiled.take();
        }
        Change::RemoveClusterPolicy(name) => {
            snapshot.cluster_policies.retain(|policy| policy.name != name);
            prepared.compiled.take();
        }
        Change::Service(service) => {
            put(&mut snapshot.services, service, |a, b| (&a.namespace, &a.name) == (&b.namespace, &b.name));
            prepared.index.take();
        }
        Change::RemoveService(name) => {
            snapshot.services.retain(|service| (&service.namespace, &service.name) != (&name.namespace, &name.name));
            prepared.index.take();
        }
        Change::Node(node) => {
            put(&mut snapshot.nodes, node, |a, b| a.name == b.name);
            *prepared = Prepared { pod_order: std::mem::take(&mut prepared.pod_order), ..Prepared::default() };
        }
        Change::RemoveNode(name) => {
            snapshot.nodes.retain(|node| node.name != name);
            *prepared = Prepared { pod_order: std::mem::take(&mut prepared.pod_order), ..Prepared::default() };
        }
    }
}

/// Replaces the object that is the same, or adds it; says where it stands.
fn put<T>(list: &mut Vec<T>, new: T, same: impl Fn(&T, &T) -> bool) -> usize {
    match list.iter().position(|old| same(old, &new)) {
        Some(at) => {
            list[at] = new;
            at
        }
        None => {
            list.push(new);
            list.len() - 1
        }
    }
}

fn put_policy(snapshot: &mut Snapshot, prepared: &mut Prepared, policy: NetworkPolicy) {
    add_namespace(snapshot, prepared, &policy.namespace);
    let at = put(&mut snapshot.policies, policy, |a, b| (&a.namespace, &a.name) == (&b.namespace, &b.name));
    let policy = &snapshot.policies[at];
    let Some(compiled) = prepared.compiled.get_mut() else { return };
    if !compiled.vocabulary.covers(policy) || !compiled.classes.groups.is_alone(&policy.namespace) {
        prepared.compiled.take();
        return;
    }
    let new = compiled.policy(snapshot, policy);
    match compiled.policies.get_mut(at) {
        Some(old) => *old = new,
        None => compiled.policies.push(new),
    }
    compiled.list_policies();
}

fn remove_policy(snapshot: &mut Snapshot, prepared: &mut Prepared, name: &ObjectName) {
    let is = |policy: &NetworkPolicy| (&policy.namespace, &policy.name) == (&name.namespace, &name.name);
    let Some(at) = snapshot.policies.iter().position(is) else { return };
    snapshot.policies.remove(at);
    if let Some(compiled) = prepared.compiled.get_mut() {
        compiled.policies.remove(at);
        compiled.list_policies();
    }
}

fn put_pod(snapshot: &mut Snapshot, prepared: &mut Prepared, pod: Pod) {
    add_namespace(snapshot, prepared, &pod.namespace);
    prepared.index.take();
    let before = snapshot.pods.len();
    let at = put(&mut snapshot.pods, pod, |a, b| (&a.namespace, &a.name) == (&b.namespace, &b.name));
    if snapshot.pods.len() > before {
        prepared.pod_order.take();
    }
    let Some(compiled) = prepared.compiled.get_mut() else { return };
    let pod = &snapshot.pods[at];
    match compiled.class_of(snapshot, pod) {
        Some(class) => match compiled.classes.of_pod.get_mut(at) {
            Some(old) => *old = class,
            None => compiled.classes.of_pod.push(class),
        },
        None => drop(prepared.compiled.take()),
    }
}

fn remove_pod(snapshot: &mut Snapshot, prepared: &mut Prepared, name: &ObjectName) {
    let is = |pod: &Pod| (&pod.namespace, &pod.name) == (&name.namespace, &name.name);
    let Some(at) = snapshot.pods.iter().position(is) else { return };
    snapshot.pods.remove(at);
    prepared.index.take();
    prepared.pod_order.take();
    if let Some(compiled) = prepared.compiled.get_mut() {
        compiled.classes.of_pod.remove(at);
    }
}

fn put_namespace(snapshot: &mut Snapshot, prepared: &mut Prepared, namespace: Namespace) {
    prepared.index.take();
    let at = put(&mut snapshot.namespaces, namespace, |a, b| a.name == b.name);
    let Some(compiled) = prepared.compiled.get_mut() else { return };
    if compiled.classes.groups.is_alone(&snapshot.namespaces[at].name) {
        compiled.recompile_policies(snapshot);
    } else {
        prepared.compiled.take();
    }
}

fn remove_namespace(snapshot: &mut Snapshot, prepared: &mut Prepared, name: &str) {
    let mut mentioned = snapshot.pods.iter().map(|pod| &pod.namespace);
    let in_use = mentioned.any(|one| one == name) || snapshot.policies.iter().any(|policy| policy.namespace == name);
    if in_use {
        put_namespace(snapshot, prepared, implied(name));
    } else if snapshot.namespaces.iter().any(|namespace| namespace.name == name) {
        snapshot.namespaces.retain(|namespace| namespace.name != name);
        prepared.index.take();
        prepared.compiled.take();
    }
}

/// The namespace of an object that names one which is not there.
fn add_namespace(snapshot: &mut Snapshot, prepared: &mut Prepared, name: &str) {
    if !snapshot.namespaces.iter().any(|namespace| namespace.name == name) {
        put_namespace(snapshot, prepared, implied(name));
    }
}

impl Compiled {
    /// The class of a pod, when it is like pods that were there before.
    fn class_of(&self, snapshot: &Snapshot, pod: &Pod) -> Option<u32> {
        if !pod.is_endpoint() {
            return Some(NO_CLASS);
        }
        self.classes.known(snapshot, pod, &self.vocabulary)
    }
}
