//! `hint`: a little help, and a little more when it is asked for.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::terminal::markdown;
use crate::terminal::output::{self, DIM, Form, TITLE};

/// Show a hint for a lab; the first is the gentlest
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  lab-checker hint dns-egress      the first hint\n  lab-checker hint dns-egress 2    the next one"
)]
pub(crate) struct Arguments {
    /// The lab
    lab: String,
    /// Which hint, from 1
    #[arg(default_value_t = 1)]
    number: usize,
    #[command(flatten)]
    course: CourseFolder,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

impl Arguments {
    /// Shows it.
    pub(crate) fn run(self) -> Result<Outcome> {
        let lab = self.course.lab(&self.lab)?;
        let total = lab.hints.len();
        let hint = self.number.checked_sub(1).and_then(|at| lab.hints.get(at)).ok_or_else(|| {
            let have = output::count(total as u64, "hint");
            Advice::new(format!("lab {} has no hint {}", lab.name, self.number), format!("it has {have}"))
        })?;
        let mut out = output::stdout();
        if self.output == Form::Json {
            let answer = serde_json::json!({ "lab": lab.name, "number": self.number, "total": total, "text": hint });
            output::json(&mut out, &answer)?;
        } else {
            writeln!(out, "{TITLE}Hint {} of {total}{TITLE:#}", self.number)?;
            writeln!(out, "{}", markdown::rendered(hint, "", output::width()))?;
            let next = match self.number {
                last if last == total => {
                    format!("That was the last one. The answer: lab-checker solution {}", lab.name)
                }
                number => format!("More: lab-checker hint {} {}", lab.name, number + 1),
            };
            writeln!(out, "\n{DIM}{next}{DIM:#}")?;
        }
        out.flush()?;
        Ok(Outcome::Done)
    }
}
