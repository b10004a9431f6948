//! Every lint, one after the other.

use super::catalogue::Lint;
use super::finding::Finding;
use super::{blocks, cluster_policies, dns, peers, ports, redundant_rules, shape, unlisted};
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
    let policies = &engine.snapshot().policies;
    let mut findings = unlisted::unlisted_directions(engine);
    for policy in policies {
        findings.extend(shape::policy(policy));
        findings.extend(blocks::policy(policy));
    }
    if engine.snapshot().pods.iter().any(Pod::is_endpoint) {
        for policy in policies {
            findings.extend(peers::policy(engine, policy));
            findings.extend(ports::policy(engine, policy));
            findings.extend(blocks::cover_pods(engine, policy));
        }
        // The only one that costs something.
        if is_wanted(Lint::RedundantRule) {
            findings.extend(redundant_rules::redundant_rules(engine));
        }
        findings.extend(dns::dns_forgotten(engine));
        findings.extend(cluster_policies::findings(engine));
    }
    findings.retain(|finding| is_wanted(finding.lint));
    findings.sort();
    findings
}
