//! `mdbook-preprocessor`: what mdBook starts when a book names it as a preprocessor.

use std::io;

use anyhow::Result;
use clap::Args;

use crate::failure::{Advice, Outcome};
use crate::terminal::{next, output};

/// Be a preprocessor of mdBook: `command = "lab-checker mdbook-preprocessor"` in book.toml
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// mdBook's question before it starts: `supports RENDERER`
    #[arg(hide = true, num_args = 0..=2, value_names = ["supports", "RENDERER"])]
    question: Vec<String>,
}

impl Arguments {
    /// Reads the book from standard input and writes it to standard output.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.question.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => {
                course::preprocess(io::stdin().lock(), output::stdout()).map_err(|error| {
                    let help = next::command("mdbook-preprocessor --help");
                    Advice::new(format!("{error:#}"), format!("mdBook starts this command; see {help}"))
                })?;
                Ok(Outcome::Done)
            }
            // mdBook reads the exit code: 0 means yes.
            ["supports", renderer] => Ok(Outcome::of_checks(*renderer == "html")),
            _ => Err(Advice::new("mdBook does not ask this", "it asks `supports RENDERER`").into()),
        }
    }
}
