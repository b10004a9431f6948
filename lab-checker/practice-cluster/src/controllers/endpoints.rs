//! Endpoints and EndpointSlices: which addresses stand behind a Service.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::incoming::names;
use crate::resource;
use crate::store::object;
use crate::store::queue::Work;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// Publishes what stands behind a Service that came or changed, and takes it back when the Service is gone.
pub(super) fn sync(tx: &mut Transaction, key: &Key) {
    match tx.get(key).cloned() {
        Some(service) if !object::terminating(&service) => publish(tx, &service),
        _ => withdraw(tx, key.namespace(), key.name()),
    }
}

/// A pod came, changed or went: the Services that select it, or did, are published anew.
pub(super) fn pod_changed(tx: &mut Transaction, change: &Change) {
    if let (Some(before), Some(after)) = (&change.before, &change.after)
        && facts(before) == facts(after)
    {
        return;
    }
    let pods = [&change.before, &change.after];
    let selects = |service: &Value| pods.iter().any(|pod| pod.as_ref().is_some_and(|pod| selects(service, pod)));
    let services = tx.state().list(resource::known("", "services"), Some(change.key.namespace()));
    let concerned = services.filter(|(_, service)| selects(service));
    let concerned: Vec<Work> = concerned.map(|(key, _)| Work::Service(key.clone())).collect();
    concerned.into_iter().for_each(|service| tx.enqueue(service));
}

/// What of a pod matters to endpoints.
fn facts(pod: &Value) -> [&Value; 4] {
    [
        &pod["metadata"]["labels"],
        &pod["status"]["podIP"],
        &pod["status"]["conditions"],
        &pod["metadata"]["deletionTimestamp"],
    ]
}

fn selects(service: &Value, pod: &Value) -> bool {
    let Some(selector) = service["spec"]["selector"].as_object().filter(|selector| !selector.is_empty()) else {
        return false;
    };
    selector.iter().all(|(key, value)| pod["metadata"]["labels"].get(key) == Some(value))
}

/// One pod behind a Service.
struct Backend {
    address: String,
    node: Value,
    ready: bool,
    target: Value,
}

/// The pods behind a Service, grouped by the ports that they resolve to.
type Groups = BTreeMap<String, (Vec<Value>, Vec<Backend>)>;

fn publish(tx: &mut Transaction, service: &Value) {
    let selects_pods = service["spec"]["selector"].as_object().is_some_and(|selector| !selector.is_empty());
    if !selects_pods || service["spec"]["type"] == "ExternalName" {
        return;
    }
    let groups = groups(tx, service);
    slices(tx, service, &groups);
    endpoints(tx, service, &groups);
}

fn groups(tx: &Transaction, service: &Value) -> Groups {
    let mut groups = Groups::new();
    let unready_too = service["spec"]["publishNotReadyAddresses"] == true;
    for pod in tx.list(resource::known("", "pods"), Some(object::namespace(service))) {
        let finished = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let Some(address) = pod["status"]["podIP"].as_str() else { continue };
        if finished || object::terminating(&pod) || !selects(service, &pod) {
            continue;
        }
        let ports = resolved_ports(service, &pod);
        let conditions = pod["status"]["conditions"].as_array();
        let ready = conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"));
        let backend = Backend {
            address: address.to_owned(),
            node: pod["spec"]["nodeName"].clone(),
            ready: ready || unready_too,
            target: json!({
                "kind": "Pod", "name": object::name(&pod), "namespace": object::namespace(&pod), "uid": object::uid(&pod),
            }),
        };
        let key = Value::from(ports.clone()).to_string();
        groups.entry(key).or_insert_with(|| (ports, Vec::new())).1.push(backend);
    }
    groups
}

/// A Service's ports as a pod has them: numbers stay, names are looked up.
fn resolved_ports(service: &Value, pod: &Value) -> Vec<Value> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports
        .filter_map(|port| {
            let number = match &port["targetPort"] {
                Value::String(name) => named_port(pod, name, &port["protocol"])?,
                number => number.as_u64().or_else(|| port["port"].as_u64())?,
            };
            let mut resolved = Map::new();
            resolved.insert("name".to_owned(), json!(port["name"].as_str().unwrap_or_default()));
            if let Some(protocol) = port.get("appProtocol") {
                resolved.insert("appProtocol".to_owned(), protocol.clone());
            }
            resolved.insert("port".to_owned(), json!(number));
            resolved.insert("protocol".to_owned(), port["protocol"].clone());
            Some(Value::Object(resolved))
        })
        .collect()
}

fn named_port(pod: &Value, name: &str, protocol: &Value) -> Option<u64> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let mut ports = containers.filter_map(|container| container["ports"].as_array()).flatten();
    let found = ports.find(|port| {
        let same = port["protocol"].as_str().unwrap_or("TCP") == protocol.as_str().unwrap_or("TCP");
        port["name"] == name && same
    })?;
    found["containerPort"].as_u64()
}

