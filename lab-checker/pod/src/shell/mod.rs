//! A small POSIX-like shell: what people type into a pod, and what they write behind `sh -c`.
//!
//! A [script](crate::script) runs as one asynchronous task: a program is a function of this crate, a pipe is a
//! channel, waiting is the clock's business. Nothing touches the machine that the practice cluster runs on.

pub(crate) mod arithmetic;
mod builtins;
mod command_line;
mod complete;
mod expand;
mod job_control;
mod jobs;
mod limits;
mod line;

pub(crate) mod pattern;
mod redirect;
mod run;
mod state;
mod terminal;
#[cfg(test)]
mod tests;

pub use command_line::is_interactive;
pub(crate) use command_line::run;
