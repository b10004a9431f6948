//! `doctor`: whether a cluster's network enforces policies at all.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use cluster::{Blocked, Enforcement, NetworkPlugin, Patience, Proof};
use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::input::target::{NamedCluster, in_our_words};
use crate::runtime;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, TITLE};
use crate::terminal::progress::ProgressLine;

/// Find out whether a cluster enforces NetworkPolicies
///
/// It names the network plugin. With --prove it makes a namespace with two pods and tries: they connect, a policy that
/// denies ingress comes and they do not connect, the policy goes and they connect again. It takes one TCP port for it,
/// and deletes the namespace. Whatever else happens, it says "not proved", and at which step.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker doctor --context kind-kind\n  lab-checker doctor --context kind-kind --prove\n\nExit code 1 when it was tried and it is not proved that policies are enforced."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cluster: NamedCluster,
    /// Try it out with two pods and a policy
    #[arg(long)]
    prove: bool,
    /// How long each step may take: plugins need a while to enforce a policy
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait: u64,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Looks, and tries when it may.
    pub(crate) fn run(self) -> Result<Outcome> {
        runtime::block_on(async {
            let connection = self.cluster.connect().await?;
            let lost = |error| in_our_words(error, &connection);
            let plugins = cluster::network_plugins(&connection.client).await.map_err(lost)?;
            let proof = if self.prove {
                let line = ProgressLine::new();
                let show = |progress| line.show(&progress);
                let patience = Patience { step: Duration::from_secs(self.wait), ..Patience::default() };
                Some(cluster::prove_enforcement(&connection.client, patience, show).await.map_err(lost)?)
            } else {
                None
            };
            let mut out = output::stdout();
            match self.output {
                Form::Json => output::json(&mut out, &as_json(&connection.server, &plugins, proof.as_ref()))?,
                Form::Text => print(&mut out, &connection.server, &plugins, proof.as_ref())?,
            }
            out.flush()?;
            Ok(Outcome::of_checks(proof.is_none_or(|proof| matches!(proof, Proof::Enforced(_)))))
        })
    }
}

fn print(out: &mut dyn Write, server: &str, plugins: &[NetworkPlugin], proof: Option<&Proof>) -> io::Result<()> {
    writeln!(out, "{TITLE}{server}{TITLE:#}")?;
    if plugins.is_empty() {
        writeln!(out, "  no network plugin that this program knows; it may be part of the node")?;
    }
    for plugin in plugins {
        let says = match plugin.enforces {
            Enforcement::Yes => format!("{GOOD}✓{GOOD:#} {} enforces NetworkPolicies", plugin.name),
            Enforcement::No => format!("{BAD}✗{BAD:#} {} ignores NetworkPolicies", plugin.name),
            Enforcement::When(when) => format!("? {} enforces NetworkPolicies {when}", plugin.name),
        };
        writeln!(out, "  {says} {DIM}({}){DIM:#}", plugin.evidence)?;
    }
    match proof {
        None => writeln!(out, "  {DIM}--prove tries it out with two pods{DIM:#}"),
        Some(Proof::Enforced(blocked)) => {
            let how = match blocked {
                Blocked::Dropped => "nothing comes back then",
                Blocked::Rejected => "it is refused then",
            };
            let words = "proved: two pods connect, not while a policy denies ingress, and again without it";
            writeln!(out, "  {GOOD}✓{GOOD:#} {words} {DIM}(one TCP port; {how}){DIM:#}")
        }
        Some(Proof::Ignored) => {
            writeln!(out, "  {BAD}✗{BAD:#} tried: two pods connect, whether a policy denies ingress or not")
        }
        Some(Proof::NotProved { step, reason }) => {
            writeln!(out, "  {BAD}?{BAD:#} not proved, at the step \"{step}\": {reason}")
        }
    }
}

fn as_json(server: &str, plugins: &[NetworkPlugin], proof: Option<&Proof>) -> Value {
    let plugins: Vec<_> = plugins.iter().map(described).collect();
    let (word, blocked, step, reason) = match proof {
        None => (None, None, None, None),
        Some(Proof::Enforced(Blocked::Dropped)) => (Some("enforced"), Some("dropped"), None, None),
        Some(Proof::Enforced(Blocked::Rejected)) => (Some("enforced"), Some("rejected"), None, None),
        Some(Proof::Ignored) => (Some("ignored"), None, None, None),
        Some(Proof::NotProved { step, reason }) => (Some("not proved"), None, Some(step.to_string()), Some(reason)),
    };
    json!({
        "server": server, "plugins": plugins, "proof": word, "blocked": blocked, "step": step, "reason": reason,
    })
}

fn described(plugin: &NetworkPlugin) -> serde_json::Value {
    let (enforces, when) = match plugin.enforces {
        Enforcement::Yes => ("yes", None),
        Enforcement::No => ("no", None),
        Enforcement::When(when) => ("when", Some(when)),
    };
    json!({ "name": plugin.name, "enforces": enforces, "when": when, "evidence": plugin.evidence })
}
