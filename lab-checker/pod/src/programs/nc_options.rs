//! The options of `nc`, as OpenBSD and as busybox have it.

use std::time::Duration;

use super::arguments::{Argument, duration, parse};
use crate::process::Process;

/// What an nc command asks for.
#[derive(Default)]
pub(super) struct Options {
    pub(super) scan: bool,
    pub(super) verbose: bool,
    pub(super) udp: bool,
    pub(super) listen: bool,
    /// `-k`: another client may come after the first.
    pub(super) keep: bool,
    pub(super) wait: Option<Duration>,
    pub(super) words: Vec<String>,
    /// `-e`: the program that each client talks to.
    pub(super) program: Vec<String>,
}

impl Options {
    /// Reads them; the error is what nc says.
    pub(super) fn read(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let (arguments, program) = before_program(arguments);
        options.program = program;
        for argument in parse(arguments, "wpqsieIOPTVXx", &[]) {
            match argument {
                Argument::Operand(word) => options.words.push(word),
                Argument::Value(name, value) if name == "w" => options.wait = duration(&value),
                Argument::Value(..) => {}
                Argument::Flag(name) => match name.as_str() {
                    "z" => options.scan = true,
                    "v" => options.verbose = true,
                    "u" => options.udp = true,
                    "l" => options.listen = true,
                    "k" => options.keep = true,
                    "ll" => options.keep = true,
                    _ => {}
                },
                Argument::Missing(name) => {
                    return Err(format!("nc: option requires an argument -- '{name}'"));
                }
            }
        }
        Ok(options)
    }
}

/// What stands before `-e PROGRAM ARGUMENT…`, and what behind it.
fn before_program(arguments: &[String]) -> (&[String], Vec<String>) {
    let clustered = |word: &String| {
        let letters = word.strip_prefix('-').unwrap_or_default();
        letters.ends_with('e') && letters.chars().all(|letter| "lkvnue".contains(letter))
    };
    match arguments.iter().position(clustered) {
        Some(at) => (&arguments[..at], arguments[at + 1..].to_vec()),
        None => (arguments, Vec::new()),
    }
}

/// Whether the nc of a container is OpenBSD's.
pub(super) fn openbsd(process: &Process) -> bool {
    process.container.image.has_openbsd_nc() || process.container.has_installed("nc")
}
