//! What nearly let a blocked flow through: the rule that is the smallest change away from admitting
//! it, and the change.

use super::port_remedy::port_remedy;
use super::remedy::{Remedy, joined, label_remedy, with_subject};
use crate::flow::{Decided, Path, PeerMatch, ResolvedEndpoint, RuleTrace, Side, Trace, evaluate_rules};
use crate::model::{Directory, NAME_LABEL, NamespaceScope, NetworkPolicy, Peer, Pod, Selector, Tier, phrases};

/// So many are told.
const AT_MOST: usize = 3;

/// For a blocked flow, what would have to be different; the least first, three at most.
pub(crate) fn nearest_misses(path: &Path<'_>, trace: &Trace<'_>, directory: Directory<'_>) -> Vec<String> {
    let mut remedies: Vec<Remedy> = Vec::new();
    for side in trace.blocking_sides() {
        let search = Search { path, directory, side };
        match side.decided {
            Decided::Policies => {
                remedies.extend(search.isolating());
                remedies.extend(search.elsewhere());
                remedies.extend(search.unlisted());
            }
            Decided::Cluster(tier, policy, _) => remedies.push(search.cluster(tier, policy)),
            Decided::Nothing => {}
        }
    }
    if remedies.is_empty() {
        // Nothing comes near, so what is missing altogether is told.
        let sides = trace.blocking_sides().map(|side| Search { path, directory, side }.missing());
        remedies.extend(sides);
    }
    remedies.sort();
    // A miss that takes several times the smallest change only distracts from it.
    let limit = remedies.first().map_or(0, |least| least.cost.max(2) * 3);
    remedies.into_iter().filter(|remedy| remedy.cost <= limit).take(AT_MOST).map(|remedy| remedy.text).collect()
}

struct Search<'a, 's> {
    path: &'s Path<'a>,
    directory: Directory<'s>,
    side: &'s Side<'a>,
}

