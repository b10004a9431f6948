//! Every lint, one after the other.

use super::finding::{Finding, Lint};
use super::{cluster_policies, dns, peers, ports, redundant_rules, unlisted};
use crate::engine::Engine;
use crate::model::Pod;

/// Everything suspicious about the cluster's policies, by policy and field. Where there are no pods at
/// all, what policies select and admit cannot be seen and is left out.
#[must_use]
pub fn lint(engine: &Engine) -> Vec<Finding> {
    run(engine, |_| true)
}

/// The same, of some lints alone.
#[must_use]
pub fn lint_for(engine: &Engine, wanted: &[Lint]) -> Vec<Finding> {
    run(engine, |lint| wanted.contains(&lint))
}

fn run(engine: &Engine, is_wanted: impl Fn(Lint) -> bool) -> Vec<Finding> {
    let mut findings = unlisted::unlisted_directions(engine);
    if !engine.snapshot().pods.iter().any(Pod::is_endpoint) {
        findings.retain(|finding| is_wanted(finding.lint));
        return findings;
    }
    for policy in &engine.snapshot().policies {
        findings.extend(peers::policy(engine, policy));
        findings.extend(ports::policy(engine, policy));
    }
    // The only one that costs something.
    if is_wanted(Lint::RedundantRule) {
        findings.extend(redundant_rules::redundant_rules(engine));
    }
    findings.extend(dns::dns_forgotten(engine));
    findings.extend(cluster_policies::findings(engine));
    findings.retain(|finding| is_wanted(finding.lint));
    findings.sort();
    findings
}
