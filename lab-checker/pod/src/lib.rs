//! What runs inside a practice pod: a shell, the programs of common images, and the network as a process sees it.
//!
//! Nothing here touches the machine that the practice cluster runs on, and nothing knows an API server: a
//! [`Container`] is given its files, its variables and a [`network`], and a [`Process`] in it asks these.
//!
//! A file or folder uses those above it in this table, and none below.
//!
//! | where | what stands in it | uses |
//! |---|---|---|
//! | `room` | what filters, files and logs may take | |
//! | `files` | the files of a container | `room` |
//! | `streams` | standard input and output | `files` |
//! | `session` | what one session may use | `room` |
//! | `ancestors` | the shells that a process descends from | |
//! | `kubernetes` | the API server, for a container that is handed one | `streams` |
//! | `script` | the language of scripts: text to a tree | |
//! | `image` | what is in an image, what a container of it runs and listens on | `script` |
//! | `network` | objects to a network: names, Services, and whether a packet arrives | `image` |
//! | `container`, `process` | where a program runs, and with what | `network`, `files`, `kubernetes`, `session`, `ancestors` |
//! | `reach`, `program` | how a program connects; which programs there are | `container`, `process` |
//! | `shell` | running a script | `script`, `reach`, `program` |
//! | `programs` | the programs, and what starts them | `shell` |
//!
//! A shell starts programs and a program may be a shell: whoever needs it is handed what starts programs.
//! The last column has the nearest floors alone: whatever these use may be used too.

mod ancestors;
mod container;
mod files;
pub mod image;
pub mod kubernetes;
pub mod network;
mod process;
mod program;
mod programs;
mod reach;
mod room;
mod script;
mod session;
mod shell;
pub mod streams;
#[cfg(test)]
mod testing;

pub use ancestors::Ancestors;
pub use container::{Container, Unknown};
pub use files::Files;
pub use process::{NotStarted, Process};
pub use programs::start;
pub use room::Held;
pub use session::Session;
pub use shell::is_interactive;
pub use streams::Streams;
