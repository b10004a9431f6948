//! What the experiments put into a cluster: two pods, and a policy each. The pods may run where Pod Security is
//! `restricted`.

use serde_json::{Value, json};

use super::outcome::Aspect;
use crate::target::Transport;

/// The namespace of the experiments.
pub(super) const NAMESPACE: &str = "lab-checker-doctor";
/// What our label says on it.
pub(super) const LABEL: &str = "doctor";
const IMAGE: &str = "registry.k8s.io/e2e-test-images/agnhost:2.53";
const PORT: u16 = 8080;
const UDP_PORT: u16 = 8053;
/// A port inside of the range that `endPort` opens, and neither its first nor its last.
const RANGED_PORT: u16 = 8085;

/// The two pods.
pub(super) fn pods() -> [Value; 2] {
    let server = [
        container("server", &["netexec", "--http-port=8080"]),
        container("udp", &["serve-hostname", "--udp", "--http=false", "--port=8053"]),
        container("ranged", &["serve-hostname", "--port=8085"]),
    ];
    [pod("server", &server), pod("client", &[container("client", &["pause"])])]
}

fn container(name: &str, arguments: &[&str]) -> Value {
    json!({
        "name": name, "image": IMAGE, "args": arguments,
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "250m", "memory": "64Mi"},
        },
    })
}

fn pod(name: &str, containers: &[Value]) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": containers,
        },
    })
}

impl Aspect {
    /// The port that its policy closes.
    pub(super) fn closed(self) -> (u16, Transport) {
        match self {
            Self::IngressUdp | Self::EgressUdp => (UDP_PORT, Transport::Udp),
            _ => (PORT, Transport::Tcp),
        }
    }

    /// The port that its policy leaves open, where that is what it is about.
    pub(super) fn open(self) -> Option<(u16, Transport)> {
        (self == Self::EndPort).then_some((RANGED_PORT, Transport::Tcp))
    }

    /// Its policy.
    pub(super) fn policy(self) -> Value {
        match self {
            Self::IngressTcp | Self::IngressUdp | Self::Ipv6 => policy("server", &json!({"policyTypes": ["Ingress"]})),
            Self::EgressTcp | Self::EgressUdp => policy("client", &json!({"policyTypes": ["Egress"]})),
            Self::EndPort => {
                let range = json!({"protocol": "TCP", "port": RANGED_PORT - 2, "endPort": RANGED_PORT + 2});
                policy("server", &json!({"policyTypes": ["Ingress"], "ingress": [{"ports": [range]}]}))
            }
            Self::ClusterPolicy => cluster_policy(),
        }
    }
}

fn policy(app: &str, rules: &Value) -> Value {
    let mut spec = rules.clone();
    spec["podSelector"] = json!({"matchLabels": {"app": app}});
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": NAMESPACE},
        "spec": spec,
    })
}

fn cluster_policy() -> Value {
    let here = json!({"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}});
    json!({
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": NAMESPACE, "labels": {manifest::OWN_LABEL: LABEL}},
        "spec": {
            "tier": "Admin",
            "priority": 1000,
            "subject": {"pods": {"namespaceSelector": here, "podSelector": {"matchLabels": {"app": "server"}}}},
            "ingress": [{"name": "deny", "action": "Deny", "from": [{"namespaces": here}]}],
        },
    })
}
