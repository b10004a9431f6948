//! NetworkPolicies and ClusterNetworkPolicies as they stand in JSON, in one form: for which pods, and which rules
//! in each direction.

use ipnet::IpNet;
use serde_json::Value;

use super::ports::PortItem;
use super::selector::Selector;
use crate::snapshot::{kind, list};

/// When a policy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Admin,
    NetworkPolicy,
    Baseline,
}

/// Which way the flow goes, seen from the pod that a policy selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

/// What a rule does with a flow that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Accept,
    Deny,
    Pass,
}

/// A policy of either kind. Policies are asked in the order of tier, priority and name; among NetworkPolicies the
/// order means nothing. Two ClusterNetworkPolicies of one priority that disagree are undefined; here the name
/// decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) tier: Tier,
    pub(super) priority: u64,
    pub(super) name: String,
    pub(super) subject: Pods,
    /// The rules, when the policy is about this direction at all.
    pub(super) ingress: Option<Vec<Rule>>,
    pub(super) egress: Option<Vec<Rule>>,
}

/// Pods by their namespace and their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pods {
    pub(super) namespaces: Namespaces,
    pub(super) pods: Selector,
}

/// Namespaces by name or by labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Namespaces {
    Named(String),
    Selected(Selector),
}

/// A rule; it matches when a peer and a port do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) action: Action,
    /// Everything when it is not there.
    pub(super) peers: Option<Vec<Peer>>,
    /// Every port of every protocol when it is not there.
    pub(super) ports: Option<Vec<PortItem>>,
}

/// The other end of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Pods(Pods),
    Block {
        cidr: IpNet,
        except: Vec<IpNet>,
    },
    /// Nodes, whose flows are not judged, and names, of which nothing says where they lead.
    Nothing,
    /// A peer of a kind that nobody knows, in a rule that closes.
    Everything,
}

impl Policy {
    /// The policies among objects, in the order in which they are asked.
    pub(super) fn all(objects: &[Value]) -> Vec<Self> {
        let mut policies: Vec<Self> = objects.iter().filter_map(Self::read).collect();
        policies.sort_by(|a, b| (a.tier, a.priority, &a.name).cmp(&(b.tier, b.priority, &b.name)));
        policies
    }

    fn read(object: &Value) -> Option<Self> {
        let group = object["apiVersion"].as_str()?.split_once('/')?.0;
        match (group, kind(object)) {
            ("networking.k8s.io", "NetworkPolicy") => Some(network_policy(object)),
            ("policy.networking.k8s.io", "ClusterNetworkPolicy") => Some(cluster_network_policy(object)),
            _ => None,
        }
    }

    /// The rules for a direction; `None` when the policy is not about it.
    pub(super) fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }

    /// All rules.
    pub(super) fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.ingress.iter().chain(&self.egress).flatten()
    }
}

fn network_policy(object: &Value) -> Policy {
    let spec = &object["spec"];
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    let types: Vec<&str> = list(&spec["policyTypes"]).filter_map(Value::as_str).collect();
    let is_about = |direction: &str, without_types: bool| {
        if types.is_empty() { without_types } else { types.contains(&direction) }
    };
    let rules = |direction: &str, peers: &str| {
        list(&spec[direction])
            .map(|rule| Rule {
                action: Action::Accept,
                peers: filled(&rule[peers])
                    .map(|peers| peers.iter().map(|peer| policy_peer(peer, namespace)).collect()),
                ports: filled(&rule["ports"]).map(|ports| ports.iter().map(PortItem::of_policy).collect()),
            })
            .collect()
    };
    Policy {
        tier: Tier::NetworkPolicy,
        priority: 0,
        name: format!("{namespace}/{}", object["metadata"]["name"].as_str().unwrap_or_default()),
        subject: Pods {
            namespaces: Namespaces::Named(namespace.to_owned()),
            pods: Selector::read(&spec["podSelector"]),
        },
        ingress: is_about("Ingress", true).then(|| rules("ingress", "from")),
        egress: is_about("Egress", filled(&spec["egress"]).is_some()).then(|| rules("egress", "to")),
    }
}

/// A list that has something in it.
fn filled(value: &Value) -> Option<&Vec<Value>> {
    value.as_array().filter(|items| !items.is_empty())
}

fn policy_peer(peer: &Value, namespace: &str) -> Peer {
    let block = &peer["ipBlock"];
    if !block.is_null() {
        return match cidr(&block["cidr"]) {
            Some(cidr) => Peer::Block { cidr, except: list(&block["except"]).filter_map(self::cidr).collect() },
            None => Peer::Nothing,
        };
    }
    let namespaces = match &peer["namespaceSelector"] {
        Value::Null => Namespaces::Named(namespace.to_owned()),
        selector => Namespaces::Selected(Selector::read(selector)),
    };
    Peer::Pods(Pods { namespaces, pods: Selector::read(&peer["podSelector"]) })
}

fn cidr(text: &Value) -> Option<IpNet> {
    Some(text.as_str()?.parse::<IpNet>().ok()?.trunc())
}

fn cluster_network_policy(object: &Value) -> Policy {
    let spec = &object["spec"];
    let rules = |direction: &str, peers: &str| {
        list(&spec[direction])
            .map(|rule| {
                let action = match rule["action"].as_str() {
                    Some("Deny") => Action::Deny,
                    Some("Pass") => Action::Pass,
                    _ => Action::Accept,
                };
                Rule {
                    action,
                    peers: Some(list(&rule[peers]).flat_map(|peer| cluster_peers(peer, action)).collect()),
                    ports: filled(&rule["protocols"])
                        .map(|items| items.iter().map(PortItem::of_cluster_policy).collect()),
                }
            })
            .collect()
    };
    let subject = &spec["subject"];
    Policy {
        tier: if spec["tier"] == "Baseline" { Tier::Baseline } else { Tier::Admin },
        priority: spec["priority"].as_u64().unwrap_or_default(),
        name: object["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        subject: selected(subject).unwrap_or_else(|| Pods {
            namespaces: Namespaces::Selected(Selector::default()),
            pods: Selector::default(),
        }),
        ingress: Some(rules("ingress", "from")),
        egress: Some(rules("egress", "to")),
    }
}

/// Pods as ClusterNetworkPolicies write them: `namespaces`, or `pods` with two selectors.
fn selected(value: &Value) -> Option<Pods> {
    let namespaces = |selector| Namespaces::Selected(Selector::read(selector));
    if !value["namespaces"].is_null() {
        return Some(Pods { namespaces: namespaces(&value["namespaces"]), pods: Selector::default() });
    }
    let pods = &value["pods"];
    (!pods.is_null()).then(|| Pods {
        namespaces: namespaces(&pods["namespaceSelector"]),
        pods: Selector::read(&pods["podSelector"]),
    })
}

fn cluster_peers(peer: &Value, action: Action) -> Vec<Peer> {
    if let Some(pods) = selected(peer) {
        return vec![Peer::Pods(pods)];
    }
    if let Some(networks) = peer["networks"].as_array() {
        return networks.iter().filter_map(cidr).map(|cidr| Peer::Block { cidr, except: Vec::new() }).collect();
    }
    let known = !peer["nodes"].is_null() || !peer["domainNames"].is_null();
    vec![if known || action == Action::Accept { Peer::Nothing } else { Peer::Everything }]
}
