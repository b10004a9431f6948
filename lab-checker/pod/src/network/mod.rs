//! The network of a practice cluster at one revision: who listens where, what names mean, and whether a
//! packet arrives. Policies are judged by `netpol`; Services, DNS and listeners are looked up here.
//!
//! Blocked means dropped, where the network plugin does not reject: the client waits until it gives up. Allowed with nobody listening means refused.

mod connect;
mod dns;
mod from_objects;
pub(crate) mod http;
mod httpbin;
mod listen;
mod opened_ports;
mod records;
#[cfg(test)]
mod tests;
mod topology;
mod view;

pub(crate) use connect::{Answering, Outcome};
pub(crate) use dns::Lookup;
pub use opened_ports::OpenedPorts;
pub(crate) use opened_ports::{Clients, Heard};
pub(crate) use records::reverse_name;
pub use topology::{Blocked, Network};
pub use view::NetworkView;