impl Search<'_, '_> {
    fn own(&self) -> &ResolvedEndpoint<'_> {
        self.path.own(self.side.direction)
    }

    fn other(&self) -> &ResolvedEndpoint<'_> {
        self.path.other(self.side.direction)
    }

    /// Rules of the policies that isolate the pod.
    fn isolating(&self) -> Vec<Remedy> {
        let mut remedies = Vec::new();
        for trace in &self.side.policies {
            for (at, rule) in trace.rules.iter().enumerate() {
                let remedy = self.rule(trace.policy, rule);
                let (direction, policy) = (self.side.direction, trace.policy);
                remedies.push(Remedy::new(
                    remedy.cost,
                    format!(
                        "{direction} rule {} of policy {}/{} would admit it if {}",
                        at + 1,
                        policy.namespace,
                        policy.name,
                        remedy.text
                    ),
                ));
            }
        }
        remedies
    }

    /// Policies that would admit the flow, but do not select the pod.
    fn elsewhere(&self) -> Vec<Remedy> {
        let Some(pod) = self.own().pod else { return Vec::new() };
        let policies = &self.directory.snapshot.policies;
        let selects =
            |policy: &NetworkPolicy| policy.namespace == pod.namespace && policy.pod_selector.matches(&pod.labels);
        let mut remedies = Vec::new();
        for policy in policies.iter().filter(|policy| !selects(policy)) {
            let rules = evaluate_rules(self.path, self.directory, self.side.direction, policy);
            if !rules.iter().any(RuleTrace::matches) {
                continue;
            }
            let full = format!("{}/{}", policy.namespace, policy.name);
            let unmet = policy.pod_selector.unmet(&pod.labels);
            if policy.namespace == pod.namespace {
                let remedy = joined(&unmet.iter().map(|one| label_remedy(one, &pod.labels)).collect::<Vec<_>>());
                let selector = &policy.pod_selector;
                let text = format!(
                    "policy {full} would admit it, but its podSelector {selector} does not select {}/{}: it would if \
                     the pod {}",
                    pod.namespace, pod.name, remedy.text
                );
                remedies.push(Remedy::new(1 + remedy.cost, text));
            } else if unmet.is_empty() {
                let text = format!(
                    "policy {full} would admit it, but a policy selects pods of its own namespace only: it would have \
                     to stand in namespace {}",
                    pod.namespace
                );
                remedies.push(Remedy::new(4, text));
            }
        }
        remedies
    }

    /// Rules that would admit the flow, in a direction that their policy does not list.
    fn unlisted(&self) -> Vec<Remedy> {
        let (Some(pod), direction) = (self.own().pod, self.side.direction) else { return Vec::new() };
        let policies = self.directory.snapshot.unlisted.iter();
        let selecting =
            policies.filter(|policy| policy.namespace == pod.namespace && policy.pod_selector.matches(&pod.labels));
        let admitting = selecting.filter_map(|policy| {
            let rules = evaluate_rules(self.path, self.directory, direction, policy);
            let at = rules.iter().position(RuleTrace::matches)?;
            let text = format!(
                "{direction} rule {} of policy {}/{} would admit it if its policyTypes listed {}: rules for a direction \
                 that is not listed have no effect",
                at + 1,
                policy.namespace,
                policy.name,
                phrases::policy_type(direction)
            );
            Some(Remedy::new(1, text))
        });
        admitting.collect()
    }

    /// What no policy has yet.
    fn missing(&self) -> Remedy {
        let direction = self.side.direction;
        let text = format!(
            "an {direction} rule {} {} on port {}/{} would admit it; no policy that selects {} has one that comes near",
            phrases::preposition(direction),
            name(self.other()),
            self.path.port,
            self.path.protocol,
            name(self.own()),
        );
        Remedy::new(9, text)
    }

    fn cluster(&self, tier: Tier, policy: usize) -> Remedy {
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
        Remedy::new(5, text)
    }

    /// What would make a rule match.
    fn rule(&self, policy: &NetworkPolicy, trace: &RuleTrace<'_>) -> Remedy {
        let mut remedies = Vec::new();
        if !trace.peer_matches() {
            let peers = trace.peers.iter().zip(&trace.rule.peers);
            remedies.extend(peers.map(|(result, peer)| self.peer(policy, result, peer)).min());
        }
        if !trace.port_matches() {
            remedies.push(port_remedy(&trace.rule.ports, self.path, self.directory.snapshot));
        }
        joined(&remedies)
    }

    fn peer(&self, policy: &NetworkPolicy, result: &PeerMatch<'_>, peer: &Peer) -> Remedy {
        let preposition = phrases::preposition(self.side.direction);
        match (result, peer, self.other().pod) {
            (PeerMatch::OtherNamespace, Peer::Pods { pods, .. }, Some(pod)) => {
                let scope = missing_namespace_selector(policy, pods, pod);
                joined(&std::iter::once(scope).chain(self.pod_remedies(pods)).collect::<Vec<_>>())
            }
            (PeerMatch::Labels { .. }, Peer::Pods { namespaces, pods }, Some(pod)) => {
                let mut remedies = Vec::new();
                if let NamespaceScope::Matching(selector) = namespaces {
                    remedies.extend(self.namespace_remedies(selector, &pod.namespace));
                }
                remedies.extend(self.pod_remedies(pods));
                joined(&remedies)
            }
            (PeerMatch::NotAPod, ..) => {
                let address = self.other().addresses[0];
                Remedy::new(8, format!("it had an ipBlock with {address} (selectors only see pods)"))
            }
            (PeerMatch::HostNetwork, ..) => Remedy::new(
                8,
                "it had an ipBlock with the node's address (selectors do not see host-network pods)".to_owned(),
            ),
            (PeerMatch::Excepted(address, hole), ..) => {
                Remedy::new(4, format!("{address} were not in the exception {hole} of its ipBlock"))
            }
            (PeerMatch::OutsideBlock(address), Peer::IpBlock(block), _) => {
                Remedy::new(6, format!("its ipBlock {} contained {address}", block.cidr))
            }
            (PeerMatch::OtherFamily(address), Peer::IpBlock(block), _) => Remedy::new(
                7,
                format!("it had an ipBlock with {address} beside {}, which is of the other family", block.cidr),
            ),
            _ => Remedy::new(9, format!("it named the other end {preposition} which the flow goes")),
        }
    }

    fn pod_remedies(&self, selector: &Selector) -> Option<Remedy> {
        let pod = self.other().pod?;
        let remedies: Vec<Remedy> =
            selector.unmet(&pod.labels).iter().map(|one| label_remedy(one, &pod.labels)).collect();
        with_subject(format!("the pod {}/{}", pod.namespace, pod.name), &remedies)
    }

    fn namespace_remedies(&self, selector: &Selector, name: &str) -> Option<Remedy> {
        let labels = self.directory.namespace_labels(name)?;
        let (by_name, by_label): (Vec<_>, Vec<_>) =
            selector.unmet(labels).into_iter().partition(|requirement| requirement.key() == NAME_LABEL);
        // A namespace's name cannot be chosen: it is the selector that asks for another one.
        if let Some(requirement) = by_name.first() {
            let slip = label_remedy(requirement, labels).cost;
            let text = format!("its namespaceSelector named {name} (it asks for {requirement})");
            return Some(Remedy::new(slip + 3 * by_label.len(), text));
        }
        let remedies: Vec<Remedy> = by_label.into_iter().map(|one| label_remedy(one, labels)).collect();
        with_subject(format!("namespace {name}"), &remedies)
    }
}

/// For a peer that looks in the policy's own namespace only, where the pod is not.
fn missing_namespace_selector(policy: &NetworkPolicy, pods: &Selector, pod: &Pod) -> Remedy {
    Remedy::new(
        2,
        format!(
            "its peer {} had a namespaceSelector that matches namespace {} (without one it looks in {} only)",
            phrases::pods_with(pods),
            pod.namespace,
            policy.namespace
        ),
    )
}

/// How people write this end of the flow.
fn name(endpoint: &ResolvedEndpoint<'_>) -> String {
    endpoint.pod.map_or_else(|| endpoint.addresses[0].to_string(), |pod| format!("{}/{}", pod.namespace, pod.name))
}
