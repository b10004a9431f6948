//! What stands in a fresh cluster beside `manifest::baseline`: further nodes, the API server's Service, the
//! Deployment of cluster DNS, and the network plugin's DaemonSet.

use serde_json::{Value, json};

use super::{deployments, network_plugin, volumes, workloads};
use crate::incoming::create::admitted;
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::state::Change;
use crate::store::transaction::Transaction;

/// Adds what a fresh cluster has beside the baseline.
pub(crate) fn complete(tx: &mut Transaction) -> Result<(), Status> {
    more_nodes(tx)?;
    living_nodes(tx)?;
    api_server(tx)?;
    cluster_dns(tx)?;
    volumes::default_class(tx)?;
    admitted(tx, network_plugin::daemon_set(tx.settings().enforcement))?;
    Ok(())
}

/// The nodes after the first one, each with its own part of the pod network.
fn more_nodes(tx: &mut Transaction) -> Result<(), Status> {
    let nodes = resource::known("", "nodes");
    let Some(first) = tx.list(nodes, None).first().map(|node| Value::clone(node)) else { return Ok(()) };
    let wanted = tx.settings().nodes;
    if wanted <= 1 {
        return Ok(());
    }
    let base = object::name(&first).trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let address = super::pods::node_address(&first).unwrap_or_default();
    let network = address.rsplit_once('.').map_or("192.168.49", |(network, _)| network).to_owned();
    let mut renumbered = first.clone();
    // With several nodes each has a /24 of the pod network; the pods of the first keep their addresses.
    set_range(&mut renumbered, 0);
    tx.update(renumbered);
    for number in 2..=wanted.min(200) {
        let name = format!("{base}{number}");
        let mut node = first.clone();
        let labels = object::entry_mut(object::metadata_mut(&mut node), "labels");
        labels.insert("kubernetes.io/hostname".to_owned(), name.clone().into());
        labels.remove("node-role.kubernetes.io/control-plane");
        node["metadata"]["name"] = json!(name);
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            object::metadata_mut(&mut node).remove(field);
        }
        set_range(&mut node, number - 1);
        node["status"]["addresses"] = json!([
            {"type": "InternalIP", "address": format!("{network}.{}", number + 1)},
            {"type": "Hostname", "address": name},
        ]);
        admitted(tx, node)?;
    }
    Ok(())
}

/// What kubelets report about themselves, and their leases.
fn living_nodes(tx: &mut Transaction) -> Result<(), Status> {
    let now = tx.now_text();
    for node in tx.list(resource::known("", "nodes"), None) {
        let name = object::name(&node).to_owned();
        let mut node = Value::clone(&node);
        let condition = |kind: &str, holds: bool, reason: &str, message: &str| {
            json!({
                "type": kind, "status": if holds { "True" } else { "False" }, "reason": reason, "message": message,
                "lastHeartbeatTime": now, "lastTransitionTime": now,
            })
        };
        node["status"]["conditions"] = json!([
            condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", true, "KubeletReady", "kubelet is posting ready status"),
        ]);
        tx.update(node);
        admitted(
            tx,
            json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": name, "namespace": "kube-node-lease"},
                "spec": {"holderIdentity": name, "leaseDurationSeconds": 40},
            }),
        )?;
    }
    Ok(())
}

fn set_range(node: &mut Value, third: u16) {
    let range = format!("10.244.{third}.0/24");
    node["spec"]["podCIDR"] = json!(range);
    node["spec"]["podCIDRs"] = json!([range]);
}

/// Puts the API server's Service back when somebody deletes it, as the API server does.
pub(super) fn restore(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    let gone = change.after.is_none() && (change.key.namespace(), change.key.name()) == ("default", "kubernetes");
    if gone { api_server(tx) } else { Ok(()) }
}

/// `kubernetes` in the default namespace, with the first node's address behind it.
fn api_server(tx: &mut Transaction) -> Result<(), Status> {
    if tx.find(resource::known("", "services"), "default", "kubernetes").is_some() {
        return Ok(());
    }
    let labels = json!({"component": "apiserver", "provider": "kubernetes"});
    admitted(
        tx,
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
            "spec": {
                "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"],
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
            },
        }),
    )?;
    let first = tx.list(resource::known("", "nodes"), None).first().cloned();
    let address = first.and_then(|node| super::pods::node_address(&node)).unwrap_or_default();
    tx.insert(json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [{"addresses": [{"ip": address}], "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}],
    }));
    tx.insert(json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    }));
    Ok(())
}

/// The Deployment that the pods of cluster DNS belong to: they come back when somebody deletes them or drains
/// their node.
fn cluster_dns(tx: &mut Transaction) -> Result<(), Status> {
    let label = json!({"k8s-app": "kube-dns"});
    let mut pods = tx.list(resource::known("", "pods"), Some("kube-system"));
    pods.retain(|pod| object::label(pod, "k8s-app") == Some("kube-dns"));
    let Some(first) = pods.first() else { return Ok(()) };
    let hash = object::label(first, "pod-template-hash").unwrap_or_default().to_owned();
    let mut spec = first["spec"].clone();
    for own in
        ["nodeName", "priority", "preemptionPolicy", "enableServiceLinks", "serviceAccount", "serviceAccountName"]
    {
        if let Some(spec) = spec.as_object_mut() {
            spec.remove(own);
        }
    }
    spec["nodeSelector"] = json!({"kubernetes.io/os": "linux"});
    spec["tolerations"] = json!([
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
    ]);
    let deployment = admitted(
        tx,
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "coredns", "namespace": "kube-system", "labels": label},
            "spec": {
                "replicas": pods.len(),
                "selector": {"matchLabels": label},
                "strategy": {"rollingUpdate": {"maxUnavailable": 1}},
                "template": {"metadata": {"labels": label}, "spec": spec},
            },
        }),
    )?;
    let mut set = Value::clone(&*deployments::create_set(tx, &deployment, &hash, &[]));
    set["spec"]["replicas"] = json!(pods.len());
    let set = tx.update(set);
    for pod in pods {
        let mut owned = Value::clone(&pod);
        owned["metadata"]["generateName"] = json!(format!("{}-", object::name(&set)));
        owned["metadata"]["ownerReferences"] = json!([workloads::owner_reference(&set)]);
        tx.update(owned);
    }
    Ok(())
}
