//! `doctor`: whether a cluster's network enforces policies at all.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use cluster::{Enforcement, NetworkPlugin, Proof};
use serde_json::json;

use crate::failure::Outcome;
use crate::input::target::{NamedCluster, in_our_words};
use crate::runtime;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, TITLE};
use crate::terminal::progress::ProgressLine;

/// How long the two pods of the experiment may take to start.
const PODS_READY: Duration = Duration::from_secs(120);

/// Find out whether a cluster enforces NetworkPolicies
///
/// It names the network plugin. With --prove it makes a namespace with two pods, connects them, denies the connection
/// with a policy, tries again, and deletes the namespace.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker doctor --context kind-kind\n  lab-checker doctor --context kind-kind --prove"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cluster: NamedCluster,
    /// Try it out with two pods and a policy
    #[arg(long)]
    prove: bool,
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
                Some(cluster::prove_enforcement(&connection.client, PODS_READY, show).await.map_err(lost)?)
            } else {
                None
            };
            self.print(&connection.server, &plugins, proof)?;
            Ok(Outcome::of_checks(proof.is_none_or(|proof| proof == Proof::Enforced)))
        })
    }

    fn print(&self, server: &str, plugins: &[NetworkPlugin], proof: Option<Proof>) -> Result<()> {
        let mut out = output::stdout();
        if self.output == Form::Json {
            let plugins: Vec<_> = plugins.iter().map(described).collect();
            let proof = proof.map(|proof| match proof {
                Proof::Enforced => "enforced",
                Proof::Ignored => "ignored",
                Proof::NeverConnected(_) => "never connected",
            });
            output::json(&mut out, &json!({ "server": server, "plugins": plugins, "proof": proof }))?;
            out.flush()?;
            return Ok(());
        }
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
            None => writeln!(out, "  {DIM}--prove tries it out with two pods{DIM:#}")?,
            Some(Proof::Enforced) => writeln!(out, "  {GOOD}✓{GOOD:#} proved: a policy stopped a connection")?,
            Some(Proof::Ignored) => writeln!(out, "  {BAD}✗{BAD:#} proved: a policy stopped nothing")?,
            Some(Proof::NeverConnected(probe)) => {
                writeln!(out, "  {BAD}?{BAD:#} two pods could not connect even without a policy ({probe:?})")?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

fn described(plugin: &NetworkPlugin) -> serde_json::Value {
    let (enforces, when) = match plugin.enforces {
        Enforcement::Yes => ("yes", None),
        Enforcement::No => ("no", None),
        Enforcement::When(when) => ("when", Some(when)),
    };
    json!({ "name": plugin.name, "enforces": enforces, "when": when, "evidence": plugin.evidence })
}
