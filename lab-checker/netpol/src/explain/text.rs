//! An explanation as plain text: the sentence, both sides policy by policy and rule by rule, and what
//! was nearly enough.

use std::fmt;

use super::explanation::{Explanation, PolicyExplanation, SideExplanation};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary)?;
        if self.backends.is_empty() {
            side(f, &format!("egress of {}", self.flow.from), &self.egress)?;
            side(f, &format!("ingress of {}", self.flow.to), &self.ingress)?;
        }
        for backend in &self.backends {
            writeln!(f, "\n{backend}")?;
        }
        // Those of a Service are told with the pod that they are about.
        if self.backends.is_empty() {
            self.nearest_misses.iter().try_for_each(|miss| writeln!(f, "nearly: {miss}"))?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

fn side(f: &mut fmt::Formatter<'_>, title: &str, side: &SideExplanation) -> fmt::Result {
    writeln!(f, "{title}: {} ({})", side.verdict, side.reason)?;
    side.policies.iter().try_for_each(|one| policy(f, one))
}

fn policy(f: &mut fmt::Formatter<'_>, policy: &PolicyExplanation) -> fmt::Result {
    if !policy.asked {
        return writeln!(f, "  – {} {}: {}", policy.kind, policy.policy, policy.reason);
    }
    write!(f, "  {} {} {}", mark(policy.matched), policy.kind, policy.policy)?;
    if policy.reason_says_more() {
        writeln!(f, ": {}", policy.reason)?
    } else {
        writeln!(f)?
    }
    for rule in &policy.rules {
        writeln!(f, "    {} rule {}, {}: {}", mark(rule.matched), rule.rule, rule.admits, rule.reason)?;
    }
    Ok(())
}

fn mark(matched: bool) -> &'static str {
    if matched { "✓" } else { "✗" }
}
