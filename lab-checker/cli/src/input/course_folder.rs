//! The course that commands work on, and its labs and quizzes by name.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use course::{Course, CourseErrors, Lab};

use crate::failure::Advice;
use crate::input::data::DataFolder;
use crate::terminal::next;

/// `--course DIR`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CourseFolder {
    /// The folder of the course [default: the one in the working directory, else the copy in this program]
    #[arg(long, value_name = "DIR")]
    course: Option<PathBuf>,
}

impl CourseFolder {
    /// The folder that was named.
    pub(crate) fn named(self) -> Option<PathBuf> {
        self.course
    }

    /// The course, with every problem of its files said when it cannot be loaded.
    pub(crate) fn load(&self) -> Result<Course> {
        Ok(self.try_load().map_err(|errors| {
            let more = errors.0.len().saturating_sub(1);
            let first = errors.0.first().map(ToString::to_string).unwrap_or_default();
            let rest = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            Advice::new(
                format!("the course cannot be loaded: {first}{rest}"),
                format!("{} lists every problem", next::command("course check")),
            )
        })?)
    }

    /// The course, or its problems.
    pub(crate) fn try_load(&self) -> Result<Course, CourseErrors> {
        Course::find(self.course.as_deref())
    }

    /// The lab of this name, or an error with the name that was probably meant. Only this lab is read.
    pub(crate) fn lab(&self, name: &str) -> Result<Lab> {
        if let Ok(Some(lab)) = Course::find_lab(self.course.as_deref(), name) {
            return Ok(lab);
        }
        let course = self.load()?;
        let labs = next::command("labs");
        let advice = match course.nearest_lab(name) {
            Some(nearest) => format!("did you mean `{nearest}`? {labs} lists them all"),
            None => format!("{labs} lists them all"),
        };
        Err(Advice::new(format!("there is no lab `{}`", name.escape_debug()), advice).into())
    }

    /// The lab that was named, else the one that was started last.
    pub(crate) fn lab_or_current(&self, name: Option<&str>, data: &DataFolder) -> Result<Lab> {
        let current = || {
            data.remembered_lab().ok_or_else(|| {
                let (start, labs) = (next::command("start LAB"), next::command("labs"));
                let advice = format!("name one, or begin with {start}; {labs} lists them");
                Advice::new("no lab has been started", advice)
            })
        };
        match name {
            Some(name) => self.lab(name),
            None => self.lab(&current()?),
        }
    }
}
