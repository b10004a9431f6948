//! What came out, for people and as SARIF.

use std::io::{self, Write};

use course::{Check, Verified, VerifiedCheck};
use netpol::counted;
use serde_json::Value;

use crate::input::incomplete::Incomplete;
use crate::terminal::output::{self, BAD, DIM, GOOD, HINT, TITLE};
use crate::terminal::sarif::{self, Found, Level, Rule, Run};

/// So many wrong flows of one check are shown, unless all are asked for.
const EXAMPLES: usize = 3;

/// Prints each check once, those that hold in a line.
pub(super) fn print(
    out: &mut dyn Write,
    verified: &Verified,
    incomplete: &Incomplete,
    all: bool,
    width: usize,
) -> io::Result<()> {
    let new: Vec<&VerifiedCheck> = verified.checks.iter().filter(|check| !check.known).collect();
    for group in new.chunk_by(|a, b| a.place == b.place && a.check.name == b.check.name) {
        print_group(out, group, if all { usize::MAX } else { EXAMPLES }, width)?;
    }
    let wrong = new.iter().filter(|check| !check.check.passed).count();
    let known = verified.checks.len() - new.len();
    let known = if known == 0 { String::new() } else { format!(", {known} known before") };
    writeln!(out)?;
    match wrong {
        0 => writeln!(out, "{GOOD}✓{GOOD:#} everything is as expected{known}")?,
        wrong => writeln!(out, "{BAD}✗{BAD:#} {} not as expected{known}", are(wrong))?,
    }
    incomplete.sentences().iter().try_for_each(|gap| {
        let gap = output::wrapped(gap, "  ", width);
        writeln!(out, "{HINT}?{HINT:#} {}", gap.trim_start())
    })
}

fn are(wrong: usize) -> String {
    let verb = if wrong == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(wrong, "flow"))
}

fn print_group(out: &mut dyn Write, group: &[&VerifiedCheck], most: usize, width: usize) -> io::Result<()> {
    let passed = group.iter().all(|check| check.check.passed);
    let (style, sign) = if passed { (GOOD, "✓") } else { (BAD, "✗") };
    let name = &group[0].check.name;
    writeln!(out, "{style}{sign}{style:#} {TITLE}{name}{TITLE:#}  {DIM}{}{DIM:#}", group[0].place)?;
    if passed {
        return Ok(());
    }
    for (at, VerifiedCheck { check, .. }) in group.iter().take(most).enumerate() {
        if let Some(flow) = &check.flow {
            writeln!(out, "    {BAD}{flow}{BAD:#}")?;
        }
        // The first flow says why; the others of one check have the same reason nearly always.
        if at == 0 || most == usize::MAX || check.flow.is_none() {
            writeln!(out, "{}", output::wrapped(&check.message, "      ", width))?;
            decides(out, check)?;
        }
    }
    match group.len().saturating_sub(most) {
        0 => Ok(()),
        more => writeln!(out, "    {DIM}… and {more} more (--all shows them){DIM:#}"),
    }
}

/// The lines that an editor would put its cursor on.
fn decides(out: &mut dyn Write, check: &Check) -> io::Result<()> {
    for decision in &check.decided_by {
        if let Some(place) = &decision.place {
            writeln!(out, "      {HINT}decides:{HINT:#} {place} ({}, {})", decision.policy, decision.field)?;
        }
    }
    Ok(())
}

/// What is wrong as SARIF: where the policy stands that decides, and where nothing decides, the expectation.
pub(super) fn sarif(verified: &Verified, incomplete: &Incomplete) -> Value {
    let rule = Rule { id: "expectation", about: "What may reach what is not as expected.", level: Level::Error };
    let wrong = verified.checks.iter().filter(|check| !check.check.passed);
    let found: Vec<Found> = wrong.map(found).collect();
    sarif::log(&Run { command: "verify", rules: &[rule], found: &found, incomplete: incomplete.sentences() })
}

fn found(VerifiedCheck { check, place, known, ports, .. }: &VerifiedCheck) -> Found {
    let decides = check.decided_by.iter().find_map(|decision| decision.place.clone());
    let flow = check.flow.as_ref().map(|flow| format!("{flow}: ")).unwrap_or_default();
    let ends = |check: &Check| check.flow.as_ref().map(|flow| format!("{} {}", flow.from, flow.to)).unwrap_or_default();
    Found {
        rule: 0,
        level: Level::Error,
        message: format!("{}: {flow}{}", check.name, check.message),
        related: decides.is_some().then(|| (place.clone(), "what is expected".to_owned())),
        place: Some(decides.unwrap_or_else(|| place.clone())),
        logical: check.name.clone(),
        identity: format!("{}\n{}\n{}", check.name, ends(check), ports.as_deref().unwrap_or_default()),
        known: *known,
    }
}
