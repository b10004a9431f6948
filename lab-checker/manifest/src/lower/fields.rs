//! The fields of Kubernetes objects that decide about traffic, as they stand in JSON. Everything
//! else in an object is left unread, so that objects of newer Kubernetes versions are read too.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// Reads `null` like a field that is missing, as the API server does.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name {
            $($(#[$attr])* #[serde(deserialize_with = "or_default")] pub(super) $field: $type,)*
        }
    )*};
}

fields! {
    Metadata {
        name: String,
        namespace: String,
        labels: BTreeMap<String, String>,
    }
    NamespaceObject { metadata: Metadata, }
    PodObject { metadata: Metadata, spec: PodSpec, status: PodStatus, }
    PodSpec {
        containers: Vec<Container>,
        init_containers: Vec<Container>,
        host_network: bool,
        node_name: Option<String>,
    }
    Container { restart_policy: Option<String>, ports: Vec<ContainerPort>, }
    ContainerPort { name: Option<String>, container_port: i64, protocol: Option<String>, }
    PodStatus {
        phase: String,
        #[serde(rename = "podIP")]
        pod_ip: Option<String>,
        #[serde(rename = "podIPs")]
        pod_ips: Vec<PodIp>,
        #[serde(rename = "hostIP")]
        host_ip: Option<String>,
        #[serde(rename = "hostIPs")]
        host_ips: Vec<PodIp>,
    }
    PodIp { ip: String, }
    ServiceObject { metadata: Metadata, spec: ServiceSpec, }
    ServiceSpec {
        #[serde(rename = "type")]
        kind: String,
        selector: BTreeMap<String, String>,
        #[serde(rename = "clusterIP")]
        cluster_ip: Option<String>,
        #[serde(rename = "clusterIPs")]
        cluster_ips: Vec<String>,
        ports: Vec<ServicePort>,
    }
    ServicePort {
        name: Option<String>,
        port: i64,
        target_port: Option<IntOrString>,
        protocol: Option<String>,
    }
    NodeObject { metadata: Metadata, status: NodeStatus, }
    NodeStatus { addresses: Vec<NodeAddress>, }
    NodeAddress {
        #[serde(rename = "type")]
        kind: String,
        address: String,
    }
    LabelSelector {
        match_labels: BTreeMap<String, String>,
        match_expressions: Vec<Expression>,
    }
    Expression { key: String, operator: String, values: Vec<String>, }
    PolicyObject { metadata: Metadata, spec: PolicySpec, }
    PolicySpec {
        pod_selector: LabelSelector,
        ingress: Vec<IngressRule>,
        egress: Vec<EgressRule>,
        policy_types: Vec<String>,
    }
    IngressRule { from: Vec<PolicyPeer>, ports: Vec<PolicyPort>, }
    EgressRule { to: Vec<PolicyPeer>, ports: Vec<PolicyPort>, }
    PolicyPeer {
        pod_selector: Option<LabelSelector>,
        namespace_selector: Option<LabelSelector>,
        ip_block: Option<PolicyIpBlock>,
    }
    PolicyIpBlock { cidr: String, except: Vec<String>, }
    PolicyPort {
        protocol: Option<String>,
        port: Option<IntOrString>,
        end_port: Option<i64>,
    }
    ClusterPolicyObject { metadata: Metadata, spec: ClusterPolicySpec, }
    ClusterPolicySpec {
        tier: String,
        priority: i64,
        subject: Subject,
        ingress: Vec<ClusterRule>,
        egress: Vec<ClusterRule>,
    }
    Subject { namespaces: Option<LabelSelector>, pods: Option<NamespacedPods>, }
    NamespacedPods { namespace_selector: LabelSelector, pod_selector: LabelSelector, }
    ClusterRule {
        name: Option<String>,
        action: String,
        from: Vec<ClusterPeer>,
        to: Vec<ClusterPeer>,
        protocols: Vec<ClusterProtocol>,
        /// What `protocols` was called in v1alpha1.
        ports: Vec<OldPort>,
    }
    ClusterPeer {
        namespaces: Option<LabelSelector>,
        pods: Option<NamespacedPods>,
        networks: Option<Vec<String>>,
        nodes: Option<LabelSelector>,
        domain_names: Option<Vec<String>>,
    }
    ClusterProtocol {
        tcp: Option<Transport>,
        udp: Option<Transport>,
        sctp: Option<Transport>,
        destination_named_port: Option<String>,
    }
    Transport { destination_port: Option<DestinationPort>, }
    DestinationPort { number: Option<i64>, range: Option<PortRange>, }
    PortRange { start: i64, end: i64, protocol: Option<String>, }
    OldPort {
        port_number: Option<OldPortNumber>,
        port_range: Option<PortRange>,
        named_port: Option<String>,
    }
    OldPortNumber { port: i64, protocol: Option<String>, }
}

/// A port by number or by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum IntOrString {
    Int(i64),
    Text(String),
}
