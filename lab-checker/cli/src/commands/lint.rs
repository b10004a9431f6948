//! `lint`: policies that probably do something else than was meant.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use netpol::{Finding, Pod, counted, grouped};
use serde_json::json;

use crate::failure::Outcome;
use crate::input::incomplete::Incomplete;
use crate::input::source::{Answerer, SnapshotSource};
use crate::terminal::basis;
use crate::terminal::output::{self, DIM, Form, GOOD, HINT, TITLE};

/// Find policies that probably do something else than was meant
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SnapshotSource,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker lint -f k8s/
  lab-checker lint --context production -o json

Exit code 1 when there is something to look at.";

impl Arguments {
    /// Looks for them.
    pub(crate) fn run(self) -> Result<Outcome> {
        let Answerer { engine, incomplete, .. } = self.source.answerer()?;
        let findings = netpol::lint(&engine);
        if !engine.snapshot().pods.iter().any(Pod::is_endpoint) {
            output::warn(
                "there are no running pods here, so nobody can say what the policies do: read the manifests of the pods too",
            )?;
        }
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                let answer = basis::with(&json!({ "findings": findings }), basis)?;
                output::json(&mut out, &incomplete.mark(&answer))?;
            }
            Form::Text => {
                print(&mut out, &findings, output::width())?;
                let policies = engine.snapshot().policies.len() + engine.snapshot().cluster_policies.len();
                print_summary(&mut out, findings.len() as u64, policies as u64, &incomplete)?;
            }
        }
        out.flush()?;
        Ok(Outcome::of_checks(findings.is_empty()))
    }
}

fn print(out: &mut dyn Write, findings: &[Finding], width: usize) -> io::Result<()> {
    for finding in findings {
        writeln!(out, "{TITLE}{}{TITLE:#}  {DIM}{}{DIM:#}", finding.policy, finding.field)?;
        writeln!(out, "{}", output::wrapped(&finding.message, "  ", width))?;
        if let Some(help) = &finding.help {
            let help = output::wrapped(help, "        ", width);
            writeln!(out, "  {HINT}help:{HINT:#} {}", help.trim_start())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn print_summary(out: &mut dyn Write, findings: u64, policies: u64, incomplete: &Incomplete) -> io::Result<()> {
    let policies = counted(grouped(policies), "policy");
    match findings {
        0 if incomplete.is_empty() => writeln!(out, "{GOOD}✓{GOOD:#} {policies}, nothing suspicious"),
        number => {
            writeln!(out, "{} in {policies}", counted(grouped(number), "finding"))?;
            incomplete.sentences().iter().try_for_each(|gap| writeln!(out, "{HINT}?{HINT:#} {gap}"))
        }
    }
}
