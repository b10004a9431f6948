//! How a command ends: the exit codes, and the one place where an error is put into words.

use std::fmt;
use std::io;
use std::process::ExitCode;

use cluster::{AuthorityError, ClusterError};
use server::StartError;

use crate::terminal::output::{BAD, HINT};

/// Exit code: checks ran and some fail.
pub(crate) const CHECKS_FAILED: u8 = 1;
/// Exit code: bad usage or bad input.
const BAD_INPUT: u8 = 2;
/// Exit code: a cluster, server or database cannot be reached.
const UNREACHABLE: u8 = 3;

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, and every check passes.
    Done,
    /// Checks ran and some fail.
    ChecksFailed,
}

impl Outcome {
    /// What checks say.
    pub(crate) fn of_checks(passed: bool) -> Self {
        if passed { Self::Done } else { Self::ChecksFailed }
    }
}

/// What is wrong, and what to try: an error of its own, or a context that puts one into words.
#[derive(Debug)]
pub(crate) struct Advice {
    problem: String,
    advice: String,
    code: u8,
}

impl Advice {
    /// Bad usage or bad input.
    pub(crate) fn new(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), advice: advice.into(), code: BAD_INPUT }
    }

    /// Something that cannot be reached.
    pub(crate) fn unreachable(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code: UNREACHABLE, ..Self::new(problem, advice) }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for Advice {}

/// Prints what clap has to say: help and version on stdout, a mistake on stderr.
pub(crate) fn wrong_usage(error: &clap::Error) -> ExitCode {
    // A closed stdout or stderr leaves nobody to tell.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(BAD_INPUT) } else { ExitCode::SUCCESS }
}

/// Prints an error with its causes and returns its exit code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        // The reader has seen enough, as in `lab-checker reach | head`.
        return ExitCode::SUCCESS;
    }
    let mut stderr = anstream::stderr().lock();
    // A closed stderr leaves nobody to tell.
    let _ = write_error(&mut stderr, error);
    ExitCode::from(exit_code(error))
}

fn write_error(out: &mut impl io::Write, error: &anyhow::Error) -> io::Result<()> {
    write!(out, "{BAD}error:{BAD:#} {error}")?;
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let words = cause.to_string();
        if !said.contains(&words) {
            write!(out, ": {words}")?;
            said.push_str(&words);
        }
    }
    writeln!(out)?;
    if let Some(advice) = error.downcast_ref::<Advice>() {
        writeln!(out, "{HINT}help:{HINT:#} {}", advice.advice)?;
    }
    Ok(())
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if let Some(advice) = error.downcast_ref::<Advice>() {
        return advice.code;
    }
    let unreachable = error.chain().any(|cause| {
        cause.downcast_ref::<ClusterError>().is_some_and(ClusterError::is_unreachable)
            || cause.downcast_ref::<StartError>().is_some_and(StartError::is_unreachable)
            || matches!(cause.downcast_ref(), Some(AuthorityError::Unreachable { .. }))
    });
    if unreachable { UNREACHABLE } else { BAD_INPUT }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
