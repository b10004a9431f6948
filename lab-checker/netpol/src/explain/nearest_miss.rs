//! What nearly let a blocked flow through: the rule that is the smallest change away from admitting
//! it, and the change.

use crate::explain::path::blocking_sides;
use crate::explain::port_miss::port_wish;
use crate::flow::evaluate::trace_rules;
use crate::flow::route::{Party, Path};
use crate::flow::trace::{Decided, PeerMatch, RuleTrace, Side, Trace};
use crate::flow::unknown_endpoint::distance;
use crate::model::directory::Directory;
use crate::model::phrases::{self, all_of, label};
use crate::{Direction, Labels, NamespaceScope, NetworkPolicy, Peer, Requirement, Selector, Tier};

/// So many are told.
const AT_MOST: usize = 3;

/// Something that would have to be different, and how far away that is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wish {
    /// Small for what looks like a slip, large for what is another intention.
    pub(crate) cost: usize,
    /// Completes "it would be allowed if …".
    pub(crate) text: String,
}

impl Wish {
    pub(crate) fn new(cost: usize, text: String) -> Self {
        Self { cost, text }
    }
}

/// For a blocked flow, what would have to be different; the least first, three at most.
pub(crate) fn nearest_misses(path: &Path<'_>, trace: &Trace<'_>, directory: Directory<'_>) -> Vec<String> {
    let mut wishes: Vec<Wish> = Vec::new();
    for side in blocking_sides(trace) {
        let search = Search { path, directory, side };
        match side.decided {
            Decided::Policies => {
                wishes.extend(search.isolating());
                wishes.extend(search.elsewhere());
                wishes.extend(search.unlisted());
            }
            Decided::Cluster(tier, policy, _) => wishes.push(search.cluster(tier, policy)),
            Decided::Nothing => {}
        }
    }
    if wishes.is_empty() {
        // Nothing comes near, so what is missing altogether is told.
        let sides = blocking_sides(trace).map(|side| Search { path, directory, side }.missing());
        wishes.extend(sides);
    }
    wishes.sort();
    // A miss that takes several times the smallest change only distracts from it.
    let limit = wishes.first().map_or(0, |least| least.cost.max(2) * 3);
    wishes.into_iter().filter(|wish| wish.cost <= limit).take(AT_MOST).map(|wish| wish.text).collect()
}

struct Search<'a, 's> {
    path: &'s Path<'a>,
    directory: Directory<'s>,
    side: &'s Side<'a>,
}

