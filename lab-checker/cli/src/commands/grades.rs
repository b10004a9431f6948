//! `grades`: the gradebook of a class, for instructors.

use std::io::{self, Write};

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::Value;
use server::shown_safely;

use crate::failure::Outcome;
use crate::input::instructor::Instructor;
use crate::runtime;
use crate::terminal::output::{self, DIM, TITLE};
use crate::terminal::table::{Cell, Table};

/// Show the gradebook of a class
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker grades\n  lab-checker grades --url https://course.example.org --token-file token --format csv > grades.csv"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    instructor: Instructor,
    /// The form of the gradebook
    #[arg(short = 'o', long, value_enum, default_value_t, visible_alias = "output")]
    format: Format,
}

/// The form of a gradebook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table.
    #[default]
    #[value(alias = "table")]
    Text,
    /// JSON, as the server gives it.
    Json,
    /// Comma-separated values for a spreadsheet or an LMS.
    Csv,
}

impl Arguments {
    /// Asks the server.
    pub(crate) fn run(self) -> Result<Outcome> {
        let session = self.instructor.session()?;
        let mut out = output::stdout();
        if self.format == Format::Csv {
            let text = runtime::block_on(session.get_text("/api/v1/gradebook?format=csv"))?;
            out.write_all(text.as_bytes())?;
        } else {
            let gradebook = runtime::block_on(session.get("/api/v1/gradebook"))?;
            match self.format {
                Format::Json => output::json(&mut out, &gradebook)?,
                _ => print(&mut out, &gradebook)?,
            }
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

fn print(out: &mut dyn Write, gradebook: &Value) -> io::Result<()> {
    let learners: Vec<_> = gradebook["learners"].as_array().into_iter().flatten().collect();
    if learners.is_empty() {
        return writeln!(out, "Nobody is enrolled yet.");
    }
    let mut table = Table::default();
    table.row(["LEARNER", "POINTS", "PASSED", "E-MAIL"].map(|title| Cell::styled(title, DIM)));
    for learner in learners {
        let scores: Vec<_> = learner["scores"].as_object().into_iter().flatten().collect();
        let passed = scores.iter().filter(|(_, score)| score["passed"] == true).count();
        let name = shown_safely(learner["name"].as_str().unwrap_or_default());
        let points = output::share(&learner["points"], &gradebook["max_points"]);
        let email = shown_safely(learner["email"].as_str().unwrap_or_default());
        table.row([Cell::styled(name, TITLE), points.into(), passed.to_string().into(), email.into()]);
    }
    table.print(out, "")
}
