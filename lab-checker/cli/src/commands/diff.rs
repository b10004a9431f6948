//! `diff`: the flows that two snapshots or policy sets differ in.

use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::Style;
use anyhow::Result;
use clap::Args;
use manifest::kinds::{self, Kind};
use manifest::{ObjectId, Source};
use netpol::{Difference, Engine, FlowText, Snapshot};
use serde_json::Value;

use crate::commands::reach::Question;
use crate::failure::{Advice, Outcome};
use crate::input::incomplete::Incomplete;
use crate::input::objects::Objects;
use crate::input::source::{SnapshotSource, read_files};
use crate::terminal::basis;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, TITLE};

/// Show which flows two snapshots or policy sets differ in
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Manifests, a file, a folder or -: a whole snapshot, or policies for the pods of -f, of the other
    /// side or of a cluster
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The manifests to compare them with
    #[arg(value_name = "B")]
    b: PathBuf,
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    source: SnapshotSource,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker diff k8s/ k8s-new/                      two whole snapshots
  lab-checker diff old.yaml new.yaml -f pods.yaml     two policy sets over the same pods
  lab-checker diff old.yaml new.yaml --to prod/db     … over the practice cluster's pods";

impl Arguments {
    /// Answers.
    pub(crate) fn run(self) -> Result<Outcome> {
        if self.a == self.b && self.a.as_os_str() == "-" {
            return Err(Advice::new("both sides are the standard input", "name a file for one of them").into());
        }
        let (a, b) = (read_files(std::slice::from_ref(&self.a))?, read_files(std::slice::from_ref(&self.b))?);
        let base = match (self.source.is_silent(), stands_alone(&a.values), stands_alone(&b.values)) {
            (true, true, true) => Objects::of_files(Vec::new()),
            // Policies beside a whole snapshot are meant for the pods of that snapshot.
            (true, true, false) => Objects::of_files(a.values.clone()).without_policies(),
            (true, false, true) => Objects::of_files(b.values.clone()).without_policies(),
            _ => self.source.objects()?.without_policies(),
        };
        let incomplete = a.incomplete.and(b.incomplete).and(base.incomplete.clone());
        let (a, b) = (engine(&base, a.values)?, engine(&base, b.values)?);
        let both = Snapshot { pods: [&*a.snapshot().pods, &*b.snapshot().pods].concat(), ..Snapshot::default() };
        let difference = netpol::diff(&a, &b, &self.question.query(&both)?);
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &incomplete.mark(&basis::with(&difference, basis)?))?,
            Form::Text => print(&mut out, &difference, output::width())?,
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

/// Whether there are pods, or something that makes some: then it is a snapshot of its own.
fn stands_alone(objects: &[Value]) -> bool {
    objects.iter().filter_map(kinds::of).any(|kind| kind.is_workload() || kind.name == "Pod")
}

/// One side: its own objects laid over the base.
fn engine(base: &Objects, own: Vec<Value>) -> Result<Engine> {
    let ids: Vec<_> = own.iter().map(ObjectId::of).collect();
    let kept = base.values.iter().filter(|object| !ids.contains(&ObjectId::of(object)));
    let values = kept.cloned().chain(own).collect();
    Ok(Engine::new(Objects { values, from: base.from, incomplete: Incomplete::default() }.lower()?))
}

impl Objects {
    fn of_files(values: Vec<Value>) -> Self {
        Self { values, from: Source::Files, incomplete: Incomplete::default() }
    }

    /// What policies are laid over.
    fn without_policies(mut self) -> Self {
        self.values.retain(|object| !kinds::of(object).is_some_and(Kind::is_policy));
        self
    }
}

/// How many flows of each kind are listed one by one.
const LISTED: usize = 100;

fn print(out: &mut dyn Write, difference: &Difference, width: usize) -> io::Result<()> {
    if difference.is_empty() {
        return writeln!(out, "No difference: the same flows are allowed.");
    }
    print_flows(out, "-", BAD, "allowed in A, blocked in B", &difference.only_in_a)?;
    print_flows(out, "+", GOOD, "blocked in A, allowed in B", &difference.only_in_b)?;
    writeln!(out, "\n{TITLE}from A to B{TITLE:#}")?;
    for sentence in difference.summary() {
        writeln!(out, "{}", output::wrapped(&sentence, "  ", width))?;
    }
    Ok(())
}

fn print_flows(out: &mut dyn Write, sign: &str, style: Style, title: &str, flows: &[FlowText]) -> io::Result<()> {
    if flows.is_empty() {
        return Ok(());
    }
    writeln!(out, "{TITLE}{title}{TITLE:#}")?;
    for flow in flows.iter().take(LISTED) {
        writeln!(out, "  {style}{sign} {flow}{style:#}")?;
    }
    if let Some(more) = flows.len().checked_sub(LISTED).filter(|more| *more > 0) {
        writeln!(out, "  {DIM}… and {} more; -o json lists all{DIM:#}", netpol::grouped(more))?;
    }
    Ok(())
}