impl Search<'_, '_> {
    fn own(&self) -> &Party<'_> {
        match self.side.direction {
            Direction::Egress => &self.path.source,
            Direction::Ingress => &self.path.destination,
        }
    }

    fn other(&self) -> &Party<'_> {
        match self.side.direction {
            Direction::Egress => &self.path.destination,
            Direction::Ingress => &self.path.source,
        }
    }

    /// Rules of the policies that isolate the pod.
    fn isolating(&self) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for trace in &self.side.policies {
            for (at, rule) in trace.rules.iter().enumerate() {
                let wish = self.rule(trace.policy, rule);
                let (direction, policy) = (self.side.direction, trace.policy);
                wishes.push(Wish::new(
                    wish.cost,
                    format!(
                        "{direction} rule {} of policy {}/{} would admit it if {}",
                        at + 1,
                        policy.namespace,
                        policy.name,
                        wish.text
                    ),
                ));
            }
        }
        wishes
    }

    /// Policies that would admit the flow, but do not select the pod.
    fn elsewhere(&self) -> Vec<Wish> {
        let Some(pod) = self.own().pod else { return Vec::new() };
        let policies = &self.directory.snapshot.policies;
        let selects =
            |policy: &NetworkPolicy| policy.namespace == pod.namespace && policy.pod_selector.matches(&pod.labels);
        let mut wishes = Vec::new();
        for policy in policies.iter().filter(|policy| !selects(policy)) {
            let rules = trace_rules(self.path, self.directory, self.side.direction, policy);
            if !rules.iter().any(RuleTrace::matches) {
                continue;
            }
            let full = format!("{}/{}", policy.namespace, policy.name);
            let unmet = policy.pod_selector.unmet(&pod.labels);
            if policy.namespace == pod.namespace {
                let wish = joined(&unmet.iter().map(|one| label_wish(one, &pod.labels)).collect::<Vec<_>>());
                let selector = &policy.pod_selector;
                let text = format!(
                    "policy {full} would admit it, but its podSelector {selector} does not select {}/{}: it would if \
                     the pod {}",
                    pod.namespace, pod.name, wish.text
                );
                wishes.push(Wish::new(1 + wish.cost, text));
            } else if unmet.is_empty() {
                let text = format!(
                    "policy {full} would admit it, but a policy selects pods of its own namespace only: it would have \
                     to stand in namespace {}",
                    pod.namespace
                );
                wishes.push(Wish::new(4, text));
            }
        }
        wishes
    }

    /// Rules that would admit the flow, in a direction that their policy does not list.
    fn unlisted(&self) -> Vec<Wish> {
        let (Some(pod), direction) = (self.own().pod, self.side.direction) else { return Vec::new() };
        let policies = self.directory.snapshot.unlisted.iter();
        let selecting =
            policies.filter(|policy| policy.namespace == pod.namespace && policy.pod_selector.matches(&pod.labels));
        let admitting = selecting.filter_map(|policy| {
            let rules = trace_rules(self.path, self.directory, direction, policy);
            let at = rules.iter().position(RuleTrace::matches)?;
            let text = format!(
                "{direction} rule {} of policy {}/{} would admit it if its policyTypes listed {}: rules for a direction \
                 that is not listed have no effect",
                at + 1,
                policy.namespace,
                policy.name,
                phrases::policy_type(direction)
            );
            Some(Wish::new(1, text))
        });
        admitting.collect()
    }

    /// What no policy has yet.
    fn missing(&self) -> Wish {
        let direction = self.side.direction;
        let text = format!(
            "an {direction} rule {} {} on port {}/{} would admit it; no policy that selects {} has one that comes near",
            phrases::preposition(direction),
            name(self.other()),
            self.path.port,
            self.path.protocol,
            name(self.own()),
        );
        Wish::new(9, text)
    }

    fn cluster(&self, tier: Tier, policy: usize) -> Wish {
        let list = if tier == Tier::Admin { &self.side.admin } else { &self.side.baseline };
        let name = &list[policy].policy.name;
        let text = match tier {
            Tier::Admin => format!(
                "no NetworkPolicy can allow it, because tier Admin comes first: only a rule before the one of {name} could"
            ),
            Tier::Baseline => format!(
                "a NetworkPolicy that selects the pod and allows the flow would come before tier Baseline and {name}"
            ),
        };
        Wish::new(5, text)
    }

    /// What would make a rule match.
    fn rule(&self, policy: &NetworkPolicy, trace: &RuleTrace<'_>) -> Wish {
        let mut wishes = Vec::new();
        if !trace.peer_matches() {
            let peers = trace.peers.iter().zip(&trace.rule.peers);
            wishes.extend(peers.map(|(result, peer)| self.peer(policy, result, peer)).min());
        }
        if !trace.port_matches() {
            wishes.push(port_wish(&trace.rule.ports, self.path, self.directory.snapshot));
        }
        joined(&wishes)
    }

    fn peer(&self, policy: &NetworkPolicy, result: &PeerMatch<'_>, peer: &Peer) -> Wish {
        let preposition = phrases::preposition(self.side.direction);
        match (result, peer, self.other().pod) {
            (PeerMatch::OtherNamespace, Peer::Pods { pods, .. }, Some(pod)) => {
                let mut wishes = vec![Wish::new(
                    2,
                    format!(
                        "its peer {} had a namespaceSelector that matches namespace {} (without one it looks in {} only)",
                        phrases::pods_with(pods),
                        pod.namespace,
                        policy.namespace
                    ),
                )];
                wishes.extend(self.pod_wishes(pods));
                joined(&wishes)
            }
            (PeerMatch::Labels { .. }, Peer::Pods { namespaces, pods }, Some(pod)) => {
                let mut wishes = Vec::new();
                if let NamespaceScope::Matching(selector) = namespaces {
                    wishes.extend(self.namespace_wishes(selector, &pod.namespace));
                }
                wishes.extend(self.pod_wishes(pods));
                joined(&wishes)
            }
            (PeerMatch::NotAPod, ..) => {
                let address = self.other().addresses[0];
                Wish::new(8, format!("it had an ipBlock with {address} (selectors only see pods)"))
            }
            (PeerMatch::HostNetwork, ..) => Wish::new(
                8,
                "it had an ipBlock with the node's address (selectors do not see host-network pods)".to_owned(),
            ),
            (PeerMatch::Excepted(address, hole), ..) => {
                Wish::new(4, format!("{address} were not in the exception {hole} of its ipBlock"))
            }
            (PeerMatch::OutsideBlock(address), Peer::IpBlock(block), _) => {
                Wish::new(6, format!("its ipBlock {} contained {address}", block.cidr))
            }
            (PeerMatch::OtherFamily(address), Peer::IpBlock(block), _) => Wish::new(
                7,
                format!("it had an ipBlock with {address} beside {}, which is of the other family", block.cidr),
            ),
            _ => Wish::new(9, format!("it named the other end {preposition} which the flow goes")),
        }
    }

    fn pod_wishes(&self, selector: &Selector) -> Option<Wish> {
        let pod = self.other().pod?;
        let wishes: Vec<Wish> = selector.unmet(&pod.labels).iter().map(|one| label_wish(one, &pod.labels)).collect();
        subject(format!("the pod {}/{}", pod.namespace, pod.name), &wishes)
    }

    fn namespace_wishes(&self, selector: &Selector, name: &str) -> Option<Wish> {
        let labels = self.directory.namespace_labels(name)?;
        let wishes: Vec<Wish> = selector.unmet(labels).iter().map(|one| label_wish(one, labels)).collect();
        subject(format!("namespace {name}"), &wishes)
    }
}

