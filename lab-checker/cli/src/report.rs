//! The report of a check: for people, and as JUnit XML.

use std::io::{self, Write};

use anyhow::Result;
use course::{Check, Lab, Report};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::markdown;
use crate::output::{self, BAD, DIM, GOOD, HINT, TITLE};

/// How many wrong flows of one check are shown.
const SHOWN: usize = 6;

/// Prints a report for people.
pub(crate) fn print(out: &mut dyn Write, lab: &Lab, report: &Report, width: usize) -> io::Result<()> {
    let (style, sign) = if report.passed { (GOOD, "✓") } else { (BAD, "✗") };
    let points = format!("{} of {}", output::number(report.points), output::points(report.max_points));
    writeln!(out, "{style}{sign}{style:#} {TITLE}{}{TITLE:#}  {DIM}{points}{DIM:#}\n", lab.title)?;
    for named in report.checks.chunk_by(|a, b| a.name == b.name) {
        print_check(out, named, width)?;
    }
    if let Some(mistake) = &report.mistake {
        writeln!(out, "\n{HINT}This looks like a well-known slip:{HINT:#}")?;
        writeln!(out, "{}", markdown::rendered(&mistake.hint, "  ", width))?;
    }
    writeln!(out, "\n{}", next_step(lab, report))
}

fn next_step(lab: &Lab, report: &Report) -> String {
    let name = &lab.name;
    if report.passed {
        return format!("{GOOD}Passed.{GOOD:#} {DIM}Compare with lab-checker solution {name}{DIM:#}");
    }
    let watch = format!("lab-checker check {name} --watch");
    format!("{DIM}Stuck? lab-checker hint {name}\nAfter every change: {watch}{DIM:#}")
}

/// Prints one check, which comes once for every wrong flow.
fn print_check(out: &mut dyn Write, named: &[Check], width: usize) -> io::Result<()> {
    let (style, sign) = if named.iter().all(|check| check.passed) { (GOOD, "✓") } else { (BAD, "✗") };
    writeln!(out, "  {style}{sign}{style:#} {}", named[0].name)?;
    let wrong = || named.iter().filter(|check| !check.passed);
    for (at, check) in wrong().take(SHOWN).enumerate() {
        if let Some(flow) = &check.flow {
            writeln!(out, "      {BAD}{flow}{BAD:#}")?;
        }
        // The first flow says why; the others of one check have the same reason nearly always.
        if at == 0 || check.flow.is_none() {
            writeln!(out, "{}", output::wrapped(&check.message, "        ", width))?;
        }
    }
    if let Some(more) = wrong().count().checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(out, "      {DIM}… and {more} more{DIM:#}")?;
    }
    Ok(())
}

/// Prints a report as JUnit XML: one test case a check.
pub(crate) fn print_junit(out: &mut dyn Write, report: &Report) -> Result<()> {
    let mut suite = TestSuite::new(report.lab.as_str());
    for check in &report.checks {
        let status = if check.passed {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(check.message.as_str());
            status
        };
        let name = match &check.flow {
            Some(flow) => format!("{}: {flow}", check.name),
            None => check.name.clone(),
        };
        let mut case = TestCase::new(name, status);
        case.set_classname(report.lab.as_str());
        suite.add_test_case(case);
    }
    let mut junit = quick_junit::Report::new("lab-checker");
    junit.add_test_suite(suite);
    junit.serialize(&mut *out)?;
    writeln!(out)?;
    Ok(())
}
