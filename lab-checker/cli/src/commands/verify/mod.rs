//! `verify`: whether what may reach what in somebody's own manifests is what they expect.

mod told;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use course::{Expectations, Verified};
use serde_json::json;

use crate::failure::{Advice, Outcome};
use crate::input::incomplete::Incomplete;
use crate::input::source::{Answerer, SnapshotSource};
use crate::terminal::baseline::Baseline;
use crate::terminal::{basis, next, output, report};

/// Hold what may reach what against expectations, every flow of today's and tomorrow's pods
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What is expected
    #[arg(value_name = "EXPECTATIONS", required_unless_present = "init")]
    expectations: Option<PathBuf>,
    /// Write expectations from what is true today: to EXPECTATIONS, which must not exist, or to standard output
    #[arg(long, conflicts_with_all = ["baseline", "output", "all"])]
    init: bool,
    #[command(flatten)]
    source: SnapshotSource,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
    /// What is known to fail: what `verify -o json` has written before; only what is not in it fails
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Show every flow that is wrong, not three of each check
    #[arg(long)]
    all: bool,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Words for people.
    #[default]
    #[value(alias = "table")]
    Text,
    /// JSON, stable.
    Json,
    /// JUnit XML, which CI systems show as tests.
    Junit,
    /// SARIF 2.1.0, which code scanning shows in place.
    Sarif,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker verify -f k8s/ --init expectations.yaml   what is true today, by labels
  lab-checker verify -f k8s/ expectations.yaml          is it still?
  lab-checker verify -f k8s/ expectations.yaml -o sarif > verify.sarif
  lab-checker verify --context production expectations.yaml

A file to begin with:
  default: blocked
  allowed:
    - shop/{app=web} -> shop/{app=api}:8080
    - \"* -> kube-dns:53/UDP,53/TCP\"

`default` speaks of all flows that no line names: every pod that is there or could be,
every port, every address. A line may also be `{name, from, to, why}`.

Exit code 1 when something is not as expected, 2 when a file cannot be used.";

/// What tells one failure from another, between runs.
const IDENTITY: [&str; 4] = ["/name", "/flow/from", "/flow/to", "/ports"];

impl Arguments {
    /// Verifies, or writes what there is to verify.
    pub(crate) fn run(self) -> Result<Outcome> {
        let Answerer { engine, incomplete, objects } = self.source.answerer()?;
        if self.init {
            let text = Expectations::of_today(&engine, &objects.values);
            write_new(self.expectations.as_deref(), &text)?;
            if text.contains("\nfree:\n") {
                output::warn(
                    "some flows depend on the addresses of pods or the names of their ports, which labels do not say: \
                     they stand under `free`, and are not held against anything",
                )?;
            }
            return Ok(incomplete.end(Outcome::Done)?);
        }
        let file = self.expectations.as_deref().unwrap_or(Path::new("-"));
        let expectations = read(file)?.calling_namespaces(|name| objects.meant(name).to_owned());
        let baseline = Baseline::read(self.baseline.as_deref(), "checks", &IDENTITY)?;
        let mut verified = expectations.verify(&engine, &objects.values).map_err(|wrong| refused(&wrong))?;
        let places = objects.places("default");
        places.locate(verified.checks.iter_mut().flat_map(|check| &mut check.check.decided_by));
        for check in verified.checks.iter_mut().filter(|check| !check.check.passed) {
            check.known = baseline.knows(&serde_json::to_value(&*check)?, &IDENTITY);
        }
        verified.warnings.iter().try_for_each(|warning| output::warn(warning))?;
        let mut incomplete = incomplete.clone();
        incomplete.also(std::mem::take(&mut verified.incomplete));
        let basis = basis::say(self.source.cluster())?;
        let mut out = output::stdout();
        match self.output {
            Form::Text => told::print(&mut out, &verified, &incomplete, self.all, output::width())?,
            Form::Json => {
                let answer = json!({ "passed": verified.passed(), "checks": verified.checks });
                output::json(&mut out, &incomplete.mark(&basis::with(&answer, basis)?))?;
            }
            Form::Junit => junit(&mut out, &file.display().to_string(), &verified, &incomplete)?,
            Form::Sarif => output::json(&mut out, &told::sarif(&verified, &incomplete))?,
        }
        out.flush()?;
        Ok(incomplete.end(Outcome::of_checks(verified.passed()))?)
    }
}

fn junit(out: &mut dyn std::io::Write, suite: &str, verified: &Verified, incomplete: &Incomplete) -> Result<()> {
    // What is known to fail lets nothing fail.
    let checks = verified.checks.iter().filter(|check| !check.known);
    report::print_junit_suite(out, suite, checks.map(|check| &check.check), &incomplete.sentences())
}

fn read(file: &Path) -> Result<Expectations> {
    let name = file.display().to_string();
    let text = match name.as_str() {
        "-" => std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?,
        _ => std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?,
    };
    Expectations::read(&name, &text).map_err(|wrong| refused(&wrong))
}

fn refused(wrong: &course::CourseErrors) -> anyhow::Error {
    let words = "write `default: blocked`, and under `allowed:` lines such as shop/{app=web} -> shop/{app=api}:8080";
    Advice::new(format!("these expectations cannot be used\n{wrong}"), words).into()
}

/// Writes a text where nothing is yet.
fn write_new(file: Option<&Path>, text: &str) -> Result<()> {
    let Some(file) = file.filter(|file| *file != Path::new("-")) else {
        let mut out = output::stdout();
        write!(out, "{text}")?;
        return Ok(out.flush()?);
    };
    let name = file.display();
    let mut new = std::fs::File::create_new(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::Error::from(Advice::new(format!("{name} is there already"), "name another file, or delete it"))
        }
        _ => anyhow::Error::new(error).context(format!("{name} cannot be written")),
    })?;
    new.write_all(text.as_bytes()).with_context(|| format!("{name} cannot be written"))?;
    // A name that begins like an option is none behind a folder.
    let named = if name.to_string().starts_with('-') { format!("./{name}") } else { name.to_string() };
    let later = format!("{} {}", next::command("verify"), next::shell_word(&named));
    output::note(&format!("{name} says what is true today; {later} holds it against what is true later"))?;
    Ok(())
}
