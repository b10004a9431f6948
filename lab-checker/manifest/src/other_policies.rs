//! Policies of other makers, in API groups of their own: they decide about traffic where their maker's plugin runs, and
//! nobody here evaluates them. An answer says so; what is not named here would be dropped in silence.

use std::fmt;

use serde_json::Value;

use crate::kinds::{self, Kind};
use crate::object::Object;

/// One row of the table: whose kind it is, its API groups, and its name. The maker is empty where the kind's own name
/// says enough.
type Row = (&'static str, &'static [&'static str], &'static str);

const CALICO: &[&str] = &["projectcalico.org", "crd.projectcalico.org"];
const CILIUM: &[&str] = &["cilium.io"];
const ANTREA: &[&str] = &["crd.antrea.io", "security.antrea.tanzu.vmware.com"];
const OPENSHIFT: &[&str] = &["network.openshift.io"];
const OVN: &[&str] = &["k8s.ovn.org"];
const ISTIO: &[&str] = &["security.istio.io"];
const LINKERD: &[&str] = &["policy.linkerd.io"];
const AWS: &[&str] = &["networking.k8s.aws"];
const KUMA: &[&str] = &["kuma.io"];

/// The kinds that are known.
const KNOWN: &[Row] = &[
    ("Calico", CALICO, "NetworkPolicy"),
    ("", CALICO, "GlobalNetworkPolicy"),
    ("Calico", CALICO, "Tier"),
    ("Calico", CALICO, "HostEndpoint"),
    ("", CILIUM, "CiliumNetworkPolicy"),
    ("", CILIUM, "CiliumClusterwideNetworkPolicy"),
    ("", CILIUM, "CiliumEgressGatewayPolicy"),
    ("", CILIUM, "CiliumLocalRedirectPolicy"),
    ("Antrea", ANTREA, "NetworkPolicy"),
    ("Antrea", ANTREA, "ClusterNetworkPolicy"),
    ("Antrea", ANTREA, "Tier"),
    ("Antrea", ANTREA, "Egress"),
    ("", OPENSHIFT, "EgressNetworkPolicy"),
    ("", OPENSHIFT, "NetNamespace"),
    ("", OVN, "EgressFirewall"),
    ("", OVN, "EgressIP"),
    ("", OVN, "EgressService"),
    ("", OVN, "AdminPolicyBasedExternalRoute"),
    ("", OVN, "UserDefinedNetwork"),
    ("", OVN, "ClusterUserDefinedNetwork"),
    ("Kube-OVN", &["kubeovn.io"], "SecurityGroup"),
    ("Istio", ISTIO, "AuthorizationPolicy"),
    ("Istio", ISTIO, "PeerAuthentication"),
    ("Istio", ISTIO, "RequestAuthentication"),
    ("Linkerd", LINKERD, "AuthorizationPolicy"),
    ("Linkerd", LINKERD, "Server"),
    ("Linkerd", LINKERD, "ServerAuthorization"),
    ("Linkerd", LINKERD, "MeshTLSAuthentication"),
    ("Linkerd", LINKERD, "NetworkAuthentication"),
    ("Linkerd", LINKERD, "EgressNetwork"),
    ("", AWS, "ApplicationNetworkPolicy"),
    ("AWS", AWS, "ClusterNetworkPolicy"),
    ("", AWS, "ClusterPolicyEndpoint"),
    ("", &["vpcresources.k8s.aws"], "SecurityGroupPolicy"),
    ("", KUMA, "MeshTrafficPermission"),
    ("Kuma", KUMA, "TrafficPermission"),
    ("Consul", &["consul.hashicorp.com"], "ServiceIntentions"),
    ("SMI", &["access.smi-spec.io"], "TrafficTarget"),
    ("NSX", &["crd.nsx.vmware.com", "nsx.vmware.com", "legacy.nsx.vmware.com"], "SecurityPolicy"),
    ("NeuVector", &["neuvector.com"], "NvSecurityRule"),
    ("NeuVector", &["neuvector.com"], "NvClusterSecurityRule"),
];

/// Groups whose policies are copies that a plugin makes of policies for itself.
const COPIES: &[&str] = &["controlplane.antrea.io", "stats.antrea.io"];

/// What the name of a policy of traffic holds, whoever made it.
const TELLING: &[&str] =
    &["NetworkPolicy", "AuthorizationPolicy", "EgressPolicy", "EgressFirewall", "SecurityGroupPolicy"];

/// The tiers that Calico and Antrea bring along; only those that somebody has added say anything.
const BUILT_IN_TIERS: &[&str] = &[
    "default",
    "adminnetworkpolicy",
    "baselineadminnetworkpolicy",
    "kube-admin",
    "kube-baseline",
    "emergency",
    "securityops",
    "networkops",
    "platform",
    "application",
    "baseline",
];

/// Calico lists Kubernetes' own policies among its own, under names that begin so.
const SHADOWS: &[&str] = &["knp.default.", "kcnp.", "kanp.", "kbanp."];

/// A kind of policy that decides about traffic and that is not evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherPolicyKind {
    maker: String,
    kind: String,
}

