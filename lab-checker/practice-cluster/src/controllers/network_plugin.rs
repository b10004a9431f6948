//! The network plugin of a cluster: which one runs, and whether it enforces NetworkPolicies.

use serde_json::{Value, json};

use crate::resource::{self, Resource};
use crate::settings::Enforcement;
use crate::store::state::State;

/// The DaemonSets of network plugins that enforce NetworkPolicies by dropping packets. A cluster with one of them
/// enforces, one with kube-router rejects, and any other, with flannel or none at all, lets everything through.
const ENFORCERS: [&str; 6] = ["kindnet", "calico-node", "cilium", "antrea-agent", "weave-net", "canal"];

/// What the network plugin that runs in a cluster does with policies.
pub(crate) fn enforcement(state: &State) -> Enforcement {
    let runs = |wanted: &dyn Fn(&str) -> bool| state.list(daemon_sets(), None).any(|(key, _)| wanted(key.name()));
    if runs(&|name| ENFORCERS.contains(&name)) {
        Enforcement::Enforcing
    } else if runs(&|name| name == ROUTER) {
        Enforcement::Rejecting
    } else {
        Enforcement::None
    }
}

fn daemon_sets() -> &'static Resource {
    resource::known("apps", "daemonsets")
}

const FLANNEL: &str = "kube-flannel-ds";
const ROUTER: &str = "kube-router";

/// The DaemonSet by which people (and `lab-checker doctor`) see which network plugin runs: one that enforces
/// NetworkPolicies, kube-router, which rejects what they block, or flannel, which does not know them.
pub(super) fn daemon_set(enforcement: Enforcement) -> Value {
    let (name, container, image, labels) = match enforcement {
        Enforcement::Enforcing => (
            "kindnet",
            "kindnet-cni",
            "docker.io/kindest/kindnetd:v20260131-7cb1b1d0",
            json!({"app": "kindnet", "k8s-app": "kindnet", "tier": "node"}),
        ),
        Enforcement::Rejecting => (
            ROUTER,
            "kube-router",
            "docker.io/cloudnativelabs/kube-router:v2.6.3",
            json!({"k8s-app": "kube-router", "app": "kube-router", "tier": "node"}),
        ),
        Enforcement::None => (
            FLANNEL,
            "kube-flannel",
            "ghcr.io/flannel-io/flannel:v0.28.0",
            json!({"app": "flannel", "k8s-app": "flannel", "tier": "node"}),
        ),
    };
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app": labels["app"]}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "hostNetwork": true,
                    "priorityClassName": "system-node-critical",
                    "tolerations": [{"operator": "Exists"}],
                    "containers": [{"name": container, "image": image}],
                },
            },
        },
    })
}
