//! `forget`: deleting one learner and all that is theirs, for instructors.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use netpol::counted;
use serde_json::Value;
use server::shown_safely;

use crate::failure::{Advice, Outcome};
use crate::input::instructor::Instructor;
use crate::runtime;
use crate::terminal::consent;
use crate::terminal::output::{self, Form, GOOD};

/// Delete one learner of a class, and all that is theirs
///
/// Attempts, drafts, appeals, tokens, sessions and practice clusters are gone from the server's database for good; backups
/// from before still have them. The record of what instructors did stays, and names nobody.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker forget ada@example.org\n  lab-checker forget s-1234 --url https://course.example.org --token-file token --yes"
)]
pub(crate) struct Arguments {
    /// Whom: an e-mail address, a student id, or the id that the server gave
    learner: String,
    #[command(flatten)]
    instructor: Instructor,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Finds, asks and deletes.
    pub(crate) fn run(self) -> Result<Outcome> {
        let session = self.instructor.session()?;
        let roster = runtime::block_on(session.get("/api/v1/roster"))?;
        let learner = self.found(&roster)?;
        let who = described(learner);
        let what = format!(
            "{who} is deleted from {} for good, with attempts, drafts, appeals, tokens and practice clusters",
            session.url()
        );
        consent::ask(&what, self.yes)?;
        let id = learner["id"].as_str().unwrap_or_default();
        let deleted = runtime::block_on(session.delete(&format!("/api/v1/roster/{id}")))?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &deleted)?,
            Form::Text => {
                let attempts = deleted["attempts"].as_u64().and_then(|count| usize::try_from(count).ok());
                let attempts = counted(attempts.unwrap_or_default(), "attempt");
                writeln!(out, "{GOOD}✓{GOOD:#} {who} is deleted, with {attempts}")?;
            }
        }
        out.flush()?;
        Ok(Outcome::Done)
    }

    /// The one learner who is meant.
    fn found<'a>(&self, roster: &'a Value) -> Result<&'a Value> {
        let wanted = self.learner.trim();
        let is = |learner: &&Value| {
            let same = |field: &str| learner[field].as_str().is_some_and(|text| text.eq_ignore_ascii_case(wanted));
            same("id") || same("email") || same("student_id")
        };
        let found: Vec<&Value> = roster["learners"].as_array().into_iter().flatten().filter(is).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Advice::new(
                format!("nobody in the class has the e-mail address, student id or id {wanted}"),
                "the list of the class says how the server calls everybody",
            )
            .into()),
            several => {
                let ids: Vec<_> = several.iter().map(|one| described(one)).collect();
                Err(Advice::new(format!("{wanted} may be {}", ids.join(" or ")), "name one by the id").into())
            }
        }
    }
}

fn described(learner: &Value) -> String {
    let text = |field: &str| shown_safely(learner[field].as_str().unwrap_or_default()).to_string();
    let known = [text("email"), text("student_id"), text("id")];
    let known: Vec<_> = known.into_iter().filter(|text| !text.is_empty()).collect();
    format!("{} ({})", text("name"), known.join(", "))
}
