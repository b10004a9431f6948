//! Findings as SARIF.

use netpol::{Lint, Severity};
use serde_json::Value;

use super::told::Told;
use crate::input::incomplete::Incomplete;
use crate::terminal::sarif::{self, Found, Level, Rule, Run};

/// The log of one run.
pub(super) fn log(findings: &[Told], incomplete: &Incomplete) -> Value {
    let rule = |lint: &Lint| Rule { id: lint.id(), about: lint.about(), level: level(lint.severity()) };
    let rules: Vec<Rule> = Lint::ALL.iter().map(rule).collect();
    let found: Vec<Found> = findings.iter().map(found).collect();
    sarif::log(&Run { command: "lint", rules: &rules, found: &found, incomplete: incomplete.sentences() })
}

fn found(told: &Told) -> Found {
    let finding = &told.finding;
    let help = finding.help.as_ref().map(|help| format!(" Help: {help}.")).unwrap_or_default();
    Found {
        rule: Lint::ALL.iter().position(|lint| *lint == finding.lint).unwrap_or_default(),
        level: level(finding.severity),
        message: format!("{}: {}.{help}", finding.policy, finding.message),
        place: told.place.clone(),
        logical: format!("{}: {}", finding.policy, finding.field),
        related: None,
        identity: format!("{}\n{}", finding.policy, finding.field),
        known: told.known,
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Warning => Level::Warning,
        Severity::Hint => Level::Note,
    }
}
