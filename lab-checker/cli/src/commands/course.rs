//! `course check`, `course build` and `course export`: for authors.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use course::{Changes, Checker, Course, Problem};
use netpol::{counted, grouped};
use server::{Site, SiteError};

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::terminal::output::{self, BAD, DIM, Form, GOOD, HINT, TITLE, WARNING};
use crate::terminal::progress::ProgressLine;
use crate::terminal::table::{Cell, Table};

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
/// the lessons is valid and does what the lesson claims. And the check itself: every solution is changed in one place
/// in every way we know, and what lets other flows through must fail, while what does not must pass.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  lab-checker course check --course ~/my-course")]
struct Check {
    #[command(flatten)]
    course: CourseFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

/// Render the book, or the whole course as a static site
///
/// Without --site it is the book alone: pages to read. With it the labs and quizzes are there too, and the engine that
/// judges answers runs in the page: any host of files will do, and nobody gives grades. The engine is built for
/// browsers beforehand, with lab-checker/wasm/build in the course's repository.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  lab-checker course build public && python3 -m http.server -d public\n  \
                        lab-checker course build --site public --base /my-course/")]
struct Build {
    /// The folder to write the book to; what is in it is removed first
    #[arg(value_name = "OUT", default_value = "site", conflicts_with = "site")]
    out: PathBuf,
    /// The folder to write the whole course to; a site that is in it is removed first
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Below which path of its host the site will be
    #[arg(long, value_name = "PATH", default_value = "/", requires = "site")]
    base: String,
    /// The folder of the engine for browsers
    #[arg(long, value_name = "DIR", default_value = "lab-checker/wasm/dist", requires = "site")]
    engine: PathBuf,
    /// Where the course can be cloned from: the site says so where something needs the program
    #[arg(long, value_name = "URL", requires = "site")]
    repository: Option<String>,
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
        let proof = match self.course.try_load() {
            Ok(course) => Proof::of(course),
            Err(errors) => Proof { problems: errors.0, ..Proof::default() },
        };
        let mut out = output::stdout();
        match self.output {
            Form::Json => output::json(&mut out, &proof.json())?,
            Form::Text => {
                print_problems(&mut out, &proof.problems)?;
                for warning in &proof.warnings {
                    print_warning(&mut out, warning)?;
                }
                print_changes(&mut out, &proof.changes)?;
                print_summary(&mut out, &proof)?;
            }
        }
        out.flush()?;
        Ok(Outcome::of_checks(proof.problems.is_empty()))
    }
}

/// What is known about a course.
#[derive(Default)]
struct Proof {
    course: Option<Course>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    /// What came of changing the solutions.
    changes: Vec<Changes>,
}

impl Proof {
    fn of(course: Course) -> Self {
        let line = ProgressLine::new();
        line.say("lessons, labs and quizzes".to_owned());
        let mut problems = course::prove(&course);
        let changes: Vec<Changes> = course
            .labs
            .iter()
            .map(|lab| {
                line.say(format!("{}, its solution changed in one place", lab.name));
                course::prove_changes(&Checker::new(Arc::clone(lab)))
            })
            .collect();
        problems.extend(changes.iter().flat_map(Changes::problems));
        Self { warnings: course::warnings(&course), course: Some(course), problems, changes }
    }

    fn json(&self) -> serde_json::Value {
        let (passed, problems, warnings) = (self.problems.is_empty(), &self.problems, &self.warnings);
        let total = total(&self.changes);
        serde_json::json!({
            "passed": passed,
            "problems": problems,
            "warnings": warnings,
            "changes": { "labs": self.changes, "total": total },
        })
    }
}

fn total(changes: &[Changes]) -> Changes {
    let total = Changes { lab: "all labs".to_owned(), ..Changes::default() };
    changes.iter().fold(total, Changes::and)
}

fn print_warning(out: &mut dyn Write, warning: &Problem) -> io::Result<()> {
    writeln!(out, "{WARNING}warning:{WARNING:#} {TITLE}{}{TITLE:#}: {}", warning.file, warning.message)
}

/// How many changed solutions were tried in each lab, and how many the check is right about.
fn print_changes(out: &mut dyn Write, changes: &[Changes]) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{TITLE}Solutions changed in one place{TITLE:#}")?;
    let mut table = Table::default();
    table.row(["lab", "changed", "differ", "caught", "equal", "passed"].map(Cell::from));
    for lab in changes.iter().chain([&total(changes)]) {
        let right = |right: usize, all: usize| {
            let style = if right == all { GOOD } else { BAD };
            Cell::styled(grouped(right), style)
        };
        let number = |number: usize| Cell::from(grouped(number));
        table.row([
            Cell::from(lab.lab.as_str()),
            number(lab.changed),
            number(lab.differ),
            right(lab.caught, lab.differ),
            number(lab.equal),
            right(lab.passed, lab.equal),
        ]);
    }
    table.print(out, "  ")?;
    writeln!(
        out,
        "{DIM}A change that lets other flows through must be caught, and one that does not must pass.{DIM:#}\n"
    )
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

fn print_summary(out: &mut dyn Write, proof: &Proof) -> io::Result<()> {
    if !proof.problems.is_empty() {
        return writeln!(out, "{BAD}✗{BAD:#} {}", counted(grouped(proof.problems.len()), "problem"));
    }
    let Some(course) = &proof.course else { return Ok(()) };
    let mistakes: usize = course.labs.iter().map(|lab| lab.mistakes.len()).sum();
    writeln!(
        out,
        "{GOOD}✓{GOOD:#} {}: {}, {} with {}, {}; all proved",
        course.title,
        counted(course.chapters.len(), "lesson"),
        counted(course.labs.len(), "lab"),
        counted(mistakes, "mistake"),
        counted(course.quizzes.len(), "quiz"),
    )
}

impl Build {
    fn run(self) -> Result<Outcome> {
        let course = self.course.load()?;
        if let Some(folder) = &self.site {
            return self.site(&course, folder);
        }
        course::render(&course, &self.out)?;
        let mut out = output::stdout();
        writeln!(out, "{GOOD}✓{GOOD:#} {} is in {}", course.title, self.out.join("index.html").display())?;
        out.flush()?;
        Ok(Outcome::Done)
    }

    fn site(&self, course: &Course, folder: &Path) -> Result<Outcome> {
        let site = Site { base: &self.base, engine: &self.engine, repository: self.repository.as_deref() };
        let size = server::build_site(course, &site, folder).map_err(advised)?;
        let mut out = output::stdout();
        writeln!(
            out,
            "{GOOD}✓{GOOD:#} {} is in {}: {}, {} KiB",
            course.title,
            folder.display(),
            counted(size.pages, "page"),
            grouped(size.bytes.div_ceil(1 << 10)),
        )?;
        out.flush()?;
        Ok(Outcome::Done)
    }
}

fn advised(error: SiteError) -> anyhow::Error {
    match error {
        SiteError::NoEngine(_) => {
            let advice =
                "build it with `lab-checker/wasm/build` in the course's repository, or name its folder with --engine";
            Advice::new(error.to_string(), advice).into()
        }
        other => other.into(),
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
