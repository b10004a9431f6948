//! Rules and peers as people write them: the YAML of a finding's fix.

use crate::model::{Direction, NamespaceScope, Peer, PortRule, PortSpec, Protocol, Requirement, Rule};
use crate::model::{IpBlock, Selector, phrases};

/// `- from: …` with its ports, as one item of a list.
pub(crate) fn rule(direction: Direction, rule: &Rule) -> String {
    let mut lines = Vec::new();
    if !rule.peers.is_empty() {
        lines.push(format!("{}:", phrases::preposition(direction)));
        lines.extend(rule.peers.iter().flat_map(peer_lines));
    }
    if !rule.ports.is_empty() {
        lines.push("ports:".to_owned());
        lines.extend(rule.ports.iter().flat_map(port_lines));
    }
    item(lines).join("\n")
}

/// One item of `from` or `to`.
pub(crate) fn peer(peer: &Peer) -> String {
    peer_lines(peer).join("\n")
}

fn peer_lines(peer: &Peer) -> Vec<String> {
    match peer {
        Peer::Pods { namespaces: NamespaceScope::Own, pods } => item(selector_lines("podSelector", pods)),
        Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods } => {
            let mut lines = selector_lines("namespaceSelector", namespaces);
            if !pods.requirements.is_empty() {
                lines.extend(selector_lines("podSelector", pods));
            }
            item(lines)
        }
        Peer::IpBlock(IpBlock { cidr, except }) => {
            let mut lines = vec!["ipBlock:".to_owned(), format!("  cidr: {}", quoted(&cidr.to_string()))];
            if !except.is_empty() {
                lines.push("  except:".to_owned());
                lines.extend(except.iter().map(|except| format!("  - {}", quoted(&except.to_string()))));
            }
            item(lines)
        }
    }
}

fn selector_lines(name: &str, selector: &Selector) -> Vec<String> {
    if selector.requirements.is_empty() {
        return vec![format!("{name}: {{}}")];
    }
    let single = |requirement: &Requirement| match requirement {
        Requirement::In { key, values } if values.len() == 1 => Some(format!("{key}: {}", quoted(&values[0]))),
        _ => None,
    };
    let labels: Vec<String> = selector.requirements.iter().filter_map(single).collect();
    let mut lines = vec![format!("{name}:")];
    if !labels.is_empty() {
        lines.push("  matchLabels:".to_owned());
        lines.extend(labels.iter().map(|label| format!("    {label}")));
    }
    let others: Vec<&Requirement> = selector.requirements.iter().filter(|one| single(one).is_none()).collect();
    if !others.is_empty() {
        lines.push("  matchExpressions:".to_owned());
        lines.extend(others.into_iter().map(|one| format!("  - {}", expression(one))));
    }
    lines
}

fn expression(requirement: &Requirement) -> String {
    let list = |values: &[String]| values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
    match requirement {
        Requirement::In { key, values } => format!("{{key: {key}, operator: In, values: [{}]}}", list(values)),
        Requirement::NotIn { key, values } => format!("{{key: {key}, operator: NotIn, values: [{}]}}", list(values)),
        Requirement::Exists { key } => format!("{{key: {key}, operator: Exists}}"),
        Requirement::DoesNotExist { key } => format!("{{key: {key}, operator: DoesNotExist}}"),
    }
}

fn port_lines(port: &PortRule) -> Vec<String> {
    let mut lines = Vec::new();
    if port.protocol != Protocol::Tcp || port.port == PortSpec::Any {
        lines.push(format!("protocol: {}", port.protocol));
    }
    match &port.port {
        PortSpec::Any => {}
        PortSpec::Range { from, to } => {
            lines.push(format!("port: {from}"));
            if to != from {
                lines.push(format!("endPort: {to}"));
            }
        }
        PortSpec::Named(name) => lines.push(format!("port: {}", quoted(name))),
    }
    item(lines)
}

/// An item of a list: a dash before the first line, and the others below it.
fn item(lines: Vec<String>) -> Vec<String> {
    let mark = |(at, line): (usize, String)| format!("{}{line}", if at == 0 { "- " } else { "  " });
    lines.into_iter().enumerate().map(mark).collect()
}

/// Text that YAML reads as text: in quotes where it could be a number, a word of YAML's own, or an address.
fn quoted(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|one| one.is_ascii_alphanumeric() || "-_./".contains(one))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    let block = text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('/') && !text.contains(':');
    if plain || block { text.to_owned() } else { format!("{text:?}") }
}
