//! Findings about what a policy says by its form, whatever pods there are: dashes at the wrong place, and names that
//! promise something else.

use super::catalogue::Lint;
use super::dns::names_only_dns;
use super::finding::{Finding, finding, full_name, rule_field};
use super::yaml;
use crate::model::{Direction, NetworkPolicy, Rule, phrases};

/// Findings about the form of one policy.
pub(crate) fn policy(policy: &NetworkPolicy) -> Vec<Finding> {
    let mut findings = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        if let Some(rules) = policy.rules(direction) {
            findings.extend(split_rules(policy, direction, rules));
            findings.extend(deny_that_admits(policy, direction, rules));
            findings.extend(allow_that_denies(policy, direction, rules));
        }
    }
    findings
}

/// A rule of peers alone and behind it one of ports alone, or the other way round.
fn split_rules(policy: &NetworkPolicy, direction: Direction, rules: &[Rule]) -> Vec<Finding> {
    let of_peers = |rule: &Rule| !rule.peers.is_empty() && rule.ports.is_empty();
    // Names may be asked of everybody, beside whatever else a policy allows.
    let of_ports = |rule: &Rule| rule.peers.is_empty() && !rule.ports.is_empty() && !names_only_dns(&rule.ports);
    let split = rules.windows(2).enumerate().filter_map(|(at, pair)| match pair {
        [peers, ports] if of_peers(peers) && of_ports(ports) => Some((at, at + 1, peers, ports)),
        [ports, peers] if of_peers(peers) && of_ports(ports) => Some((at, at, peers, ports)),
        _ => None,
    });
    let told = split.map(|(first, field_at, peers, ports)| {
        let (every, other) = match direction {
            Direction::Ingress => ("every source", "from"),
            Direction::Egress => ("every destination", "to"),
        };
        let said: Vec<String> = peers.peers.iter().map(|peer| phrases::peer(peer, &policy.namespace)).collect();
        let served: Vec<String> = ports.ports.iter().map(phrases::port).collect();
        let message = format!(
            "two rules are alternatives: {} on any port, or {every} on {}",
            phrases::any_of(&said),
            phrases::any_of(&served)
        );
        let help = format!(
            "to admit only those peers and only those ports, write `{other}` and `ports` in one rule: remove the dash \
             of rule {}",
            first + 2
        );
        let merged = Rule { peers: peers.peers.clone(), ports: ports.ports.clone() };
        finding(policy, rule_field(direction, field_at), Lint::SplitRule, message)
            .with_help(help)
            .with_fix(yaml::rule(direction, &merged))
    });
    told.collect()
}

/// A policy called deny with a rule that admits everything.
fn deny_that_admits(policy: &NetworkPolicy, direction: Direction, rules: &[Rule]) -> Option<Finding> {
    let words = words(&policy.name);
    let denies = words.iter().any(|word| DENIES.contains(word)) && !words.iter().any(|word| ALLOWS.contains(word));
    let at = rules.iter().position(|rule| rule.peers.is_empty() && rule.ports.is_empty())?;
    // `deny-ingress` with open egress keeps its promise.
    if !denies || !speaks_of(&words, direction) {
        return None;
    }
    let name = full_name(policy);
    let message = format!("{name} is called a deny, and this rule admits every {direction} connection");
    let help = format!(
        "to deny, list {} in policyTypes and write no {direction} rule: an empty rule, `- {{}}`, admits everything",
        phrases::policy_type(direction)
    );
    Some(finding(policy, rule_field(direction, at), Lint::DenyAdmitsAll, message).with_help(help))
}

/// A policy called allow that closes a direction altogether.
fn allow_that_denies(policy: &NetworkPolicy, direction: Direction, rules: &[Rule]) -> Option<Finding> {
    let words = words(&policy.name);
    let allows = words.iter().any(|word| ALLOWS.contains(word)) && !words.iter().any(|word| DENIES.contains(word));
    if !rules.is_empty() || !allows {
        return None;
    }
    let listed = phrases::policy_type(direction);
    let name = full_name(policy);
    let message = format!(
        "{name} is called an allow, but it lists {listed} in policyTypes and has no {direction} rule: by itself it \
         lets no {direction} connection through"
    );
    let help = format!(
        "to allow all {direction}, write `{direction}: [{{}}]`; to leave {direction} alone, take {listed} out of \
         policyTypes"
    );
    Some(finding(policy, format!("spec.{direction}"), Lint::AllowDeniesAll, message).with_help(help))
}

const DENIES: [&str; 3] = ["deny", "denies", "denyall"];
const ALLOWS: [&str; 6] = ["allow", "allows", "allowed", "permit", "except", "but"];

/// `default-deny-ingress` in words.
fn words(name: &str) -> Vec<&str> {
    name.split(['-', '.', '_']).collect()
}

/// Whether a name speaks of a direction: it does, or it names none.
fn speaks_of(words: &[&str], direction: Direction) -> bool {
    let names = |direction: Direction| words.iter().any(|word| *word == direction.to_string());
    let other = match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    names(direction) || !names(other)
}
