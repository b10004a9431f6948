//! `explain`: why one flow is allowed or blocked.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use netpol::{
    DEPENDS, Decision, Destination, Endpoint, Explanation, Flow, ObjectName, PolicyExplanation, SideExplanation,
    Snapshot, Stranger, StrangerNamespace, Verdict,
};

use serde_json::Value;

use crate::failure::Outcome;
use crate::input::nearest::suggestion;
use crate::input::objects::Objects;
use crate::input::source::{Answerer, SnapshotSource};
use crate::terminal::basis;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, HINT, TITLE};

/// Say why one flow is allowed or blocked: every policy that matters, rule by rule
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Who connects: namespace/pod, an IP address, or a pod that could be there, as shop/{app=web}
    #[arg(value_name = "SOURCE")]
    from: Endpoint,
    /// Where to: ENDPOINT:PORT[/PROTOCOL], where an endpoint is namespace/pod, svc:namespace/name, an address or
    /// a pod that could be there
    #[arg(value_name = "DEST")]
    to: Destination,
    #[command(flatten)]
    source: SnapshotSource,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker explain shop/web shop/api:8080 -f k8s/
  lab-checker explain shop/web svc:shop/api:http        through a Service, in the practice cluster
  lab-checker explain shop/web kube-system/coredns:53/UDP
  lab-checker explain 203.0.113.10 shop/web:80          from outside
  lab-checker explain shop/web [2001:db8::1]:443        to an IPv6 address
  lab-checker explain 'shop/{app=web}' shop/api:8080    from any pod of shop with this label, now or later
  lab-checker explain '{team=a}/{}' shop/api:8080       from a new namespace with this label";

impl Arguments {
    /// Answers.
    pub(crate) fn run(mut self) -> Result<Outcome> {
        let Answerer { engine, incomplete, objects } = self.source.answerer()?;
        self.from = meant(self.from, &objects);
        self.to.endpoint = meant(self.to.endpoint, &objects);
        for end in [&self.from, &self.to.endpoint] {
            say_who(end, engine.snapshot())?;
        }
        let mut explanation = engine.explain(&Flow { from: self.from, to: self.to })?;
        objects.places("default").locate_in(&mut explanation);
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                let answer = in_json(&explanation, basis::with(&explanation, basis)?);
                output::json(&mut out, &incomplete.mark(&answer))?;
            }
            Form::Text => print(&mut out, &explanation, output::width())?,
        }
        out.flush()?;
        Ok(incomplete.end(Outcome::Done)?)
    }
}

/// The same end, with its namespace as it is called here: it may be written as the cluster calls it.
fn meant(end: Endpoint, objects: &Objects) -> Endpoint {
    let called = |name: ObjectName| ObjectName { namespace: objects.meant(&name.namespace).to_owned(), ..name };
    match end {
        Endpoint::Pod(name) => Endpoint::Pod(called(name)),
        Endpoint::Service(name) => Endpoint::Service(called(name)),
        address @ Endpoint::Address(_) => address,
    }
}

/// Says who is meant by a pod that is not there: a typing mistake would be one too.
fn say_who(end: &Endpoint, snapshot: &Snapshot) -> io::Result<()> {
    let Endpoint::Pod(name) = end else { return Ok(()) };
    let Some(stranger) = Stranger::of_name(name) else { return Ok(()) };
    output::note(&format!("{stranger} stands for {}", stranger.in_words()))?;
    if let StrangerNamespace::Named(name) = &stranger.namespace
        && !snapshot.namespaces.iter().any(|known| known.name == *name)
    {
        let known = snapshot.namespaces.iter().map(|known| known.name.as_str());
        output::warn(&format!("there is no namespace {name} yet{}", suggestion(name, known)))?;
    }
    Ok(())
}

/// The answer in JSON: a verdict that depends on an address is none.
fn in_json(explanation: &Explanation, mut answer: Value) -> Value {
    if !explanation.depends_on.is_empty() {
        answer["verdict"] = DEPENDS.into();
    }
    for (at, backend) in explanation.backends.iter().enumerate() {
        let told = answer["backends"][at].take();
        answer["backends"][at] = in_json(backend, told);
    }
    answer
}

