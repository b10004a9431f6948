//! `join`: enrolling in a class server.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::input::data::DataFolder;
use crate::input::session::{CaHash, Known, Session};
use crate::runtime;
use crate::terminal::next;
use crate::terminal::output::{self, DIM, GOOD};

/// Enrol in a class server with the code that your instructor gave you
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker join https://course.example.org ABCD-2345 --name 'Ada Lovelace'")]
pub(crate) struct Arguments {
    /// The server's address
    url: String,
    /// The join code
    code: String,
    /// What to call you
    #[arg(long, env = "USER")]
    name: String,
    /// Your e-mail address, if the class asks for it
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    ca_hash: CaHash,
    #[command(flatten)]
    data: DataFolder,
}

impl Arguments {
    /// Enrols and keeps the token.
    pub(crate) fn run(self) -> Result<Outcome> {
        let url = self.url.trim_end_matches('/').to_owned();
        let ca = self.ca_hash.authority_at(&url)?;
        let stranger = Session::new(Known { url: url.clone(), token: String::new(), ca: ca.clone() })?;
        let body = json!({ "name": self.name, "email": self.email, "code": self.code });
        let learner: Value = runtime::block_on(stranger.post("/api/v1/learners", &body))?;
        let token = learner["token"].as_str().context("the server gives no token")?.to_owned();
        Session::new(Known { url: url.clone(), token, ca })?.keep_as_class(&self.data)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} Enrolled at {url} as {}", learner["name"].as_str().unwrap_or_default())?;
        let [start, submit, status] = ["start LAB", "submit LAB", "status"].map(next::command);
        writeln!(out, "{DIM}Next: {start}, {submit}, {status}{DIM:#}")?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}
