//! `lint`: policies that probably do something else than was meant.

mod fix;
mod sarif;
mod silence;
mod told;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use manifest::ObjectId;
use netpol::{Finding, Lint, Pod, counted};
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
    /// Write into the files what is certain; comments and order are kept
    #[arg(long, conflicts_with_all = ["context", "kubeconfig"])]
    fix: bool,
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
  lab-checker lint -f k8s/ --fix                        write what is certain into the files
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
        let (findings, unsure) = sure(findings(&engine, &objects), &objects);
        let (mut told, silenced) = silence.part(findings);
        let baseline = Baseline::read(self.baseline.as_deref(), "findings", &IDENTITY)?;
        for told in &mut told {
            told.known = baseline.knows(&serde_json::to_value(&*told)?, &IDENTITY);
        }
        if self.fix {
            mend(&mut told, &objects)?;
        }
        if unsure > 0 {
            let findings = counted(unsure, "finding");
            output::note(&format!(
                "{findings} about selectors left out: they may be meant for pods that are not looked at"
            ))?;
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
            Form::Sarif => output::json(&mut out, &sarif::log(&told, &incomplete))?,
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

/// Writes what is certain, and leaves the other findings.
fn mend(told: &mut Vec<Told>, objects: &Objects) -> Result<()> {
    let fixed = fix::write(told, objects)?;
    for at in &fixed {
        let Told { finding, place, .. } = &told[*at];
        let place = place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        output::note(&format!("{place}fixed {} of {}", finding.lint, finding.policy))?;
    }
    let mut at = 0;
    told.retain(|_| {
        at += 1;
        !fixed.contains(&(at - 1))
    });
    Ok(())
}

/// The findings that hold whatever pods there are beside those that are known, and how many may not: selectors may be
/// meant for pods that something makes out of sight.
fn sure(findings: Vec<Told>, objects: &Objects) -> (Vec<Told>, usize) {
    let all = findings.len();
    let is_unsure = |told: &Told| {
        let Finding { lint, policy, field, .. } = &told.finding;
        let own = policy.split_once('/').map_or("", |(namespace, _)| namespace);
        let here = objects.makers.iter().any(|maker| maker.namespace == own);
        match lint {
            Lint::SelectsNothing | Lint::PortNobodyServes => here,
            Lint::PeerMatchesNothing => here || !objects.makers.is_empty() && looks_elsewhere(objects, policy, field),
            _ => false,
        }
    };
    let sure: Vec<Told> = findings.into_iter().filter(|told| !is_unsure(told)).collect();
    let unsure = all - sure.len();
    (sure, unsure)
}

/// Whether a peer looks in other namespaces than its policy's own.
fn looks_elsewhere(objects: &Objects, policy: &str, field: &str) -> bool {
    let pointer = format!("/{}", field.replace('[', "/").replace(']', "").replace('.', "/"));
    let named = objects.values.iter().filter(|value| {
        let id = ObjectId::of(value);
        format!("{}/{}", id.namespace.unwrap_or_default(), id.name) == policy
    });
    named.filter_map(|value| value.pointer(&pointer)).any(|peer| peer.get("namespaceSelector").is_some())
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
