//! Findings that need the compiled policies: rules that others make redundant.

use super::finding::{Finding, Lint, finding, full_name, rule_field};
use crate::classes::{Compiled, CompiledRule, RulePort};
use crate::engine::Engine;
use crate::model::Direction;

/// Rules that admit nothing that another rule does not admit for the same pods too.
pub(crate) fn redundant_rules(engine: &Engine) -> Vec<Finding> {
    let (compiled, policies) = (engine.compiled(), &engine.snapshot().policies);
    let mut findings = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules: Vec<(usize, usize, &CompiledRule)> = all_rules(compiled, direction).collect();
        for &(policy, at, rule) in &rules {
            if rule.peers(0).is_clear() || compiled.policies[policy].selected.is_clear() {
                continue;
            }
            let other = rules.iter().find(|&&(other, other_at, over)| {
                (other, other_at) != (policy, at)
                    && selects_all_of(compiled, other, policy)
                    && covers(compiled, over, rule)
                    // Of two rules that cover each other the first one stays.
                    && (!(selects_all_of(compiled, policy, other) && covers(compiled, rule, over))
                        || (other, other_at) < (policy, at))
            });
            if let Some((other, other_at, _)) = other {
                let by = match other == &policy {
                    true => format!("{direction} rule {}", other_at + 1),
                    false => format!("{direction} rule {} of {}", other_at + 1, full_name(&policies[*other])),
                };
                let message = format!("everything that it admits is admitted by {by} too");
                let field = rule_field(direction, at);
                let help = Some("remove it, unless it is there for pods that do not exist yet".to_owned());
                findings.push(Finding { help, ..finding(&policies[policy], field, Lint::RedundantRule, message) });
            }
        }
    }
    findings
}

fn all_rules(compiled: &Compiled, direction: Direction) -> impl Iterator<Item = (usize, usize, &CompiledRule)> {
    let policies = compiled.policies.iter().enumerate();
    policies.flat_map(move |(at, policy)| {
        let rules = policy.rules[direction.slot()].iter().flatten().enumerate();
        rules.map(move |(rule_at, rule)| (at, rule_at, rule))
    })
}

fn selects_all_of(compiled: &Compiled, policy: usize, other: usize) -> bool {
    policy == other || compiled.policies[other].selected.is_subset(&compiled.policies[policy].selected)
}

/// Whether one rule admits all that another admits.
fn covers(compiled: &Compiled, over: &CompiledRule, rule: &CompiledRule) -> bool {
    let ports = over.ports.is_empty()
        || !rule.ports.is_empty()
            && rule.ports.iter().all(|port| over.ports.iter().any(|wide| covers_port(wide, port)));
    ports && (0..compiled.planes).all(|plane| rule.peers(plane).is_subset(over.peers(plane)))
}

fn covers_port(wide: &RulePort, port: &RulePort) -> bool {
    match (wide, port) {
        (RulePort::Range(a, from, to), RulePort::Range(b, first, last)) => a == b && from <= first && last <= to,
        (RulePort::Range(a, 0, u16::MAX), RulePort::Named(Some(b), _)) => a == b,
        (RulePort::Named(..), RulePort::Named(..)) => wide == port,
        _ => false,
    }
}
