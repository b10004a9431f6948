//! `submit`: handing in a lab from a cluster of one's own, or from files, to the class that was joined. The
//! server grades by itself; nothing that this command thinks of the answer is sent.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use course::{Lab, Report};
use manifest::{ObjectId, Source};
use serde_json::{Value, json};

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::objects::Objects;
use crate::input::session::Session;
use crate::input::source::FilesOrCluster;
use crate::input::worlds::{self, LabInCluster};
use crate::runtime;
use crate::terminal::consent;
use crate::terminal::next;
use crate::terminal::output::{self, DIM, Form};
use crate::terminal::report;

/// Hand in a lab to the class that you joined, and show how it is graded
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lab [default: the current one]
    lab: Option<String>,
    #[command(flatten)]
    source: FilesOrCluster,
    #[command(flatten)]
    course: CourseFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
    #[command(flatten)]
    length: report::Length,
    /// Print what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before objects of a cluster of your own are sent
    #[arg(short, long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker submit default-deny                  what is in your practice cluster
  lab-checker submit default-deny -f answer.yaml   files alone, graded on top of the lab's start
  lab-checker submit default-deny --context kind-kind
  lab-checker submit default-deny --context kind-kind --dry-run   shows what would be sent, whole

Only what a check reads is sent: labels, ports, addresses, selectors, policies and the lab's own ConfigMap, of the
lab's namespaces and the cluster's DNS pods. Of a cluster of your own it is listed, and sent after a yes. No environment, arguments, annotations, images, volumes or Secrets.";

impl Arguments {
    /// Sends the objects and shows the graded report.
    pub(crate) fn run(self) -> Result<Outcome> {
        let session = match Session::class(self.source.data())? {
            None if !self.dry_run => {
                let (join, check) = (next::command("join URL CODE"), next::command("check"));
                return Err(
                    Advice::new("you have joined no class", format!("{join}; {check} grades without one")).into()
                );
            }
            session => session,
        };
        let lab = match self.source.files() {
            [] => {
                runtime::block_on(worlds::named_or_current(self.lab.as_deref(), &self.course, self.source.cluster()))?
            }
            _ => self.course.lab_or_current(self.lab.as_deref(), self.source.data())?,
        };
        let (mut objects, from_practice) = self.objects(&lab)?;
        objects.values.retain(manifest::is_read);
        let reduced = lab.reduced(&objects.values, objects.from);
        let attempt = match objects.from {
            Source::Files => json!({"objects": reduced}),
            Source::Cluster => json!({"objects": reduced, "source": "cluster"}),
        };
        let (Some(session), false) = (session, self.dry_run) else { return self.show(&attempt) };
        if objects.from == Source::Cluster && !from_practice {
            let what = format!("this is sent to {}: {}", session.url(), listed(&reduced));
            consent::ask(&what, self.yes)?;
        }
        let path = format!("/api/v1/labs/{}/attempts", lab.name);
        let answer = runtime::block_on(session.post(&path, &attempt))?;
        let report: Report = serde_json::from_value(answer.clone()).context("the server's report cannot be read")?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &answer)?,
            Form::Text => {
                report::print(&mut out, &lab, &report, self.length, output::width())?;
                let best = output::share_in_words(&answer["best_points"], &answer["max_points"]);
                writeln!(out, "{DIM}Recorded at {}; your best is {best}.{DIM:#}", session.url())?;
                report::appeal(&mut out, &lab.name, report.passed)?;
            }
        }
        out.flush()?;
        Ok(Outcome::of_checks(report.passed))
    }

    /// Prints what would be sent.
    fn show(&self, attempt: &Value) -> Result<Outcome> {
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, attempt)?,
            Form::Text => {
                let objects = attempt["objects"].as_array().into_iter().flatten();
                for (at, object) in objects.enumerate() {
                    let between = if at == 0 { "" } else { "---\n" };
                    write!(out, "{between}{}", manifest::to_yaml(object))?;
                }
            }
        }
        out.flush()?;
        output::note("nothing was sent: this is what submit would send")?;
        Ok(Outcome::Done)
    }

    /// The objects of the files, or of the cluster when the lab can be judged there; and whether it is one for practice.
    fn objects(&self, lab: &Lab) -> Result<(Objects, bool)> {
        if !self.source.files().is_empty() {
            return Ok((self.source.objects_of_files()?, false));
        }
        runtime::block_on(async {
            let there = LabInCluster::find(lab, self.source.cluster()).await?;
            let objects = there.read().await?;
            there.warn(&objects)?;
            Ok((objects, there.connection.practice))
        })
    }
}

/// The names of objects, kind by kind.
fn listed(objects: &[Value]) -> String {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in objects {
        let id = ObjectId::of(object);
        let name = id.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default() + &id.name;
        kinds.entry(id.kind).or_default().push(name);
    }
    let kinds = kinds.iter().map(|(kind, names)| format!("{} {kind} ({})", names.len(), names.join(", ")));
    kinds.collect::<Vec<_>>().join("; ")
}
