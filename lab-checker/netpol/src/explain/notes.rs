//! What an explanation adds: what the standard leaves undefined about a flow, and what else is worth
//! knowing.

use crate::flow::{ClusterRuleTrace, Decided, Exempt, Path, PeerMatch, Side, Trace, addresses_used, evaluate};
use crate::model::{Directory, Pod, Tier};

/// What the standard leaves undefined about this flow, and what else is worth knowing.
pub(crate) fn notes(path: &Path<'_>, trace: &Trace<'_>, directory: Directory<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let host = |pod: Option<&Pod>| pod.is_some_and(|pod| pod.host_network);
    if (host(path.source.pod) || host(path.destination.pod)) && trace.egress.exempt != Some(Exempt::Itself) {
        notes.push(
            "undefined: the standard does not say how policies see host-network pods; this is what most \
             implementations do (selectors do not see them, no policy applies to them, they count as their \
             node's address)"
                .to_owned(),
        );
    }
    if trace.egress.exempt == Some(Exempt::Itself) {
        notes.push("a pod cannot block access to itself, whatever its policies say".to_owned());
    }
    if path.source.pod.is_none() && path.destination.pod.is_none() {
        notes.push("neither end is a pod of this cluster, so no policy here has a say".to_owned());
    }
    if let ([address], None) = (path.destination.addresses.as_slice(), path.destination.pod)
        && directory.snapshot.networks.services.iter().any(|network| network.contains(address))
    {
        notes.push(format!(
            "{address} lies in the network of Services, and no Service here has it: policies see the pod behind it"
        ));
    }
    let (from, to) = addresses_used(&path.source.addresses, &path.destination.addresses);
    if from.is_ipv4() != to.is_ipv4() {
        notes.push(format!(
            "{from} and {to} are of different address families: no packet passes between them, whatever policies say"
        ));
    }
    notes.extend(other_family(path, trace, directory));
    for side in [&trace.egress, &trace.ingress] {
        notes.extend(equal_priorities(side));
        notes.extend(baseline_beside_policies(path, side, directory));
        notes.extend(domain_names(path, side));
    }
    notes
}

/// A pod that NetworkPolicies isolate in the other direction only: whether tier Baseline still has a say.
fn baseline_beside_policies(path: &Path<'_>, side: &Side<'_>, directory: Directory<'_>) -> Option<String> {
    if side.verdict.is_allowed() || !matches!(side.decided, Decided::Cluster(Tier::Baseline, ..)) {
        return None;
    }
    let pod = path.own(side.direction).pod?;
    let mut policies = directory.snapshot.policies.iter();
    let policy = policies.find(|one| one.namespace == pod.namespace && one.pod_selector.matches(&pod.labels))?;
    Some(format!(
        "undefined: policy {}/{} selects {}/{}, but not for {direction}; whether tier Baseline is still asked about \
         {direction} is not specified (here it is)",
        policy.namespace,
        policy.name,
        pod.namespace,
        pod.name,
        direction = side.direction
    ))
}

/// A rule for DNS names that may admit the flow after all.
fn domain_names(path: &Path<'_>, side: &Side<'_>) -> Option<String> {
    if side.verdict.is_allowed() || path.destination.pod.is_some() {
        return None;
    }
    let asked_baseline = side.policies.is_empty();
    let policies = side.admin.iter().chain(side.baseline.iter().filter(|_| asked_baseline));
    let mut rules = policies.flat_map(|trace| trace.rules.iter().map(move |rule| (trace.policy, rule)));
    let unsure = |rule: &ClusterRuleTrace<'_>| {
        !rule.matches() && rule.port_matches() && rule.peers.contains(&PeerMatch::DomainName)
    };
    let (policy, _) = rules.find(|(_, rule)| unsure(rule))?;
    Some(format!(
        "unknown: ClusterNetworkPolicy {} accepts flows to DNS names, and which addresses those are is not known here; \
         if {} is one of them, that rule decides",
        policy.name, path.destination.addresses[0]
    ))
}

/// Two ClusterNetworkPolicies of one tier and priority: which one is asked first is undefined.
fn equal_priorities(side: &Side<'_>) -> Option<String> {
    let Decided::Cluster(tier, at, _) = side.decided else { return None };
    let list = if tier == Tier::Admin { &side.admin } else { &side.baseline };
    let deciding = list[at].policy;
    let rival = list
        .iter()
        .map(|trace| trace.policy)
        .find(|policy| policy.priority == deciding.priority && policy.name != deciding.name)?;
    Some(format!(
        "undefined: {} and {} have the same priority {} in tier {tier}; which one is asked first is not specified \
         (here: by name)",
        rival.name, deciding.name, deciding.priority
    ))
}

/// Two ends that share both families may get through over one and not over the other.
fn other_family(path: &Path<'_>, trace: &Trace<'_>, directory: Directory<'_>) -> Option<String> {
    let used = addresses_used(&path.source.addresses, &path.destination.addresses).1;
    let mut other = path.clone();
    for endpoint in [&mut other.source, &mut other.destination] {
        endpoint.addresses.retain(|address| address.is_ipv4() != used.is_ipv4());
    }
    if other.source.addresses.is_empty() || other.destination.addresses.is_empty() {
        return None;
    }
    let verdict = evaluate(&other, directory).verdict();
    let (own, family) = if used.is_ipv4() { ("IPv4", "IPv6") } else { ("IPv6", "IPv4") };
    (verdict != trace.verdict()).then(|| {
        format!("this is about {own}, the destination's first address {used}; over {family} the flow is {verdict}")
    })
}
