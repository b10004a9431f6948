//! `labs`: what there is to do, in the order of the course, how far one is, and what comes next.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use course::{Course, Lab};
use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::input::course_folder::CourseFolder;
use crate::input::data::DataFolder;
use crate::input::standing::{LabStanding, Standing};
use crate::runtime;
use crate::terminal::next::command as next_command;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, TITLE};
use crate::terminal::table::{Cell, Table};

/// List the labs of the course: which is current, which are done, and what comes next
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker labs -o json | jq -r '.labs[].name'")]
pub(crate) struct Arguments {
    #[command(flatten)]
    course: CourseFolder,
    #[command(flatten)]
    data: DataFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Lists them.
    pub(crate) fn run(self) -> Result<Outcome> {
        let course = self.course.load()?;
        let standing = runtime::block_on(async { Ok(Standing::known(&self.data).await) })?;
        let mut out = output::stdout();
        match self.output {
            Form::Text => print(&mut out, &course, &standing)?,
            Form::Json => output::json(&mut out, &as_json(&course, &standing))?,
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}

fn as_json(course: &Course, standing: &Standing) -> Value {
    let lab = |lab: &Lab| {
        let mut value = json!(lab.public());
        value["current"] = (standing.current.as_deref() == Some(&lab.name)).into();
        if let Some(LabStanding { passed, attempts, points }) = standing.of(&lab.name) {
            value["passed"] = passed.into();
            value["attempts"] = attempts.into();
            value["best_points"] = points.into();
        }
        value
    };
    let labs: Vec<Value> = course.labs.iter().map(|known| lab(known)).collect();
    json!({"labs": labs, "current": standing.current, "next": next(course, standing).map(|lab| &lab.name)})
}

fn print(out: &mut dyn Write, course: &Course, standing: &Standing) -> io::Result<()> {
    let mut table = Table::default();
    let heads: &[&str] =
        if standing.is_known() { &["", "LAB", "POINTS", "TITLE"] } else { &["LAB", "POINTS", "TIME", "TITLE"] };
    table.row(heads.iter().map(|head| Cell::styled(*head, DIM)));
    for lab in &course.labs {
        table.row(row(lab, standing));
    }
    table.print(out, "")?;
    writeln!(out)?;
    print_next(out, course, standing)
}

/// What is said of a lab: to whom it is new, how long it takes, and else how far one is.
fn row(lab: &Lab, standing: &Standing) -> [Cell; 4] {
    let (name, most) = (Cell::styled(&lab.name, TITLE), output::number(lab.points));
    if !standing.is_known() {
        return [name, most.into(), format!("{} min", lab.minutes).into(), (&lab.title).into()];
    }
    let points = match standing.of(&lab.name) {
        Some(LabStanding { points, attempts: 1.., .. }) => format!("{} of {most}", output::number(points)),
        _ => most,
    };
    [sign(lab, standing), name, points.into(), (&lab.title).into()]
}

/// `▸` the current one, `✓` passed, `✗` tried.
fn sign(lab: &Lab, standing: &Standing) -> Cell {
    match standing.of(&lab.name) {
        _ if standing.current.as_deref() == Some(&lab.name) => Cell::styled("▸", TITLE),
        Some(LabStanding { passed: true, .. }) => Cell::styled("✓", GOOD),
        Some(LabStanding { attempts: 1.., .. }) => Cell::styled("✗", BAD),
        _ => Cell::styled("", DIM),
    }
}

/// The current lab while it is not done, else the first of the course that is not.
fn next<'a>(course: &'a Course, standing: &Standing) -> Option<&'a Lab> {
    let open = |lab: &&Lab| standing.of(&lab.name).is_none_or(|lab| !lab.passed);
    let current = standing.current.as_deref().and_then(|current| course.lab(current));
    current.filter(open).or_else(|| course.labs.iter().map(|lab| &**lab).find(open))
}

fn print_next(out: &mut dyn Write, course: &Course, standing: &Standing) -> io::Result<()> {
    match next(course, standing) {
        None => {
            let sandbox = next_command("start sandbox");
            writeln!(out, "All labs are done. {TITLE}{sandbox}{TITLE:#} is for trying things out.")
        }
        Some(lab) if standing.current.as_deref() == Some(&lab.name) => {
            writeln!(out, "kubectl is in {}. Next: {TITLE}{}{TITLE:#}", lab.name, next_command("check --watch"))
        }
        Some(_) if !standing.is_known() => {
            writeln!(out, "Begin one with {TITLE}{}{TITLE:#}.", next_command("start LAB"))
        }
        Some(lab) => writeln!(out, "Next: {TITLE}{}{TITLE:#}", next_command(&format!("start {}", lab.name))),
    }
}
