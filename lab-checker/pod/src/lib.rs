//! What runs inside a practice pod: a shell, the programs of common images, and the network as a process sees it.
//!
//! Nothing here touches the machine that the practice cluster runs on, and nothing knows an API server: a
//! [`container`] is given its files, its variables and a [`network`], and a process in it asks these.

pub mod container;
pub mod image;
pub mod network;
pub mod programs;
mod reach;
mod script;
pub mod shell;
pub mod streams;
#[cfg(test)]
mod testing;
