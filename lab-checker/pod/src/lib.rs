//! What runs inside a practice pod: a shell, the programs of common images, and the network as a process sees it.
//!
//! Nothing here touches the machine that the practice cluster runs on, and nothing knows an API server: a
//! [`Container`] is given its files, its variables and a [`network`], and a [`Process`] in it asks these.

mod container;
mod files;
pub mod image;
pub mod network;
mod process;
mod program;
mod programs;
mod reach;
mod script;
mod session;
mod shell;
pub mod streams;
#[cfg(test)]
mod testing;

pub use container::Container;
pub use files::Files;
pub use process::{NotStarted, Process, Streams};
pub use programs::start;
pub use session::Session;
pub use shell::is_interactive;
