//! A generated cluster as Kubernetes objects, one JSON document after the other (which is YAML).

use std::io::{BufWriter, Write, stdout};

use netpol::{NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Requirement, Rule, Selector, Snapshot};
use serde_json::{Value, json};

/// Writes a cluster to standard output.
pub(crate) fn write(snapshot: &Snapshot) {
    let mut out = BufWriter::new(stdout().lock());
    let namespaces = snapshot.namespaces.iter().map(|namespace| {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace.name, "labels": namespace.labels}})
    });
    let objects = namespaces.chain(snapshot.pods.iter().map(pod)).chain(snapshot.policies.iter().map(policy));
    for object in objects {
        writeln!(out, "---\n{object}").expect("standard output can be written");
    }
}

fn pod(pod: &netpol::Pod) -> Value {
    let ports: Vec<Value> = pod
        .ports
        .iter()
        .map(|port| json!({"containerPort": port.number, "name": port.name, "protocol": port.protocol}))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": pod.namespace, "labels": pod.labels},
        "spec": {"nodeName": pod.node, "containers": [{"name": "c", "image": "x", "ports": ports}]},
        "status": {"phase": "Running", "podIP": pod.addresses[0], "podIPs": [{"ip": pod.addresses[0]}],
                   "hostIP": pod.host_addresses[0]},
    })
}

fn policy(policy: &NetworkPolicy) -> Value {
    let mut spec = json!({"podSelector": selector(&policy.pod_selector), "policyTypes": []});
    let directions = [("Ingress", "ingress", "from", &policy.ingress), ("Egress", "egress", "to", &policy.egress)];
    for (kind, field, peers, rules) in directions {
        if let Some(rules) = rules {
            spec["policyTypes"].as_array_mut().expect("an array").push(kind.into());
            spec[field] = rules.iter().map(|one| rule(one, peers)).collect();
        }
    }
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
           "metadata": {"name": policy.name, "namespace": policy.namespace}, "spec": spec})
}

fn rule(rule: &Rule, peers: &str) -> Value {
    let mut object = json!({});
    if !rule.peers.is_empty() {
        object[peers] = rule.peers.iter().map(peer).collect();
    }
    if !rule.ports.is_empty() {
        object["ports"] = rule.ports.iter().map(port).collect();
    }
    object
}

fn peer(peer: &Peer) -> Value {
    match peer {
        Peer::IpBlock(block) => json!({"ipBlock": {"cidr": block.cidr.to_string()}}),
        Peer::Pods { namespaces: NamespaceScope::Own, pods } => json!({"podSelector": selector(pods)}),
        Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods } if pods.requirements.is_empty() => {
            json!({"namespaceSelector": selector(namespaces)})
        }
        Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods } => {
            json!({"namespaceSelector": selector(namespaces), "podSelector": selector(pods)})
        }
    }
}

fn port(rule: &PortRule) -> Value {
    match &rule.port {
        PortSpec::Any => json!({"protocol": rule.protocol}),
        PortSpec::Range { from, to } if from == to => json!({"protocol": rule.protocol, "port": from}),
        PortSpec::Range { from, to } => json!({"protocol": rule.protocol, "port": from, "endPort": to}),
        PortSpec::Named(name) => json!({"protocol": rule.protocol, "port": name}),
    }
}

fn selector(selector: &Selector) -> Value {
    let expressions: Vec<Value> = selector
        .requirements
        .iter()
        .map(|requirement| match requirement {
            Requirement::In { key, values } => json!({"key": key, "operator": "In", "values": values}),
            Requirement::NotIn { key, values } => json!({"key": key, "operator": "NotIn", "values": values}),
            Requirement::Exists { key } => json!({"key": key, "operator": "Exists"}),
            Requirement::DoesNotExist { key } => json!({"key": key, "operator": "DoesNotExist"}),
        })
        .collect();
    if expressions.is_empty() { json!({}) } else { json!({"matchExpressions": expressions}) }
}
