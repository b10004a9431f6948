//! The `lab-checker` command. It reads the command line, lets one command do its work, prints what
//! went wrong, and picks the exit code: nothing else does. A library, because Cargo builds one while those below it are
//! not ready yet, and a program only afterwards.

mod command_line;
mod commands;
mod failure;
mod input;
mod runtime;
mod terminal;

use std::process::ExitCode;

use crate::command_line::CommandLine;
use crate::failure::Outcome;

/// Runs the program to its end.
#[must_use]
pub fn run() -> ExitCode {
    let command_line = match CommandLine::read() {
        Ok(command_line) => command_line,
        Err(error) => return failure::wrong_usage(&error),
    };
    terminal::output::start_log(command_line.verbose, command_line.command.log_format());
    match command_line.command.run() {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::ChecksFailed) => ExitCode::from(failure::CHECKS_FAILED),
        Err(error) => failure::report(&error),
    }
}
