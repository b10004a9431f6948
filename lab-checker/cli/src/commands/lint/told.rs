//! A finding where it stands, and in words.

use std::io::{self, Write};

use netpol::{Finding, Place, Severity, counted, grouped};
use serde::Serialize;

use crate::input::incomplete::Incomplete;
use crate::terminal::output::{self, DIM, GOOD, HINT, TITLE, WARNING};

/// A finding, and its place in the files.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) finding: Finding,
    #[serde(flatten)]
    pub(super) place: Option<Place>,
    /// Where its policy begins.
    #[serde(skip)]
    pub(super) policy: Option<Place>,
    /// Whether it was there before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) known: bool,
}

/// Prints findings one below the other.
pub(super) fn print(out: &mut dyn Write, findings: &[Told], width: usize) -> io::Result<()> {
    for Told { finding, place, .. } in findings.iter().filter(|told| !told.known) {
        let style = match finding.severity {
            Severity::Warning => WARNING,
            Severity::Hint => HINT,
        };
        writeln!(out, "{TITLE}{}{TITLE:#}  {DIM}{}{DIM:#}", finding.policy, finding.field)?;
        let at = place.as_ref().map(|place| format!("  {DIM}{}{DIM:#}", at(place))).unwrap_or_default();
        writeln!(out, "  {style}{}:{style:#} {}{at}", finding.severity, finding.lint)?;
        writeln!(out, "{}", output::wrapped(&finding.message, "  ", width))?;
        if let Some(help) = &finding.help {
            let help = output::wrapped(help, "        ", width);
            writeln!(out, "  {HINT}help:{HINT:#} {}", help.trim_start())?;
        }
        for line in finding.fix.iter().flat_map(|fix| fix.lines()) {
            writeln!(out, "        {GOOD}{line}{GOOD:#}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `k8s/api.yaml:12:5`.
fn at(place: &Place) -> String {
    let Place { file, line, column } = place;
    file.as_ref().map_or_else(|| format!("{line}:{column}"), |file| format!("{file}:{line}:{column}"))
}

/// Prints how many there are, and what was not looked at.
pub(super) fn print_summary(
    out: &mut dyn Write,
    [findings, known, silenced]: [usize; 3],
    policies: usize,
    incomplete: &Incomplete,
) -> io::Result<()> {
    let policies = counted(grouped(policies as u64), "policy");
    let also = |number: usize, word: &str| match number {
        0 => String::new(),
        number => format!(", {} {word}", grouped(number as u64)),
    };
    let silenced = also(known, "known before") + &also(silenced, "silenced");
    match findings {
        0 if incomplete.is_empty() => {
            writeln!(out, "{GOOD}✓{GOOD:#} {policies}, nothing suspicious{silenced}")
        }
        number => {
            writeln!(out, "{} in {policies}{silenced}", counted(grouped(number as u64), "finding"))?;
            incomplete.sentences().iter().try_for_each(|gap| writeln!(out, "{HINT}?{HINT:#} {gap}"))
        }
    }
}
