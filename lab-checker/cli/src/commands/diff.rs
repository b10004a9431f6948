//! `diff`: the flows that two snapshots or policy sets differ in.

use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::Style;
use anyhow::Result;
use clap::Args;
use manifest::kinds::{self, Kind};
use manifest::{ObjectId, Source};
use netpol::{Dependent, Difference, DifferenceByKind, Engine, FlowKind, FlowText, PortStretch, Snapshot};
use serde::Serialize;
use serde_json::Value;

use crate::commands::reach::Question;
use crate::failure::{Advice, Outcome};
use crate::input::cluster_networks::Networks;
use crate::input::incomplete::Incomplete;
use crate::input::objects::Objects;
use crate::input::source::{SnapshotSource, read_files};
use crate::terminal::basis;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, HINT, TITLE};

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
        let mut incomplete = incomplete.strict(self.source.is_strict());
        let networks = self.source.networks();
        let (a, b) = (side(&base, a.values, networks)?, side(&base, b.values, networks)?);
        incomplete.about_nodes([&a, &b].iter().all(|side| !side.nodes.is_empty()))?;
        let (a, b) = Engine::pair_with_unknown_addresses(a, b);
        let both = Snapshot { pods: [&*a.snapshot().pods, &*b.snapshot().pods].concat(), ..Snapshot::default() };
        let query = self.question.query(&both, base.prefix.as_ref())?;
        let today = netpol::diff(&a, &b, &query);
        let by_kind = netpol::difference_by_kind_wherever(&a, &b, &query);
        incomplete.also(gaps(&by_kind));
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                output::json(&mut out, &incomplete.mark(&basis::with(&Answer::new(&today, &by_kind), basis)?))?
            }
            Form::Text => print(&mut out, &today, &by_kind, output::width())?,
        }
        out.flush()?;
        Ok(incomplete.end(Outcome::Done)?)
    }
}

/// Whether there are pods, or something that makes some: then it is a snapshot of its own.
fn stands_alone(objects: &[Value]) -> bool {
    objects.iter().filter_map(kinds::of).any(|kind| kind.is_workload() || kind.name == "Pod")
}

/// One side: its own objects laid over the base.
fn side(base: &Objects, own: Vec<Value>, networks: &Networks) -> Result<Snapshot> {
    let own = match &base.prefix {
        Some(prefix) => prefix.objects_meant(own),
        None => own,
    };
    let ids: Vec<_> = own.iter().map(ObjectId::of).collect();
    let kept = base.values.iter().filter(|object| !ids.contains(&ObjectId::of(object)));
    let values = kept.cloned().chain(own).collect();
    Ok(networks.tell(Objects { values, from: base.from, ..Objects::of_files(Vec::new()) }.lower()?))
}

impl Objects {
    fn of_files(values: Vec<Value>) -> Self {
        let (incomplete, origins, makers) = (Incomplete::default(), Vec::new(), Vec::new());
        Self { values, from: Source::Files, incomplete, origins, makers, prefix: None }
    }

    /// What policies are laid over.
    fn without_policies(mut self) -> Self {
        self.values.retain(|object| !kinds::of(object).is_some_and(Kind::is_policy));
        self
    }
}

/// Why a difference is not all that there is.
fn gaps(difference: &DifferenceByKind) -> Vec<String> {
    let more = (difference.more > 0)
        .then(|| format!("{} more kinds of flows differ than are listed", netpol::grouped(difference.more)));
    difference.limits.iter().cloned().chain(more).collect()
}

/// The answer for programs.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    today: &'a Difference,
    /// What B opens and closes, in kinds: for all pods, ports and addresses, also those that are not in the files.
    opens: Vec<KindAnswer<'a>>,
    closes: Vec<KindAnswer<'a>>,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    undefined: Option<&'a str>,
}

/// Flows of one kind, for programs.
#[derive(Serialize)]
struct KindAnswer<'a> {
    from: &'a str,
    to: &'a str,
    ports: Vec<String>,
    /// One of these flows.
    flow: &'a FlowText,
    /// Whether they differ for some addresses of pods alone, which the files do not name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    depends: bool,
}

impl<'a> Answer<'a> {
    fn new(today: &'a Difference, by_kind: &'a DifferenceByKind) -> Self {
        let kind = |FlowKind { from, to, ports, example, depends }: &'a FlowKind| KindAnswer {
            from,
            to,
            ports: ports.iter().map(PortStretch::to_string).collect(),
            flow: example,
            depends: *depends,
        };
        Self {
            today,
            opens: by_kind.opens.iter().map(kind).collect(),
            closes: by_kind.closes.iter().map(kind).collect(),
            summary: summary(today, by_kind).join(" "),
            undefined: by_kind.undefined.as_deref(),
        }
    }
}

