//! `check`: whether a lab is solved, cell by cell, and why not.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use cluster::{ClusterError, Connection, Live};
use course::{Checker, Lab, Report};
use manifest::Source;
use netpol::{EndpointPattern, Engine, Query};
use serde_json::{Value, json};

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::incomplete::Incomplete;
use crate::input::objects::Objects;
use crate::input::probed::{self, Cell};
use crate::input::session::Session;
use crate::input::source::{FilesOrCluster, read_files};
use crate::input::worlds::{self, LabInCluster};
use crate::runtime;
use crate::terminal::basis::{self, Policies};
use crate::terminal::output::DIM;
use crate::terminal::{self, output, report};

/// Check a lab: what passes, what fails, which flow, and why
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lab [default: the current one]
    lab: Option<String>,
    #[command(flatten)]
    source: FilesOrCluster,
    #[command(flatten)]
    course: CourseFolder,
    /// Check again after every change of the cluster, until Ctrl-C
    #[arg(short, long, conflicts_with = "files")]
    watch: bool,
    /// Try the flows between the lab's pods with packets too, and say where the network does otherwise than the policies
    /// say; it connects from the pods, with agnhost, nc, curl, wget or bash, and lends a pod that has none of them an
    /// ephemeral container with agnhost
    #[arg(long, conflicts_with_all = ["files", "watch"])]
    probe: bool,
    /// Exit with code 1 when not everything could be looked at: policies of other kinds, objects that the cluster hides
    #[arg(long)]
    strict: bool,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
    #[command(flatten)]
    length: report::Length,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker check default-deny                 the practice cluster
  lab-checker check --watch                      the current lab, again after every change
  lab-checker check default-deny -f answer.yaml  files alone, applied on the lab's start
  lab-checker check default-deny --context kind-kind
  lab-checker check default-deny --context kind-kind --probe   what packets do, beside what policies say
  lab-checker check default-deny -f answer.yaml -o junit > report.xml";

/// How long to wait before credentials that are not accepted are asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// The form of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Words for people.
    #[default]
    #[value(alias = "table")]
    Text,
    /// JSON, stable.
    Json,
    /// JUnit XML, for continuous integration.
    Junit,
}

/// What a check judges. As long as it is the same, so is the report.
#[derive(PartialEq)]
struct Judged {
    objects: Vec<Value>,
    incomplete: Vec<String>,
}

impl Judged {
    fn of(lab: &Lab, objects: &Objects) -> Self {
        let incomplete = objects.incomplete.sentences().into_iter().map(str::to_owned).collect();
        Self { objects: lab.reduced(&objects.values, Source::Cluster), incomplete }
    }
}

/// Whether the cluster is in sight: that it is lost is said once, and that it is back.
#[derive(Default)]
struct Sight {
    lost: bool,
    /// It was said that changes are seen slowly.
    slow: bool,
}

impl Sight {
    fn lose(&mut self, error: &dyn std::fmt::Display) -> Result<()> {
        if !std::mem::replace(&mut self.lost, true) {
            output::warn(&format!("lost sight of the cluster, trying again: {error:#}"))?;
        }
        Ok(())
    }

    fn regain(&mut self) -> Result<()> {
        if std::mem::take(&mut self.lost) {
            output::note("the cluster is back")?;
        }
        Ok(())
    }
}

impl Arguments {
    /// Checks.
    pub(crate) fn run(self) -> Result<Outcome> {
        let lab = match self.source.files() {
            [] => {
                runtime::block_on(worlds::named_or_current(self.lab.as_deref(), &self.course, self.source.cluster()))?
            }
            _ => self.course.lab_or_current(self.lab.as_deref(), self.source.data())?,
        };
        let checker = Checker::new(lab);
        if self.watch { runtime::block_on(self.watch(&checker)) } else { self.once(&checker) }
    }

