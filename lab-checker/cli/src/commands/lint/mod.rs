//! `lint`: policies that probably do something else than was meant.

mod sarif;
mod silence;
mod told;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use netpol::{Lint, Pod};
use serde_json::json;

use crate::failure::Outcome;
use crate::input::objects::Objects;
use crate::input::source::{Answerer, SnapshotSource};
use crate::terminal::baseline::Baseline;
use crate::terminal::{basis, output};
use silence::Silence;
use told::Told;

/// Find policies that probably do something else than was meant
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: SnapshotSource,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
    /// Leave out findings of this kind; may be repeated
    #[arg(long = "ignore", value_name = "ID")]
    ignored: Vec<Lint>,
    /// Settings [default: .lab-checker.yaml here, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What is known: what `lint -o json` has written before; only what is not in it fails
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// What tells one finding from another, between runs.
const IDENTITY: [&str; 3] = ["/lint", "/policy", "/field"];

/// The form of the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Words for people.
    #[default]
    #[value(alias = "table")]
    Text,
    /// JSON, stable.
    Json,
    /// SARIF 2.1.0, which code scanning shows in place.
    Sarif,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker lint -f k8s/
  lab-checker lint -f k8s/ --ignore block-covers-pods
  lab-checker lint -f k8s/ -o sarif > lint.sarif
  lab-checker lint --context production -o json

What is meant as it stands is silenced by --ignore, by a comment in the YAML at the
finding, on the line above it or above the policy (`# lab-checker: ignore ID`), or by
.lab-checker.yaml with `lint: {ignore: [ID]}`.

Exit code 1 when there is something to look at.";

impl Arguments {
    /// Looks for them.
    pub(crate) fn run(self) -> Result<Outcome> {
        let silence = Silence::new(&self.ignored, self.config.as_deref())?;
        let Answerer { engine, incomplete, objects } = self.source.answerer()?;
        let findings = findings(&engine, &objects);
        let (mut told, silenced) = silence.part(findings);
        let baseline = Baseline::read(self.baseline.as_deref(), "findings", &IDENTITY)?;
        for told in &mut told {
            told.known = baseline.knows(&serde_json::to_value(&*told)?, &IDENTITY);
        }
        let new = told.iter().filter(|told| !told.known).count();
        if !engine.snapshot().pods.iter().any(Pod::is_endpoint) {
            output::warn(
                "there are no running pods here, so nobody can say what the policies do: read the manifests of the pods too",
            )?;
        }
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                let answer = basis::with(&json!({ "findings": told, "silenced": silenced }), basis)?;
                output::json(&mut out, &incomplete.mark(&answer))?;
            }
            Form::Sarif => output::json(&mut out, &sarif::log(&told))?,
            Form::Text => {
                told::print(&mut out, &told, output::width())?;
                let policies = engine.snapshot().policies.len() + engine.snapshot().cluster_policies.len();
                told::print_summary(&mut out, [new, told.len() - new, silenced], policies, &incomplete)?;
            }
        }
        out.flush()?;
        Ok(incomplete.end(Outcome::of_checks(new == 0))?)
    }
}

/// What the engine finds in the policies, and what can be seen in their text alone.
fn findings(engine: &netpol::Engine, objects: &Objects) -> Vec<Told> {
    let mut findings = netpol::lint(engine);
    findings.extend(manifest::empty_peers(&objects.values));
    findings.sort();
    let places = objects.places("default");
    let told = findings.into_iter().map(|finding| Told {
        place: places.place(&finding.policy, &finding.field),
        policy: places.place(&finding.policy, ""),
        known: false,
        finding,
    });
    told.collect()
}
