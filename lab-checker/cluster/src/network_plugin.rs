//! Which network plugins a cluster runs, told from the DaemonSets that they install, and what is
//! known about them.

use kube::Client;
use serde_json::Value;

use crate::error::ClusterError;
use crate::read::list;
use crate::request::get;
use crate::resource::known;

/// A network plugin that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPlugin {
    /// Its name, such as Calico.
    pub name: &'static str,
    /// Whether it enforces NetworkPolicies.
    pub enforces: Enforcement,
    /// What it was told from, such as `DaemonSet kube-system/calico-node`.
    pub evidence: String,
}

/// Whether a plugin enforces NetworkPolicies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// It does.
    Yes,
    /// It does not: policies are stored and ignored.
    No,
    /// It can; this says when.
    When(&'static str),
}

/// What is known of a cluster's network as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforces {
    /// A plugin that enforces policies runs.
    Yes,
    /// What runs is known, and it ignores them.
    No,
    /// Nobody can tell from what runs.
    Unknown,
}

/// What the plugins of a cluster say together.
#[must_use]
pub fn enforces(plugins: &[NetworkPlugin]) -> Enforces {
    let ignores = |plugin: &NetworkPlugin| plugin.enforces == Enforcement::No || plugin.name == ALONE;
    if plugins.iter().any(|plugin| plugin.enforces == Enforcement::Yes) {
        Enforces::Yes
    } else if !plugins.is_empty() && plugins.iter().all(ignores) {
        Enforces::No
    } else {
        Enforces::Unknown
    }
}

/// It enforces nothing by itself; what makes up for that would be found beside it.
const ALONE: &str = "Flannel";

/// DaemonSets by the beginning of their names. The first row that fits counts.
const KNOWN: &[(&str, &str, Enforcement)] = &[
    ("calico-node", "Calico", Enforcement::Yes),
    ("canal", "Canal", Enforcement::Yes),
    ("rke2-canal", "Canal", Enforcement::Yes),
    ("cilium-envoy", "", Enforcement::Yes),
    ("cilium", "Cilium", Enforcement::Yes),
    ("anetd", "GKE Dataplane V2", Enforcement::Yes),
    ("antrea-agent", "Antrea", Enforcement::Yes),
    ("kube-router", "kube-router", Enforcement::Yes),
    ("weave-net", "Weave Net", Enforcement::Yes),
    ("ovnkube-node", "OVN-Kubernetes", Enforcement::Yes),
    ("kube-ovn-cni", "Kube-OVN", Enforcement::Yes),
    ("kube-network-policies", "kube-network-policies", Enforcement::Yes),
    ("azure-npm", "Azure Network Policy Manager", Enforcement::Yes),
    ("romana-agent", "Romana", Enforcement::Yes),
    ("kindnet", "kindnet", Enforcement::When("since kind 0.24")),
    ("aws-node", "Amazon VPC CNI", Enforcement::When("when its network policy agent is switched on")),
    ("azure-cns", "Azure CNI", Enforcement::When("when the cluster was made with a network policy engine")),
    ("kube-flannel", ALONE, Enforcement::When("only together with a policy controller, such as Canal or k3s")),
];

/// The network plugins whose DaemonSets run in the cluster. Empty when none is known: the plugin may
/// be part of the node, as in k3s, or there may be none.
///
/// # Errors
/// When the cluster cannot be reached or refuses to list DaemonSets.
pub async fn network_plugins(client: &Client) -> Result<Vec<NetworkPlugin>, ClusterError> {
    let mut found: Vec<NetworkPlugin> = Vec::new();
    for set in list(client, known("DaemonSet"), None).await? {
        let id = manifest::ObjectId::of(&set);
        let Some((_, name, enforces)) = KNOWN.iter().find(|(start, ..)| id.name.starts_with(start)) else { continue };
        if name.is_empty() || is_nowhere(&set) || found.iter().any(|other| other.name == *name) {
            continue;
        }
        let enforces = match enforcement(&set, *enforces) {
            Enforcement::Yes if *name == CILIUM && !cilium_enforces(client, &id).await? => Enforcement::No,
            Enforcement::Yes if ready(&set) == Some(0) => Enforcement::When("once its pods are ready: now none is"),
            enforces => enforces,
        };
        found.push(NetworkPlugin { name, enforces, evidence: id.to_string() });
    }
    let nodes = match list(client, known("Node"), None).await {
        // They say something about k3s alone.
        Err(ClusterError::Refused { code: 403, .. }) => Vec::new(),
        nodes => nodes?,
    };
    let version = |node: &Value| node["status"]["nodeInfo"]["kubeletVersion"].as_str().unwrap_or_default().to_owned();
    let without = |node: &Value| {
        let arguments = node["metadata"]["annotations"]["k3s.io/node-args"].as_str().unwrap_or_default();
        arguments.contains("--disable-network-policy")
    };
    if let Some(version) = nodes.iter().map(version).find(|version| version.contains("+k3s"))
        && !nodes.iter().any(without)
    {
        let evidence = format!("nodes run {version}");
        found.push(NetworkPlugin {
            name: "k3s with kube-router's policy controller",
            enforces: Enforcement::Yes,
            evidence,
        });
    }
    Ok(found)
}

const CILIUM: &str = "Cilium";

/// Whether a DaemonSet has no node to run on.
fn is_nowhere(set: &Value) -> bool {
    set["status"]["desiredNumberScheduled"].as_u64() == Some(0)
}

/// How many of its pods are ready, where it has any.
fn ready(set: &Value) -> Option<u64> {
    set["status"]["desiredNumberScheduled"].as_u64().map(|_| set["status"]["numberReady"].as_u64().unwrap_or_default())
}

/// Whether Cilium does what NetworkPolicies say: it can be told not to.
async fn cilium_enforces(client: &Client, set: &manifest::ObjectId) -> Result<bool, ClusterError> {
    let namespace = set.namespace.as_deref().unwrap_or_default();
    let path = format!("/api/v1/namespaces/{namespace}/configmaps/cilium-config");
    let settings = match get(client, &path, "look at Cilium's settings").await {
        Err(ClusterError::Refused { .. }) => None,
        settings => settings?,
    };
    let data = settings.map(|mut settings| settings["data"].take()).unwrap_or_default();
    Ok(data["enable-policy"] != "never" && data["enable-k8s-networkpolicy"] != "false")
}

/// What a plugin's own settings say.
fn enforcement(set: &Value, usually: Enforcement) -> Enforcement {
    let containers = || set["spec"]["template"]["spec"]["containers"].as_array().into_iter().flatten();
    // Flannel's chart can put a policy controller beside it.
    let controller = |container: &Value| {
        let image = container["image"].as_str().unwrap_or_default();
        image.contains("kube-network-policies") || image.contains("kube-router")
    };
    if containers().any(controller) {
        return Enforcement::Yes;
    }
    let words = |container: &'_ Value| [container["command"].clone(), container["args"].clone()];
    let words = containers().flat_map(words).filter_map(|words| words.as_array().cloned()).flatten();
    let words: Vec<String> = words.filter_map(|word| word.as_str().map(str::to_owned)).collect();
    let switch = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    // The one of Amazon's agent, and the one of kube-router.
    match switch("--enable-network-policy").or_else(|| switch("--run-firewall")) {
        Some("true") => Enforcement::Yes,
        Some("false") => Enforcement::No,
        _ => usually,
    }
}
