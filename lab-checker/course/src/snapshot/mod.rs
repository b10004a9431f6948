//! Kubernetes objects: read from manifests, admitted as an API server admits them, and put together to a
//! snapshot.

mod api_server;
pub(crate) mod manifests;
pub(crate) mod objects;

pub(crate) use api_server::{admit, defaulted};
