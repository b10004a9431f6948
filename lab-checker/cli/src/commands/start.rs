//! `start` and `reset`: going to a lab, which begins or goes on, and having it begin anew.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use cluster::{Beginning, ClusterError, Connection, Maker, Prefix, PrefixError, SANDBOX};
use course::{Lab, LabCni};
use manifest::ObjectId;
use serde_json::Value;

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::hints::Hints;
use crate::input::network;
use crate::input::prefixes;
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
    /// In a cluster that others use too: begin the lab in namespaces of your own, whose names have this in front, as
    /// bob-production; other commands find it there and call the namespaces as the book does. It is kept for this cluster
    /// until `clean`; an empty one puts an end to it
    #[arg(long, value_name = "NAME")]
    prefix: Option<String>,
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
  lab-checker start default-deny --context shared --prefix bob   in one that others use too

In a practice cluster every lab has a world of its own: `start` goes from one to the other, and
each is found as it was left. The kubeconfig stays the same.

In a cluster of your own it is listed what will be made, and asked. Nothing of others is deleted
or replaced there: what is there already under a name that the lab needs is named, and the lab is
not started. `clean` removes all of it again.

With --prefix bob, `production` is bob-production in the cluster, and `production` in check, reach,
explain and submit. Your own YAML is for kubectl: leave `namespace:` out of it and say
`kubectl apply -n bob-production -f FILE`; a selector by the label kubernetes.io/metadata.name says
bob-production too. What stands outside of namespaces, such as a ClusterNetworkPolicy, or in
kube-system is one for all: labs that need that are not begun under a prefix.";

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
        let prefix = self.prefix.as_deref();
        let lab = target.course.lab(&self.lab)?;
        let (begun, prefix) = runtime::block_on(async {
            let mut connection = target.cluster.connect().await?;
            target.choose_prefix(&lab, &mut connection, prefix)?;
            let begun = match worlds::of(&connection).await? {
                Some(_) => target.enter(&lab, &connection).await?,
                None => {
                    target.put(&lab, &connection).await?;
                    true
                }
            };
            target.cluster.data().remember_lab(&lab.name)?;
            anyhow::Ok((begun, connection.prefix))
        })?;
        let mut out = output::stdout();
        print_start(&mut out, &lab, begun, prefix.as_ref(), output::width())?;
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
            let mut connection = target.cluster.connect().await?;
            target.choose_prefix(&lab, &mut connection, None)?;
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
    /// The prefix of the lab's namespaces in a cluster that is shared: the one that was asked for, else the one under which
    /// labs were begun there before.
    fn choose_prefix(&self, lab: &Lab, connection: &mut Connection, asked: Option<&str>) -> Result<()> {
        if asked == Some("") {
            connection.prefix = None;
            return Ok(());
        }
        let before = connection.prefix.as_ref().map(|prefix| prefix.as_str().to_owned());
        let Some(text) = asked.map(str::to_owned).or(before) else { return Ok(()) };
        if connection.practice {
            let advice = "leave out --prefix: nobody else is there, and each lab has a world of its own";
            return Err(Advice::new("a practice cluster is yours alone", advice).into());
        }
        let everybody: Vec<String> = everybody(lab).iter().map(ToString::to_string).collect();
        if !everybody.is_empty() {
            let problem = format!("{} cannot be begun under a prefix: it is about {}", lab.name, everybody.join(", "));
            let practice = next::command("serve");
            let advice =
                format!("that is one for all who use a cluster; do this lab in a practice cluster ({practice})");
            return Err(Advice::new(problem, advice).into());
        }
        let mut namespaces = cluster::namespaces_of(lab.start_objects());
        namespaces.insert(lab.namespace.clone());
        let prefix = Prefix::new(&text, namespaces);
        let mend = |error: PrefixError| Advice::new(error.to_string(), "such as --prefix bob, for bob-production");
        connection.prefix = Some(prefix.map_err(mend)?);
        Ok(())
    }

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
        let prefix = connection.prefix.as_ref();
        let maker = Maker { lab: &lab.name, learner: Some(&learner), prefix: prefix.map(Prefix::as_str) };
        let outside = prefix.map(|prefix| prefix.objects_outside(lab.start_objects()));
        let (objects, owner) = (outside.as_deref().unwrap_or(lab.start_objects()), connection.owner());
        let goes = cluster::in_the_way(&connection.client, maker, objects, owner).await;
        let goes = goes.map_err(|error| shared(error, lab, connection))?;
        self.may_begin(lab, connection, objects, &goes)?;
        match prefix {
            Some(prefix) => prefixes::remember(self.cluster.data(), &connection.identity, prefix)?,
            None => prefixes::forget(self.cluster.data(), &connection.identity)?,
        }
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
    fn may_begin(&self, lab: &Lab, connection: &Connection, objects: &[Value], goes: &[ObjectId]) -> Result<()> {
        if connection.practice {
            return Ok(());
        }
        let made: Vec<_> = lab.start_summary().iter().map(|(kind, number)| format!("{number} {kind}")).collect();
        let names = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(", ");
        let spaces = objects.iter().map(ObjectId::of).filter(|id| id.kind == "Namespace");
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

/// What stands in the way of a lab in a cluster that others use too, with the way on.
fn shared(error: ClusterError, lab: &Lab, connection: &Connection) -> anyhow::Error {
    let others = matches!(error, ClusterError::Foreign { .. } | ClusterError::Learners { .. });
    if !others || connection.prefix.is_some() || !everybody(lab).is_empty() {
        return in_our_words(error, connection);
    }
    let start = next::command(&format!("start {} --prefix NAME", lab.name));
    let problem = format!("{} did not begin", lab.name);
    let advice = format!("{start} begins it in namespaces of your own, such as NAME-{}", lab.namespace);
    anyhow::Error::from(error).context(Advice::new(problem, advice))
}

/// What a lab has, or asks for, that is one for all who use a cluster.
fn everybody(lab: &Lab) -> Vec<ObjectId> {
    let mut found = cluster::without_prefix(lab.start_objects());
    found.extend(cluster::without_prefix(&lab.solution.objects));
    found.sort();
    found.dedup();
    found
}

fn print_start(out: &mut dyn Write, lab: &Lab, begun: bool, prefix: Option<&Prefix>, width: usize) -> io::Result<()> {
    let outside = |text: &str| prefix.map_or_else(|| text.to_owned(), |prefix| prefix.commands_outside(text));
    let facts = format!("{} · {} min", output::points(lab.points), lab.minutes);
    writeln!(out, "{TITLE}{}{TITLE:#}  {DIM}{facts}{DIM:#}\n", lab.title)?;
    writeln!(out, "{}\n", markdown::rendered(&outside(&lab.task), "", width))?;
    if let Some(prefix) = prefix {
        let words = format!("For kubectl, and in your YAML, {}.", prefixes::called(prefix));
        writeln!(out, "{}\n", output::wrapped(&words, "", width))?;
    }
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
    let look = outside(&format!("kubectl get pods -n {}", lab.namespace));
    writeln!(out, "\n  {look} {DIM}# look around{DIM:#}")?;
    writeln!(out, "  {} {DIM}# see each change graded{DIM:#}", next::command(&format!("check {} --watch", lab.name)))?;
    writeln!(out, "  {}", next::command(&format!("hint {}", lab.name)))
}
