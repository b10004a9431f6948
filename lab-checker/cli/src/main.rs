//! The `lab-checker` command. It reads the command line, lets one command do its work, prints what
//! went wrong, and picks the exit code: nothing else does.

mod command_line;
mod commands;
mod course_folder;
mod data;
mod diagnostics;
mod failure;
mod grid;
mod incomplete;
mod markdown;
mod matrix;
mod nearest;
mod objects;
mod output;
mod progress;
mod quiz_terminal;
mod report;
mod runtime;
mod selection;
mod session;
mod source;
mod table;
mod target;

use std::process::ExitCode;

use clap::Parser as _;

use crate::command_line::CommandLine;
use crate::failure::Outcome;

fn main() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => return failure::wrong_usage(&error),
    };
    output::start_log(command_line.verbose);
    match command_line.command.run() {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::ChecksFailed) => ExitCode::from(failure::CHECKS_FAILED),
        Err(error) => failure::report(&error),
    }
}
