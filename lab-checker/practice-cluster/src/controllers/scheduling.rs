//! Which node a pod goes to: cordons, taints, node selectors and node affinity, and what the scheduler says when
//! no node is right.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{daemon_sets, pods, workloads};
use crate::object;
use crate::resource;
use crate::state::Change;
use crate::status::Status;
use crate::transaction::Transaction;

/// The taint that a cordoned node has.
const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// The node with the fewest pods among those that a pod may go to, or what the scheduler says.
pub(super) fn choose(tx: &Transaction, pod: &Value) -> Result<Arc<Value>, String> {
    let nodes = tx.list(resource::known("", "nodes"), None);
    let mut fitting = Vec::new();
    let mut obstacles: BTreeMap<&str, usize> = BTreeMap::new();
    for node in &nodes {
        match obstacle(&pod["spec"], node) {
            None => fitting.push(node),
            Some(obstacle) => *obstacles.entry(obstacle).or_default() += 1,
        }
    }
    let bound = if fitting.len() > 1 { tx.list(resource::known("", "pods"), None) } else { Vec::new() };
    let load = |node: &Value| bound.iter().filter(|pod| pod["spec"]["nodeName"] == node["metadata"]["name"]).count();
    fitting.into_iter().min_by_key(|node| load(node)).cloned().ok_or_else(|| refusal(nodes.len(), &obstacles))
}

fn refusal(count: usize, obstacles: &BTreeMap<&str, usize>) -> String {
    if count == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let mut reasons: Vec<String> = obstacles.iter().map(|(reason, nodes)| format!("{nodes} {reason}")).collect();
    reasons.sort();
    format!(
        "0/{count} nodes are available: {}. no new claims to deallocate, preemption: 0/{count} nodes are available: {count} Preemption is not helpful for scheduling.",
        reasons.join(", ")
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

/// A node came, went, or takes other pods than before: those that wait try again, and DaemonSets look again.
pub(super) fn node_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    let aspect = |node: &Option<Arc<Value>>| {
        let node = node.as_deref()?;
        Some((node["metadata"]["labels"].clone(), node["spec"].clone()))
    };
    if aspect(&change.before) == aspect(&change.after) {
        return Ok(());
    }
    pods::retry_unscheduled(tx)?;
    for set in tx.list(resource::known("apps", "daemonsets"), None) {
        if !object::terminating(&set) {
            daemon_sets::sync(tx, &set)?;
        }
    }
    Ok(())
}
