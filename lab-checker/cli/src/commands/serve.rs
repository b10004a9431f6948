//! `serve`: the course in the browser, with practice clusters and grading.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use server::{Audience, CertificateFiles, Config, Running, Tls, TrustedProxy};

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
    /// The address or network of a proxy that learners come by; what it says in X-Forwarded-For or Forwarded and in
    /// X-Forwarded-Proto is believed, and nobody else's word. May be repeated
    #[arg(long, value_name = "CIDR")]
    trusted_proxy: Vec<TrustedProxy>,
    /// The certificate to speak TLS with, in PEM, with those between it and its root; taken over when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Speak TLS with a certificate of our own, for a class room: kubeconfigs carry what signs it, browsers warn
    #[arg(long, conflicts_with = "tls_cert")]
    tls_self_signed: bool,
    /// The folder of the engine for pages, which lab-checker/wasm/build writes: pages preview drafts by themselves then,
    /// and grades come from the server as always
    #[arg(long, value_name = "DIR", env = "LAB_CHECKER_ENGINE")]
    engine: Option<PathBuf>,
    /// Log every request, on stderr, in this form; without it, only what goes wrong is logged, as text
    #[arg(long, value_enum, value_name = "FORM", env = "LAB_CHECKER_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker serve                                          for yourself, on this machine
  lab-checker serve --listen 127.0.0.1:0                     any free port
  lab-checker serve --listen 0.0.0.0:8443 --data /srv/course --public-url https://class.example.org:8443 --tls-self-signed
                                                             for a class, in its room
  lab-checker serve --data /srv/course --public-url https://class.example.org --trusted-proxy 127.0.0.1
                                                             behind a proxy on this machine";

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
            trusted_proxies: self.trusted_proxy,
            tls: match (self.tls_cert, self.tls_key) {
                (Some(certificate), Some(key)) => Some(Tls::Files(CertificateFiles { certificate, key })),
                _ => self.tls_self_signed.then_some(Tls::SelfSigned),
            },
            engine: self.engine,
        };
        runtime::serve(async {
            let mut running = server::start(config).await?;
            for notice in &running.notices {
                // In a log that programs read, everything is of one form.
                match self.log_format {
                    Some(_) => tracing::warn!(target: "server", "{notice}"),
                    None => output::warn(notice)?,
                }
            }
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
        Audience::Class { .. } => announce_to_class(&mut out, running, data)?,
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

fn announce_to_class(out: &mut dyn Write, running: &Running, data: Option<&Path>) -> Result<()> {
    write!(out, "{TITLE}Default Deny{TITLE:#} is open at {GOOD}{}{GOOD:#}", running.url)?;
    match &running.audience {
        Audience::Class { url: Some(_), .. } => writeln!(out, " {DIM}(listening on {}){DIM:#}", running.address)?,
        _ => writeln!(out, " {DIM}(that is for this machine alone){DIM:#}")?,
    }
    writeln!(out)?;
    if !running.join_code.is_empty() {
        announce_the_way(out, running)?;
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

/// What learners open or type. They have other machines, with folders of their own.
fn announce_the_way(out: &mut dyn Write, running: &Running) -> Result<()> {
    let Audience::Class { url, to_join, by_a_proxy } = &running.audience else { return Ok(()) };
    if let Some(url) = url {
        writeln!(out, "  for learners  {url}/join, or {PROGRAM} join {url} {}{to_join}", running.join_code)?;
        return Ok(());
    }
    let scheme = running.url.split("://").next().unwrap_or("http");
    let (name, where_from) = match by_a_proxy {
        true => ("https://NAME".to_owned(), "is the name that your proxy serves"),
        false => {
            let name = format!("{scheme}://NAME:{}", running.address.port());
            (name, "is a name or address by which they reach this machine")
        }
    };
    writeln!(out, "  for learners  {name}/join, where NAME {where_from};")?;
    writeln!(out, "                with --public-url {name} it stands in every link and kubeconfig,")?;
    writeln!(out, "                without, each learner is given the address that they came by")?;
    if !to_join.is_empty() {
        writeln!(out, "                in a terminal: {PROGRAM} join {name} {}{to_join}", running.join_code)?;
    }
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
