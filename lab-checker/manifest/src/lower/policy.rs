//! NetworkPolicies and label selectors.

use ipnet::IpNet;
use netpol::{IpBlock, NamespaceScope, NetworkPolicy, Peer, PortRule, PortSpec, Requirement, Rule, Selector};

use super::fields::{IntOrString, LabelSelector, PolicyIpBlock, PolicyObject, PolicyPeer, PolicyPort};
use super::network::{namespace_of, port_number, protocol};
use super::problem::Wrong;

pub(super) fn lower(object: PolicyObject) -> Result<NetworkPolicy, Wrong> {
    let PolicyObject { metadata, spec } = object;
    let types = &spec.policy_types;
    if let Some(other) = types.iter().find(|name| !matches!(name.as_str(), "Ingress" | "Egress")) {
        return Err(Wrong::new("spec.policyTypes", format!("`{other}` is not a policy type: use Ingress or Egress")));
    }
    // Without policyTypes, Egress is meant only when there are egress rules (`egress: []` is none).
    let ingress_is_meant = types.is_empty() || types.iter().any(|name| name == "Ingress");
    let egress_is_meant =
        if types.is_empty() { !spec.egress.is_empty() } else { types.iter().any(|name| name == "Egress") };
    let ingress = spec.ingress.into_iter().enumerate();
    let ingress =
        ingress.map(|(index, rule)| lower_rule(&format!("spec.ingress[{index}]"), "from", rule.from, rule.ports));
    let egress = spec.egress.into_iter().enumerate();
    let egress = egress.map(|(index, rule)| lower_rule(&format!("spec.egress[{index}]"), "to", rule.to, rule.ports));
    Ok(NetworkPolicy {
        namespace: namespace_of(&metadata),
        name: metadata.name,
        pod_selector: selector(&spec.pod_selector, "spec.podSelector")?,
        ingress: if ingress_is_meant { Some(ingress.collect::<Result<_, _>>()?) } else { None },
        egress: if egress_is_meant { Some(egress.collect::<Result<_, _>>()?) } else { None },
    })
}

/// The rules for a direction that `policyTypes` does not list: accepted, and without effect.
pub(super) fn unlisted(object: &PolicyObject) -> Option<NetworkPolicy> {
    let spec = &object.spec;
    let (nothing, missing) = match spec.policy_types.as_slice() {
        [] => return None,
        types if types.iter().all(|name| name == "Ingress") => (spec.egress.is_empty(), "Egress"),
        types if types.iter().all(|name| name == "Egress") => (spec.ingress.is_empty(), "Ingress"),
        _ => return None,
    };
    if nothing {
        return None;
    }
    let mut object = object.clone();
    object.spec.policy_types = vec![missing.to_owned()];
    lower(object).ok()
}

fn lower_rule(path: &str, peers_field: &str, peers: Vec<PolicyPeer>, ports: Vec<PolicyPort>) -> Result<Rule, Wrong> {
    let peers = peers.into_iter().enumerate();
    let ports = ports.into_iter().enumerate();
    Ok(Rule {
        peers: peers
            .map(|(index, peer)| lower_peer(&format!("{path}.{peers_field}[{index}]"), peer))
            .collect::<Result<_, _>>()?,
        ports: ports
            .map(|(index, port)| lower_port(&format!("{path}.ports[{index}]"), port))
            .collect::<Result<_, _>>()?,
    })
}

fn lower_peer(path: &str, peer: PolicyPeer) -> Result<Peer, Wrong> {
    let PolicyPeer { pod_selector, namespace_selector, ip_block } = peer;
    match (pod_selector, namespace_selector, ip_block) {
        (None, None, None) => {
            Err(Wrong::new(path, "this peer names nothing: use podSelector, namespaceSelector or ipBlock"))
        }
        (None, None, Some(block)) => lower_block(path, &block).map(Peer::IpBlock),
        (_, _, Some(_)) => Err(Wrong::new(path, "ipBlock cannot stand together with a selector in one peer")),
        (pods, namespaces, None) => Ok(Peer::Pods {
            namespaces: match namespaces {
                None => NamespaceScope::Own,
                Some(given) => NamespaceScope::Matching(selector(&given, &format!("{path}.namespaceSelector"))?),
            },
            pods: selector(&pods.unwrap_or_default(), &format!("{path}.podSelector"))?,
        }),
    }
}

fn lower_block(path: &str, block: &PolicyIpBlock) -> Result<IpBlock, Wrong> {
    let except = block.except.iter().enumerate();
    Ok(IpBlock {
        cidr: network(&block.cidr, &format!("{path}.ipBlock.cidr"))?,
        except: except
            .map(|(index, text)| network(text, &format!("{path}.ipBlock.except[{index}]")))
            .collect::<Result<_, _>>()?,
    })
}

/// Host bits are dropped: policies from before Kubernetes 1.36 may have some, and mean the network.
pub(super) fn network(text: &str, field: &str) -> Result<IpNet, Wrong> {
    match text.parse::<IpNet>() {
        Ok(network) => Ok(network.trunc()),
        Err(_) => Err(Wrong::new(field, format!("`{text}` is not a CIDR such as 10.9.8.0/24 or 2001:db8::/64"))),
    }
}

fn lower_port(path: &str, port: PolicyPort) -> Result<PortRule, Wrong> {
    let protocol = protocol(port.protocol.as_deref(), &format!("{path}.protocol"))?;
    let end_field = format!("{path}.endPort");
    let port = match (port.port, port.end_port) {
        (None, None) => PortSpec::Any,
        (None, Some(_)) => return Err(Wrong::new(end_field, "endPort needs a port to begin with")),
        (Some(IntOrString::Text(name)), None) => PortSpec::Named(name),
        (Some(IntOrString::Text(_)), Some(_)) => {
            return Err(Wrong::new(end_field, "endPort needs a port given as a number"));
        }
        (Some(IntOrString::Int(from)), end) => {
            let from = port_number(from, &format!("{path}.port"))?;
            let to = end.map_or(Ok(from), |end| port_number(end, &end_field))?;
            if to < from {
                return Err(Wrong::new(end_field, "endPort is less than port"));
            }
            PortSpec::Range { from, to }
        }
    };
    Ok(PortRule { protocol, port })
}

pub(super) fn selector(selector: &LabelSelector, field: &str) -> Result<Selector, Wrong> {
    let mut requirements = Vec::with_capacity(selector.match_labels.len() + selector.match_expressions.len());
    for (key, value) in &selector.match_labels {
        requirements.push(Requirement::In { key: key.clone(), values: vec![value.clone()] });
    }
    for (index, expression) in selector.match_expressions.iter().enumerate() {
        let wrong =
            |name: &str, message: String| Wrong::new(format!("{field}.matchExpressions[{index}].{name}"), message);
        let (key, values) = (expression.key.clone(), expression.values.clone());
        let operator = expression.operator.as_str();
        requirements.push(match operator {
            "In" | "NotIn" if values.is_empty() => return Err(wrong("values", format!("{operator} needs values"))),
            "In" => Requirement::In { key, values },
            "NotIn" => Requirement::NotIn { key, values },
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                return Err(wrong("values", format!("{operator} takes no values")));
            }
            "Exists" => Requirement::Exists { key },
            "DoesNotExist" => Requirement::DoesNotExist { key },
            other => {
                let message = format!("`{other}` is not an operator: use In, NotIn, Exists or DoesNotExist");
                return Err(wrong("operator", message));
            }
        });
    }
    Ok(Selector { requirements })
}
