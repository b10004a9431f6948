//! `start` and `reset`: going to a lab, which begins or goes on, and having it begin anew.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use cluster::{Beginning, Connection, Maker, SANDBOX};
use course::{Lab, LabCni};
use manifest::ObjectId;

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::hints::Hints;
use crate::input::network;
use crate::input::target::{NamedCluster, in_our_words};
use crate::input::worlds;
use crate::runtime;
use crate::terminal::consent;
use crate::terminal::output::{self, DIM, GOOD, TITLE};
use crate::terminal::progress::ProgressLine;
use crate::terminal::{markdown, next};

/// How long pods may take to become ready; a cluster of one's own pulls images first.
const PODS_READY: Duration = Duration::from_secs(180);

/// Begin a lab, or go on with it as you left it: kubectl is in its world then
#[derive(Args, Debug)]
#[command(after_help = START_EXAMPLES)]
pub(crate) struct Start {
    /// The lab, or `sandbox`
    lab: String,
    #[command(flatten)]
    target: Target,
}

/// Have a lab begin anew; what was done in it is deleted
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker reset                 the current lab\n  lab-checker reset default-deny"
)]
pub(crate) struct Reset {
    /// The lab [default: the current one]
    lab: Option<String>,
    #[command(flatten)]
    target: Target,
}

const START_EXAMPLES: &str = "\
Examples:
  lab-checker start default-deny
  lab-checker start sandbox                             a cluster of its own for trying things out
  lab-checker start default-deny --context kind-kind    in a cluster of your own

In a practice cluster every lab has a world of its own: `start` goes from one to the other, and each is found as it was
left. The kubeconfig stays the same.

In a cluster of your own it is listed what will be made, and asked. Nothing of others is deleted or replaced there: what
is there already under a name that the lab needs is named, and the lab is not started. `clean` removes all of it again.";

#[derive(Args, Debug)]
struct Target {
    #[command(flatten)]
    course: CourseFolder,
    #[command(flatten)]
    cluster: NamedCluster,
    /// Do not ask before something is done that you may not want
    #[arg(short, long)]
    yes: bool,
}

