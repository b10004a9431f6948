//! `clean`: taking out of a cluster everything that we have put there.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use cluster::Remains;
use netpol::counted;

use crate::failure::Outcome;
use crate::input::prefixes;
use crate::input::target::{NamedCluster, in_our_words};
use crate::runtime;
use crate::terminal::consent;
use crate::terminal::output::{self, GOOD};
use crate::terminal::progress::ProgressLine;

/// Remove from a cluster everything that we made
///
/// It looks for all objects that carry our label, of every kind, whatever made them: a lab, one that could not start, a
/// proof of the doctor that was interrupted. ClusterNetworkPolicies without the label are among them when they are
/// about namespaces of labs alone and came after them: a learner wrote them as an answer. All of it is listed, and
/// removed after a yes. Nothing else is touched. In a practice cluster, where each lab has a world of its own, that is what
/// the doctor left; `reset` has a lab begin anew.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker clean --context kind-kind\n  lab-checker clean --context kind-kind --yes   without a question"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cluster: NamedCluster,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Also what other learners have made in this cluster
    #[arg(long)]
    all: bool,
}

impl Arguments {
    /// Lists, asks and removes.
    pub(crate) fn run(self) -> Result<Outcome> {
        runtime::block_on(async {
            let connection = self.cluster.connect().await?;
            let lost = |error| in_our_words(error, &connection);
            let mut out = output::stdout();
            let learner = if self.all { None } else { Some(self.cluster.data().learner()?) };
            let remains = cluster::remains(&connection.client, learner.as_deref()).await.map_err(lost)?;
            if !remains.unseen.is_empty() {
                let kinds = remains.unseen.join(", ");
                output::warn(&format!("the cluster does not show objects of these kinds: {kinds}"))?;
            }
            if !remains.of_others.is_empty() {
                let others = listed(remains.of_others.iter());
                output::note(&format!("of other learners, which stays without --all: {others}"))?;
            }
            if remains.is_empty() {
                prefixes::forget(self.cluster.data(), &connection.identity)?;
                let context = &connection.context;
                match remains.unseen.is_empty() {
                    true => writeln!(out, "{GOOD}✓{GOOD:#} nothing that we made is in {context}")?,
                    false => writeln!(out, "nothing that we made is in what {context} shows")?,
                }
                out.flush()?;
                return Ok(Outcome::Done);
            }
            let what =
                format!("this is removed from {}, with all that is in it: {}", connection.context, names(&remains));
            consent::ask(&what, self.yes)?;
            let line = ProgressLine::new();
            cluster::remove(&connection.client, &remains, |progress| line.show(&progress)).await.map_err(lost)?;
            drop(line);
            prefixes::forget(self.cluster.data(), &connection.identity)?;
            let objects = counted(remains.objects().count(), "object");
            writeln!(out, "{GOOD}✓{GOOD:#} {objects} removed from {}", connection.context)?;
            out.flush()?;
            Ok(Outcome::Done)
        })
    }
}

fn names(remains: &Remains) -> String {
    listed(remains.objects())
}

fn listed<'a>(objects: impl Iterator<Item = &'a manifest::ObjectId>) -> String {
    objects.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
