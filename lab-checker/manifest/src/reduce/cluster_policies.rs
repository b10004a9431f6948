//! Which cluster-wide policies touch a lab: those whose subject or one of whose peers is in it.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use netpol::{ClusterNetworkPolicy, ClusterPeer, Direction, Labels, NamespacedPods, Selector, Subject};
use serde_json::Value;

use super::fields::{Part, part};
use super::scope::Scope;
use crate::lower::{Source, lower};
use crate::object::ObjectId;

/// The places of the cluster-wide policies that touch the lab. One that cannot be read is among them: nobody
/// knows whether it does.
pub(super) fn touching(objects: &[Value], scope: &Scope) -> BTreeSet<usize> {
    let policies = objects.iter().enumerate().filter(|(_, object)| part(object) == Some(Part::ClusterPolicy));
    let mut policies = policies.peekable();
    if policies.peek().is_none() {
        return BTreeSet::new();
    }
    let lab = LabPods::new(objects, scope);
    let touches = |object: &Value| {
        scope.reads(&ObjectId::of(object))
            || match lower(std::slice::from_ref(object), Source::Cluster) {
                Ok(snapshot) => snapshot.cluster_policies.iter().any(|policy| lab.is_touched_by(policy)),
                Err(_) => true,
            }
    };
    policies.filter(|(_, object)| touches(object)).map(|(at, _)| at).collect()
}

/// Whether a rule of these policies asks for nodes.
pub(super) fn ask_for_nodes(policies: &[Value]) -> bool {
    let rules = policies.iter().flat_map(|policy| policy["spec"]["egress"].as_array().into_iter().flatten());
    let mut peers = rules.flat_map(|rule| rule["to"].as_array().into_iter().flatten());
    peers.any(|peer| !peer["nodes"].is_null())
}

/// The labels of one pod and of its namespace.
struct PodLabels {
    namespace: Labels,
    pod: Labels,
}

/// The pods that a lab is about.
struct LabPods {
    /// The labels of the lab's namespaces, whether there are pods in them or not.
    namespaces: Vec<Labels>,
    pods: Vec<PodLabels>,
    /// The pods of the cluster's DNS, for a lab that judges them.
    dns: Vec<PodLabels>,
    addresses: Vec<IpAddr>,
    on_the_host: bool,
}

impl LabPods {
    fn new(objects: &[Value], scope: &Scope) -> Self {
        let namespaces: HashMap<&str, Labels> = objects
            .iter()
            .filter(|object| part(object) == Some(Part::Namespace))
            .filter_map(|object| Some((object["metadata"]["name"].as_str()?, labels(object))))
            .collect();
        let labels_of = |pod: &Value| PodLabels {
            namespace: named(&namespaces, pod["metadata"]["namespace"].as_str().unwrap_or("default")),
            pod: labels(pod),
        };
        let all = || objects.iter().filter(|object| part(object) == Some(Part::Pod));
        let own = || all().filter(|pod| scope.reads(&ObjectId::of(pod)));
        let is_own = |(name, _): &(&&str, &Labels)| {
            scope.reads(&ObjectId {
                group: String::new(),
                kind: "Namespace".to_owned(),
                namespace: None,
                name: (**name).to_owned(),
            })
        };
        Self {
            pods: own().map(labels_of).collect(),
            dns: all().filter(|pod| scope.is_dns_pod(pod)).map(labels_of).collect(),
            addresses: own().flat_map(addresses).collect(),
            on_the_host: own().any(|pod| pod["spec"]["hostNetwork"] == true),
            namespaces: namespaces.iter().filter(is_own).map(|(name, _)| named(&namespaces, name)).collect(),
        }
    }

    fn is_touched_by(&self, policy: &ClusterNetworkPolicy) -> bool {
        let peers = [Direction::Ingress, Direction::Egress].into_iter().flat_map(|direction| policy.rules(direction));
        self.is_subject(&policy.subject) || peers.flat_map(|rule| &rule.peers).any(|peer| self.is_peer(peer))
    }

    fn is_subject(&self, subject: &Subject) -> bool {
        let dns = self.dns.iter().any(|one| subject.matches(&one.namespace, &one.pod));
        dns || match subject {
            Subject::Namespaces(selector) => self.has_namespace(selector),
            Subject::Pods(pods) => self.has_pod(pods),
        }
    }

    fn is_peer(&self, peer: &ClusterPeer) -> bool {
        match peer {
            ClusterPeer::Namespaces(selector) => self.has_namespace(selector),
            ClusterPeer::Pods(pods) => self.has_pod(pods),
            ClusterPeer::Networks(networks) => {
                self.addresses.iter().any(|address| networks.iter().any(|network| network.contains(address)))
            }
            ClusterPeer::Nodes(_) => self.on_the_host,
            ClusterPeer::DomainNames(_) => false,
            // Deny and Pass match everything then.
            ClusterPeer::Unknown => true,
        }
    }

    fn has_namespace(&self, selector: &Selector) -> bool {
        self.namespaces.iter().any(|labels| selector.matches(labels))
    }

    fn has_pod(&self, both: &NamespacedPods) -> bool {
        self.pods.iter().any(|one| both.namespaces.matches(&one.namespace) && both.pods.matches(&one.pod))
    }
}

/// The labels of a namespace, with the one that every namespace has.
fn named(namespaces: &HashMap<&str, Labels>, name: &str) -> Labels {
    let mut labels = namespaces.get(name).cloned().unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
    labels
}

fn labels(object: &Value) -> Labels {
    let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn addresses(pod: &Value) -> Vec<IpAddr> {
    let status = &pod["status"];
    let several = status["podIPs"].as_array().into_iter().flatten().filter_map(|one| one["ip"].as_str());
    several.chain(status["podIP"].as_str()).filter_map(|text| text.parse().ok()).collect()
}