    /// Checks after every change, and ends with what the last check said.
    async fn watch(&self, checker: &Checker) -> Result<Outcome> {
        let mut outcome = Outcome::ChecksFailed;
        tokio::select! {
            () = runtime::told_to_stop() => Ok(outcome),
            failed = self.go_on(checker, &mut outcome) => Err(failed.err().unwrap_or_else(|| anyhow!("the watch ended"))),
        }
    }

    /// Checks whenever something changes that is judged. Ends with an error alone.
    async fn go_on(&self, checker: &Checker, outcome: &mut Outcome) -> Result<()> {
        let lab = checker.lab();
        let (mut there, mut live) = self.look(lab).await?;
        let (mut shown, mut sight) = (None, Sight::default());
        loop {
            let objects = there.of_live(&live)?;
            let now = Judged::of(lab, &objects);
            if shown.as_ref() != Some(&now) {
                *outcome = self.again(checker, &there, &objects, *outcome).await?;
                shown = Some(now);
            }
            if let Some(slowly) = live.unwatched().filter(|_| !std::mem::replace(&mut sight.slow, true)) {
                output::note(&slowly)?;
            }
            match live.changed().await {
                Ok(()) if live.is_stale() || there.has_begun_since().await => {
                    (there, live) = self.look_anew(lab, &mut sight).await?;
                }
                Ok(()) => sight.regain()?,
                Err(error) => {
                    sight.lose(&error)?;
                    if error.code() == Some(401) {
                        (there, live) = self.look_again(lab).await?;
                        sight.regain()?;
                    }
                }
            }
        }
    }

    async fn look(&self, lab: &Lab) -> Result<(LabInCluster, Live)> {
        let there = LabInCluster::find(lab, self.source.cluster()).await?;
        let live = there.live(lab).await?;
        Ok((there, live))
    }

    /// The same, until the cluster can be looked at.
    async fn look_anew(&self, lab: &Lab, sight: &mut Sight) -> Result<(LabInCluster, Live)> {
        match self.look(lab).await {
            Err(error) if error.chain().any(|cause| cause.is::<ClusterError>()) => {
                sight.lose(&error)?;
                let looked = self.look_again(lab).await?;
                sight.regain()?;
                Ok(looked)
            }
            looked => looked,
        }
    }

    /// The same with new credentials: the kubeconfig is read again, and its plugin asked again, until they are good.
    async fn look_again(&self, lab: &Lab) -> Result<(LabInCluster, Live)> {
        loop {
            tokio::time::sleep(AGAIN).await;
            match self.look(lab).await {
                Err(error) if error.chain().any(|cause| cause.is::<ClusterError>()) => {}
                looked => return looked,
            }
        }
    }

    /// Checks and prints what it says; an answer that has come to pass is handed in.
    async fn again(
        &self,
        checker: &Checker,
        there: &LabInCluster,
        objects: &Objects,
        before: Outcome,
    ) -> Result<Outcome> {
        let lab = checker.lab();
        let report = checker.check(&objects.values, Source::Cluster);
        if self.output == Form::Text {
            output::clear_screen()?;
        }
        there.warn(objects)?;
        let basis = basis::say(self.source.cluster())?;
        self.print(lab, &report, basis, &objects.incomplete, None)?;
        if report.passed && before != Outcome::Done {
            self.record(lab, &there.connection).await?;
        }
        self.end(&report, objects)
    }

    fn once(&self, checker: &Checker) -> Result<Outcome> {
        let lab = checker.lab();
        if let [_, ..] = self.source.files() {
            let mut objects = read_files(self.source.files())?;
            objects.incomplete.about_nodes(false)?;
            let mut report = checker.check_files(&objects.values);
            report.locate(&objects.places(&lab.namespace));
            self.print(lab, &report, None, &objects.incomplete, None)?;
            return self.end(&report, &objects);
        }
        runtime::block_on(async {
            let there = LabInCluster::find(lab, self.source.cluster()).await?;
            let objects = there.read().await?;
            let report = checker.check(&objects.values, Source::Cluster);
            there.warn(&objects)?;
            let basis = basis::say(self.source.cluster())?;
            let cells = if self.probe { Some(self.tried(lab, &there, &objects).await?) } else { None };
            self.print(lab, &report, basis, &objects.incomplete, cells.as_deref())?;
            self.record(lab, &there.connection).await?;
            let agrees = cells.iter().flatten().all(|cell| !cell.disagrees());
            if agrees { self.end(&report, &objects) } else { Ok(Outcome::ChecksFailed) }
        })
    }

