//! The Kubernetes API: from a request to the answer that a real API server would give.

mod apply;
mod discovery;
pub(crate) mod exec;
mod handler;
mod http;
mod in_process;
pub(crate) mod log;
mod openapi;
mod patch;
mod printers;
mod protobuf;
pub(crate) mod rehearsal;
mod router;
mod selector;
mod server_info;
mod verbs;
mod versions;
pub(crate) mod workstation;
mod worlds;
