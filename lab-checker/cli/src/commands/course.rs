//! `course check`, `course build` and `course export`: for authors.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use course::{Course, Problem};

use crate::failure::Outcome;
use crate::input::course_folder::CourseFolder;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, HINT, TITLE};

/// Prove the whole course, render it as a static site, or write one of its labs
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Build(Build),
    Export(Export),
}

/// Prove that everything the course promises is true
///
/// Every lab's start fails, its solution passes, every mistake fails and is recognised as itself; every YAML block of
/// the lessons is valid and does what the lesson claims.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker course check --course ~/my-course")]
struct Check {
    #[command(flatten)]
    course: CourseFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

/// Render the book as a static site
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker course build public && python3 -m http.server -d public")]
struct Build {
    /// The folder to write; what is in it is removed first
    #[arg(value_name = "OUT", default_value = "site")]
    out: PathBuf,
    #[command(flatten)]
    course: CourseFolder,
}

/// Write a lab as it is judged
///
/// The folder gets lab.yaml, start/, solution/, also-right/, mistakes/ and worlds/, all of them plain YAML in which
/// every object says its namespace. A lab that is there already is replaced.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker course export default-deny --to /tmp/default-deny")]
struct Export {
    /// The lab
    lab: String,
    /// The folder to write: a new one, an empty one, or one that holds a lab
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Which variant of the lab; labs have no variants yet, so every number gives the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    course: CourseFolder,
}

impl Arguments {
    /// Does it.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.command {
            Command::Check(check) => check.run(),
            Command::Build(build) => build.run(),
            Command::Export(export) => export.run(),
        }
    }
}

impl Check {
    fn run(self) -> Result<Outcome> {
        let loaded = self.course.try_load();
        let problems = match &loaded {
            Ok(course) => course::prove(course),
            Err(errors) => errors.0.clone(),
        };
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                let answer = serde_json::json!({ "passed": problems.is_empty(), "problems": problems });
                output::json(&mut out, &answer)?;
            }
            Form::Text => {
                print_problems(&mut out, &problems)?;
                print_summary(&mut out, loaded.ok().as_ref(), problems.len())?;
            }
        }
        out.flush()?;
        Ok(Outcome::of_checks(problems.is_empty()))
    }
}

fn print_problems(out: &mut dyn Write, problems: &[Problem]) -> io::Result<()> {
    for problem in problems {
        write!(out, "{TITLE}{}", problem.file)?;
        if let Some(line) = problem.line {
            write!(out, ":{line}")?;
        }
        write!(out, "{TITLE:#}: ")?;
        if let Some(field) = &problem.field {
            write!(out, "{DIM}{field}:{DIM:#} ")?;
        }
        writeln!(out, "{}", problem.message)?;
        if let Some(help) = &problem.help {
            writeln!(out, "  {HINT}help:{HINT:#} {help}")?;
        }
    }
    Ok(())
}

fn print_summary(out: &mut dyn Write, course: Option<&Course>, problems: usize) -> io::Result<()> {
    if problems > 0 {
        return writeln!(out, "{BAD}✗{BAD:#} {}", output::count(problems as u64, "problem"));
    }
    let Some(course) = course else { return Ok(()) };
    let mistakes: usize = course.labs.iter().map(|lab| lab.mistakes.len()).sum();
    let counted = |number: usize, noun| output::count(number as u64, noun);
    let quizzes = match course.quizzes.len() {
        1 => "1 quiz".to_owned(),
        number => format!("{number} quizzes"),
    };
    writeln!(
        out,
        "{GOOD}✓{GOOD:#} {}: {}, {} with {}, {quizzes}; all proved",
        course.title,
        counted(course.chapters.len(), "lesson"),
        counted(course.labs.len(), "lab"),
        counted(mistakes, "mistake"),
    )
}

impl Build {
    fn run(self) -> Result<Outcome> {
        let course = self.course.load()?;
        course::render(&course, &self.out)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} {} is in {}", course.title, self.out.join("index.html").display())?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

impl Export {
    fn run(self) -> Result<Outcome> {
        let course = self.course.load()?;
        let lab = self.course.lab(&self.lab)?;
        course.export(&lab, &self.to)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} {} is in {}", lab.name, self.to.display())?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}
