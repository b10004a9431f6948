//! The fields that are kept, kind by kind. What does not stand here is neither sent nor stored.

use serde_json::Value;

use crate::kinds;

use super::keep::Keep::{self, Address, Entries, Fields, Items, Numbered, OneOf, Scalar, StandIn, Workloads};

/// What an object is to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Namespace,
    Node,
    Pod,
    Service,
    ConfigMap,
    Workload,
    ReplicationController,
    CronJob,
    NetworkPolicy,
    ClusterPolicy,
}

/// What this object is to a check; `None` when no check reads objects of its kind.
pub(super) fn part(object: &Value) -> Option<Part> {
    let kind = kinds::of(object).filter(|kind| kind.need.is_some())?;
    Some(match (kind.group, kind.name) {
        ("", "Namespace") => Part::Namespace,
        ("", "Node") => Part::Node,
        ("", "Pod") => Part::Pod,
        ("", "Service") => Part::Service,
        ("", "ConfigMap") => Part::ConfigMap,
        ("", "ReplicationController") => Part::ReplicationController,
        ("batch", "CronJob") => Part::CronJob,
        ("networking.k8s.io", "NetworkPolicy") => Part::NetworkPolicy,
        _ if kind.is_workload() => Part::Workload,
        _ if kind.is_policy() => Part::ClusterPolicy,
        _ => return None,
    })
}

impl Part {
    /// The fields of an object of this kind.
    pub(super) fn keep(self) -> &'static Keep {
        match self {
            Self::Namespace | Self::ConfigMap => &NAMED_AND_LABELLED,
            Self::Node => &NODE,
            Self::Pod => &POD,
            Self::Service => &SERVICE,
            Self::Workload => &WORKLOAD,
            Self::ReplicationController => &REPLICATION_CONTROLLER,
            Self::CronJob => &CRON_JOB,
            Self::NetworkPolicy => &NETWORK_POLICY,
            Self::ClusterPolicy => &CLUSTER_POLICY,
        }
    }
}

/// An object of which no more than its name is read.
pub(super) static NAME: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", Fields(&[("name", Scalar), ("namespace", Scalar)])),
]);

static NAMED_AND_LABELLED: Keep = Fields(&[("apiVersion", Scalar), ("kind", Scalar), ("metadata", METADATA)]);

static NODE: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    ("status", Fields(&[("addresses", Items(&NODE_ADDRESS))])),
]);

const NODE_ADDRESS: Keep = Fields(&[("type", OneOf(&["InternalIP", "ExternalIP"])), ("address", Address)]);

static POD: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", OWNED_METADATA),
    ("spec", POD_SPEC),
    ("status", POD_STATUS),
]);

/// A pod of the cluster's DNS, which belongs to no lab: labels, ports and addresses.
pub(super) static DNS_POD: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            ("hostNetwork", Scalar),
            ("containers", Items(&CONTAINER)),
            ("initContainers", Items(&INIT_CONTAINER)),
        ]),
    ),
    ("status", POD_STATUS),
]);

static SERVICE: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            ("type", OneOf(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
            ("selector", LABELS),
            ("clusterIP", Address),
            ("clusterIPs", Items(&Address)),
            ("externalName", StandIn("not-sent.invalid")),
            ("ports", Items(&SERVICE_PORT)),
        ]),
    ),
]);

const SERVICE_PORT: Keep = Fields(&[
    ("name", Scalar),
    ("port", Scalar),
    ("protocol", Scalar),
    ("targetPort", Scalar),
    ("nodePort", Scalar),
    ("appProtocol", Scalar),
]);

static WORKLOAD: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", OWNED_METADATA),
    ("spec", Fields(&[("replicas", Scalar), ("selector", SELECTOR), ("template", TEMPLATE)])),
]);

static REPLICATION_CONTROLLER: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", OWNED_METADATA),
    ("spec", Fields(&[("replicas", Scalar), ("selector", LABELS), ("template", TEMPLATE)])),
]);

static CRON_JOB: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            ("schedule", StandIn("0 0 * * *")),
            ("jobTemplate", Fields(&[("spec", Fields(&[("template", TEMPLATE)]))])),
        ]),
    ),
]);

static NETWORK_POLICY: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            ("podSelector", SELECTOR),
            ("policyTypes", Items(&Scalar)),
            ("ingress", Items(&Fields(&[("from", Items(&PEER)), ("ports", Items(&PORT))]))),
            ("egress", Items(&Fields(&[("to", Items(&PEER)), ("ports", Items(&PORT))]))),
        ]),
    ),
]);

const PEER: Keep = Fields(&[
    ("podSelector", SELECTOR),
    ("namespaceSelector", SELECTOR),
    ("ipBlock", Fields(&[("cidr", Scalar), ("except", Items(&Scalar))])),
]);

