//! Kubernetes objects: read from manifests, admitted as an API server admits them, and put together to a
//! snapshot.

pub(crate) use manifest::kinds::pod_template;

mod api_server;
mod apply;
mod manifests;
mod object;
mod workload;

pub(crate) use api_server::{Refusal, admit, defaulted};
pub(crate) use apply::{Base, apply, baseline, fill_namespace};
pub use manifests::ManifestFile;
pub(crate) use manifests::{Manifests, Validity, parse_manifests};
pub(crate) use object::{kind, list, object_name};
pub(crate) use workload::{Owners, declared_ports, is_dns_pod, is_workload};
