//! ClusterNetworkPolicies, and the two kinds of v1alpha1 that they replace.

use netpol::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, NamespacedPods, Protocol, Subject, Tier,
};

use super::fields;
use super::network::{port_number, protocol};
use super::policy::{network, selector};
use super::problem::Wrong;

/// The last priority: where a BaselineAdminNetworkPolicy, which has none, stands in its tier.
const LAST: u16 = 1000;

pub(super) fn lower(object: fields::ClusterPolicyObject) -> Result<ClusterNetworkPolicy, Wrong> {
    let tier = match object.spec.tier.as_str() {
        "Admin" => Tier::Admin,
        "Baseline" => Tier::Baseline,
        other => return Err(Wrong::new("spec.tier", format!("`{other}` is not a tier: use Admin or Baseline"))),
    };
    let priority = priority(object.spec.priority)?;
    lower_as(object, tier, priority)
}

/// An AdminNetworkPolicy of v1alpha1 became a ClusterNetworkPolicy of tier Admin.
pub(super) fn lower_admin(object: fields::ClusterPolicyObject) -> Result<ClusterNetworkPolicy, Wrong> {
    let priority = priority(object.spec.priority)?;
    lower_as(object, Tier::Admin, priority)
}

/// A BaselineAdminNetworkPolicy of v1alpha1 became a ClusterNetworkPolicy of tier Baseline.
pub(super) fn lower_baseline(object: fields::ClusterPolicyObject) -> Result<ClusterNetworkPolicy, Wrong> {
    lower_as(object, Tier::Baseline, LAST)
}

fn priority(given: i64) -> Result<u16, Wrong> {
    u16::try_from(given)
        .ok()
        .filter(|priority| *priority <= LAST)
        .ok_or_else(|| Wrong::new("spec.priority", format!("{given} is not a priority: priorities are 0 to {LAST}")))
}

fn lower_as(object: fields::ClusterPolicyObject, tier: Tier, priority: u16) -> Result<ClusterNetworkPolicy, Wrong> {
    let spec = object.spec;
    let ingress = spec.ingress.into_iter().enumerate();
    let egress = spec.egress.into_iter().enumerate();
    Ok(ClusterNetworkPolicy {
        name: object.metadata.name,
        tier,
        priority,
        subject: subject(spec.subject)?,
        ingress: ingress
            .map(|(index, mut rule)| {
                rule_with(&format!("spec.ingress[{index}]"), "from", std::mem::take(&mut rule.from), rule)
            })
            .collect::<Result<_, _>>()?,
        egress: egress
            .map(|(index, mut rule)| {
                rule_with(&format!("spec.egress[{index}]"), "to", std::mem::take(&mut rule.to), rule)
            })
            .collect::<Result<_, _>>()?,
    })
}

fn subject(subject: fields::Subject) -> Result<Subject, Wrong> {
    match (subject.namespaces, subject.pods) {
        (Some(namespaces), None) => Ok(Subject::Namespaces(selector(&namespaces, "spec.subject.namespaces")?)),
        (None, Some(pods)) => Ok(Subject::Pods(namespaced(&pods, "spec.subject.pods")?)),
        _ => Err(Wrong::new("spec.subject", "a subject is exactly one of namespaces and pods")),
    }
}

fn namespaced(pods: &fields::NamespacedPods, field: &str) -> Result<NamespacedPods, Wrong> {
    Ok(NamespacedPods {
        namespaces: selector(&pods.namespace_selector, &format!("{field}.namespaceSelector"))?,
        pods: selector(&pods.pod_selector, &format!("{field}.podSelector"))?,
    })
}

