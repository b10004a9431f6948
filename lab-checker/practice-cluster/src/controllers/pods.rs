//! The life of a pod: bound to a node, given an address, started, and gone.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Value, json};

use super::containers;
use super::events::{self, Event, Source};
use super::pod_status::{self, Doing};
use super::scheduling;
use crate::resource;
use crate::store::object;
use crate::store::queue::Work;
use crate::store::state::{Change, Key};
use crate::store::task::Task;
use crate::store::transaction::Transaction;

/// Moves a pod on after it was created or changed.
pub(super) fn after_write(tx: &mut Transaction, change: &Change) {
    let Some(after) = &change.after else {
        // The ports of its node that it had are free for others.
        let had_ports = change.before.as_ref().is_some_and(|pod| !scheduling::host_ports(pod).is_empty());
        if had_ports {
            tx.enqueue(Work::Unscheduled);
        }
        return;
    };
    // A later change of this write may have gone further already.
    let Some(pod) = tx.get(&change.key).cloned() else { return };
    if object::terminating(&pod) {
        end(tx, &change.key, &pod);
        return;
    }
    let Some(before) = &change.before else {
        if after["status"]["phase"] == "Pending" {
            bind(tx, Value::clone(&pod));
        }
        return;
    };
    if before["spec"] != after["spec"] {
        containers::spec_changed(tx, before, &pod);
    }
}

/// A pod that is told to go goes in the same write; only finalizers hold it.
fn end(tx: &mut Transaction, key: &Key, pod: &Value) {
    let held = pod["metadata"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty());
    if held {
        return;
    }
    let namespaces = resource::known("", "namespaces");
    let alive = tx.find(namespaces, "", key.namespace()).is_some_and(|namespace| !object::terminating(namespace));
    if alive {
        let names: Vec<String> = pod_status::running_containers(pod).map(|(name, _)| name.to_owned()).collect();
        for name in names {
            let event = Event::of_container(&name, "Killing", format!("Stopping container {name}"));
            events::record(tx, pod, &event);
        }
    }
    tx.remove(key);
}

/// Finds a node for a new pod.
fn bind(tx: &mut Transaction, mut pod: Value) {
    let now = tx.now_text();
    let given = pod["spec"]["nodeName"].as_str().map(str::to_owned);
    let node = match &given {
        Some(name) => tx.find(resource::known("", "nodes"), "", name).cloned().ok_or(None),
        None => scheduling::choose(tx, &pod).map_err(Some),
    };
    let node = match node {
        Ok(node) => node,
        Err(None) => return,
        Err(Some(message)) => {
            pod_status::set_condition(&mut pod, "PodScheduled", false, Some(("Unschedulable", message.clone())), &now);
            let stored = tx.update(pod);
            events::record(tx, &stored, &Event::normal(Source::Scheduler, "FailedScheduling", message).warning());
            return;
        }
    };
    if given.is_none() {
        pod["spec"]["nodeName"] = json!(object::name(&node));
        pod_status::set_condition(&mut pod, "PodScheduled", true, None, &now);
        let bound = tx.update(pod);
        let message = format!(
            "Successfully assigned {}/{} to {}",
            object::namespace(&bound),
            object::name(&bound),
            object::name(&node)
        );
        events::record(tx, &bound, &Event::normal(Source::Scheduler, "Scheduled", message));
        pod = Value::clone(&bound);
    }
    prepare_node(tx, pod, &node);
}

