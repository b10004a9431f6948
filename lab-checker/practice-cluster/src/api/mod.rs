//! The Kubernetes API: from a request to the answer that a real API server would give.

pub(crate) mod apply;
pub(crate) mod discovery;
pub(crate) mod exec;
pub(crate) mod http;
pub(crate) mod in_process;
pub(crate) mod openapi;
pub(crate) mod patch;
pub(crate) mod printers;
pub(crate) mod protobuf;
pub(crate) mod schema;
pub(crate) mod selector;
pub(crate) mod server_info;
pub(crate) mod verbs;
