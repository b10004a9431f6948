//! `status`: how far a learner is.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use cluster::SANDBOX;
use serde_json::Value;
use server::shown_safely;

use crate::failure::Outcome;
use crate::input::data::DataFolder;
use crate::input::session::Session;
use crate::runtime;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, TITLE};
use crate::terminal::table::{Cell, Table};
use crate::terminal::{next, notices};

/// Show your progress in the order of the course: labs, quizzes, points, and what comes next
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker status -o json | jq .points")]
pub(crate) struct Arguments {
    #[command(flatten)]
    data: DataFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Asks the server and shows it.
    pub(crate) fn run(self) -> Result<Outcome> {
        let session = Session::any(&self.data)?;
        let me = runtime::block_on(session.get("/api/v1/me"))?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &me)?,
            Form::Text => print(&mut out, &me, session.url())?,
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

fn print(out: &mut dyn Write, me: &Value, url: &str) -> io::Result<()> {
    let name = shown_safely(me["name"].as_str().unwrap_or_default());
    let points = output::share_in_words(&me["points"], &me["max_points"]);
    writeln!(out, "{TITLE}{name}{TITLE:#}  {points}  {DIM}{url}{DIM:#}\n")?;
    let mut all = Vec::new();
    for kind in ["labs", "quizzes"] {
        all.extend(me[kind].as_array().into_iter().flatten().map(|activity| (kind, activity)));
    }
    all.sort_by_key(|(_, activity)| activity["place"].as_u64());
    let current = me["current"].as_str().unwrap_or_default();
    let mut table = Table::default();
    table.row(["", "ACTIVITY", "POINTS", "ATTEMPTS", "TITLE"].map(|title| Cell::styled(title, DIM)));
    for (kind, activity) in &all {
        table.row(row(kind, activity, current));
    }
    table.print(out, "")?;
    writeln!(out)?;
    if let Some(notice) = me["notice"].as_str() {
        writeln!(out, "{}\n", output::wrapped(&shown_safely(notice), "", output::width()))?;
    }
    notices::print(out, me)?;
    if current == SANDBOX {
        writeln!(out, "kubectl is in the sandbox.")?;
    } else if !current.is_empty() {
        writeln!(out, "kubectl is in {TITLE}{current}{TITLE:#} (▸).")?;
    }
    let command = match (me["next"]["kind"].as_str(), me["next"]["name"].as_str()) {
        (Some("lab"), Some(name)) if name == current => next::command("check --watch"),
        (Some("lab"), Some(name)) => next::command(&format!("start {name}")),
        (Some("quiz"), Some(name)) => next::command(&format!("quiz {name}")),
        _ if me["next"].is_null() && me.get("next").is_some() => return writeln!(out, "Everything is done."),
        _ => return Ok(()),
    };
    writeln!(out, "Next: {TITLE}{command}{TITLE:#}")
}

fn row(kind: &str, activity: &Value, current: &str) -> [Cell; 5] {
    let attempts = activity["attempts"].as_u64().unwrap_or(0);
    let sign = match (activity["passed"].as_bool().unwrap_or(false), attempts) {
        _ if kind == "labs" && activity["name"] == current => Cell::styled("▸", TITLE),
        (true, _) => Cell::styled("✓", GOOD),
        (false, 0) => Cell::styled("·", DIM),
        (false, _) => Cell::styled("✗", BAD),
    };
    let name = activity["name"].as_str().unwrap_or_default();
    let name = if kind == "labs" { format!("lab {name}") } else { format!("quiz {name}") };
    let points = output::share(&activity["points"], &activity["max_points"]);
    let attempts = if attempts == 0 { String::new() } else { attempts.to_string() };
    [sign, name.into(), points.into(), attempts.into(), activity["title"].as_str().unwrap_or_default().into()]
}
