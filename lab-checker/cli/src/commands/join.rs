//! `join`: enrolling in a class server, once: who is enrolled there already is told so, and signs in instead.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use server::shown_safely;

use crate::commands::login;
use crate::failure::{Advice, Outcome};
use crate::input::data::DataFolder;
use crate::input::session::{CaHash, Known, Session};
use crate::runtime;
use crate::terminal::output::{self, GOOD};

/// Enrol in a class server with the code that your instructor gave you
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The server's address
    url: String,
    /// The join code
    #[arg(required_unless_present = "token")]
    code: Option<String>,
    /// Come as who you are there already, with your token, an invitation or a code, as login does
    #[arg(long, value_name = "TOKEN", conflicts_with = "code")]
    token: Option<String>,
    /// What to call you [default: $USER]
    #[arg(long)]
    name: Option<String>,
    /// Your e-mail address, if the class asks for it
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    ca_hash: CaHash,
    #[command(flatten)]
    data: DataFolder,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker join https://course.example.org ABCD-2345 --name 'Ada Lovelace'
  lab-checker join https://course.example.org --token learner_…      as who you are in your browser

With an invitation, or after joining in a browser, use lab-checker login: it makes no second learner of you.";

impl Arguments {
    /// Enrols and keeps the token.
    pub(crate) fn run(self) -> Result<Outcome> {
        let url = self.url.trim_end_matches('/').to_owned();
        let ca = self.ca_hash.authority_at(&url)?;
        let stranger = Session::new(Known { url: url.clone(), token: String::new(), ca: ca.clone() })?;
        if let Some(token) = &self.token {
            return login::sign_in(&stranger, token, &self.data);
        }
        if let Some(name) = self.enrolled_before(&url)? {
            let mut out = output::stdout();
            writeln!(out, "{GOOD}✓{GOOD:#} You are enrolled at {url} already, as {}", shown_safely(&name))?;
            writeln!(out, "A second person gives another --name, best with a --data folder of their own.")?;
            out.flush()?;
            return Ok(Outcome::Done);
        }
        let name = self
            .name
            .or_else(|| std::env::var("USER").ok())
            .ok_or_else(|| Advice::new("nobody knows what to call you", "say it with --name 'Ada Lovelace'"))?;
        let body = json!({ "name": name, "email": self.email, "code": self.code });
        let learner: Value = runtime::block_on(stranger.post("/api/v1/learners", &body))?;
        let token = learner["token"].as_str().context("the server gives no token")?.to_owned();
        let session = Session::new(Known { url: url.clone(), token, ca })?;
        login::come(&session, &self.data, &format!("Enrolled at {url}"), &learner)?;
        Ok(Outcome::Done)
    }

    /// As whom this machine is enrolled at that server, if it is, its token still opens something, and nobody of
    /// another name joins.
    fn enrolled_before(&self, url: &str) -> Result<Option<String>> {
        let Some(before) = Session::class(&self.data)?.filter(|before| before.url() == url) else { return Ok(None) };
        let me = runtime::block_on(async { Ok(before.get_soon("/api/v1/me").await) })?;
        let name = me.and_then(|me| me["name"].as_str().map(str::to_owned));
        Ok(name.filter(|known| self.name.as_ref().is_none_or(|name| name.trim() == known)))
    }
}
