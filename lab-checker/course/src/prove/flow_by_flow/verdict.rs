//! What gets through between two endpoints, at up to 128 concrete ports at once: one bit a port.

use std::cell::OnceCell;

use super::endpoint::{Endpoint, Kind};
use super::policy::{Action, Direction, Namespaces, Peer, Pods, Policy, Rule, Tier};
use super::ports::{Numbers, Port};

/// Some of the ports that are tried, one bit each.
pub(super) type PortBits = u128;

/// How many ports are tried at once.
pub(super) const AT_ONCE: usize = PortBits::BITS as usize;

/// The policies of one side, ready for many flows between these endpoints at these ports.
pub(super) struct Judge<'a> {
    endpoints: &'a [Endpoint],
    ports: &'a [Port],
    policies: Vec<ReadyPolicy<'a>>,
    /// For each endpoint the policies that select it, in order.
    applying: Vec<Vec<usize>>,
}

struct ReadyPolicy<'a> {
    policy: &'a Policy,
    ingress: Vec<ReadyRule<'a>>,
    egress: Vec<ReadyRule<'a>>,
}

struct ReadyRule<'a> {
    rule: &'a Rule,
    /// The ports that it matches by number.
    numbers: PortBits,
    /// Whether each endpoint is a peer; worked out at the first flow.
    peers: OnceCell<Vec<bool>>,
}

impl<'a> Judge<'a> {
    /// Makes policies ready.
    pub(super) fn new(policies: &'a [Policy], endpoints: &'a [Endpoint], ports: &'a [Port]) -> Self {
        let ready = |rules: &'a Option<Vec<Rule>>| rules.iter().flatten().map(|rule| ReadyRule::new(rule, ports));
        let policies: Vec<ReadyPolicy<'a>> = policies
            .iter()
            .map(|policy| ReadyPolicy {
                policy,
                ingress: ready(&policy.ingress).collect(),
                egress: ready(&policy.egress).collect(),
            })
            .collect();
        let applying = endpoints
            .iter()
            .map(|endpoint| {
                let selects = |index: &usize| is_among(endpoint, &policies[*index].policy.subject);
                (0..policies.len()).filter(selects).collect()
            })
            .collect();
        Self { endpoints, ports, policies, applying }
    }

    /// The policies that select an endpoint and are about a direction, in order, by their place in the list.
    pub(super) fn policies_of(&self, endpoint: usize, direction: Direction) -> impl Iterator<Item = usize> {
        let is_about = move |index: &usize| self.policies[*index].policy.rules(direction).is_some();
        self.applying[endpoint].iter().copied().filter(is_about)
    }

    /// The ports at which a flow gets through on both sides.
    #[cfg(test)]
    pub(super) fn allowed(&self, from: usize, to: usize) -> PortBits {
        self.side(Direction::Egress, from, to) & self.side(Direction::Ingress, from, to)
    }

    /// The ports at which one side lets a flow through.
    pub(super) fn side(&self, direction: Direction, from: usize, to: usize) -> PortBits {
        let (own, other) = match direction {
            Direction::Egress => (from, to),
            Direction::Ingress => (to, from),
        };
        let mut decision = Decision { open: all(self.ports), allowed: 0 };
        if self.endpoints[own].kind == Kind::Outside {
            return decision.open;
        }
        self.ask_cluster_policies(Tier::Admin, direction, own, other, &mut decision);
        if let Some(admitted) = self.admitted(direction, own, other) {
            return decision.allowed | decision.open & admitted;
        }
        self.ask_cluster_policies(Tier::Baseline, direction, own, other, &mut decision);
        decision.allowed | decision.open
    }

    /// What the rules of NetworkPolicies admit; `None` when no NetworkPolicy isolates the pod.
    fn admitted(&self, direction: Direction, own: usize, other: usize) -> Option<PortBits> {
        let mut isolating =
            self.ready(Tier::NetworkPolicy, own).filter(|ready| ready.policy.rules(direction).is_some());
        let first = isolating.next()?;
        let rules = std::iter::once(first).chain(isolating).flat_map(|ready| ready.rules(direction));
        Some(rules.fold(0, |admitted, rule| admitted | self.matched(rule, direction, own, other)))
    }

