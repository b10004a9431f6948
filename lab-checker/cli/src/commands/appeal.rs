//! `appeal`: a learner's "my answer is right", to the instructor.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use cluster::SANDBOX;
use serde_json::{Value, json};

use crate::failure::{Advice, Outcome};
use crate::input::data::DataFolder;
use crate::input::session::Session;
use crate::runtime;
use crate::terminal::next;
use crate::terminal::output::{self, DIM, Form, GOOD};

/// Tell your instructor that your answer to a lab is right, though its check fails
///
/// It is about your last recorded attempt at the lab. The instructor sees what you handed in, the flow that failed
/// first, and your words; the answer stands in lab-checker status and on the lab's page.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker appeal default-deny -m 'the task does not speak of UDP'\n  lab-checker appeal                               the lab that kubectl is in"
)]
pub(crate) struct Arguments {
    /// The lab [default: the current one]
    lab: Option<String>,
    /// Why it is right, at most 1000 characters
    #[arg(short, long, value_name = "WHY")]
    message: Option<String>,
    #[command(flatten)]
    data: DataFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Sends it.
    pub(crate) fn run(self) -> Result<Outcome> {
        let session = Session::any(&self.data)?;
        let sent: Value = runtime::block_on(async {
            let lab = match &self.lab {
                Some(lab) => lab.clone(),
                None => current(&session).await?,
            };
            session.post(&path(&lab)?, &json!({"message": self.message})).await
        })?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &sent)?,
            Form::Text => {
                let title = sent["title"].as_str().unwrap_or_default();
                writeln!(out, "{GOOD}✓{GOOD:#} Your instructor is told that your answer to “{title}” is right.")?;
                if let Some(finding) = sent["finding"].as_str().filter(|finding| !finding.is_empty()) {
                    writeln!(out, "{}", output::wrapped(&format!("The check says: {finding}"), "  ", output::width()))?;
                }
                writeln!(out, "{DIM}The answer: {}, when it is there{DIM:#}", next::command("status"))?;
            }
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

/// The lab whose world kubectl is in.
async fn current(session: &Session) -> Result<String> {
    let me = session.get("/api/v1/me").await?;
    let current = me["current"].as_str().filter(|current| *current != SANDBOX);
    let advice = || Advice::new("no lab is current", format!("name one: {}", next::command("appeal LAB")));
    Ok(current.ok_or_else(advice)?.to_owned())
}

/// Where appeals about a lab go. A name that no lab has would be another address.
fn path(lab: &str) -> Result<String> {
    let is_name = !lab.is_empty() && lab.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_name {
        let advice = format!("{} lists them", next::command("labs"));
        return Err(Advice::new(format!("there is no lab {lab:?}"), advice).into());
    }
    Ok(format!("/api/v1/labs/{lab}/appeals"))
}
