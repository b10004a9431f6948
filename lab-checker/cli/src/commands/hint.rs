//! `hint`: a little help, and a little more each time it is asked for.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use course::Lab;
use netpol::counted;
use serde_json::json;

use crate::failure::{Advice, Outcome};
use crate::input::course_folder::CourseFolder;
use crate::input::hints::Hints;
use crate::input::target::NamedCluster;
use crate::input::worlds;
use crate::runtime;
use crate::terminal::output::{self, DIM, Form, TITLE};
use crate::terminal::{markdown, next};

/// Show the next hint for a lab; the first is the gentlest
///
/// Each time it gives the next hint, and the last one again when there are no more. `reset` begins at the first again.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lab [default: the current one]
    lab: Option<String>,
    /// Which hint, from 1 [default: the next]
    number: Option<usize>,
    #[command(flatten)]
    course: CourseFolder,
    #[command(flatten)]
    cluster: NamedCluster,
    /// The form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    output: Form,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker hint                 the current lab's next hint
  lab-checker hint 1               its first one again
  lab-checker hint dns-egress
  lab-checker hint dns-egress 2";

impl Arguments {
    /// Shows it, and remembers that it was shown.
    pub(crate) fn run(self) -> Result<Outcome> {
        let (name, number) = self.asked();
        let lab = runtime::block_on(worlds::named_or_current(name, &self.course, &self.cluster))?;
        let hints = Hints::of(self.cluster.data());
        let number = number.unwrap_or_else(|| (hints.furthest(&lab.name) + 1).min(lab.hints.len().max(1)));
        let hint = hint(&lab, number)?;
        let mut out = output::stdout();
        match self.output {
            Form::Json => {
                let total = lab.hints.len();
                output::json(&mut out, &json!({"lab": lab.name, "number": number, "total": total, "text": hint}))?;
            }
            Form::Text => print(&mut out, &lab, number, &self.commands_outside(hint)?)?,
        }
        out.flush()?;
        drop(out);
        if let Err(error) = hints.shown(&lab.name, number) {
            output::warn(&format!("the next hint will be this one again: {error:#}"))?;
        }
        Ok(Outcome::Done)
    }

    /// Its commands name namespaces as the cluster does, where one was named in which they have a prefix.
    fn commands_outside(&self, hint: &str) -> Result<String> {
        Ok(self.cluster.prefix()?.map_or_else(|| hint.to_owned(), |prefix| prefix.commands_outside(hint)))
    }

    /// The lab and the hint that were named. A number alone is a hint of the current lab.
    fn asked(&self) -> (Option<&str>, Option<usize>) {
        let alone = self.lab.as_deref().filter(|_| self.number.is_none()).and_then(|word| word.parse().ok());
        if alone.is_some() { (None, alone) } else { (self.lab.as_deref(), self.number) }
    }
}

fn hint(lab: &Lab, number: usize) -> Result<&str, Advice> {
    let hint = number.checked_sub(1).and_then(|at| lab.hints.get(at)).map(String::as_str);
    hint.ok_or_else(|| {
        let have = counted(lab.hints.len(), "hint");
        Advice::new(format!("lab {} has no hint {number}", lab.name), format!("it has {have}"))
    })
}

fn print(out: &mut dyn Write, lab: &Lab, number: usize, hint: &str) -> io::Result<()> {
    let total = lab.hints.len();
    writeln!(out, "{TITLE}Hint {number} of {total}{TITLE:#}")?;
    writeln!(out, "{}", markdown::rendered(hint, "", output::width()))?;
    let next = if number == total {
        let solution = next::command(&format!("solution {}", lab.name));
        format!("That was the last one. The answer: {solution}")
    } else {
        format!("More: {}", next::command(&format!("hint {} {}", lab.name, number + 1)))
    };
    writeln!(out, "\n{DIM}{next}{DIM:#}")
}
