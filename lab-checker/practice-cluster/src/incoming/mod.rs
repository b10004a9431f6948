//! What an object goes through before it is stored, whoever sends it: a client or a controller.

pub(crate) mod create;
pub(crate) mod generated_name;
pub(crate) mod go_values;
mod jobs;
pub(crate) mod names;
mod namespaces;
mod pods;
pub(crate) mod prepare;
mod room;
pub(crate) mod rules;
mod service_claims;
mod services;