    /// How a check ends: what is left out makes it fail when that was asked for.
    fn end(&self, report: &Report, objects: &Objects) -> Result<Outcome> {
        let mut incomplete = objects.incomplete.clone().strict(self.strict);
        incomplete.also(report.incomplete.clone());
        Ok(incomplete.end(Outcome::of_checks(report.passed))?)
    }

    /// Tries the flows between the lab's pods.
    async fn tried(&self, lab: &Lab, there: &LabInCluster, objects: &Objects) -> Result<Vec<Cell>> {
        let engine = Engine::new(objects.lower()?);
        let of_lab = |namespace| EndpointPattern::Name { namespace, name: "*".to_owned() };
        let pods: Vec<_> = there.namespaces().map(|namespace| of_lab(namespace.to_owned())).collect();
        let reachability = engine.reachability(&Query { from: pods.clone(), to: pods, ..Query::default() });
        let connection = self.source.cluster().connect().await?;
        if let Some(worlds) = worlds::of(&connection).await?
            && worlds.current != lab.name
        {
            let problem = format!("packets can be tried in the current world alone, and that is not {}", lab.name);
            return Err(Advice::new(problem, format!("go there: {}", worlds::start(&lab.name))).into());
        }
        probed::tried(&connection, &reachability, engine.snapshot()).await
    }

    /// Hands the attempt in when the cluster is the one of the class or of the local `serve`, so that it counts there
    /// as if the button in the browser had been pressed.
    async fn record(&self, lab: &Lab, connection: &Connection) -> Result<()> {
        let data = self.source.data();
        let sessions = [Session::class(data)?, Session::local(data)?].into_iter().flatten();
        let is_there = |session: &Session| connection.server.starts_with(&format!("{}/", session.url()));
        let Some(session) = sessions.filter(|_| connection.practice).find(is_there) else { return Ok(()) };
        match session.post(&format!("/api/v1/labs/{}/attempts", lab.name), &json!({})).await {
            Err(error) => output::warn(&format!("the attempt was not recorded: {error}"))?,
            Ok(attempt) if self.output == Form::Text => {
                let mut out = output::stdout();
                let best = attempt["best_points"].as_f64().unwrap_or_default();
                writeln!(
                    out,
                    "{DIM}Recorded; your best is {} of {}.{DIM:#}",
                    output::number(best),
                    output::points(lab.points)
                )?;
                report::appeal(&mut out, &lab.name, attempt["passed"] == true)?;
                out.flush()?;
            }
            Ok(_) => {}
        }
        Ok(())
    }

    fn print(
        &self,
        lab: &Lab,
        report: &Report,
        basis: Option<Policies>,
        incomplete: &Incomplete,
        cells: Option<&[Cell]>,
    ) -> Result<()> {
        let mut out = output::stdout();
        match self.output {
            Form::Text => {
                report::print(&mut out, lab, report, self.length, output::width())?;
                cells.map_or(Ok(()), |cells| terminal::probed::print(&mut out, cells))?;
            }
            Form::Json => {
                let (mut report, mut incomplete) = (report.clone(), incomplete.clone());
                incomplete.also(std::mem::take(&mut report.incomplete));
                let mut answer = basis::with(&report, basis)?;
                if let (Some(fields), Some(cells)) = (answer.as_object_mut(), cells) {
                    fields.insert("flows".to_owned(), serde_json::to_value(cells)?);
                }
                output::json(&mut out, &incomplete.mark(&answer))?;
            }
            Form::Junit => {
                let mut incomplete = incomplete.clone();
                incomplete.also(report.incomplete.clone());
                report::print_junit(&mut out, report, &incomplete.sentences())?;
            }
        }
        out.flush()?;
        Ok(())
    }
}