impl OtherPolicyKind {
    /// The kind of this name in this API group, when it is one.
    #[must_use]
    pub fn find(group: &str, kind: &str) -> Option<Self> {
        let of = |maker: &str| Some(Self { maker: maker.to_owned(), kind: kind.to_owned() });
        if let Some((maker, ..)) = KNOWN.iter().find(|(_, groups, known)| *known == kind && groups.contains(&group)) {
            return of(maker);
        }
        // A built-in group is Kubernetes' own, and Kubernetes has no other policies of traffic.
        let foreign =
            group.contains('.') && !kinds::find(group, kind).is_some_and(Kind::is_policy) && !COPIES.contains(&group);
        // Staged policies only show what they would do.
        let policy = !kind.starts_with("Staged") && TELLING.iter().any(|telling| kind.ends_with(telling));
        if foreign && policy { of(group) } else { None }
    }

    /// Whether kinds of this API group are known.
    #[must_use]
    pub fn is_group(group: &str) -> bool {
        KNOWN.iter().any(|(_, groups, _)| groups.contains(&group))
    }

    /// Whether objects of this kind and name decide about anything that is not said elsewhere.
    #[must_use]
    pub fn counts(&self, name: &str) -> bool {
        match self.maker.as_str() {
            _ if self.kind == "Tier" => !BUILT_IN_TIERS.contains(&name),
            "Calico" => !SHADOWS.iter().any(|shadow| name.starts_with(shadow)),
            _ => true,
        }
    }

    /// What so many of them are called.
    #[must_use]
    pub fn name(&self, number: usize) -> String {
        let kind = &self.kind;
        let kind = match kind.strip_suffix('y') {
            _ if number == 1 || kind.ends_with("Intentions") => kind.clone(),
            Some(stem) => format!("{stem}ies"),
            None if kind.ends_with('s') => format!("{kind}es"),
            None => format!("{kind}s"),
        };
        if self.maker.is_empty() { kind } else { format!("{} {kind}", self.maker) }
    }
}

/// Policies of one kind that were found and are not evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unevaluated {
    kind: OtherPolicyKind,
    /// Their names, with namespace and, where it is known, the place where they stand.
    names: Vec<String>,
}

/// So many names are listed.
const NAMED: usize = 5;

impl Unevaluated {
    /// Policies of a kind by their names; `None` when none of them counts.
    #[must_use]
    pub fn new(kind: OtherPolicyKind, names: Vec<String>) -> Option<Self> {
        (!names.is_empty()).then_some(Self { kind, names })
    }

    /// Those among objects that were read from files, by kind.
    #[must_use]
    pub fn of_objects(objects: &[Object]) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for object in objects {
            let Some(kind) = kind_of(&object.value) else { continue };
            let place = object.origin.positions.value_at("metadata.name").line;
            let name = format!("{} ({}:{place})", full_name(&object.value), object.origin.file);
            match found.iter_mut().find(|other| other.kind == kind) {
                Some(same) => same.names.push(name),
                None => found.push(Self { kind, names: vec![name] }),
            }
        }
        found
    }

    /// The sentence without names: `2 CiliumNetworkPolicies were not evaluated`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let number = self.names.len();
        let verb = if number == 1 { "was" } else { "were" };
        format!("{number} {} {verb} not evaluated", self.kind.name(number))
    }
}