/// How people write this end of the flow.
fn name(party: &Party<'_>) -> String {
    party.pod.map_or_else(|| party.addresses[0].to_string(), |pod| format!("{}/{}", pod.namespace, pod.name))
}

/// Who would have to be different, in front of what.
fn subject(who: String, wishes: &[Wish]) -> Option<Wish> {
    if wishes.is_empty() {
        return None;
    }
    let wish = joined(wishes);
    Some(Wish::new(wish.cost, format!("{who} {}", wish.text)))
}

fn joined(wishes: &[Wish]) -> Wish {
    let texts: Vec<&str> = wishes.iter().map(|wish| wish.text.as_str()).collect();
    // Two changes at once are further away than the sum of both.
    let cost = wishes.iter().map(|wish| wish.cost).sum::<usize>() + 2 * wishes.len().saturating_sub(1);
    Wish::new(cost, all_of(&texts))
}

/// What labels an object would need, beside what it has. A value that is a letter or two away looks
/// like a slip, and so does a value that differs only in case.
fn label_wish(requirement: &Requirement, labels: &Labels) -> Wish {
    let key = requirement.key();
    let has = match labels.get(key) {
        Some(value) => format!("it has {}", label(key, value)),
        None => format!("it has no label {key}"),
    };
    match requirement {
        Requirement::In { values, .. } => {
            let slip = labels.get(key).is_some_and(|value| values.iter().any(|wanted| looks_like(value, wanted)));
            let key_slip = labels.iter().find(|(other, value)| looks_like(other, key) && values.contains(value));
            let wanted: Vec<String> = values.iter().map(|value| label(key, value)).collect();
            let has = key_slip.map_or(has, |(other, value)| format!("it has {}", label(other, value)));
            let cost = if slip || key_slip.is_some() { 1 } else { 3 };
            Wish::new(cost, format!("had the label {} ({has})", phrases::any_of(&wanted)))
        }
        Requirement::NotIn { values, .. } => {
            let wanted: Vec<String> = values.iter().map(|value| label(key, value)).collect();
            Wish::new(3, format!("did not have the label {}", phrases::any_of(&wanted)))
        }
        Requirement::Exists { .. } => Wish::new(3, format!("had a label {key}")),
        Requirement::DoesNotExist { .. } => Wish::new(3, format!("did not have the label {key} ({has})")),
    }
}

/// Whether two texts are the same but for a slip of the finger.
fn looks_like(one: &str, other: &str) -> bool {
    let letters = distance(&one.to_ascii_lowercase(), &other.to_ascii_lowercase());
    letters <= 2 && letters * 3 <= other.len().max(one.len())
}
