//! `serve`: the course in the browser, with practice clusters and grading.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Args;
use server::{Audience, Config, Running};

use crate::failure::Outcome;
use crate::input::course_folder::CourseFolder;
use crate::input::data::DataFolder;
use crate::runtime;
use crate::terminal::next::{self, PROGRAM, shell_word};
use crate::terminal::output::{self, DIM, GOOD, LogFormat, TITLE};

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
    /// The address that learners use, http://NAME:PORT or https://NAME: it stands in what they are given
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Log every request, on stderr, in this form; without it, only what goes wrong is logged, as text
    #[arg(long, value_enum, value_name = "FORM", env = "LAB_CHECKER_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker serve                                          for yourself, on this machine
  lab-checker serve --listen 127.0.0.1:0                     any free port
  lab-checker serve --listen 0.0.0.0:8080 --data /srv/course --public-url http://class.example.org:8080
                                                             for a class";

impl Arguments {
    /// Serves until it is told to stop.
    pub(crate) fn run(self) -> Result<Outcome> {
        let elsewhere = self.data.elsewhere()?;
        let config = Config {
            listen: self.listen,
            data: self.data.path()?,
            database: self.database,
            course: self.course.named(),
            public_url: self.public_url,
        };
        runtime::serve(async {
            let mut running = server::start(config).await?;
            announce(&running, elsewhere.as_deref())?;
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

fn announce(running: &Running, data: Option<&Path>) -> Result<()> {
    let mut out = output::stdout();
    match &running.audience {
        Audience::ThisMachine { kubeconfig } => announce_to_learner(&mut out, running, kubeconfig, data)?,
        Audience::Class { url } => announce_to_class(&mut out, running, url.as_deref(), data)?,
    }
    writeln!(out, "{DIM}Ctrl-C stops the server; everything is kept.{DIM:#}")?;
    out.flush()?;
    Ok(())
}

fn announce_to_learner(out: &mut dyn Write, running: &Running, kubeconfig: &Path, data: Option<&Path>) -> Result<()> {
    writeln!(out, "{TITLE}Default Deny{TITLE:#} is open at {GOOD}{}{GOOD:#}", running.url)?;
    writeln!(out)?;
    let kubeconfig = std::path::absolute(kubeconfig)?.display().to_string();
    writeln!(out, "  for kubectl   export KUBECONFIG={}", shell_word(&kubeconfig))?;
    announce_data(out, data)?;
    announce_instructor(out, running)?;
    writeln!(out)?;
    writeln!(out, "Open the address in a browser; or stay here, and in a second terminal:")?;
    writeln!(out, "  {} {DIM}# then: start LAB, check LAB, hint LAB{DIM:#}", next::elsewhere("labs"))?;
    Ok(())
}

fn announce_to_class(out: &mut dyn Write, running: &Running, url: Option<&str>, data: Option<&Path>) -> Result<()> {
    write!(out, "{TITLE}Default Deny{TITLE:#} is open at {GOOD}{}{GOOD:#}", running.url)?;
    match url {
        Some(_) => writeln!(out, " {DIM}(listening on {}){DIM:#}", running.address)?,
        None => writeln!(out, " {DIM}(that is for this machine alone){DIM:#}")?,
    }
    writeln!(out)?;
    match url {
        _ if running.join_code.is_empty() => {}
        Some(url) => {
            // A learner has another machine, with folders of its own.
            writeln!(out, "  for learners  {url}/join, or {PROGRAM} join {url} {}", running.join_code)?;
        }
        None => {
            let name = format!("http://NAME:{}", running.address.port());
            writeln!(
                out,
                "  for learners  {name}/join, where NAME is a name or address by which they reach this machine;"
            )?;
            writeln!(out, "                with --public-url {name} it stands in every link and kubeconfig,")?;
            writeln!(out, "                without, each learner is given the address that they came by")?;
        }
    }
    match running.join_code.as_str() {
        "" => {
            let rotate = next::command("token rotate join-code");
            writeln!(out, "  join code     none, so nobody can join; {rotate} makes one")?;
        }
        code => writeln!(out, "  join code     {code}")?,
    }
    announce_instructor(out, running)?;
    writeln!(out, "  gradebook     {}/instructor, with the instructor token", running.url)?;
    announce_data(out, data)?;
    writeln!(out)?;
    writeln!(out, "Each learner gets a practice cluster, and its kubeconfig from the page they start on.")?;
    Ok(())
}

fn announce_instructor(out: &mut dyn Write, running: &Running) -> Result<()> {
    if let Some(token) = &running.instructor_token {
        let kept = running.instructor_token_file.display();
        writeln!(out, "  instructor    {token} {DIM}(shown once; kept in {kept}){DIM:#}")?;
    }
    Ok(())
}

/// Where the data are, when other commands would look for them somewhere else.
fn announce_data(out: &mut dyn Write, data: Option<&Path>) -> io::Result<()> {
    let Some(data) = data else { return Ok(()) };
    writeln!(out, "  lab-checker   export LAB_CHECKER_DATA={}", shell_word(&data.display().to_string()))
}
