//! `labs`: what there is to do.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use course::{Course, PublicLab};

use crate::failure::Outcome;
use crate::input::course_folder::CourseFolder;
use crate::terminal::output::{self, DIM, Form, TITLE};
use crate::terminal::table::{Cell, Table};

/// List the labs of the course
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker labs -o json | jq -r '.labs[].name'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    course: CourseFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Lists them.
    pub(crate) fn run(self) -> Result<Outcome> {
        let course = self.course.load()?;
        let mut out = output::stdout();
        match self.output {
            Form::Text => print(&mut out, &course)?,
            Form::Json => {
                let labs: Vec<PublicLab> = course.labs.iter().map(|lab| lab.public()).collect();
                output::json(&mut out, &serde_json::json!({ "labs": labs }))?;
            }
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

fn print(out: &mut dyn Write, course: &Course) -> io::Result<()> {
    let mut table = Table::default();
    table.row(["LAB", "POINTS", "TIME", "TITLE"].map(|title| Cell::styled(title, DIM)));
    for lab in &course.labs {
        let minutes = format!("{} min", lab.minutes);
        table.row([
            Cell::styled(&lab.name, TITLE),
            output::number(lab.points).into(),
            minutes.into(),
            (&lab.title).into(),
        ]);
    }
    table.print(out, "")?;
    writeln!(out, "\nBegin one with {TITLE}lab-checker start LAB{TITLE:#}.")
}
