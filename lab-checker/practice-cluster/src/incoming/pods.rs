//! What the API server's admission plugins add to a new pod: its service account and token, tolerations,
//! priority, and the status that every pod starts with.

use serde_json::{Map, Value, json};

use super::{names, room};
use crate::resource;
use crate::status::{Cause, Status};
use crate::store::object;
use crate::store::transaction::Transaction;

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Completes a new pod.
pub(crate) fn admit(tx: &Transaction, pod: &mut Value) -> Result<(), Status> {
    // A pod of a fresh cluster comes complete.
    if pod["status"]["phase"] == "Running" {
        return Ok(());
    }
    room::check(tx, pod)?;
    service_account(tx, pod)?;
    let name = object::name(pod).to_owned();
    let spec = object::child_mut(pod, "spec");
    tolerations(spec);
    priority(spec, &name)?;
    let class = quality(spec);
    pod["status"] = json!({"phase": "Pending", "qosClass": class});
    Ok(())
}

/// Refuses a change of what a pod keeps for life.
pub(crate) fn check_update(pod: &Value, before: &Value) -> Result<(), Status> {
    let fixed = |pod: &Value| {
        let mut spec = pod["spec"].clone();
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
        for free in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "ephemeralContainers"] {
            if let Some(spec) = spec.as_object_mut() {
                spec.remove(free);
            }
        }
        spec
    };
    if fixed(pod) == fixed(before) {
        return Ok(());
    }
    let message = "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
    let cause = Cause { reason: "FieldValueForbidden".into(), message: message.into(), field: "spec".into() };
    Err(Status::invalid(resource::known("", "pods"), object::name(pod), &[cause]))
}

fn service_account(tx: &Transaction, pod: &mut Value) -> Result<(), Status> {
    let (namespace, name) = (object::namespace(pod).to_owned(), object::name(pod).to_owned());
    let spec = object::child_mut(pod, "spec");
    let account = spec.get("serviceAccountName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let account = account.unwrap_or("default").to_owned();
    let found = tx.find(resource::known("", "serviceaccounts"), &namespace, &account);
    let Some(found) = found else {
        let why =
            format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
        return Err(Status::forbidden(resource::known("", "pods"), &name, &why));
    };
    spec.insert("serviceAccountName".to_owned(), account.clone().into());
    spec.insert("serviceAccount".to_owned(), account.into());
    let own_wish = spec.get("automountServiceAccountToken").and_then(Value::as_bool);
    let wanted = own_wish.or_else(|| found["automountServiceAccountToken"].as_bool()).unwrap_or(true);
    if wanted {
        mount_token(spec, &names::suffix(tx, &name));
    }
    Ok(())
}

fn mount_token(spec: &mut Map<String, Value>, suffix: &str) {
    let mounted = |container: &Value| {
        container["volumeMounts"].as_array().is_some_and(|mounts| mounts.iter().any(|m| m["mountPath"] == TOKEN_PATH))
    };
    let volume = format!("kube-api-access-{suffix}");
    let mut used = false;
    for list in ["initContainers", "containers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if mounted(container) {
                continue;
            }
            used = true;
            let mount = json!({"mountPath": TOKEN_PATH, "name": volume, "readOnly": true});
            match container["volumeMounts"].as_array_mut() {
                Some(mounts) => mounts.push(mount),
                None => container["volumeMounts"] = json!([mount]),
            }
        }
    }
    if !used {
        return;
    }
    let field = json!({"apiVersion": "v1", "fieldPath": "metadata.namespace"});
    let source = json!({"name": volume, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}},
    ]}});
    match spec.get_mut("volumes").and_then(Value::as_array_mut) {
        Some(volumes) => volumes.push(source),
        None => {
            spec.insert("volumes".to_owned(), json!([source]));
        }
    }
}

fn tolerations(spec: &mut Map<String, Value>) {
    let entry = spec.entry("tolerations").or_insert_with(|| json!([]));
    if !entry.is_array() {
        *entry = json!([]);
    }
    let Some(list) = entry.as_array_mut() else { return };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = list.iter().any(|toleration| {
            let all = toleration["key"].as_str().unwrap_or_default().is_empty();
            (all || toleration["key"] == key) && toleration["operator"] == "Exists"
        });
        if !tolerated {
            list.push(json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300}));
        }
    }
}

fn priority(spec: &mut Map<String, Value>, pod: &str) -> Result<(), Status> {
    let priority = match spec.get("priorityClassName").and_then(Value::as_str) {
        Some("system-node-critical") => 2_000_001_000,
        Some("system-cluster-critical") => 2_000_000_000,
        None | Some("") => 0,
        Some(other) => {
            let why = format!("no PriorityClass with name {other} was found");
            return Err(Status::forbidden(resource::known("", "pods"), pod, &why));
        }
    };
    spec.entry("priority").or_insert_with(|| priority.into());
    spec.entry("preemptionPolicy").or_insert_with(|| "PreemptLowerPriority".into());
    Ok(())
}

/// The quality-of-service class.
fn quality(spec: &Map<String, Value>) -> &'static str {
    let containers =
        ["initContainers", "containers"].into_iter().filter_map(|list| spec.get(list)?.as_array()).flatten();
    let mut guaranteed = true;
    let mut any = false;
    for container in containers {
        let resources = &container["resources"];
        for name in ["cpu", "memory"] {
            let (limit, request) = (&resources["limits"][name], &resources["requests"][name]);
            any |= !limit.is_null() || !request.is_null();
            guaranteed &= !limit.is_null() && limit == request;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
