//! What people expect of an image: which programs are in it, what it runs, what it listens on, and whether
//! it can be pulled at all. Nothing is ever pulled; an unknown image is taken to be a server that listens on
//! the ports its container declares, with every tool at hand.

mod command_line;
mod family;
mod listeners;
mod main_process;
mod own;
mod pull;
#[cfg(test)]
mod tests;

pub use family::Image;
pub(crate) use family::Libc;
pub(crate) use listeners::opened_by;
pub use listeners::{Listener, Server, listeners};
pub use main_process::{Main, Role, main_process};
pub use pull::{Pull, pull};
