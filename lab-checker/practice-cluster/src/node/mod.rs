//! What of a cluster lives in memory only: the main processes of its containers, what they printed, the files
//! they wrote, and the network as the policies of the moment make it.
//!
//! A container that serves or sleeps costs nothing here. A command that ends, or that goes on talking, runs
//! as a task on the simulated shell; when the cluster is put away the tasks end, and they start again when
//! it is loaded.

mod console;
mod containers;
mod environment;
mod greeting;
mod host;
mod network;
mod places;
mod processes;
mod runtime;
mod spec;
#[cfg(test)]
mod tests;
mod volumes;
mod workstation;

pub(crate) use console::{Console, Log, STDERR, STDOUT};
pub(crate) use host::{Ended, Host};
pub(crate) use places::{Full, Place, Places};
pub(crate) use runtime::Runtime;
pub(crate) use spec::container_spec;
pub(crate) use workstation::workstation;
