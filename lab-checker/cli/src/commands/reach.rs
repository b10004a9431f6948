//! `reach`: what can reach what in a snapshot.

use std::io::Write;
use std::net::IpAddr;

use anyhow::Result;
use clap::{Args, ValueEnum};
use cluster::Prefix;
use netpol::{EndpointPattern, Engine, Pod, PortQuery, Query, Reachability, Snapshot};
use serde::ser::{SerializeMap as _, Serializer};

use crate::failure::{Advice, Outcome};
use crate::input::incomplete::Incomplete;
use crate::input::probed;
use crate::input::selection::Selection;
use crate::input::source::{Answerer, SnapshotSource};
use crate::runtime;
use crate::terminal::basis::{self, Policies};
use crate::terminal::grid::Grid;
use crate::terminal::{self, output, reachability};

/// Show what can reach what
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    source: SnapshotSource,
    /// Count the flows instead of listing them; one line of JSON, or CSV
    #[arg(long)]
    count: bool,
    /// Try the flows with packets too, and say where the network does otherwise than the policies say; it connects from
    /// the pods, with agnhost, nc, curl, wget or bash, and lends a pod that has none of them an ephemeral container with
    /// agnhost
    #[arg(long, conflicts_with_all = ["files", "count"])]
    probe: bool,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker reach -f k8s/                         every pod, at the ports that pods declare
  lab-checker reach -f k8s/ --port 80/TCP --port 53/UDP
  lab-checker reach -f k8s/ --from dev --to prod/db who in dev reaches the database?
  lab-checker reach --to app=api -o svg > api.svg   in the practice cluster, as a picture
  kubectl get all,netpol,ns -A -o yaml | lab-checker reach -f -";

/// The namespaces of the cluster's own pods.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// The options that say which flows are asked about.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Question {
    /// Ask about this port, such as 80/TCP, 53/UDP, http or 8000-8100/TCP; may be repeated
    /// [default: the ports that each destination pod declares]
    #[arg(short, long = "port", value_name = "PORT")]
    ports: Vec<PortQuery>,
    /// Only from these: namespace/pod, namespace, namespace/*, app=web, or an address; may be repeated
    #[arg(long, value_name = "SEL")]
    from: Vec<Selection>,
    /// Only to these, written in the same way; may be repeated
    #[arg(long, value_name = "SEL")]
    to: Vec<Selection>,
    /// Ask about this address outside the cluster too, as source and destination; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    external: Vec<IpAddr>,
}

/// The form of a reachability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A matrix, or a list where a matrix would be too wide.
    #[default]
    #[value(alias = "text")]
    Table,
    /// JSON, stable.
    Json,
    /// Comma-separated values with a header.
    Csv,
    /// A Graphviz graph of the allowed flows.
    Dot,
    /// A picture.
    Svg,
}

impl Question {
    /// The engine's query, once every selection is known to mean something in the snapshot.
    pub(crate) fn query(&self, snapshot: &Snapshot, prefix: Option<&Prefix>) -> Result<Query> {
        let patterns = |selections: &[Selection]| {
            let patterns = selections.iter().map(|selection| Ok(selection.in_snapshot(snapshot, prefix)?));
            Ok::<_, anyhow::Error>(patterns.collect::<Result<Vec<_>>>()?.concat())
        };
        Ok(Query {
            from: patterns(&self.from)?,
            to: patterns(&self.to)?,
            ports: self.ports.clone(),
            external: self.external.clone(),
        })
    }

    /// Why the question has no flow to answer with, and what to ask instead.
    fn unanswered(&self, snapshot: &Snapshot) -> &'static str {
        let mut pods = snapshot.pods.iter().filter(|pod| pod.is_endpoint());
        let some_ports = pods.clone().any(|pod| !pod.ports.is_empty());
        match (pods.next(), self.ports.as_slice()) {
            (None, _) => "there are no running pods.",
            (Some(_), [_, ..]) if some_ports => "no destination declares a port of that name, or nobody else is there.",
            (Some(_), [PortQuery::Named { .. }, ..]) => "no pod declares a port, so none has a name.",
            (Some(_), []) if !some_ports => "no pod declares a port. Name ports with --port, such as --port 80/TCP.",
            _ => {
                "no destination declares a port, or nobody else is there. Name ports with --port, such as --port \
                  80/TCP, and outside addresses with --external."
            }
        }
    }
}

impl Arguments {
    /// Answers.
    pub(crate) fn run(self) -> Result<Outcome> {
        if self.count && matches!(self.output, Form::Dot | Form::Svg) {
            return Err(Advice::new("a count is no picture", "leave out --count, or use -o json or csv").into());
        }
        let Answerer { engine, incomplete, objects } = self.source.answerer()?;
        let query = self.question.query(engine.snapshot(), objects.prefix.as_ref())?;
        let query = self.without_system(query, engine.snapshot());
        let reachability = engine.reachability(&query);
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        if self.probe {
            let outcome = self.probe(&mut out, &engine, &reachability, basis, &incomplete)?;
            out.flush()?;
            return Ok(incomplete.end(outcome)?);
        }
        if self.count {
            self.print_count(&mut out, &reachability, basis, &incomplete)?;
        } else {
            self.print(&mut out, engine.snapshot(), &reachability, basis, &incomplete)?;
        }
        out.flush()?;
        Ok(incomplete.end(Outcome::Done)?)
    }