/// Prints an explanation for people.
pub(crate) fn print(out: &mut dyn Write, explanation: &Explanation, width: usize) -> io::Result<()> {
    let verdict = explanation.verdict;
    match explanation.depends_on.is_empty() {
        true => {
            let style = if verdict.is_allowed() { GOOD } else { BAD };
            writeln!(out, "{style}{} {verdict}{style:#}  {TITLE}{}{TITLE:#}", sign(verdict), explanation.flow)?;
        }
        false => writeln!(out, "{HINT}? {DEPENDS}{HINT:#}  {TITLE}{}{TITLE:#}", explanation.flow)?,
    }
    writeln!(out, "{}", output::wrapped(&explanation.summary, "", width))?;
    if explanation.backends.is_empty() {
        writeln!(out)?;
        print_side(out, &format!("egress of {}", explanation.flow.from), &explanation.egress, width)?;
        print_side(out, &format!("ingress of {}", explanation.flow.to), &explanation.ingress, width)?;
    }
    for backend in &explanation.backends {
        writeln!(out)?;
        print(out, backend, width)?;
    }
    // Those of a Service are told with the pod that they are about.
    if explanation.backends.is_empty() {
        for decision in &explanation.decided_by {
            print_place(out, decision, width)?;
        }
        for miss in &explanation.nearest_misses {
            print_aside(out, "nearly:", miss, width)?;
        }
    }
    for note in &explanation.notes {
        print_aside(out, "note:", note, width)?;
    }
    Ok(())
}

/// The line that an editor would put its cursor on.
fn print_place(out: &mut dyn Write, decision: &Decision, width: usize) -> io::Result<()> {
    let Decision { policy, field, place: Some(place), .. } = decision else { return Ok(()) };
    print_aside(out, "decides:", &format!("{place} ({policy}, {field})"), width)
}

fn print_aside(out: &mut dyn Write, label: &str, text: &str, width: usize) -> io::Result<()> {
    let indent = " ".repeat(label.len() + 1);
    let text = output::wrapped(text, &indent, width);
    writeln!(out, "{HINT}{label}{HINT:#} {}", text.trim_start())
}

fn print_side(out: &mut dyn Write, title: &str, side: &SideExplanation, width: usize) -> io::Result<()> {
    let style = if side.verdict.is_allowed() { GOOD } else { BAD };
    let open = if side.isolated { "" } else { ", not isolated" };
    writeln!(out, "{TITLE}{title}{TITLE:#}: {style}{}{style:#}{open}", side.verdict)?;
    writeln!(out, "{}", output::wrapped(&side.reason, "  ", width))?;
    for policy in &side.policies {
        print_policy(out, policy, width)?;
    }
    Ok(())
}

fn print_policy(out: &mut dyn Write, policy: &PolicyExplanation, width: usize) -> io::Result<()> {
    let (style, sign) = if policy.asked { matched(policy.matched) } else { (DIM, "–") };
    writeln!(out, "  {style}{sign}{style:#} {} {TITLE}{}{TITLE:#}", policy.kind, policy.policy)?;
    if !policy.asked {
        return writeln!(out, "{DIM}{}{DIM:#}", output::wrapped(&policy.reason, "    ", width));
    }
    if policy.reason_says_more() {
        writeln!(out, "{}", output::wrapped(&policy.reason, "    ", width))?;
    }
    for rule in &policy.rules {
        let (style, sign) = matched(rule.matched);
        let words = format!("rule {}: {}", rule.rule, rule.admits);
        writeln!(out, "    {style}{sign}{style:#} {}", output::wrapped(&words, "      ", width).trim_start())?;
        writeln!(out, "{DIM}{}{DIM:#}", output::wrapped(&rule.reason, "      ", width))?;
    }
    Ok(())
}

fn matched(matched: bool) -> (anstyle::Style, &'static str) {
    if matched { (GOOD, "✓") } else { (BAD, "✗") }
}

fn sign(verdict: Verdict) -> &'static str {
    if verdict.is_allowed() { "✓" } else { "✗" }
}
