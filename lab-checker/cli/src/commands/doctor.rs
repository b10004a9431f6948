//! `doctor`: whether a cluster's network enforces policies at all.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use cluster::{Blocked, Connection, Enforcement, Experiments, NetworkPlugin, Patience, Proof, Tried};
use serde_json::{Value, json};

use crate::failure::{Advice, Outcome};
use crate::input::networks::{self, Proved};
use crate::input::target::{NamedCluster, in_our_words};
use crate::runtime;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, TITLE};
use crate::terminal::progress::ProgressLine;

/// Find out whether a cluster enforces NetworkPolicies
///
/// It names the network plugin. With --prove it makes a namespace with two pods and tries: they connect, a policy comes
/// and they do not connect, the policy goes and they connect again, with both pods alive all the time. It does so for
/// ingress and egress, TCP and UDP, a range of ports, a ClusterNetworkPolicy where the cluster serves them, and IPv6
/// where pods have both families; it says how long the policy took, and what was not tried. Whatever else happens, it
/// says "not proved", and at which step. All that it made is deleted, also after Ctrl-C.
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
            let plugins = match cluster::network_plugins(&connection.client).await {
                // What packets do can be tried all the same.
                Err(error) if error.code() == Some(403) => {
                    output::warn(&format!("what runs the network is not known: {error}"))?;
                    None
                }
                plugins => Some(plugins.map_err(lost)?),
            };
            let shown = if self.prove { Some(self.tried(&connection).await?) } else { None };
            if let Some(shown) = &shown
                && !connection.practice
            {
                networks::remember(self.cluster.data(), &connection.identity, proved(shown))?;
            }
            let mut out = output::stdout();
            match self.output {
                Form::Json => output::json(&mut out, &as_json(&connection, plugins.as_deref(), shown.as_ref()))?,
                Form::Text => print(&mut out, &connection, plugins.as_deref(), shown.as_ref())?,
            }
            out.flush()?;
            Ok(Outcome::of_checks(shown.is_none_or(|shown| word(&shown) == ENFORCED)))
        })
    }

    /// Does the experiments, and takes away what they made when it is told to stop.
    async fn tried(&self, connection: &Connection) -> Result<Experiments> {
        let lost = |error| in_our_words(error, connection);
        let line = ProgressLine::new();
        let show = |progress| line.show(&progress);
        let patience = Patience { step: Duration::from_secs(self.wait), ..Patience::default() };
        let stopped = std::pin::pin!(runtime::told_to_stop());
        tokio::select! {
            shown = cluster::prove_enforcement(&connection.client, patience, show) => shown.map_err(lost),
            () = stopped => {
                cluster::remove_experiments(&connection.client, show).await.map_err(lost)?;
                let advice = "what the experiments had made is removed; nothing was found out";
                Err(Advice::new("the experiments were interrupted", advice).into())
            }
        }
    }
}

const ENFORCED: &str = "enforced";
const IGNORED: &str = "ignored";
const PARTLY: &str = "partly";
const NOT_PROVED: &str = "not proved";

/// What all experiments say together, in a word.
fn word(shown: &Experiments) -> &'static str {
    let all = |is: fn(&Proof) -> bool| shown.tried.iter().all(|tried| is(&tried.proof));
    if all(|proof| matches!(proof, Proof::Enforced(_))) {
        ENFORCED
    } else if all(|proof| *proof == Proof::Ignored) {
        IGNORED
    } else if shown.tried.iter().any(|tried| matches!(tried.proof, Proof::Enforced(_))) {
        PARTLY
    } else {
        NOT_PROVED
    }
}

/// What is worth remembering.
fn proved(shown: &Experiments) -> Option<Proved> {
    match word(shown) {
        ENFORCED => Some(Proved::Enforced),
        IGNORED => Some(Proved::Ignored),
        PARTLY => Some(Proved::Partly),
        _ => None,
    }
}

