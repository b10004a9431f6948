//! Which node a pod goes to: cordons, taints, node selectors, node affinity and ports of the node itself, and what
//! the scheduler says when no node is right.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::workloads;
use crate::resource;
use crate::store::object;
use crate::store::transaction::Transaction;

/// The taint that a cordoned node has.
const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// What the scheduler says of a node whose port is taken. Of all obstacles only this one could go with a pod.
const NO_PORT: &str = "node(s) didn't have free ports for the requested pod ports";

/// The node with the fewest pods among those that a pod may go to, or what the scheduler says.
pub(super) fn choose(tx: &Transaction, pod: &Value) -> Result<Arc<Value>, String> {
    let nodes = tx.list(resource::known("", "nodes"), None);
    let wanted = host_ports(pod);
    let bound = if nodes.len() > 1 || !wanted.is_empty() { active_pods(tx) } else { Vec::new() };
    let mut on: HashMap<&str, usize> = HashMap::new();
    let mut crowded: HashSet<&str> = HashSet::new();
    for other in &bound {
        let node = other["spec"]["nodeName"].as_str().unwrap_or_default();
        *on.entry(node).or_default() += 1;
        if host_ports(other).iter().any(|port| wanted.contains(port)) {
            crowded.insert(node);
        }
    }
    let mut fitting = Vec::new();
    let mut obstacles: BTreeMap<&str, usize> = BTreeMap::new();
    for node in &nodes {
        let taken = crowded.contains(object::name(node));
        match obstacle(&pod["spec"], node).or_else(|| taken.then_some(NO_PORT)) {
            None => fitting.push(node),
            Some(obstacle) => *obstacles.entry(obstacle).or_default() += 1,
        }
    }
    let pods = |node: &&Arc<Value>| on.get(object::name(node)).copied().unwrap_or(0);
    fitting.into_iter().min_by_key(pods).cloned().ok_or_else(|| refusal(nodes.len(), &obstacles))
}

fn active_pods(tx: &Transaction) -> Vec<Arc<Value>> {
    let mut pods = tx.list(resource::known("", "pods"), None);
    pods.retain(|pod| workloads::active(pod));
    pods
}

/// The ports of its node that a pod takes, with their protocols.
pub(super) fn host_ports(pod: &Value) -> Vec<(u64, &str)> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let ports = containers.filter_map(|container| container["ports"].as_array()).flatten();
    let port = |port: &'_ Value| port["hostPort"].as_u64().filter(|number| *number > 0);
    ports.filter_map(|declared| Some((port(declared)?, declared["protocol"].as_str().unwrap_or("TCP")))).collect()
}

fn refusal(count: usize, obstacles: &BTreeMap<&str, usize>) -> String {
    if count == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let listed = |reasons: &[(&str, usize)]| {
        let mut all: Vec<String> = reasons.iter().map(|(reason, nodes)| format!("{nodes} {reason}")).collect();
        all.sort();
        all.join(", ")
    };
    let reasons: Vec<(&str, usize)> = obstacles.iter().map(|(reason, nodes)| (*reason, *nodes)).collect();
    let crowded = obstacles.get(NO_PORT).copied().unwrap_or(0);
    let mut preemption = vec![
        ("No preemption victims found for incoming pod", crowded),
        ("Preemption is not helpful for scheduling", count - crowded),
    ];
    preemption.retain(|(_, nodes)| *nodes > 0);
    format!(
        "0/{count} nodes are available: {}. no new claims to deallocate, preemption: 0/{count} nodes are available: {}.",
        listed(&reasons),
        listed(&preemption)
    )
}

/// Why a node will not have a pod with this spec: the first that the scheduler would find.
fn obstacle(spec: &Value, node: &Value) -> Option<&'static str> {
    if node["spec"]["unschedulable"] == true && !tolerates(spec, CORDONED, &Value::Null, "NoSchedule") {
        return Some("node(s) were unschedulable");
    }
    if !tolerated(spec, node) {
        return Some("node(s) had untolerated taint(s)");
    }
    (!wanted(spec, node)).then_some("node(s) didn't match Pod's node affinity/selector")
}

/// Whether a DaemonSet puts a pod with this spec on a node, cordoned or not.
pub(super) fn daemon_fits(spec: &Value, node: &Value) -> bool {
    tolerated(spec, node) && wanted(spec, node)
}

/// Whether a pod tolerates the taints of a node. A cordon is not counted among them.
fn tolerated(spec: &Value, node: &Value) -> bool {
    let taints = node["spec"]["taints"].as_array().into_iter().flatten();
    let mut hard = taints.filter(|taint| taint["effect"] != "PreferNoSchedule" && taint["key"] != CORDONED);
    hard.all(|taint| {
        let text = |field: &str| taint[field].as_str().unwrap_or_default();
        tolerates(spec, text("key"), &taint["value"], text("effect"))
    })
}

fn tolerates(spec: &Value, key: &str, value: &Value, effect: &str) -> bool {
    let mut tolerations = spec["tolerations"].as_array().into_iter().flatten();
    tolerations.any(|toleration| {
        let text = |field: &str| toleration[field].as_str().unwrap_or_default();
        let same = toleration["value"].as_str().unwrap_or_default() == value.as_str().unwrap_or_default();
        (text("effect").is_empty() || text("effect") == effect)
            && (text("key").is_empty() || text("key") == key)
            && (text("operator") == "Exists" || same)
    })
}

/// Whether a pod's node selector and required node affinity admit a node.
fn wanted(spec: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let mut selector = spec["nodeSelector"].as_object().into_iter().flatten();
    let required = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    selector.all(|(key, value)| labels.get(key) == Some(value))
        && required["nodeSelectorTerms"].as_array().is_none_or(|terms| terms.iter().any(|term| meets(term, node)))
}

fn meets(term: &Value, node: &Value) -> bool {
    let given = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    let (expressions, fields) = (&term["matchExpressions"], &term["matchFields"]);
    let selected = |expressions: &Value, values: &Value| {
        workloads::selected(&serde_json::json!({"matchExpressions": expressions}), values)
    };
    // A term without any requirement matches nothing.
    (given(expressions) || given(fields))
        && selected(expressions, &node["metadata"]["labels"])
        && selected(fields, &serde_json::json!({"metadata.name": object::name(node)}))
}
