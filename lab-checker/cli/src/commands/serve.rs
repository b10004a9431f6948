//! `serve`: the course in the browser, with practice clusters and grading.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use clap::Args;
use server::{Config, Running};

use crate::course_folder::CourseFolder;
use crate::data::DataFolder;
use crate::failure::Outcome;
use crate::output::{self, DIM, GOOD, TITLE};
use crate::runtime;

/// Serve the course in the browser, with practice clusters and grading
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where to listen; on a loopback address one local learner is signed in without asking
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    data: DataFolder,
    /// A PostgreSQL address, postgres://…, for classes that outgrow one machine [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "LAB_CHECKER_DATABASE", hide_env_values = true)]
    database: Option<String>,
    #[command(flatten)]
    course: CourseFolder,
    /// The address that learners use, when a proxy stands in front
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker serve                                          for yourself, on this machine
  lab-checker serve --listen 127.0.0.1:0                     any free port
  lab-checker serve --listen 0.0.0.0:8080 --data /srv/course for a class";

impl Arguments {
    /// Serves until it is told to stop.
    pub(crate) fn run(self) -> Result<Outcome> {
        let config = Config {
            listen: self.listen,
            data: self.data.path()?,
            database: self.database,
            course: self.course.named(),
            public_url: self.public_url,
        };
        runtime::serve(async {
            let mut running = server::start(config).await?;
            announce(&running)?;
            tokio::select! {
                ended = running.wait() => ended.context("the server stopped by itself").map(|()| Outcome::Done),
                () = runtime::told_to_stop() => {
                    running.shutdown().await.context("while stopping")?;
                    Ok(Outcome::Done)
                }
            }
        })
    }
}

fn announce(running: &Running) -> Result<()> {
    let mut out = output::stdout();
    writeln!(out, "{TITLE}Default Deny{TITLE:#} is open at {GOOD}{}{GOOD:#}", running.url)?;
    writeln!(out)?;
    writeln!(
        out,
        "  for kubectl   export KUBECONFIG={}",
        shell_word(&std::path::absolute(&running.kubeconfig)?.display().to_string())
    )?;
    let kept = running.instructor_token_file.display();
    if let Some(token) = &running.instructor_token {
        writeln!(out, "  instructor    {token} {DIM}(shown once; kept in {kept}){DIM:#}")?;
    }
    if !running.address.ip().is_loopback() {
        writeln!(out, "  join code     {}", running.join_code)?;
    }
    writeln!(out)?;
    writeln!(out, "Open the address in a browser; or stay here, and in a second terminal:")?;
    writeln!(out, "  lab-checker labs {DIM}# then: start LAB, check LAB, hint LAB{DIM:#}")?;
    writeln!(out, "{DIM}Ctrl-C stops the server; everything is kept.{DIM:#}")?;
    out.flush()?;
    Ok(())
}

/// The text as one word of a POSIX shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
