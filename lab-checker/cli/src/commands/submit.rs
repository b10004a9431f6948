//! `submit`: handing in a lab from a cluster of one's own, or from files, to the class that was joined. The
//! server grades by itself; nothing that this command thinks of the answer is sent.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use course::{Lab, Report};
use manifest::Source;
use serde_json::{Value, json};

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::session::Session;
use crate::input::source::SnapshotSource;
use crate::runtime;
use crate::terminal::output::{self, DIM, Form};
use crate::terminal::report;

/// The kinds that grading reads. No Secret ever leaves the machine.
const GRADED: [&str; 14] = [
    "Namespace",
    "Node",
    "Pod",
    "Service",
    "ConfigMap",
    "NetworkPolicy",
    "ClusterNetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
];

/// Of the cluster's own namespace, what finds DNS.
const SYSTEM: &str = "kube-system";

/// Hand in a lab to the class that you joined, and show how it is graded
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lab [default: the one that was started last]
    lab: Option<String>,
    #[command(flatten)]
    source: SnapshotSource,
    #[command(flatten)]
    course: CourseFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
    #[command(flatten)]
    length: report::Length,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker submit default-deny                  what is in your practice cluster
  lab-checker submit default-deny -f answer.yaml   files alone, graded on top of the lab's start
  lab-checker submit default-deny --context kind-kind

Of a cluster, the lab's namespaces are sent, and what decides about their traffic. Secrets are never sent.";

impl Arguments {
    /// Sends the objects and shows the graded report.
    pub(crate) fn run(self) -> Result<Outcome> {
        let session = Session::class(self.source.data())?.ok_or_else(|| {
            Advice::new("you have joined no class", "lab-checker join URL CODE; lab-checker check grades without one")
        })?;
        let lab = self.course.lab_or_current(self.lab.as_deref(), self.source.data())?;
        let objects = self.source.objects()?;
        let attempt = match objects.from {
            Source::Files => json!({"objects": of_graded_kinds(objects.values)}),
            Source::Cluster => json!({"objects": of_cluster(&lab, objects.values), "source": "cluster"}),
        };
        let path = format!("/api/v1/labs/{}/attempts", lab.name);
        let answer = runtime::block_on(session.post(&path, &attempt))?;
        let report: Report = serde_json::from_value(answer.clone()).context("the server's report cannot be read")?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &answer)?,
            Form::Text => {
                report::print(&mut out, &lab, &report, self.length, output::width())?;
                let best = output::share(&answer["best_points"], &answer["max_points"]);
                writeln!(out, "{DIM}Recorded at {}; your best is {best} points.{DIM:#}", session.url())?;
            }
        }
        out.flush()?;
        Ok(Outcome::of_checks(report.passed))
    }
}

fn of_graded_kinds(mut objects: Vec<Value>) -> Vec<Value> {
    objects.retain(|object| GRADED.contains(&text(object, "/kind")));
    objects
}

/// What grading the lab needs of a cluster: a class need not see what else runs there.
fn of_cluster(lab: &Lab, objects: Vec<Value>) -> Vec<Value> {
    let of_lab = |namespace: &str| {
        let declared =
            |object: &Value| text(object, "/kind") == "Namespace" && text(object, "/metadata/name") == namespace;
        namespace == lab.namespace || lab.start_objects().iter().any(declared)
    };
    let mut objects = of_graded_kinds(objects);
    objects.retain(|object| match (text(object, "/kind"), text(object, "/metadata/namespace")) {
        ("Namespace", _) => {
            let name = text(object, "/metadata/name");
            of_lab(name) || name == SYSTEM
        }
        ("ConfigMap", namespace) => of_lab(namespace) && text(object, "/metadata/name") != "kube-root-ca.crt",
        (_, "") => true,
        ("Pod" | "Service" | "NetworkPolicy", SYSTEM) => true,
        (_, namespace) => of_lab(namespace),
    });
    objects.iter_mut().for_each(reduce);
    objects
}

/// Takes out what no check reads.
fn reduce(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        for unread in ["conditions", "containerStatuses", "initContainerStatuses", "images", "nodeInfo"] {
            status.shift_remove(unread);
        }
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
