//! `login`: coming to a class server as a learner who is enrolled: by invitation, with a token, or with a code from a
//! browser that is signed in. So a browser and a terminal of one person are one learner.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Args;
use dialoguer::Input;
use serde_json::{Value, json};
use server::shown_safely;

use crate::failure::{Advice, Outcome};
use crate::input::data::{DataFolder, write_private};
use crate::input::session::{CaHash, Known, Session};
use crate::runtime;
use crate::terminal::next;
use crate::terminal::output::{self, DIM, GOOD};

/// What the address of an invitation has between the server's and its token.
const INVITATION: &str = "/invitation/";

/// Sign in to a class server where you are enrolled
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The server's address, or the whole link of your invitation
    url: String,
    /// Your token, the token of your invitation, or a code from your page in a browser that is signed in; - reads it
    /// from standard input [default: asks]
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    token: Option<String>,
    #[command(flatten)]
    ca_hash: CaHash,
    #[command(flatten)]
    data: DataFolder,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker login https://course.example.org/invitation/learner_…   the link that your instructor sent you
  lab-checker login https://course.example.org                        asks for a token or a code
  lab-checker login https://course.example.org --token -              reads it from standard input

A code stands behind your name in a browser where you are signed in, and is good once.";

impl Arguments {
    /// Signs in and keeps the token.
    pub(crate) fn run(self) -> Result<Outcome> {
        let (url, invited) = match self.url.split_once(INVITATION) {
            Some((url, token)) => (url.to_owned(), Some(token.trim_end_matches('/').to_owned())),
            None => (self.url.trim_end_matches('/').to_owned(), None),
        };
        let ca = self.ca_hash.authority_at(&url)?;
        let stranger = Session::new(Known { url, token: String::new(), ca })?;
        let given = match (self.token, invited) {
            (Some(token), _) if token == "-" => read()?,
            (Some(token), _) | (None, Some(token)) => token,
            (None, None) => ask()?,
        };
        sign_in(&stranger, &given, &self.data)
    }
}

/// Signs in with what was given, keeps the token, and says who it is.
pub(crate) fn sign_in(stranger: &Session, given: &str, data: &DataFolder) -> Result<Outcome> {
    let learner: Value = runtime::block_on(stranger.post("/api/v1/sign-in", &json!({ "token": given })))?;
    let token = learner["token"].as_str().context("the server gives no token")?.to_owned();
    let url = stranger.url().to_owned();
    let session = Session::new(Known { url: url.clone(), token, ca: stranger.authority() })?;
    come(&session, data, &format!("Signed in at {url}"), &learner)?;
    Ok(Outcome::Done)
}

/// Keeps the way to a class and to the practice cluster there, and says so.
pub(crate) fn come(session: &Session, data: &DataFolder, done: &str, learner: &Value) -> Result<()> {
    session.keep_as_class(data)?;
    let path = data.class_kubeconfig()?;
    match runtime::block_on(session.get_text("/api/v1/me/kubeconfig")) {
        Ok(kubeconfig) => write_private(&path, &kubeconfig)?,
        Err(error) => {
            output::warn(&format!("there is no practice cluster for you at {}: {error}", session.url()))?;
            // That of another class would be taken for this one's.
            let _ = std::fs::remove_file(&path);
        }
    }
    say(done, learner, Some(&*path).filter(|path| path.exists()))?;
    Ok(())
}

/// What was done, as whom, what they should know, and what is next.
fn say(done: &str, learner: &Value, kubeconfig: Option<&Path>) -> io::Result<()> {
    let mut out = output::stdout();
    let name = shown_safely(learner["name"].as_str().unwrap_or_default());
    writeln!(out, "{GOOD}✓{GOOD:#} {done} as {name}")?;
    if let Some(notice) = learner["notice"].as_str() {
        writeln!(out, "{}", output::wrapped(&shown_safely(notice), "  ", output::width()))?;
    }
    let lines = match kubeconfig {
        Some(path) => {
            let path = next::shell_word(&path.display().to_string());
            writeln!(out, "  your practice cluster, for kubectl: export KUBECONFIG={path}")?;
            ["start LAB", "check", "status"]
        }
        None => ["start LAB --context NAME", "submit LAB --context NAME", "status"],
    };
    let [first, second, third] = lines.map(next::command);
    writeln!(out, "{DIM}Next: {first}, {second}, {third}{DIM:#}")?;
    out.flush()
}

fn read() -> Result<String> {
    let mut text = String::new();
    io::stdin().take(10_000).read_to_string(&mut text).context("cannot read the token from standard input")?;
    Ok(text.trim().to_owned())
}

fn ask() -> Result<String> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let advice = "give it with --token, or --token - to read it from standard input";
        return Err(Advice::new("no token is given, and there is no terminal to ask on", advice).into());
    }
    Ok(Input::<String>::new().with_prompt("Your token, invitation or code").interact_text()?)
}
