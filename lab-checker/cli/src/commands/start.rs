//! `start` and `reset`: putting a lab into a cluster, for the first time or once more.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use cluster::Connection;
use course::{Lab, LabCni};

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::network;
use crate::input::target::{NamedCluster, in_our_words};
use crate::runtime;
use crate::terminal::consent;
use crate::terminal::markdown;
use crate::terminal::output::{self, DIM, GOOD, TITLE};
use crate::terminal::progress::ProgressLine;

/// How long pods may take to become ready; a cluster of one's own pulls images first.
const PODS_READY: Duration = Duration::from_secs(180);

/// Begin a lab: put what it starts with into the cluster and show the task
#[derive(Args, Debug)]
#[command(after_help = START_EXAMPLES)]
pub(crate) struct Start {
    #[command(flatten)]
    lab: LabInCluster,
}

/// Put a lab back to its start; what was made in its namespaces is deleted
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker reset default-deny")]
pub(crate) struct Reset {
    #[command(flatten)]
    lab: LabInCluster,
}

const START_EXAMPLES: &str = "\
Examples:
  lab-checker start default-deny
  lab-checker start default-deny --context kind-kind    in a cluster of your own

Nothing of others is deleted or replaced in a cluster of your own: what is there already under a name that the lab
needs is named, and the lab is not started.";

#[derive(Args, Debug)]
struct LabInCluster {
    /// The lab
    lab: String,
    #[command(flatten)]
    course: CourseFolder,
    #[command(flatten)]
    cluster: NamedCluster,
    /// Do not ask before a lab puts objects outside of its own namespaces
    #[arg(short, long)]
    yes: bool,
}

impl Start {
    /// Starts the lab and shows the task.
    pub(crate) fn run(self) -> Result<Outcome> {
        let lab = self.lab.course.lab(&self.lab.lab)?;
        self.lab.put(&lab)?;
        let mut out = output::stdout();
        print_start(&mut out, &lab, output::width())?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

impl Reset {
    /// Starts the lab once more.
    pub(crate) fn run(self) -> Result<Outcome> {
        let lab = self.lab.course.lab(&self.lab.lab)?;
        self.lab.put(&lab)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} {} is back at its start", lab.title)?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

impl LabInCluster {
    fn put(&self, lab: &Lab) -> Result<()> {
        runtime::block_on(async {
            let connection = self.cluster.connect().await?;
            let lost = |error| in_our_words(error, &connection);
            self.may_reach_out(lab, &connection)?;
            network::must_suit(lab, &connection).await?;
            let line = ProgressLine::new();
            let objects = lab.start_objects();
            let show = |progress| line.show(&progress);
            let owner = connection.owner();
            cluster::start_lab(&connection.client, &lab.name, objects, owner, show).await.map_err(lost)?;
            self.cluster.data().remember_lab(&lab.name)?;
            cluster::wait_until_ready(&connection.client, objects, PODS_READY, show).await.map_err(lost)
        })
    }
}

impl LabInCluster {
    /// In a cluster of one's own, objects outside of the lab's namespaces are named and asked about.
    fn may_reach_out(&self, lab: &Lab, connection: &Connection) -> Result<()> {
        let objects = lab.foreign_objects();
        if connection.practice || objects.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        if !lab.foreign {
            let problem = format!("{} puts objects outside of its own namespaces: {names}", lab.name);
            let advice = "its lab.yaml does not say `foreign: true`, so this is done in a practice cluster only";
            return Err(Advice::new(problem, advice).into());
        }
        let what =
            format!("{} puts objects outside of its own namespaces into {}: {names}", lab.name, connection.context);
        consent::ask(&what, self.yes)
    }
}

fn print_start(out: &mut dyn Write, lab: &Lab, width: usize) -> io::Result<()> {
    let facts = format!("{} · {} min", output::points(lab.points), lab.minutes);
    writeln!(out, "{TITLE}{}{TITLE:#}  {DIM}{facts}{DIM:#}\n", lab.title)?;
    writeln!(out, "{}\n", markdown::rendered(&lab.task, "", width))?;
    let made = lab.start_summary();
    let made: Vec<_> = made.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    writeln!(out, "{DIM}In the cluster now: {}.{DIM:#}", made.join(", "))?;
    if lab.cni == LabCni::None {
        let words = "This lab is about a network that ignores policies: use lab-checker cluster --cni none.";
        writeln!(out, "{}", output::wrapped(words, "", width))?;
    }
    writeln!(out, "\n  kubectl get pods -n {} {DIM}# look around{DIM:#}", lab.namespace)?;
    writeln!(out, "  lab-checker check {} --watch {DIM}# see each change graded{DIM:#}", lab.name)?;
    writeln!(out, "  lab-checker hint {}", lab.name)
}
