//! The report of a check: for people, and as JUnit XML.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use course::{Attack, Check, CheckGroup, Lab, Report};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::terminal::output::{self, BAD, DIM, GOOD, HINT, TITLE};
use crate::terminal::{markdown, next};

/// How much of a report people want to read.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Length {
    /// Show every flow that is wrong, not three of each check
    #[arg(long)]
    all: bool,
}

/// Prints a report for people: the advice first, then each check once.
pub(crate) fn print(out: &mut dyn Write, lab: &Lab, report: &Report, length: Length, width: usize) -> io::Result<()> {
    let (style, sign) = if report.passed { (GOOD, "✓") } else { (BAD, "✗") };
    let points = format!("{} of {}", output::number(report.points), output::points(report.max_points));
    writeln!(out, "{style}{sign}{style:#} {TITLE}{}{TITLE:#}  {DIM}{points}{DIM:#}\n", lab.title)?;
    if let Some(mistake) = &report.mistake {
        writeln!(out, "{HINT}This looks like a well-known slip:{HINT:#}")?;
        writeln!(out, "{}\n", markdown::rendered(&mistake.hint, "  ", width))?;
    }
    if let Some(finding) = &report.finding {
        writeln!(out, "{HINT}Look at this first:{HINT:#}")?;
        writeln!(out, "{}\n", output::wrapped(&finding.sentence(), "  ", width))?;
    }
    for group in report.groups() {
        print_group(out, lab, &group, length, width)?;
    }
    for missing in &report.incomplete {
        writeln!(out, "\n{}", output::wrapped(&format!("Not everything was looked at: {missing}."), "  ", width))?;
    }
    writeln!(out, "\n{}", next_step(lab, report))?;
    match &lab.attack {
        Some(attack) if report.passed => writeln!(out, "{}", attack_again(attack)),
        _ => Ok(()),
    }
}

/// The attack of the lab's story, in one line.
fn attack_again(Attack { flow, says, .. }: &Attack) -> String {
    format!("{DIM}The attack, once more: {flow} is blocked now. Before, it got: {says}{DIM:#}")
}

fn next_step(lab: &Lab, report: &Report) -> String {
    let name = &lab.name;
    if report.passed {
        let solution = next::command(&format!("solution {name}"));
        return format!("{GOOD}Passed.{GOOD:#} {DIM}Compare with {solution}{DIM:#}");
    }
    let hint = next::command(&format!("hint {name}"));
    format!("{DIM}Stuck? {hint}\nAfter every change: {}{DIM:#}", next::check_again(name))
}

/// Says whom to tell that a recorded attempt is right although it failed.
pub(crate) fn appeal(out: &mut dyn Write, lab: &str, passed: bool) -> io::Result<()> {
    match passed {
        true => Ok(()),
        false => {
            let appeal = next::command(&format!("appeal {lab} -m WHY"));
            writeln!(out, "{DIM}Sure that it is right? {appeal} tells your instructor.{DIM:#}")
        }
    }
}

/// Prints a check with some or all of its wrong flows.
fn print_group(out: &mut dyn Write, lab: &Lab, group: &CheckGroup<'_>, length: Length, width: usize) -> io::Result<()> {
    let (style, sign) = if group.passed { (GOOD, "✓") } else { (BAD, "✗") };
    writeln!(out, "  {style}{sign}{style:#} {}", group.name)?;
    if group.passed {
        return Ok(());
    }
    let shown = if length.all { &group.checks } else { group.examples() };
    for (at, check) in shown.iter().enumerate() {
        if let Some(flow) = &check.flow {
            writeln!(out, "      {BAD}{flow}{BAD:#}")?;
        }
        // The first flow says why; the others of one check have the same reason nearly always.
        if at == 0 || length.all || check.flow.is_none() {
            writeln!(out, "{}", output::wrapped(&with_options(&check.message, lab), "        ", width))?;
        }
    }
    match group.checks.len() - shown.len() {
        0 => Ok(()),
        more => writeln!(out, "      {DIM}… and {more} more (--all shows them){DIM:#}"),
    }
}

/// A check says how to start its lab, and knows nothing of the options with which it was asked for.
fn with_options(message: &str, lab: &Lab) -> String {
    let start = format!("start {}", lab.name);
    message.replace(&format!("lab-checker {start}"), &next::command(&start))
}

/// Prints a report as JUnit XML: one test case a check.
pub(crate) fn print_junit(out: &mut dyn Write, report: &Report, incomplete: &[&str]) -> Result<()> {
    print_junit_suite(out, &report.lab, &report.checks, incomplete)
}

/// Prints checks as a suite of JUnit XML; what was not looked at is a test that was skipped.
pub(crate) fn print_junit_suite<'a>(
    out: &mut dyn Write,
    name: &str,
    checks: impl IntoIterator<Item = &'a Check>,
    incomplete: &[&str],
) -> Result<()> {
    let mut suite = TestSuite::new(name);
    for check in checks {
        let status = if check.passed {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(check.message.as_str());
            status
        };
        let case_name = match &check.flow {
            Some(flow) => format!("{}: {flow}", check.name),
            None => check.name.clone(),
        };
        let mut case = TestCase::new(case_name, status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    if !incomplete.is_empty() {
        let mut status = TestCaseStatus::skipped();
        status.set_message(incomplete.join("; "));
        let mut case = TestCase::new("everything was looked at", status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    let mut junit = quick_junit::Report::new("lab-checker");
    junit.add_test_suite(suite);
    junit.serialize(&mut *out)?;
    writeln!(out)?;
    Ok(())
}