    /// Of a whole cluster, the cluster's own pods are left out, unless they are asked for.
    fn without_system(&self, mut query: Query, snapshot: &Snapshot) -> Query {
        let asked = self.source.all_namespaces() || !self.source.files().is_empty();
        let own = |pod: &&Pod| pod.is_endpoint() && !SYSTEM.contains(&pod.namespace.as_str());
        if asked || !snapshot.pods.iter().any(|pod| own(&pod)) {
            return query;
        }
        let mut namespaces: Vec<&str> = snapshot.pods.iter().filter(own).map(|pod| pod.namespace.as_str()).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let pattern =
            |namespace: &&str| EndpointPattern::Name { namespace: (*namespace).to_owned(), name: "*".to_owned() };
        let outside = || query.external.iter().map(|address| EndpointPattern::Address(*address));
        let all: Vec<EndpointPattern> = namespaces.iter().map(pattern).chain(outside()).collect();
        if query.from.is_empty() {
            query.from.clone_from(&all);
        }
        if query.to.is_empty() {
            query.to = all;
        }
        query
    }

    fn print(
        &self,
        out: &mut dyn Write,
        snapshot: &Snapshot,
        reachability: &Reachability,
        basis: Option<Policies>,
        incomplete: &Incomplete,
    ) -> Result<()> {
        match self.output {
            Form::Table => {
                let grid = Grid::new(reachability);
                if grid.targets().is_empty() {
                    writeln!(out, "No flows: {}", self.question.unanswered(snapshot))?;
                } else {
                    reachability::print(out, &grid, output::width())?;
                }
            }
            Form::Json => print_json(out, reachability, basis, incomplete)?,
            Form::Csv => print_csv(out, reachability)?,
            Form::Dot => out.write_all(netpol::dot(reachability).as_bytes())?,
            Form::Svg => out.write_all(netpol::svg(reachability).as_bytes())?,
        }
        Ok(())
    }

    /// Tries the flows and prints what the network does beside what the policies say.
    fn probe(
        &self,
        out: &mut dyn Write,
        engine: &Engine,
        reachability: &Reachability,
        basis: Option<Policies>,
        incomplete: &Incomplete,
    ) -> Result<Outcome> {
        if !matches!(self.output, Form::Table | Form::Json) {
            return Err(Advice::new("packets are told in words or JSON", "leave out -o, or use -o json").into());
        }
        let cells = runtime::block_on(async {
            let connection = self.source.cluster().connect().await?;
            probed::tried(&connection, reachability, engine.snapshot()).await
        })?;
        if self.output == Form::Json {
            let answer = basis::with(&serde_json::json!({ "flows": cells }), basis)?;
            output::json(out, &incomplete.mark(&answer))?;
        } else {
            self.print(out, engine.snapshot(), reachability, basis, incomplete)?;
            terminal::probed::print(out, &cells)?;
        }
        Ok(Outcome::of_checks(cells.iter().all(|cell| !cell.disagrees())))
    }

    fn print_count(
        &self,
        out: &mut dyn Write,
        reachability: &Reachability,
        basis: Option<Policies>,
        incomplete: &Incomplete,
    ) -> Result<()> {
        let counts = reachability.count();
        if self.output == Form::Csv {
            writeln!(out, "pods,ports,flows,allowed")?;
            writeln!(out, "{},{},{},{}", counts.pods, counts.ports, counts.flows, counts.allowed)?;
        } else {
            // Four numbers read as well in JSON as in a sentence; so programs need no option.
            serde_json::to_writer(&mut *out, &incomplete.mark(&basis::with(&counts, basis)?))?;
            writeln!(out)?;
        }
        Ok(())
    }
}

/// One row a flow, written as they come: there may be millions.
fn print_json(
    out: &mut dyn Write,
    reachability: &Reachability,
    basis: Option<Policies>,
    incomplete: &Incomplete,
) -> Result<()> {
    let mut serializer = serde_json::Serializer::new(&mut *out);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("flows", &Rows(reachability))?;
    if let Some(Policies) = basis {
        map.serialize_entry(basis::KEY, Policies::WORD)?;
    }
    if !incomplete.is_empty() {
        map.serialize_entry("incomplete", &incomplete.sentences())?;
    }
    map.end()?;
    writeln!(out)?;
    Ok(())
}

struct Rows<'a>(&'a Reachability);

impl serde::Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows())
    }
}

fn print_csv(out: &mut dyn Write, reachability: &Reachability) -> Result<()> {
    for line in netpol::csv(reachability) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
