//! `solution`: a right answer and why it is right, as YAML that can be applied.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use cluster::Prefix;
use course::Lab;

use crate::failure::Outcome;
use crate::input::course_folder::CourseFolder;
use crate::input::target::NamedCluster;
use crate::input::worlds;
use crate::runtime;
use crate::terminal::markdown;
use crate::terminal::output::{self, DIM, Form};

/// Show a right answer for a lab, and why it is right
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker solution                 the current lab's\n  lab-checker solution dns-egress\n  lab-checker solution dns-egress | kubectl apply -f -"
)]
pub(crate) struct Arguments {
    /// The lab [default: the current one]
    lab: Option<String>,
    #[command(flatten)]
    course: CourseFolder,
    #[command(flatten)]
    cluster: NamedCluster,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Shows it.
    pub(crate) fn run(self) -> Result<Outcome> {
        let lab = runtime::block_on(worlds::named_or_current(self.lab.as_deref(), &self.course, &self.cluster))?;
        let mut out = output::stdout();
        match self.output {
            Form::Text => print(&mut out, &lab, self.cluster.prefix()?.as_ref())?,
            Form::Json => {
                let solution = &lab.solution;
                let answer = serde_json::json!({
                    "lab": lab.name,
                    "objects": solution.objects,
                    "files": solution.files,
                    "explanation": solution.explanation,
                });
                output::json(&mut out, &answer)?;
            }
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

/// The explanation stands in comments, so that the whole can be piped into kubectl; so namespaces are called as they are
/// in the cluster that was named.
fn print(out: &mut dyn Write, lab: &Lab, prefix: Option<&Prefix>) -> io::Result<()> {
    for line in markdown::rendered(&lab.solution.explanation, "", output::width() - 2).lines() {
        writeln!(out, "{DIM}#{DIM:#} {line}")?;
    }
    if let Some(prefix) = prefix {
        for object in prefix.objects_outside(&lab.solution.objects) {
            write!(out, "---\n{}", manifest::to_yaml(&object))?;
        }
        return Ok(());
    }
    for file in &lab.solution.files {
        let text = file.text.trim();
        let text = text.strip_prefix("---\n").unwrap_or(text);
        writeln!(out, "---\n{text}")?;
    }
    Ok(())
}
