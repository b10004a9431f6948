//! `exposure`: what is open to everybody, and what can reach the internet.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use netpol::{Exposure, Openness, counted, grouped};
use serde_json::json;

use crate::failure::Outcome;
use crate::input::source::{Answerer, SnapshotSource};
use crate::terminal::basis;
use crate::terminal::output::{self, DIM, Form, HINT, TITLE};
use crate::terminal::table::{Cell, Table};

/// Show what is open to every pod, what is open from the internet, and what can reach it
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
  lab-checker exposure -f k8s/
  lab-checker exposure --context production -o json

Pods of a namespace that are equally open stand in one row; -o json names them all.
Policies alone are looked at: whether a Service, an Ingress or a firewall leads to a pod is another question.";

/// So many ports of a pod are named in a table.
const NAMED: usize = 3;

impl Arguments {
    /// Answers.
    pub(crate) fn run(self) -> Result<Outcome> {
        let Answerer { engine, incomplete, .. } = self.source.answerer()?;
        let exposures = netpol::exposure(&engine);
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                let answer = basis::with(&json!({ "exposure": exposures }), basis)?;
                output::json(&mut out, &incomplete.mark(&answer))?;
            }
            Form::Text => print(&mut out, &exposures)?,
        }
        out.flush()?;
        Ok(incomplete.end(Outcome::Done)?)
    }
}

fn print(out: &mut dyn Write, exposures: &[Exposure]) -> io::Result<()> {
    if exposures.is_empty() {
        return writeln!(out, "No pods, so nothing is exposed.");
    }
    let mut table = Table::default();
    let titles = ["pods", "from every pod", "from the internet", "to the internet"];
    table.row(titles.map(|title| Cell::styled(title, TITLE)));
    for exposure in exposures {
        let mark = if exposure.undefined { " ?" } else { "" };
        let whole = exposures.iter().filter(|one| one.pods.namespace == exposure.pods.namespace).count() == 1;
        let who = match &exposure.pods.namespace {
            Some(namespace) if whole && exposure.pods.count > 1 => format!("{namespace}/*"),
            _ => exposure.pods.to_string(),
        };
        let open = [&exposure.from_cluster, &exposure.from_internet, &exposure.to_internet].map(cell);
        table.row(std::iter::once(Cell::from(format!("{who}{mark}"))).chain(open));
    }
    table.print(out, "")?;
    writeln!(out)?;
    let pods = |holds: fn(&Exposure) -> bool| -> u64 {
        exposures.iter().filter(|one| holds(one)).map(|one| one.pods.count as u64).sum()
    };
    writeln!(
        out,
        "{}: {} open to every pod, {} open from the internet, {} can reach the internet",
        counted(grouped(pods(|_| true)), "pod"),
        grouped(pods(|one| one.from_cluster != Openness::Nothing)),
        grouped(pods(|one| one.from_internet != Openness::Nothing)),
        grouped(pods(|one| one.to_internet != Openness::Nothing)),
    )?;
    if exposures.iter().any(|one| one.undefined) {
        writeln!(out, "{DIM}? host-network pods: the standard leaves it undefined; most plugins do this{DIM:#}")?;
    }
    Ok(())
}

fn cell(openness: &Openness) -> Cell {
    match openness {
        Openness::Nothing => Cell::styled("no port", DIM),
        Openness::Everything => Cell::styled("every port", HINT),
        Openness::Ports(ports) => {
            let more = ports.len().saturating_sub(NAMED);
            let named = ports[..ports.len() - more].join(", ");
            let text = if more == 0 { named } else { format!("{named} and {more} more") };
            Cell::styled(text, HINT)
        }
    }
}
