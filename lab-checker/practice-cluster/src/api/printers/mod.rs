//! `kubectl get` for people: each kind as a table, computed by the server as a real API server does.

mod age;
mod cluster;
mod network;
mod printer;
mod scaling;
mod table;
#[cfg(test)]
mod tests;
mod workloads;

pub(crate) use table::{Rows, of, of_scale};