fn rule_with(
    path: &str,
    side: &str,
    peers: Vec<fields::ClusterPeer>,
    rule: fields::ClusterRule,
) -> Result<ClusterRule, Wrong> {
    let action = match rule.action.as_str() {
        "Accept" | "Allow" => Action::Accept,
        "Deny" => Action::Deny,
        "Pass" => Action::Pass,
        other => {
            let message = format!("`{other}` is not an action: use Accept, Deny or Pass");
            return Err(Wrong::new(format!("{path}.action"), message));
        }
    };
    if peers.is_empty() {
        return Err(Wrong::new(format!("{path}.{side}"), "a cluster-wide rule names at least one peer"));
    }
    let mut ports = Vec::new();
    for (index, given) in rule.protocols.iter().enumerate() {
        port(&format!("{path}.protocols[{index}]"), given, &mut ports)?;
    }
    for (index, given) in rule.ports.iter().enumerate() {
        old_port(&format!("{path}.ports[{index}]"), given, &mut ports)?;
    }
    let peers = peers.iter().enumerate();
    Ok(ClusterRule {
        name: rule.name,
        action,
        peers: peers.map(|(index, given)| peer(&format!("{path}.{side}[{index}]"), given)).collect::<Result<_, _>>()?,
        ports,
    })
}

fn peer(path: &str, peer: &fields::ClusterPeer) -> Result<ClusterPeer, Wrong> {
    if let Some(namespaces) = &peer.namespaces {
        Ok(ClusterPeer::Namespaces(selector(namespaces, &format!("{path}.namespaces"))?))
    } else if let Some(pods) = &peer.pods {
        Ok(ClusterPeer::Pods(namespaced(pods, &format!("{path}.pods"))?))
    } else if let Some(networks) = &peer.networks {
        let networks = networks.iter().enumerate();
        let networks = networks.map(|(index, text)| network(text, &format!("{path}.networks[{index}]")));
        Ok(ClusterPeer::Networks(networks.collect::<Result<_, _>>()?))
    } else if let Some(nodes) = &peer.nodes {
        Ok(ClusterPeer::Nodes(selector(nodes, &format!("{path}.nodes"))?))
    } else if let Some(names) = &peer.domain_names {
        Ok(ClusterPeer::DomainNames(names.clone()))
    } else {
        Ok(ClusterPeer::Unknown)
    }
}

fn port(path: &str, given: &fields::ClusterProtocol, ports: &mut Vec<ClusterPort>) -> Result<(), Wrong> {
    let transports = [(Protocol::Tcp, &given.tcp), (Protocol::Udp, &given.udp), (Protocol::Sctp, &given.sctp)];
    for (protocol, transport) in transports {
        let Some(transport) = transport else { continue };
        let destination = transport.destination_port.clone().unwrap_or_default();
        let (from, to) = match (destination.number, destination.range) {
            (Some(number), _) => (number, number),
            (None, Some(range)) => (range.start, range.end),
            (None, None) => (1, 65535),
        };
        ports.push(range(path, protocol, from, to)?);
    }
    if let Some(name) = &given.destination_named_port {
        ports.push(ClusterPort::Named(name.clone()));
    } else if given.tcp.is_none() && given.udp.is_none() && given.sctp.is_none() {
        return Err(Wrong::new(path, "this names no protocol: use tcp, udp, sctp or destinationNamedPort"));
    }
    Ok(())
}

fn old_port(path: &str, given: &fields::OldPort, ports: &mut Vec<ClusterPort>) -> Result<(), Wrong> {
    let protocol = |name: &Option<String>| protocol(name.as_deref(), &format!("{path}.protocol"));
    if let Some(number) = &given.port_number {
        ports.push(range(path, protocol(&number.protocol)?, number.port, number.port)?);
    }
    if let Some(given) = &given.port_range {
        ports.push(range(path, protocol(&given.protocol)?, given.start, given.end)?);
    }
    if let Some(name) = &given.named_port {
        ports.push(ClusterPort::Named(name.clone()));
    }
    Ok(())
}

fn range(path: &str, protocol: Protocol, from: i64, to: i64) -> Result<ClusterPort, Wrong> {
    Ok(ClusterPort::Range { protocol, from: port_number(from, path)?, to: port_number(to, path)? })
}
