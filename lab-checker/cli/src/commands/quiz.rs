//! `quiz`: the questions of a lesson in the terminal.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use course::{Answers, Course, Quiz};
use serde_json::{Value, json};

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::data::DataFolder;
use crate::input::session::Session;
use crate::runtime;
use crate::terminal;
use crate::terminal::next;
use crate::terminal::output::{self, DIM, Form, TITLE};
use crate::terminal::table::{Cell, Table};

/// Answer a quiz, or list the quizzes
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The quiz; without it, the quizzes are listed
    name: Option<String>,
    /// Hand in these answers (JSON, question id to answer; - for standard input) instead of asking
    #[arg(long, value_name = "FILE", requires = "name")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    course: CourseFolder,
    #[command(flatten)]
    data: DataFolder,
    /// The form of the answer; with a quiz and without --answers, JSON shows the questions
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker quiz                                  which quizzes there are
  lab-checker quiz dns-egress
  lab-checker quiz dns-egress -o json               the questions, for programs
  lab-checker quiz dns-egress --answers mine.json -o json";

/// Who grades: the local `serve`, which keeps the attempt, else the course in this process.
enum Grader<'a> {
    Server(Session),
    Here(&'a Quiz),
}

impl Arguments {
    /// Lists, asks or grades.
    pub(crate) fn run(self) -> Result<Outcome> {
        let course = self.course.load()?;
        let Some(name) = &self.name else { return self.list(&course) };
        let quiz = quiz(&course, name)?;
        runtime::block_on(async {
            let grader = self.grader(quiz).await?;
            let questions = grader.questions(&quiz.name).await?;
            let mut out = output::stdout();
            let answers = match &self.answers {
                Some(path) => read_answers(path)?,
                None if self.output == Form::Json => {
                    output::json(&mut out, &questions)?;
                    out.flush()?;
                    return Ok(Outcome::Done);
                }
                None => terminal::quiz::ask(&questions)?,
            };
            let report = grader.grade(&quiz.name, answers).await?;
            match self.output {
                Form::Json => output::json(&mut out, &report)?,
                Form::Text => terminal::quiz::print_report(&mut out, &questions, &report, output::width())?,
            }
            out.flush()?;
            Ok(Outcome::of_checks(report["passed"] == true))
        })
    }

    fn list(&self, course: &Course) -> Result<Outcome> {
        let mut out = output::stdout();
        if self.output == Form::Json {
            let quizzes: Vec<_> = course.quizzes.iter().map(summary).collect();
            output::json(&mut out, &json!({ "quizzes": quizzes }))?;
        } else {
            let mut table = Table::default();
            table.row(["QUIZ", "POINTS", "QUESTIONS", "TITLE"].map(|title| Cell::styled(title, DIM)));
            for quiz in &course.quizzes {
                let points = output::number(quiz.points);
                let questions = quiz.question_count().to_string();
                table.row([Cell::styled(&quiz.name, TITLE), points.into(), questions.into(), (&quiz.title).into()]);
            }
            table.print(&mut out, "")?;
            writeln!(out, "\nAnswer one with {TITLE}{}{TITLE:#}.", next::command("quiz NAME"))?;
        }
        out.flush()?;
        Ok(Outcome::Done)
    }

    /// The server, when it answers and knows the quiz as this course does.
    async fn grader<'a>(&self, quiz: &'a Quiz) -> Result<Grader<'a>> {
        let Some(session) = Session::local(&self.data)? else { return Ok(Grader::Here(quiz)) };
        match session.get(&format!("/api/v1/quizzes/{}", quiz.name)).await {
            Ok(_) => Ok(Grader::Server(session)),
            Err(error) => {
                output::warn(&format!("this attempt is not recorded: {error}"))?;
                Ok(Grader::Here(quiz))
            }
        }
    }
}

impl Grader<'_> {
    async fn questions(&self, name: &str) -> Result<Value> {
        match self {
            Self::Server(session) => session.get(&format!("/api/v1/quizzes/{name}")).await,
            // The options stand in one order, so that answers given by program stay right.
            Self::Here(quiz) => Ok(json!(quiz.public(0))),
        }
    }

    async fn grade(&self, name: &str, answers: Value) -> Result<Value> {
        match self {
            Self::Server(session) => {
                session.post(&format!("/api/v1/quizzes/{name}/attempts"), &json!({ "answers": answers })).await
            }
            Self::Here(quiz) => {
                let answers: Answers = serde_json::from_value(answers).context("the answers are not a map")?;
                let advice = format!("{} shows the questions and their ids", next::command("quiz NAME -o json"));
                Ok(json!(quiz.hand_in(&answers).map_err(|unusable| Advice::new(unusable.to_string(), advice))?))
            }
        }
    }
}

fn summary(quiz: &Quiz) -> Value {
    json!({
        "name": quiz.name,
        "title": quiz.title,
        "chapter": quiz.chapter,
        "points": quiz.points,
        "questions": quiz.question_count(),
    })
}

fn quiz<'a>(course: &'a Course, name: &str) -> Result<&'a Quiz> {
    if let Some(quiz) = course.quiz(name) {
        return Ok(quiz);
    }
    let quizzes = next::command("quiz");
    let advice = match course.nearest_quiz(name) {
        Some(nearest) => format!("did you mean `{nearest}`? {quizzes} lists them all"),
        None => format!("{quizzes} lists them all"),
    };
    Err(Advice::new(format!("there is no quiz `{}`", name.escape_debug()), advice).into())
}

fn read_answers(path: &std::path::Path) -> Result<Value> {
    let text = manifest::files::read_text(path)?;
    let answers: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    if !answers.is_object() {
        let questions = next::command("quiz NAME -o json");
        let advice = format!(r#"write {{"QUESTION ID": "ANSWER", …}}; {questions} shows the ids"#);
        return Err(Advice::new(format!("{} holds no answers", path.display()), advice).into());
    }
    Ok(answers)
}
