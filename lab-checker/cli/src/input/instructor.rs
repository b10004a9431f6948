//! What instructors name a class's server and their token with.

use anyhow::Result;
use clap::Args;

use crate::failure::Advice;
use crate::input::data::DataFolder;
use crate::input::session::{CaHash, Known, Session};
use crate::terminal::next;

/// A class's server, for its instructor.
#[derive(Args, Debug)]
pub(crate) struct Instructor {
    /// The server [default: the local serve]
    #[arg(long)]
    url: Option<String>,
    /// The file that holds the instructor token [default: instructor-token in the data folder]
    #[arg(long, value_name = "FILE")]
    token_file: Option<std::path::PathBuf>,
    #[command(flatten)]
    ca_hash: CaHash,
    #[command(flatten)]
    data: DataFolder,
}

impl Instructor {
    /// The server, with the instructor token.
    pub(crate) fn session(&self) -> Result<Session> {
        let path = match &self.token_file {
            Some(path) => path.clone(),
            None => self.data.path()?.join("instructor-token"),
        };
        let token = std::fs::read_to_string(&path).map_err(|error| {
            Advice::new(
                format!("cannot read the instructor token in {}: {error}", path.display()),
                format!("{} writes it; name another file with --token-file", next::command("serve")),
            )
        })?;
        let (url, ca) = match (&self.url, Session::local(&self.data)?) {
            (Some(url), _) => (url.trim_end_matches('/').to_owned(), self.ca_hash.authority_at(url)?),
            (None, Some(local)) => (local.url().to_owned(), local.authority()),
            (None, None) => return Err(Advice::unreachable("no server is known", "name one with --url").into()),
        };
        Session::new(Known { url, token: token.trim().to_owned(), ca })
    }
}