fn own_slices(tx: &Transaction, namespace: &str, service: &str) -> Vec<std::sync::Arc<Value>> {
    let slices = tx.list(resource::known("discovery.k8s.io", "endpointslices"), Some(namespace));
    let own = |slice: &Value| {
        object::label(slice, SERVICE_NAME) == Some(service) && object::label(slice, MANAGED_BY) == Some(CONTROLLER)
    };
    slices.into_iter().filter(|slice| own(slice)).collect()
}

fn slices(tx: &mut Transaction, service: &Value, groups: &Groups) {
    let mut spare = own_slices(tx, object::namespace(service), object::name(service));
    let none = (Vec::new(), Vec::new());
    // A Service without pods has one empty slice.
    let wanted: Vec<&(Vec<Value>, Vec<Backend>)> =
        if groups.is_empty() { vec![&none] } else { groups.values().collect() };
    for (ports, backends) in wanted {
        let ports = json!(ports);
        let at = spare.iter().position(|slice| slice["ports"] == ports).or((!spare.is_empty()).then_some(0));
        let mut slice = match at {
            Some(at) => Value::clone(&spare.swap_remove(at)),
            None => new_slice(tx, service),
        };
        slice["endpoints"] = match backends.as_slice() {
            [] => Value::Null,
            backends => backends.iter().map(endpoint).collect(),
        };
        slice["ports"] = if backends.is_empty() { Value::Null } else { ports };
        tx.update(slice);
    }
    for slice in spare {
        if let Some(key) = Key::of(&slice) {
            tx.remove(&key);
        }
    }
}

fn endpoint(backend: &Backend) -> Value {
    json!({
        "addresses": [backend.address],
        "conditions": {"ready": backend.ready, "serving": backend.ready, "terminating": false},
        "nodeName": backend.node,
        "targetRef": backend.target,
    })
}

fn new_slice(tx: &Transaction, service: &Value) -> Value {
    let name = object::name(service);
    let mut labels = Map::new();
    for (key, value) in service["metadata"]["labels"].as_object().into_iter().flatten() {
        labels.insert(key.clone(), value.clone());
    }
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.into());
    labels.insert(SERVICE_NAME.to_owned(), name.into());
    if service["spec"]["clusterIP"] == "None" {
        labels.insert("service.kubernetes.io/headless".to_owned(), "".into());
    }
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{name}-{}", names::suffix(tx, name)),
            "generateName": format!("{name}-"),
            "namespace": object::namespace(service),
            "labels": labels,
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Service", "name": name, "uid": object::uid(service),
                "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "addressType": "IPv4",
    })
}

fn endpoints(tx: &mut Transaction, service: &Value, groups: &Groups) {
    let (namespace, name) = (object::namespace(service), object::name(service));
    let subsets: Vec<Value> = groups.values().flat_map(|(ports, backends)| subset(ports, backends)).collect();
    let before = tx.find(resource::known("", "endpoints"), namespace, name).cloned();
    let mut endpoints = before.map_or_else(|| new_endpoints(service), |before| Value::clone(&before));
    if subsets.is_empty() {
        if let Some(map) = endpoints.as_object_mut() {
            map.remove("subsets");
        }
    } else {
        endpoints["subsets"] = json!(subsets);
    }
    tx.update(endpoints);
}

fn new_endpoints(service: &Value) -> Value {
    let mut labels = service["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("endpoints.kubernetes.io/managed-by".to_owned(), "endpoint-controller".into());
    json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": object::name(service), "namespace": object::namespace(service), "labels": labels},
    })
}

fn subset(ports: &[Value], backends: &[Backend]) -> Option<Value> {
    let address =
        |backend: &Backend| json!({"ip": backend.address, "nodeName": backend.node, "targetRef": backend.target});
    let of = |ready: bool| -> Vec<Value> { backends.iter().filter(|b| b.ready == ready).map(address).collect() };
    let (ready, unready) = (of(true), of(false));
    if ready.is_empty() && unready.is_empty() {
        return None;
    }
    let mut subset = Map::new();
    if !ready.is_empty() {
        subset.insert("addresses".to_owned(), json!(ready));
    }
    if !unready.is_empty() {
        subset.insert("notReadyAddresses".to_owned(), json!(unready));
    }
    let ports: Vec<Value> = ports
        .iter()
        .map(|port| {
            let mut port = port.clone();
            if port["name"] == ""
                && let Some(map) = port.as_object_mut()
            {
                map.remove("name");
            }
            port
        })
        .collect();
    subset.insert("ports".to_owned(), json!(ports));
    Some(Value::Object(subset))
}

fn withdraw(tx: &mut Transaction, namespace: &str, service: &str) {
    for slice in own_slices(tx, namespace, service) {
        if let Some(key) = Key::of(&slice) {
            tx.remove(&key);
        }
    }
    tx.remove(&Key::new(resource::known("", "endpoints"), namespace, service));
}