    /// Asks the rules of a tier one after the other; the first that matches a port decides about it.
    fn ask_cluster_policies(
        &self,
        tier: Tier,
        direction: Direction,
        own: usize,
        other: usize,
        decision: &mut Decision,
    ) {
        let mut passed = 0;
        for rule in self.ready(tier, own).flat_map(|ready| ready.rules(direction)) {
            let matched = self.matched(rule, direction, own, other) & decision.open;
            decision.open &= !matched;
            match rule.rule.action {
                Action::Accept => decision.allowed |= matched,
                Action::Deny => {}
                Action::Pass => passed |= matched,
            }
        }
        decision.open |= passed;
    }

    fn ready(&self, tier: Tier, own: usize) -> impl Iterator<Item = &ReadyPolicy<'a>> {
        let applying = self.applying[own].iter().map(|index| &self.policies[*index]);
        applying.filter(move |ready| ready.policy.tier == tier)
    }

    /// The ports at which a rule matches.
    fn matched(&self, rule: &ReadyRule<'_>, direction: Direction, own: usize, other: usize) -> PortBits {
        if !rule.peers(self.endpoints)[other] {
            return 0;
        }
        let destination = match direction {
            Direction::Egress => other,
            Direction::Ingress => own,
        };
        rule.numbers | self.named(rule.rule, &self.endpoints[destination])
    }

    /// The ports that a destination calls by a name that a rule has.
    fn named(&self, rule: &Rule, destination: &Endpoint) -> PortBits {
        let mut bits = 0;
        for item in rule.ports.iter().flatten() {
            let Numbers::Named(name) = &item.numbers else { continue };
            for (_, port) in destination.names.iter().filter(|(known, _)| known == name) {
                if item.protocol.is_none_or(|protocol| protocol == port.1) {
                    bits |= bits_of(self.ports, |tried| tried == *port);
                }
            }
        }
        bits
    }
}

/// What the tiers have decided so far.
struct Decision {
    /// The ports that nobody has decided about.
    open: PortBits,
    allowed: PortBits,
}

impl<'a> ReadyPolicy<'a> {
    fn rules(&self, direction: Direction) -> &[ReadyRule<'a>] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

impl<'a> ReadyRule<'a> {
    fn new(rule: &'a Rule, ports: &[Port]) -> Self {
        let numbers = match &rule.ports {
            None => all(ports),
            Some(items) => bits_of(ports, |port| items.iter().any(|item| item.has_number(port))),
        };
        Self { rule, numbers, peers: OnceCell::new() }
    }

    fn peers(&self, endpoints: &[Endpoint]) -> &[bool] {
        self.peers.get_or_init(|| {
            let is_peer = |endpoint: &Endpoint| match &self.rule.peers {
                None => true,
                Some(peers) => peers.iter().any(|peer| matches(peer, endpoint)),
            };
            endpoints.iter().map(is_peer).collect()
        })
    }
}

fn matches(peer: &Peer, endpoint: &Endpoint) -> bool {
    match peer {
        Peer::Pods(pods) => is_among(endpoint, pods),
        Peer::Block { cidr, except } => {
            let address = endpoint.address;
            cidr.contains(&address) && !except.iter().any(|hole| hole.contains(&address))
        }
        Peer::Nothing => false,
        Peer::Everything => true,
    }
}

fn is_among(endpoint: &Endpoint, pods: &Pods) -> bool {
    endpoint.is_pod()
        && match &pods.namespaces {
            Namespaces::Named(name) => **name == *endpoint.namespace,
            Namespaces::Selected(selector) => selector.selects(&endpoint.namespace_labels),
        }
        && pods.pods.selects(&endpoint.labels)
}

/// All ports that are tried.
pub(super) fn all(ports: &[Port]) -> PortBits {
    bits_of(ports, |_| true)
}

fn bits_of(ports: &[Port], is_in: impl Fn(Port) -> bool) -> PortBits {
    let bits = ports.iter().enumerate().filter(|(_, port)| is_in(**port));
    bits.fold(0, |bits, (index, _)| bits | 1 << index)
}
