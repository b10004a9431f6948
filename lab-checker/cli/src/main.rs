//! The `lab-checker` command. It reads the command line, lets one command do its work, prints what
//! went wrong, and picks the exit code: nothing else does.

mod command_line;
mod commands;
mod failure;
mod input;
mod runtime;
mod terminal;

use std::process::ExitCode;

use crate::command_line::CommandLine;
use crate::failure::Outcome;

/// What the program does is mostly many small objects, from many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
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
