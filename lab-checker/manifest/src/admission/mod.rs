//! What an API server does to an object that is sent to it, in its own words: strict decoding,
//! defaults, validation.
//!
//! The order is that of the server: [`decode`] (400 when it fails), [`default`], [`validate`] or
//! [`validate_update`] (422 when they find something), [`warnings`].

mod cluster_network_policy;
mod defaults;
mod field_error;
mod metadata;
mod names;
mod network_policy;
mod pod;
mod service;
mod workload;

use serde_json::Value;

use crate::kinds::{self, Kind, group_and_name};

pub use defaults::default;
pub use field_error::{FieldError, FieldErrorKind, invalid_message, invalid_status};

pub use crate::schema::{BadRequest, Decoded, FieldValidation, decode};

/// Everything that is wrong with a decoded and defaulted object. Kinds without rules of their own
/// have their metadata looked at.
#[must_use]
pub fn validate(object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    metadata::validate(object, &mut errors);
    match group_and_name(object) {
        ("networking.k8s.io", "NetworkPolicy") => network_policy::validate(object, &mut errors),
        ("policy.networking.k8s.io", "ClusterNetworkPolicy") => cluster_network_policy::validate(object, &mut errors),
        ("", "Pod") => pod::validate_spec(&object["spec"], "spec", &[], &mut errors),
        ("", "Service") => service::validate(object, &mut errors),
        ("", "ConfigMap") => workload::validate_config_map(object, &mut errors),
        ("", "ReplicationController") => workload::validate_controller(object, &mut errors),
        ("batch", "Job") => workload::validate_job(object, &mut errors),
        ("batch", "CronJob") => workload::validate_cron_job(object, &mut errors),
        _ if is_workload(object) => workload::validate(object, &mut errors),
        _ => {}
    }
    errors
}

/// Everything that is wrong with replacing `old` by `new`: what must not change, and [`validate`].
#[must_use]
pub fn validate_update(old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    metadata::validate_update(old, new, &mut errors);
    errors.extend(validate(new));
    match group_and_name(new) {
        ("", "Pod") => pod::validate_update(old, new, &mut errors),
        ("", "Service") => service::validate_update(old, new, &mut errors),
        ("apps", _) if is_workload(new) => workload::validate_update(old, new, &mut errors),
        _ => {}
    }
    errors
}

/// What the API server accepts with a word of warning (a `Warning` header each).
#[must_use]
pub fn warnings(object: &Value) -> Vec<String> {
    match group_and_name(object) {
        ("networking.k8s.io", "NetworkPolicy") => network_policy::warnings(object),
        ("", "Service") => service::warnings(object),
        _ => Vec::new(),
    }
}

fn is_workload(object: &Value) -> bool {
    kinds::of(object).is_some_and(Kind::is_workload)
}

#[cfg(test)]
mod tests;
