//! What a kind has done to its objects on their way in: the plugins of a real API server.

use serde_json::Value;

use crate::incoming::{jobs, namespaces, pods, service_claims, services};
use crate::status::Status;
use crate::store::object;
use crate::store::transaction::Transaction;

/// Completes an object on its way in, after defaulting and before validation: addresses, service accounts,
/// finalizers. `before` is the stored object on an update.
pub(crate) fn complete(tx: &Transaction, object: &mut Value, before: Option<&Value>) -> Result<(), Status> {
    match (object::kind(object), before) {
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
    match object::kind(object) {
        "Service" => service_claims::check(tx, object, before),
        _ => Ok(()),
    }
}
