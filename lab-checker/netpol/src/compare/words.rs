//! The words that two snapshots tell things apart by: what either of them mentions, taken together.

use std::collections::BTreeSet;

use crate::classes::Vocabulary;
use crate::model::{
    ClusterNetworkPolicy, ClusterPeer, Direction, Labels, NamespaceScope, NetworkPolicy, Peer, Protocol, Selector,
    Snapshot, Subject,
};

/// What a rule about whole namespaces says of pods.
static EVERYTHING: Selector = Selector { requirements: Vec::new() };

/// What the policies of several snapshots mention.
pub(crate) struct Words<'a> {
    pub(crate) vocabulary: Vocabulary,
    policies: Vec<&'a NetworkPolicy>,
    cluster_policies: Vec<&'a ClusterNetworkPolicy>,
}

/// Ports of one protocol that no rule tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortStretch {
    /// The protocol.
    pub protocol: Protocol,
    /// The first port, at least 1.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl<'a> Words<'a> {
    pub(crate) fn new(snapshots: &[&'a Snapshot]) -> Self {
        Self {
            vocabulary: Vocabulary::of_all(snapshots),
            policies: snapshots.iter().flat_map(|snapshot| &snapshot.policies).collect(),
            cluster_policies: snapshots.iter().flat_map(|snapshot| &snapshot.cluster_policies).collect(),
        }
    }

    /// All ports of all protocols, in stretches that no rule of either side tells apart.
    pub(crate) fn ports(&self) -> Vec<PortStretch> {
        let mut stretches = Vec::new();
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
            let starts = &self.vocabulary.port_starts[protocol as usize];
            for (at, first) in starts.iter().enumerate() {
                let last = starts.get(at + 1).map_or(u16::MAX, |next| next - 1);
                // Port 0 is nobody's.
                if last > 0 {
                    stretches.push(PortStretch { protocol, first: (*first).max(1), last });
                }
            }
        }
        stretches
    }

    /// Whether a policy stands in this namespace.
    pub(crate) fn has_policies(&self, namespace: &str) -> bool {
        self.policies.iter().any(|policy| policy.namespace == namespace)
    }

    /// The selectors that look at the labels of namespaces.
    pub(crate) fn namespace_selectors(&self) -> Vec<&'a Selector> {
        let mut found = BTreeSet::new();
        for policy in &self.policies {
            for peer in peers(policy) {
                if let Peer::Pods { namespaces: NamespaceScope::Matching(selector), .. } = peer {
                    found.insert(selector);
                }
            }
        }
        for policy in &self.cluster_policies {
            found.extend(subjects(policy).map(|(namespaces, _)| namespaces));
        }
        found.into_iter().collect()
    }

    /// The selectors that look at the labels of pods, each with the namespaces that it looks in: those that a selector
    /// picks, or one by its name.
    pub(crate) fn scoped_selectors(&self) -> Vec<(Result<Selector, &'a str>, &'a Selector)> {
        let mut found = Vec::new();
        for policy in &self.policies {
            let own = || Err(policy.namespace.as_str());
            found.push((own(), &policy.pod_selector));
            found.extend(peers(policy).filter_map(|peer| match peer {
                Peer::Pods { namespaces: NamespaceScope::Own, pods } => Some((own(), pods)),
                Peer::Pods { namespaces: NamespaceScope::Matching(scope), pods } => Some((Ok(scope.clone()), pods)),
                Peer::IpBlock(_) => None,
            }));
        }
        for policy in &self.cluster_policies {
            found.extend(subjects(policy).map(|(scope, pods)| (Ok(scope.clone()), pods.unwrap_or(&EVERYTHING))));
        }
        found
    }

    /// The selectors that look at the labels of pods in a namespace, which may have other labels on either side.
    pub(crate) fn pod_selectors(&self, namespace: &str, labels: &[&Labels]) -> Vec<&'a Selector> {
        let sees = |selector: &Selector| labels.iter().any(|labels| selector.matches(labels));
        let mut found = BTreeSet::new();
        for policy in &self.policies {
            let is_here = policy.namespace == namespace;
            found.extend(is_here.then_some(&policy.pod_selector));
            for peer in peers(policy) {
                match peer {
                    Peer::Pods { namespaces: NamespaceScope::Own, pods } if is_here => _ = found.insert(pods),
                    Peer::Pods { namespaces: NamespaceScope::Matching(scope), pods } if sees(scope) => {
                        found.insert(pods);
                    }
                    _ => {}
                }
            }
        }
        for policy in &self.cluster_policies {
            let seen = subjects(policy).filter(|(namespaces, _)| sees(namespaces));
            found.extend(seen.filter_map(|(_, pods)| pods));
        }
        found.into_iter().collect()
    }
}

fn peers(policy: &NetworkPolicy) -> impl Iterator<Item = &Peer> {
    policy.ingress.iter().chain(&policy.egress).flatten().flat_map(|rule| &rule.peers)
}

/// Everything by which a ClusterNetworkPolicy picks pods: subject and peers, as selectors of namespaces and pods.
fn subjects(policy: &ClusterNetworkPolicy) -> impl Iterator<Item = (&Selector, Option<&Selector>)> {
    let subject = match &policy.subject {
        Subject::Namespaces(namespaces) => (namespaces, None),
        Subject::Pods(both) => (&both.namespaces, Some(&both.pods)),
    };
    let rules = [Direction::Ingress, Direction::Egress].into_iter().flat_map(|direction| policy.rules(direction));
    let peers = rules.flat_map(|rule| &rule.peers).filter_map(|peer| match peer {
        ClusterPeer::Namespaces(namespaces) => Some((namespaces, None)),
        ClusterPeer::Pods(both) => Some((&both.namespaces, Some(&both.pods))),
        ClusterPeer::Networks(_) | ClusterPeer::Nodes(_) | ClusterPeer::DomainNames(_) | ClusterPeer::Unknown => None,
    });
    [subject].into_iter().chain(peers)
}
