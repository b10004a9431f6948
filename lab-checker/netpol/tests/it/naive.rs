//! A second evaluator, written apart from the engine: one flow at a time, straight from the words of
//! the API, nothing shared but the types. Slow and plain, so that it can be checked by reading.

use std::net::IpAddr;

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, Direction, Labels, NamespaceScope,
    NetworkPolicy, Peer, Pod, PortRule, PortSpec, Protocol, Requirement, Selector, Snapshot, Subject, Tier,
};

/// One end of a flow.
#[derive(Clone, Copy)]
pub(crate) enum End<'a> {
    Pod(&'a Pod),
    Outside(IpAddr),
}

/// Whether a flow gets through.
pub(crate) fn allowed(cluster: &Snapshot, from: End<'_>, to: End<'_>, protocol: Protocol, port: u16) -> bool {
    if let (End::Pod(a), End::Pod(b)) = (from, to)
        && (&a.namespace, &a.name) == (&b.namespace, &b.name)
    {
        return true;
    }
    let flow = Flow { cluster, from, to, protocol, port };
    flow.leaves() && flow.enters()
}

struct Flow<'a> {
    cluster: &'a Snapshot,
    from: End<'a>,
    to: End<'a>,
    protocol: Protocol,
    port: u16,
}

impl Flow<'_> {
    fn leaves(&self) -> bool {
        match self.from {
            End::Pod(pod) if !pod.host_network => self.side(Direction::Egress, pod, self.to),
            _ => true,
        }
    }

    fn enters(&self) -> bool {
        match self.to {
            End::Pod(pod) if !pod.host_network => {
                self.is_from_node_of(pod) || self.side(Direction::Ingress, pod, self.from)
            }
            _ => true,
        }
    }

    fn is_from_node_of(&self, pod: &Pod) -> bool {
        match self.from {
            End::Pod(other) if other.host_network => {
                (other.node.is_some() && other.node == pod.node)
                    || other.addresses.iter().any(|one| pod.host_addresses.contains(one))
            }
            End::Pod(_) => false,
            End::Outside(address) => {
                pod.host_addresses.contains(&address)
                    || self.cluster.nodes.iter().any(|node| {
                        node.addresses.contains(&address) && pod.node.as_deref() == Some(node.name.as_str())
                    })
            }
        }
    }

    fn side(&self, direction: Direction, own: &Pod, other: End<'_>) -> bool {
        match self.tier(Tier::Admin, direction, own, other) {
            Some(Action::Accept) => return true,
            Some(Action::Deny) => return false,
            Some(Action::Pass) | None => {}
        }
        let isolating: Vec<&NetworkPolicy> = self
            .cluster
            .policies
            .iter()
            .filter(|policy| policy.namespace == own.namespace)
            .filter(|policy| selects(&policy.pod_selector, &own.labels))
            .filter(|policy| match direction {
                Direction::Ingress => policy.ingress.is_some(),
                Direction::Egress => policy.egress.is_some(),
            })
            .collect();
        if !isolating.is_empty() {
            return isolating.iter().any(|policy| self.admits(policy, direction, other));
        }
        self.tier(Tier::Baseline, direction, own, other) != Some(Action::Deny)
    }

    fn admits(&self, policy: &NetworkPolicy, direction: Direction, other: End<'_>) -> bool {
        let rules = match direction {
            Direction::Ingress => policy.ingress.as_ref().unwrap(),
            Direction::Egress => policy.egress.as_ref().unwrap(),
        };
        rules.iter().any(|rule| {
            let peer = rule.peers.is_empty() || rule.peers.iter().any(|peer| self.peer(policy, peer, other));
            let port = rule.ports.is_empty() || rule.ports.iter().any(|port| self.port_matches(port));
            peer && port
        })
    }

    fn peer(&self, policy: &NetworkPolicy, peer: &Peer, other: End<'_>) -> bool {
        match peer {
            Peer::IpBlock(block) => {
                let address = self.address_of(other);
                block.cidr.contains(&address) && !block.except.iter().any(|hole| hole.contains(&address))
            }
            Peer::Pods { namespaces, pods } => {
                let End::Pod(pod) = other else { return false };
                if pod.host_network {
                    return false;
                }
                let namespace = match namespaces {
                    NamespaceScope::Own => pod.namespace == policy.namespace,
                    NamespaceScope::Matching(selector) => selects(selector, &self.namespace_labels(pod)),
                };
                namespace && selects(pods, &pod.labels)
            }
        }
    }

    /// The address that the policies see: of the family that both ends have, in the order of the
    /// destination's addresses; an end without a common family shows its first address.
    fn address_of(&self, end: End<'_>) -> IpAddr {
        let all = |end: End<'_>| match end {
            End::Pod(pod) => pod.addresses.clone(),
            End::Outside(address) => vec![address],
        };
        let (from, to) = (all(self.from), all(self.to));
        let v4 = to.iter().find(|b| from.iter().any(|a| a.is_ipv4() == b.is_ipv4())).map(IpAddr::is_ipv4);
        let own = all(end);
        match v4 {
            Some(v4) => *own.iter().find(|address| address.is_ipv4() == v4).unwrap(),
            None => own[0],
        }
    }

    fn namespace_labels(&self, pod: &Pod) -> Labels {
        let namespace = self.cluster.namespaces.iter().find(|namespace| namespace.name == pod.namespace);
        namespace.unwrap().labels.clone()
    }

    fn port_matches(&self, rule: &PortRule) -> bool {
        rule.protocol == self.protocol
            && match &rule.port {
                PortSpec::Any => true,
                PortSpec::Range { from, to } => *from <= self.port && self.port <= *to,
                PortSpec::Named(name) => self.is_called(name),
            }
    }

    fn is_called(&self, name: &str) -> bool {
        let End::Pod(pod) = self.to else { return false };
        !pod.host_network
            && pod.ports.iter().any(|port| {
                port.number == self.port && port.protocol == self.protocol && port.name.as_deref() == Some(name)
            })
    }

    /// The action of a tier's first matching rule.
    fn tier(&self, tier: Tier, direction: Direction, own: &Pod, other: End<'_>) -> Option<Action> {
        let mut policies: Vec<&ClusterNetworkPolicy> =
            self.cluster.cluster_policies.iter().filter(|policy| policy.tier == tier).collect();
        policies.sort_by_key(|policy| (policy.priority, policy.name.clone()));
        for policy in policies {
            let namespace = self.namespace_labels(own);
            let subject = match &policy.subject {
                Subject::Namespaces(selector) => selects(selector, &namespace),
                Subject::Pods(both) => selects(&both.namespaces, &namespace) && selects(&both.pods, &own.labels),
            };
            if !subject {
                continue;
            }
            let rules = match direction {
                Direction::Ingress => &policy.ingress,
                Direction::Egress => &policy.egress,
            };
            for rule in rules {
                if self.cluster_rule(rule, other) {
                    return Some(rule.action);
                }
            }
        }
        None
    }

    fn cluster_rule(&self, rule: &ClusterRule, other: End<'_>) -> bool {
        let port = rule.ports.is_empty()
            || rule.ports.iter().any(|port| match port {
                ClusterPort::Range { protocol, from, to } => {
                    *protocol == self.protocol && *from <= self.port && self.port <= *to
                }
                ClusterPort::Named(name) => self.is_called(name),
            });
        port && rule.peers.iter().any(|peer| self.cluster_peer(rule.action, peer, other))
    }

    fn cluster_peer(&self, action: Action, peer: &ClusterPeer, other: End<'_>) -> bool {
        let pod = match other {
            End::Pod(pod) if !pod.host_network => Some(pod),
            _ => None,
        };
        match peer {
            ClusterPeer::Namespaces(selector) => pod.is_some_and(|pod| selects(selector, &self.namespace_labels(pod))),
            ClusterPeer::Pods(both) => pod.is_some_and(|pod| {
                selects(&both.namespaces, &self.namespace_labels(pod)) && selects(&both.pods, &pod.labels)
            }),
            ClusterPeer::Networks(networks) => networks.iter().any(|network| network.contains(&self.address_of(other))),
            ClusterPeer::Nodes(selector) => self.node_labels(other).is_some_and(|labels| selects(selector, &labels)),
            ClusterPeer::DomainNames(_) => false,
            ClusterPeer::Unknown => action != Action::Accept,
        }
    }

    fn node_labels(&self, end: End<'_>) -> Option<Labels> {
        let nodes = &self.cluster.nodes;
        let node = match end {
            End::Pod(pod) if pod.host_network => nodes
                .iter()
                .find(|node| pod.node.as_ref() == Some(&node.name))
                .or_else(|| nodes.iter().find(|node| node.addresses.contains(&pod.addresses[0]))),
            End::Pod(_) => None,
            End::Outside(address) => nodes.iter().find(|node| node.addresses.contains(&address)),
        };
        node.map(|node| node.labels.clone())
    }
}

fn selects(selector: &Selector, labels: &Labels) -> bool {
    for requirement in &selector.requirements {
        let holds = match requirement {
            Requirement::In { key, values } => match labels.get(key) {
                Some(value) => values.contains(value),
                None => false,
            },
            Requirement::NotIn { key, values } => match labels.get(key) {
                Some(value) => !values.contains(value),
                None => true,
            },
            Requirement::Exists { key } => labels.contains_key(key),
            Requirement::DoesNotExist { key } => !labels.contains_key(key),
        };
        if !holds {
            return false;
        }
    }
    true
}
