//! What a kind has done to its objects on their way in: the plugins of a real API server.

use serde_json::Value;

use crate::incoming::{jobs, namespaces, pods, service_claims, services};
use crate::resource;
use crate::status::Status;
use crate::store::transaction::Transaction;
use crate::store::{defined, object};

/// Completes an object on its way in, after defaulting and before validation: addresses, service accounts,
/// finalizers. `before` is the stored object on an update.
pub(crate) fn complete(tx: &Transaction, object: &mut Value, before: Option<&Value>) -> Result<(), Status> {
    if resource::by_kind(object::api_version(object), object::kind(object)).is_none() {
        return Ok(());
    }
    match (object::kind(object), before) {
        ("CustomResourceDefinition", _) => defined::complete(tx.state(), object, before, &tx.now_text()),
        ("Pod", Some(before)) => pods::check_update(object, before),
        ("Pod", None) => pods::admit(tx, object),
        ("Service", _) => services::admit(tx, object, before),
        ("Namespace", _) => {
            namespaces::admit(object, before);
            Ok(())
        }
        ("Job", None) => {
            jobs::admit(object);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Refuses an object that is valid but asks for what this cluster cannot give, or what somebody else has.
pub(crate) fn check_claims(tx: &Transaction, object: &Value, before: Option<&Value>) -> Result<(), Status> {
    match (object::api_version(object), object::kind(object)) {
        ("v1", "Service") => service_claims::check(tx, object, before),
        _ => Ok(()),
    }
}
