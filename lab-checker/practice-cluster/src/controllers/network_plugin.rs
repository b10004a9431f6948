//! The network plugin of a cluster: which one runs, and whether it enforces NetworkPolicies.

use serde_json::{Value, json};

use crate::incoming::create::admitted;
use crate::resource::{self, Resource};
use crate::settings::Enforcement;
use crate::status::Status;
use crate::store::object;
use crate::store::removal::remove_or_terminate;
use crate::store::state::State;
use crate::store::transaction::Transaction;

/// The DaemonSets of network plugins that enforce NetworkPolicies. A cluster with one of them enforces; any
/// other, flannel's or none at all, lets everything through.
const ENFORCERS: [&str; 7] = ["kindnet", "calico-node", "cilium", "kube-router", "antrea-agent", "weave-net", "canal"];

/// Whether the network plugin that runs in a cluster enforces policies.
pub(crate) fn enforces_policies(state: &State) -> bool {
    state.list(daemon_sets(), None).any(|(key, _)| ENFORCERS.contains(&key.name()))
}

/// Puts a network plugin in the place of the one that runs.
pub(crate) fn install(tx: &mut Transaction, enforcement: Enforcement) -> Result<(), Status> {
    if enforces_policies(tx.state()) == (enforcement == Enforcement::Enforcing) {
        return Ok(());
    }
    for set in tx.list(daemon_sets(), None) {
        if ENFORCERS.contains(&object::name(&set)) || object::name(&set) == FLANNEL {
            remove_or_terminate(tx, &set, None);
        }
    }
    admitted(tx, daemon_set(enforcement)).map(drop)
}

fn daemon_sets() -> &'static Resource {
    resource::known("apps", "daemonsets")
}

const FLANNEL: &str = "kube-flannel-ds";

/// The DaemonSet by which people (and `lab-checker doctor`) see which network plugin runs: one that enforces
/// NetworkPolicies, or flannel, which does not know them.
pub(super) fn daemon_set(enforcement: Enforcement) -> Value {
    let (namespace, name, image, labels) = match enforcement {
        Enforcement::Enforcing => (
            "kube-system",
            "kindnet",
            "docker.io/kindest/kindnetd:v20260131-7cb1b1d0",
            json!({"app": "kindnet", "k8s-app": "kindnet", "tier": "node"}),
        ),
        Enforcement::None => (
            "kube-system",
            FLANNEL,
            "ghcr.io/flannel-io/flannel:v0.28.0",
            json!({"app": "flannel", "k8s-app": "flannel", "tier": "node"}),
        ),
    };
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app": labels["app"]}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "hostNetwork": true,
                    "priorityClassName": "system-node-critical",
                    "tolerations": [{"operator": "Exists"}],
                    "containers": [{"name": if name == "kindnet" { "kindnet-cni" } else { "kube-flannel" }, "image": image}],
                },
            },
        },
    })
}