impl fmt::Display for Unevaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.names[..self.names.len().min(NAMED)];
        write!(f, "{}: {}", self.sentence(), shown.join(", "))?;
        match self.names.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

/// The kind of an object that is a policy which is not evaluated.
fn kind_of(object: &Value) -> Option<OtherPolicyKind> {
    let (group, _) = object["apiVersion"].as_str()?.split_once('/')?;
    let kind = OtherPolicyKind::find(group, object["kind"].as_str()?)?;
    kind.counts(object["metadata"]["name"].as_str().unwrap_or_default()).then_some(kind)
}

/// `namespace/name`, or the name alone.
fn full_name(object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    let name = if text("name").is_empty() { text("generateName") } else { text("name") };
    if text("namespace").is_empty() { name.to_owned() } else { format!("{}/{name}", text("namespace")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: &str, kind: &str, plural: &str) {
        let found = OtherPolicyKind::find(group, kind).map(|kind| kind.name(2)).unwrap_or_default();
        assert_eq!(found, plural, "{group} {kind}");
    }

    #[test]
    fn policies_are_told_by_group_and_kind() {
        for group in CALICO {
            check(group, "NetworkPolicy", "Calico NetworkPolicies");
            check(group, "GlobalNetworkPolicy", "GlobalNetworkPolicies");
            check(group, "StagedNetworkPolicy", "");
            check(group, "IPPool", "");
        }
        check("cilium.io", "CiliumNetworkPolicy", "CiliumNetworkPolicies");
        check("cilium.io", "CiliumClusterwideNetworkPolicy", "CiliumClusterwideNetworkPolicies");
        check("crd.antrea.io", "ClusterNetworkPolicy", "Antrea ClusterNetworkPolicies");
        check("controlplane.antrea.io", "NetworkPolicy", "");
        check("network.openshift.io", "EgressNetworkPolicy", "EgressNetworkPolicies");
        check("k8s.ovn.org", "EgressIP", "EgressIPs");
        check("k8s.ovn.org", "EgressFirewall", "EgressFirewalls");
        check("security.istio.io", "AuthorizationPolicy", "Istio AuthorizationPolicies");
        check("policy.linkerd.io", "AuthorizationPolicy", "Linkerd AuthorizationPolicies");
        check("networking.k8s.aws", "ApplicationNetworkPolicy", "ApplicationNetworkPolicies");
        check("networking.k8s.aws", "ClusterPolicyEndpoint", "ClusterPolicyEndpoints");
        check("networking.k8s.aws", "PolicyEndpoint", "");
        check("consul.hashicorp.com", "ServiceIntentions", "Consul ServiceIntentions");
        // Those that nobody has written down, by their names.
        check("metal-stack.io", "ClusterwideNetworkPolicy", "metal-stack.io ClusterwideNetworkPolicies");
        check("k8s.cni.cncf.io", "MultiNetworkPolicy", "k8s.cni.cncf.io MultiNetworkPolicies");
        check("networking.gke.io", "FQDNNetworkPolicy", "networking.gke.io FQDNNetworkPolicies");
        // Kubernetes' own are evaluated, and what is no policy is none.
        for Kind { group, name: kind, .. } in crate::kinds::KINDS.iter().filter(|kind| kind.is_policy()) {
            check(group, kind, "");
        }
        for (group, kind) in [("", "Pod"), ("apps", "Deployment"), ("monitoring.coreos.com", "ServiceMonitor")] {
            check(group, kind, "");
        }
    }

    #[test]
    fn what_a_plugin_brings_along_says_nothing() {
        let counts = |group: &str, kind: &str, name: &str| OtherPolicyKind::find(group, kind).unwrap().counts(name);
        assert!(!counts("projectcalico.org", "Tier", "default"));
        assert!(counts("projectcalico.org", "Tier", "security"));
        assert!(!counts("projectcalico.org", "NetworkPolicy", "knp.default.allow-web"));
        assert!(counts("crd.projectcalico.org", "NetworkPolicy", "default.allow-web"));
        assert!(!counts("crd.antrea.io", "Tier", "securityops"));
    }
}
