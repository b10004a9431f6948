//! `token`: who may see everybody's work, and with which code learners enrol; for whoever sits at the server's machine.

use std::io::{self, Write};

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use server::{Credentials, CredentialsError, Issued};

use crate::failure::Outcome;
use crate::input::data::DataFolder;
use crate::runtime;
use crate::terminal::next;
use crate::terminal::output::{self, DIM, Form, GOOD, TITLE};
use crate::terminal::table::{Cell, Table};

/// What names the join code where a token's id could stand.
const JOIN_CODE: &str = "join-code";

/// Issue, list, rotate and revoke instructor tokens and the join code, on the server's machine
///
/// The server may run meanwhile, and knows at once. Tokens are shown once, when they are issued.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker token list --data /srv/course
  lab-checker token issue 'for the assistants' --data /srv/course
  lab-checker token rotate --data /srv/course             the one that the data folder keeps
  lab-checker token rotate join-code --data /srv/course   a new code; who has enrolled stays
  lab-checker token revoke 5f0c9a21 --data /srv/course";

#[derive(Debug, Subcommand)]
enum Command {
    /// List the instructor tokens, by their ids, and the join code
    List(Place),
    /// Issue a further instructor token
    Issue {
        /// What it is for, to tell it from the others
        label: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Put a new token or join code in the place of an old one, which ends
    Rotate {
        /// The id of a token, or join-code [default: the token that the data folder keeps]
        id: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// End a token or the join code; whoever is signed in as an instructor signs in again
    Revoke {
        /// The id of a token, or join-code
        id: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Which server, and how to answer.
#[derive(Args, Debug)]
struct Place {
    #[command(flatten)]
    data: DataFolder,
    /// The server's PostgreSQL address, postgres://… [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "LAB_CHECKER_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

/// What was done, in words and as JSON.
struct Done {
    words: String,
    json: Value,
}

impl Arguments {
    /// Does it.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.command {
            Command::List(place) => runtime::block_on(place.list()),
            Command::Issue { label, place } => runtime::block_on(
                place.does(async |credentials| Ok(issued(&credentials.issue(label.as_deref()).await?))),
            ),
            Command::Rotate { id, place } => {
                runtime::block_on(place.does(async |credentials| rotated(credentials, id.as_deref()).await))
            }
            Command::Revoke { id, place } => {
                runtime::block_on(place.does(async |credentials| revoked(credentials, &id).await))
            }
        }
    }
}

impl Place {
    async fn credentials(&self) -> Result<Credentials> {
        Credentials::open(&self.data.path()?, self.database.as_deref()).await.map_err(in_our_words)
    }

    async fn does(&self, work: impl AsyncFnOnce(&Credentials) -> Result<Done, CredentialsError>) -> Result<Outcome> {
        let credentials = self.credentials().await?;
        let done = work(&credentials).await;
        credentials.close().await;
        let done = done.map_err(in_our_words)?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &done.json)?,
            Form::Text => writeln!(out, "{}", done.words)?,
        }
        out.flush()?;
        Ok(Outcome::Done)
    }

    async fn list(&self) -> Result<Outcome> {
        let credentials = self.credentials().await?;
        let listed = listed(&credentials).await;
        credentials.close().await;
        let listed = listed.map_err(in_our_words)?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &listed)?,
            Form::Text => print(&mut out, &listed)?,
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

/// A server that cannot be reached has an exit code of its own.
fn in_our_words(error: CredentialsError) -> anyhow::Error {
    match error {
        CredentialsError::Start(error) => error.into(),
        error => error.into(),
    }
}

fn issued(issued: &Issued) -> Done {
    let Issued { token, id, kept_in } = issued;
    let kept = match kept_in {
        Some(file) => format!("kept in {}", file.display()),
        None => "shown once; nothing keeps it".to_owned(),
    };
    let kept_in = kept_in.as_ref().map(|file| file.display().to_string());
    Done {
        words: format!("{TITLE}{token}{TITLE:#}  {DIM}({id}; {kept}){DIM:#}"),
        json: json!({"id": id, "token": token, "kept_in": kept_in}),
    }
}

async fn rotated(credentials: &Credentials, id: Option<&str>) -> Result<Done, CredentialsError> {
    if id == Some(JOIN_CODE) {
        let code = credentials.rotate_join_code().await?;
        return Ok(Done {
            words: format!("{TITLE}{code}{TITLE:#}  {DIM}(the new join code; who has enrolled stays){DIM:#}"),
            json: json!({"join_code": code}),
        });
    }
    Ok(issued(&credentials.rotate(id).await?))
}

async fn revoked(credentials: &Credentials, id: &str) -> Result<Done, CredentialsError> {
    let words = if id == JOIN_CODE {
        credentials.revoke_join_code().await?;
        let rotate = next::command(&format!("token rotate {JOIN_CODE}"));
        format!("The join code is revoked: nobody can enrol until {rotate} makes a new one.")
    } else {
        credentials.revoke(id).await?;
        match credentials.tokens().await?.len() {
            0 => {
                format!("Token {id} is revoked. It was the last: issue another, or the next start of the server does.")
            }
            _ => format!("Token {id} is revoked."),
        }
    };
    Ok(Done { words: format!("{GOOD}✓{GOOD:#} {words}"), json: json!({"revoked": id}) })
}

async fn listed(credentials: &Credentials) -> Result<Value, CredentialsError> {
    let tokens = credentials.tokens().await?.into_iter().map(|(token, kept)| {
        json!({"id": token.id, "label": token.label, "issued_at": token.issued_at, "kept_in_data_folder": kept})
    });
    let tokens: Vec<Value> = tokens.collect();
    Ok(json!({"join_code": credentials.join_code().await?, "instructor_tokens": tokens}))
}

fn print(out: &mut dyn Write, listed: &Value) -> io::Result<()> {
    match listed["join_code"].as_str() {
        Some(code) => writeln!(out, "Join code: {TITLE}{code}{TITLE:#}\n")?,
        None => writeln!(out, "Join code: none; nobody can enrol\n")?,
    }
    let tokens = listed["instructor_tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    if tokens.is_empty() {
        return writeln!(out, "There is no instructor token.");
    }
    let mut table = Table::default();
    table.row(["TOKEN", "SINCE", "FOR"].map(|title| Cell::styled(title, DIM)));
    for token in tokens {
        let text = |key: &str| token[key].as_str().unwrap_or_default().to_owned();
        let label = match (text("label"), token["kept_in_data_folder"] == true) {
            (label, true) if label.is_empty() => "(kept in the data folder)".to_owned(),
            (label, true) => format!("{label} (kept in the data folder)"),
            (label, false) => label,
        };
        let since = text("issued_at").get(..10).unwrap_or_default().to_owned();
        table.row([Cell::styled(text("id"), TITLE), since.into(), label.into()]);
    }
    table.print(out, "")
}
