//! The command as people meet it: arguments in, words and exit codes out. One binary, because
//! linking is slow; one module a subject.

mod bad_input;
mod browser;
mod browser_journey;
mod clusters;
mod course;
mod journey;
mod manifests;
mod other_policies;
mod serving;
mod terminal;
mod usage;
