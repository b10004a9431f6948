//! What an object goes through before it is stored, whoever sends it: a client or a controller.

pub(crate) mod defaults;
pub(crate) mod generated_name;
pub(crate) mod names;
pub(crate) mod pods;
pub(crate) mod rules;
pub(crate) mod service_claims;
pub(crate) mod services;
