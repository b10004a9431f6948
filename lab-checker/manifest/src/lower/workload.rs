//! Workloads read as their pods. For reachability one pod stands for all replicas: they share labels,
//! ports and policies.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::problem::ObjectProblem;
use crate::kinds;
use crate::object::ObjectId;

/// The pods that the workloads among `objects` stand for. A workload whose pods (or ReplicaSets, or
/// Jobs) are among the objects, as in a dump of a cluster, stands for none of its own.
pub(super) fn pods(objects: &[&Value], problems: &mut Vec<ObjectProblem>) -> Vec<Value> {
    let owners: HashSet<ObjectId> = objects.iter().filter_map(|object| owner(object)).collect();
    let mut names: HashSet<ObjectId> = objects.iter().map(|object| ObjectId::of(object)).collect();
    let mut pods = Vec::new();
    for object in objects {
        let id = ObjectId::of(object);
        let Some(path) = kinds::of(object).and_then(|kind| kind.template) else { continue };
        let unversioned = ObjectId { group: String::new(), ..id.clone() };
        if owners.contains(&unversioned) || replicas(object) == Some(0) {
            continue;
        }
        match object.pointer(path) {
            Some(template) => pods.push(pod(&id, template, &mut names)),
            None => problems.push(ObjectProblem {
                object: id,
                field: Some(path[1..].replace('/', ".")),
                message: "there is no pod template".to_owned(),
            }),
        }
    }
    pods
}

fn replicas(object: &Value) -> Option<i64> {
    // A ReplicaSet that a Deployment has scaled down, or a workload at rest, has no pods.
    object.pointer("/spec/replicas").and_then(Value::as_i64)
}

/// Whom an object says it belongs to, whatever the group.
fn owner(object: &Value) -> Option<ObjectId> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let controller = owners.iter().find(|owner| owner["controller"] == true)?;
    Some(ObjectId {
        group: String::new(),
        kind: controller["kind"].as_str()?.to_owned(),
        namespace: ObjectId::of(object).namespace,
        name: controller["name"].as_str()?.to_owned(),
    })
}

/// The pod has the workload's name, or the name and the kind where that is taken.
fn pod(workload: &ObjectId, template: &Value, names: &mut HashSet<ObjectId>) -> Value {
    let mut id = ObjectId { group: String::new(), kind: "Pod".to_owned(), ..workload.clone() };
    if !names.insert(id.clone()) {
        id.name = format!("{}-{}", workload.name, workload.kind.to_lowercase());
        names.insert(id.clone());
    }
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": id.name,
            "namespace": id.namespace,
            "labels": template.pointer("/metadata/labels").unwrap_or(&Value::Null),
        },
        "spec": template.get("spec").unwrap_or(&Value::Null),
    })
}