/// The pod is on its node: addresses are known, containers wait.
fn prepare_node(tx: &mut Transaction, mut pod: Value, node: &Value) {
    let now = tx.now_text();
    let host = node_address(node).unwrap_or_default();
    let init = pod["spec"]["initContainers"].as_array().is_some_and(|list| !list.is_empty());
    let reason = if init { "PodInitializing" } else { "ContainerCreating" };
    let waiting = |list: &Value| -> Value {
        let specs = list.as_array().into_iter().flatten();
        specs.map(|spec| pod_status::container(spec, None, Doing::Waiting(reason, None))).collect()
    };
    pod["status"]["startTime"] = json!(now);
    pod["status"]["resources"] = json!({});
    pod["status"]["hostIP"] = json!(host);
    pod["status"]["hostIPs"] = json!([{"ip": host}]);
    pod["status"]["containerStatuses"] = waiting(&pod["spec"]["containers"]);
    if init {
        pod["status"]["initContainerStatuses"] = waiting(&pod["spec"]["initContainers"]);
    }
    pod_status::summarise(&mut pod, &now);
    let stored = tx.update(pod);
    let mut pod = Value::clone(&stored);
    if let Some(obstacle) = containers::missing_volume(tx, &pod) {
        events::record(tx, &pod, &Event::normal(Source::Kubelet, "FailedMount", obstacle).warning());
        return;
    }
    let address = if pod["spec"]["hostNetwork"] == true { host } else { free_address(tx, node) };
    pod["status"]["podIP"] = json!(address);
    pod["status"]["podIPs"] = json!([{"ip": address}]);
    containers::start(tx, pod);
}

/// Starts what stands still: a pod whose volume or environment has appeared, a container whose image or
/// back-off allows another try.
pub(super) fn retry(tx: &mut Transaction, key: &Key, uid: &str) {
    let Some(pod) = tx.get(key).cloned() else { return };
    if object::uid(&pod) != uid || object::terminating(&pod) {
        return;
    }
    if pod["status"]["podIP"].is_null() {
        let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
        match tx.find(resource::known("", "nodes"), "", node).cloned() {
            Some(node) => prepare_node(tx, Value::clone(&pod), &node),
            None => bind(tx, Value::clone(&pod)),
        }
    } else {
        containers::again(tx, Value::clone(&pod));
    }
}

/// Looks again at the pods that no node would have.
pub(super) fn retry_unscheduled(tx: &mut Transaction) {
    for pod in tx.list(resource::known("", "pods"), None) {
        let unbound = pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty);
        if unbound && let Some(key) = Key::of(&pod) {
            retry(tx, &key, object::uid(&pod));
        }
    }
}

/// Looks again at the pods of a namespace that wait for a ConfigMap or a Secret.
pub(super) fn retry_waiting(tx: &mut Transaction, namespace: &str) {
    for pod in tx.list(resource::known("", "pods"), Some(namespace)) {
        let starved = pod["status"]["podIP"].is_null() || containers::waits_for_configuration(&pod);
        if starved && let Some(key) = Key::of(&pod) {
            retry(tx, &key, object::uid(&pod));
        }
    }
}

/// After a restart of the process: containers in back-off are tried again.
pub(super) fn resume(tx: &mut Transaction) {
    for pod in tx.list(resource::known("", "pods"), None) {
        if containers::in_back_off(&pod)
            && let Some(key) = Key::of(&pod)
        {
            let uid = object::uid(&pod).to_owned();
            tx.schedule(Duration::from_secs(5), Task::Retry { object: key, uid });
        }
    }
}

/// A node's internal address.
pub(super) fn node_address(node: &Value) -> Option<String> {
    let addresses = node["status"]["addresses"].as_array()?;
    let internal = addresses.iter().find(|address| address["type"] == "InternalIP")?;
    internal["address"].as_str().map(str::to_owned)
}

/// An address of the node's pod network that no pod has. It goes up with the cluster's revision, so that a
/// pod that is deleted and made again comes back under another address, as in life.
fn free_address(tx: &Transaction, node: &Value) -> String {
    let range = node["spec"]["podCIDR"].as_str().and_then(|range| range.parse::<ipnet::Ipv4Net>().ok());
    let range = range.unwrap_or_else(|| ipnet::Ipv4Net::new_assert(Ipv4Addr::new(10, 244, 0, 0), 16));
    let size = 1_u64 << (32 - range.prefix_len());
    // The network's own address, its gateway and its broadcast address are nobody's; nor are .0 and .255.
    let taken = |address: Ipv4Addr| {
        let last = address.octets()[3];
        tx.state().index().has_address(address) || last <= 1 || last == 255
    };
    let start = tx.state().revision();
    (0..size)
        .map(|step| u32::from(range.network()) + u32::try_from((start + step) % size).unwrap_or(2))
        .map(Ipv4Addr::from)
        .find(|address| !taken(*address))
        .map_or_else(String::new, |address| address.to_string())
}