impl Start {
    /// Starts the lab, or goes on with it, and shows the task.
    pub(crate) fn run(self) -> Result<Outcome> {
        let target = &self.target;
        if self.lab == SANDBOX {
            return runtime::block_on(target.sandbox());
        }
        let lab = target.course.lab(&self.lab)?;
        let begun = runtime::block_on(async {
            let connection = target.cluster.connect().await?;
            let begun = match worlds::of(&connection).await? {
                Some(_) => target.enter(&lab, &connection).await?,
                None => {
                    target.put(&lab, &connection).await?;
                    true
                }
            };
            target.cluster.data().remember_lab(&lab.name)?;
            anyhow::Ok(begun)
        })?;
        let mut out = output::stdout();
        print_start(&mut out, &lab, begun, output::width())?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

impl Reset {
    /// Has the lab begin anew.
    pub(crate) fn run(self) -> Result<Outcome> {
        let target = &self.target;
        runtime::block_on(async {
            let lab = worlds::named_or_current(self.lab.as_deref(), &target.course, &target.cluster).await?;
            let connection = target.cluster.connect().await?;
            let current = match worlds::of(&connection).await? {
                Some(worlds) => {
                    let what = format!("{} begins anew: what was done in its world is deleted", lab.name);
                    consent::ask_whoever_watches(&what, target.yes || !worlds.has(&lab.name))?;
                    let lost = |error| in_our_words(error, &connection);
                    connection.reset_world(&lab.name, worlds::beginning(&lab)).await.map_err(lost)?;
                    worlds.current
                }
                None => {
                    target.put(&lab, &connection).await?;
                    target.cluster.data().remember_lab(&lab.name)?;
                    lab.name.clone()
                }
            };
            if let Err(error) = Hints::of(target.cluster.data()).forget(&lab.name) {
                output::warn(&format!("the next hint is not the first again: {error:#}"))?;
            }
            let mut out = output::stdout();
            writeln!(out, "{GOOD}✓{GOOD:#} {} is back at its start", lab.title)?;
            if current != lab.name {
                let place = worlds::place(&current);
                writeln!(out, "  kubectl is still in {place}; {} goes there", worlds::start(&lab.name))?;
            }
            out.flush()?;
            Ok(Outcome::Done)
        })
    }
}

impl Target {
    /// Makes the sandbox of a practice cluster the current world.
    async fn sandbox(&self) -> Result<Outcome> {
        let connection = self.cluster.connect().await?;
        if worlds::of(&connection).await?.is_none() {
            let problem = "only practice clusters have a sandbox";
            return Err(Advice::new(problem, "any other cluster is one world, where kubectl is free anyway").into());
        }
        let empty = Beginning { enforcement: LabCni::Enforcing.as_str(), objects: &[] };
        connection.start_world(SANDBOX, empty).await.map_err(|error| in_our_words(error, &connection))?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} kubectl is in the sandbox now, a cluster for trying things out")?;
        writeln!(out, "  {} {DIM}# back to a lab, as you left it{DIM:#}", worlds::start("LAB"))?;
        out.flush()?;
        Ok(Outcome::Done)
    }

    /// Makes the lab's world the current one; tells whether it has begun just now.
    async fn enter(&self, lab: &Lab, connection: &Connection) -> Result<bool> {
        let lost = |error| in_our_words(error, connection);
        let begun = connection.start_world(&lab.name, worlds::beginning(lab)).await.map_err(lost)?;
        if begun {
            let line = ProgressLine::new();
            let show = |progress| line.show(&progress);
            cluster::wait_until_ready(&connection.client, lab.start_objects(), PODS_READY, show).await.map_err(lost)?;
        }
        Ok(begun)
    }

    /// Puts the lab into a cluster that is one world.
    async fn put(&self, lab: &Lab, connection: &Connection) -> Result<()> {
        let lost = |error| in_our_words(error, connection);
        self.may_reach_out(lab, connection)?;
        network::must_suit(lab, connection, self.cluster.known_network().as_ref()).await?;
        let learner = self.cluster.data().learner()?;
        let maker = Maker { lab: &lab.name, learner: Some(&learner) };
        let (objects, owner) = (lab.start_objects(), connection.owner());
        let goes = cluster::in_the_way(&connection.client, maker, objects, owner).await.map_err(lost)?;
        self.may_begin(lab, connection, &goes)?;
        let line = ProgressLine::new();
        let show = |progress| line.show(&progress);
        let made = async {
            cluster::start_lab(&connection.client, maker, objects, owner, show).await?;
            cluster::wait_until_ready(&connection.client, objects, PODS_READY, show).await
        };
        let stopped = std::pin::pin!(runtime::told_to_stop());
        let made = tokio::select! {
            made = made => made.map_err(lost),
            () = stopped => Err(anyhow::anyhow!("{} was interrupted while it began", lab.name)),
        };
        drop(line);
        made.map_err(|error| {
            let clean = next::command("clean");
            error.context(Advice::new(format!("{} did not begin", lab.name), format!("{clean} removes what was made")))
        })
    }

    /// In a cluster of one's own it is said what will be made and what goes, and whoever watches is asked.
    fn may_begin(&self, lab: &Lab, connection: &Connection, goes: &[ObjectId]) -> Result<()> {
        if connection.practice {
            return Ok(());
        }
        let made: Vec<_> = lab.start_summary().iter().map(|(kind, number)| format!("{number} {kind}")).collect();
        let names = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(", ");
        let spaces = lab.start_objects().iter().map(ObjectId::of).filter(|id| id.kind == "Namespace");
        let mut spaces: Vec<_> = spaces.map(|id| id.name).collect();
        spaces.dedup();
        let what = format!(
            "{} makes in {}: {} (namespaces {})",
            lab.name,
            connection.context,
            made.join(", "),
            spaces.join(", ")
        );
        let what = if goes.is_empty() {
            what
        } else {
            let goes = names(&mut goes.iter().map(ToString::to_string));
            format!("{what}; this goes first, with all that is in it: {goes}")
        };
        consent::ask_or_go_on(&what, self.yes)
    }

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

fn print_start(out: &mut dyn Write, lab: &Lab, begun: bool, width: usize) -> io::Result<()> {
    let facts = format!("{} · {} min", output::points(lab.points), lab.minutes);
    writeln!(out, "{TITLE}{}{TITLE:#}  {DIM}{facts}{DIM:#}\n", lab.title)?;
    writeln!(out, "{}\n", markdown::rendered(&lab.task, "", width))?;
    if begun {
        let made = lab.start_summary();
        let made: Vec<_> = made.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
        writeln!(out, "{DIM}In the cluster now: {}.{DIM:#}", made.join(", "))?;
    } else {
        let reset = next::command(&format!("reset {}", lab.name));
        let words = format!("This is the lab as you left it; {reset} begins it anew.");
        writeln!(out, "{DIM}{}{DIM:#}", output::wrapped(&words, "", width))?;
    }
    if lab.cni == LabCni::None {
        let words = "The network of this lab's cluster ignores policies: believe what packets do.";
        writeln!(out, "{}", output::wrapped(words, "", width))?;
    }
    writeln!(out, "\n  kubectl get pods -n {} {DIM}# look around{DIM:#}", lab.namespace)?;
    writeln!(out, "  {} {DIM}# see each change graded{DIM:#}", next::command(&format!("check {} --watch", lab.name)))?;
    writeln!(out, "  {}", next::command(&format!("hint {}", lab.name)))
}