/// What changed, in sentences.
fn summary(today: &Difference, by_kind: &DifferenceByKind) -> Vec<String> {
    match (today.is_empty(), by_kind.is_empty()) {
        (true, true) if by_kind.limits.is_empty() => {
            vec!["The same flows are allowed, also for pods, ports and addresses that are not here.".to_owned()]
        }
        (true, true) => vec!["The same flows are allowed in all that was looked at.".to_owned()],
        (true, false) => vec!["Between the pods that are here, at the ports asked for, nothing differs.".to_owned()],
        (false, _) => today.summary(),
    }
}

/// How many flows of each kind are listed one by one.
const LISTED: usize = 100;

/// How many kinds are listed.
const KINDS: usize = 20;

fn print(out: &mut dyn Write, today: &Difference, by_kind: &DifferenceByKind, width: usize) -> io::Result<()> {
    let sentences = summary(today, by_kind);
    if today.is_empty() && by_kind.is_empty() {
        writeln!(out, "{}", output::wrapped(&format!("No difference: {}", lower(&sentences.join(" "))), "", width))?;
        return print_undefined(out, by_kind, width);
    }
    print_flows(out, "-", BAD, "allowed in A, blocked in B", &today.only_in_a)?;
    print_flows(out, "+", GOOD, "blocked in A, allowed in B", &today.only_in_b)?;
    print_dependent(out, &today.depends)?;
    writeln!(out, "{}{TITLE}from A to B{TITLE:#}", if today.is_empty() { "" } else { "\n" })?;
    for sentence in sentences {
        writeln!(out, "{}", output::wrapped(&sentence, "  ", width))?;
    }
    if !by_kind.is_empty() {
        writeln!(out, "\n{TITLE}all pods, ports and addresses, also those that are not here{TITLE:#}")?;
    }
    print_kinds(out, "-", BAD, "closes", &by_kind.closes, width)?;
    print_kinds(out, "+", GOOD, "opens", &by_kind.opens, width)?;
    for gap in gaps(by_kind) {
        writeln!(out, "{}", output::wrapped(&format!("Not everything: {gap}."), "  ", width))?;
    }
    print_undefined(out, by_kind, width)
}

/// As it goes on behind a colon.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn print_kinds(
    out: &mut dyn Write,
    sign: &str,
    style: Style,
    does: &str,
    kinds: &[FlowKind],
    width: usize,
) -> io::Result<()> {
    for kind in kinds.iter().take(KINDS) {
        let (sign, style) = if kind.depends { ("?", HINT) } else { (sign, style) };
        let depends = if kind.depends { format!(" ({does} them or not: {ADDRESSES})") } else { String::new() };
        let words = format!("{} → {}: {}{depends}", kind.from, kind.to, kind.ports_in_words());
        let words = output::wrapped(&words, "    ", width);
        writeln!(out, "  {style}{sign} {}{style:#}", words.trim_start())?;
        let example = output::wrapped(&format!("such as {}", kind.example), "      ", width);
        writeln!(out, "{DIM}{example}{DIM:#}")?;
    }
    match kinds.len().checked_sub(KINDS).filter(|more| *more > 0) {
        Some(more) => writeln!(out, "  {DIM}… and it {does} {} more kinds; -o json lists all{DIM:#}", more),
        None => Ok(()),
    }
}

/// Why something may be or not.
const ADDRESSES: &str = "it depends on addresses of pods, which the files do not name";

fn print_dependent(out: &mut dyn Write, flows: &[Dependent]) -> io::Result<()> {
    if flows.is_empty() {
        return Ok(());
    }
    let on = netpol::unknown_in_words(flows.iter().map(|flow| flow.on_nodes));
    writeln!(out, "{TITLE}depends on {on}, which the files do not name{TITLE:#}")?;
    for Dependent { flow, in_a, in_b, depends_on, on_nodes } in flows.iter().take(LISTED) {
        let (what, on) = (if *on_nodes { "node" } else { "address" }, depends_on.join(" and "));
        writeln!(out, "  {HINT}? {flow}{HINT:#}  {DIM}A: {in_a}, B: {in_b}; by the {what} of {on}{DIM:#}")?;
    }
    if let Some(more) = flows.len().checked_sub(LISTED).filter(|more| *more > 0) {
        writeln!(out, "  {DIM}… and {} more; -o json lists all{DIM:#}", netpol::grouped(more))?;
    }
    if flows.iter().any(|flow| flow.on_nodes) {
        writeln!(out, "  {DIM}--node tells which nodes there are{DIM:#}")?;
    }
    if flows.iter().any(|flow| !flow.on_nodes) {
        writeln!(out, "  {DIM}--pod-cidr tells where pods have their addresses{DIM:#}")?;
    }
    Ok(())
}

fn print_undefined(out: &mut dyn Write, by_kind: &DifferenceByKind, width: usize) -> io::Result<()> {
    let Some(undefined) = &by_kind.undefined else { return Ok(()) };
    writeln!(out, "{DIM}{}{DIM:#}", output::wrapped(&format!("Left out: {undefined}."), "", width))
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