const PORT: Keep = Fields(&[("protocol", Scalar), ("port", Scalar), ("endPort", Scalar)]);

static CLUSTER_POLICY: Keep = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            ("tier", Scalar),
            ("priority", Scalar),
            ("subject", Fields(&[("namespaces", SELECTOR), ("pods", NAMESPACED_PODS)])),
            ("ingress", Items(&CLUSTER_RULE)),
            ("egress", Items(&CLUSTER_RULE)),
        ]),
    ),
]);

const CLUSTER_RULE: Keep = Fields(&[
    ("name", Scalar),
    ("action", Scalar),
    ("from", Items(&CLUSTER_PEER)),
    ("to", Items(&CLUSTER_PEER)),
    ("protocols", Items(&CLUSTER_PROTOCOL)),
    // What v1alpha1 calls protocols.
    ("ports", Items(&OLD_PORT)),
]);

/// A peer of a kind that is not known here stays one, empty: to the engine it is the same.
const CLUSTER_PEER: Keep = Fields(&[
    ("namespaces", SELECTOR),
    ("pods", NAMESPACED_PODS),
    ("networks", Items(&Scalar)),
    ("nodes", SELECTOR),
    ("domainNames", Items(&Scalar)),
]);

const NAMESPACED_PODS: Keep = Fields(&[("namespaceSelector", SELECTOR), ("podSelector", SELECTOR)]);

const CLUSTER_PROTOCOL: Keep =
    Fields(&[("tcp", TRANSPORT), ("udp", TRANSPORT), ("sctp", TRANSPORT), ("destinationNamedPort", Scalar)]);

const TRANSPORT: Keep = Fields(&[(
    "destinationPort",
    Fields(&[("number", Scalar), ("range", Fields(&[("start", Scalar), ("end", Scalar)]))]),
)]);

const OLD_PORT: Keep = Fields(&[
    ("portNumber", Fields(&[("port", Scalar), ("protocol", Scalar)])),
    ("portRange", Fields(&[("start", Scalar), ("end", Scalar), ("protocol", Scalar)])),
    ("namedPort", Scalar),
]);

const LABELS: Keep = Entries(&Scalar);

const SELECTOR: Keep = Fields(&[
    ("matchLabels", LABELS),
    ("matchExpressions", Items(&Fields(&[("key", Scalar), ("operator", Scalar), ("values", Items(&Scalar))]))),
]);

const METADATA: Keep = Fields(&[("name", Scalar), ("namespace", Scalar), ("labels", LABELS), LEAVING]);

/// Pods and what makes them also say whom they belong to.
const OWNED_METADATA: Keep = Fields(&[
    ("name", Scalar),
    ("namespace", Scalar),
    ("labels", LABELS),
    LEAVING,
    ("ownerReferences", Workloads(&OWNER)),
]);

/// That an object is on its way out counts, not since when.
const LEAVING: (&str, Keep) = ("deletionTimestamp", StandIn("1970-01-01T00:00:00Z"));

const OWNER: Keep = Fields(&[
    ("apiVersion", StandIn("v1")),
    ("kind", Scalar),
    ("name", Scalar),
    ("uid", StandIn("not-sent")),
    ("controller", Scalar),
]);

const TEMPLATE: Keep = Fields(&[("metadata", Fields(&[("labels", LABELS)])), ("spec", POD_SPEC)]);

const POD_SPEC: Keep = Fields(&[
    ("hostNetwork", Scalar),
    // Which pods share a node counts; see `nodes`.
    ("nodeName", Scalar),
    ("restartPolicy", RESTART_POLICY),
    ("containers", Items(&CONTAINER)),
    ("initContainers", Items(&INIT_CONTAINER)),
]);

const RESTART_POLICY: Keep = OneOf(&["Always", "OnFailure", "Never"]);

/// An API server wants every container to have a name and an image.
const CONTAINER: Keep =
    Fields(&[("name", Numbered("container")), ("image", StandIn("not-sent")), ("ports", Items(&CONTAINER_PORT))]);

const INIT_CONTAINER: Keep = Fields(&[
    ("name", Numbered("init")),
    ("image", StandIn("not-sent")),
    ("restartPolicy", RESTART_POLICY),
    ("ports", Items(&CONTAINER_PORT)),
]);

const CONTAINER_PORT: Keep = Fields(&[("name", Scalar), ("containerPort", Scalar), ("protocol", Scalar)]);

const POD_STATUS: Keep = Fields(&[
    ("phase", OneOf(&["Pending", "Running", "Succeeded", "Failed", "Unknown"])),
    ("podIP", Address),
    ("podIPs", IPS),
    ("hostIP", Address),
    ("hostIPs", IPS),
]);

const IPS: Keep = Items(&Fields(&[("ip", Address)]));