fn print(
    out: &mut dyn Write,
    connection: &Connection,
    plugins: Option<&[NetworkPlugin]>,
    shown: Option<&Experiments>,
) -> io::Result<()> {
    let ours = if connection.practice { " (a practice cluster)" } else { "" };
    writeln!(out, "{TITLE}{}{TITLE:#}{ours}", connection.server)?;
    if plugins.is_none() {
        writeln!(out, "  what runs the network is not known: these rights do not let list DaemonSets")?;
    }
    if plugins.is_some_and(<[_]>::is_empty) {
        writeln!(out, "  no network plugin that this program knows; it may be part of the node")?;
    }
    for plugin in plugins.into_iter().flatten() {
        let says = match plugin.enforces {
            Enforcement::Yes => format!("{GOOD}✓{GOOD:#} {} enforces NetworkPolicies", plugin.name),
            Enforcement::No => format!("{BAD}✗{BAD:#} {} ignores NetworkPolicies", plugin.name),
            Enforcement::When(when) => format!("? {} enforces NetworkPolicies {when}", plugin.name),
        };
        writeln!(out, "  {says} {DIM}({}){DIM:#}", plugin.evidence)?;
    }
    let Some(shown) = shown else {
        return writeln!(out, "  {DIM}--prove tries it out with two pods{DIM:#}");
    };
    match word(shown) {
        ENFORCED => {
            let words = "proved: two pods connect, not while a policy denies it, and again without it";
            writeln!(out, "  {GOOD}✓{GOOD:#} {words}")?;
        }
        IGNORED => writeln!(out, "  {BAD}✗{BAD:#} tried: two pods connect, whether a policy denies ingress or not")?,
        PARTLY => writeln!(out, "  {BAD}✗{BAD:#} proved in part: not everything that policies say is enforced")?,
        _ => {}
    }
    shown.tried.iter().try_for_each(|tried| writeln!(out, "    {}", line(tried)))?;
    for (aspect, why) in &shown.not_tried {
        writeln!(out, "    {DIM}– {aspect}: not tried, {why}{DIM:#}")?;
    }
    Ok(())
}

fn line(tried: &Tried) -> String {
    let aspect = tried.aspect;
    match &tried.proof {
        Proof::Enforced(blocked) => {
            let how = match blocked {
                Blocked::Dropped => "nothing comes back then",
                Blocked::Rejected => "it is refused then",
            };
            let took = tried.took.map(|took| format!("{:.1} s after the policy; ", took.as_secs_f64()));
            format!("{GOOD}✓{GOOD:#} {aspect} {DIM}({}{how}){DIM:#}", took.unwrap_or_default())
        }
        Proof::Ignored => format!("{BAD}✗{BAD:#} {aspect}: they connect, whether the policy is there or not"),
        Proof::NotProved { step, reason } => {
            format!("{BAD}?{BAD:#} {aspect}: not proved, at the step \"{step}\": {reason}")
        }
    }
}

fn as_json(connection: &Connection, plugins: Option<&[NetworkPlugin]>, shown: Option<&Experiments>) -> Value {
    let plugins: Option<Vec<_>> = plugins.map(|plugins| plugins.iter().map(described).collect());
    let tried = shown.iter().flat_map(|shown| &shown.tried);
    let trials: Vec<Value> = tried.clone().map(trial).collect();
    let not_tried = shown.iter().flat_map(|shown| &shown.not_tried);
    let not_tried = not_tried.map(|(aspect, why)| json!({"what": aspect.to_string(), "reason": why}));
    // The first that is not enforced says why; where all are, they are blocked alike.
    let telling = tried.clone().position(|tried| !matches!(tried.proof, Proof::Enforced(_))).unwrap_or_default();
    let telling = trials.get(telling).cloned().unwrap_or_default();
    let mut answer = json!({
        "server": connection.server, "plugins": plugins, "proof": shown.map(word), "blocked": telling["blocked"],
        "step": telling["step"], "reason": telling["reason"],
    });
    if shown.is_some() {
        answer["practice"] = connection.practice.into();
        answer["tried"] = trials.into();
        answer["not_tried"] = not_tried.collect::<Vec<_>>().into();
    }
    answer
}

fn trial(tried: &Tried) -> Value {
    let (proof, blocked, step, reason) = match &tried.proof {
        Proof::Enforced(Blocked::Dropped) => (ENFORCED, Some("dropped"), None, None),
        Proof::Enforced(Blocked::Rejected) => (ENFORCED, Some("rejected"), None, None),
        Proof::Ignored => (IGNORED, None, None, None),
        Proof::NotProved { step, reason } => (NOT_PROVED, None, Some(step.to_string()), Some(reason)),
    };
    let seconds = tried.took.map(|took| (took.as_secs_f64() * 1000.0).round() / 1000.0);
    json!({
        "what": tried.aspect.to_string(), "proof": proof, "blocked": blocked, "seconds": seconds, "step": step,
        "reason": reason,
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
