//! Room for pods: a new one for which there is none is refused, whoever sends it.

use serde_json::Value;

use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::room::lacking;
use crate::store::transaction::Transaction;

/// Refuses a new pod for which there is no room.
pub(super) fn check(tx: &Transaction, pod: &Value) -> Result<(), Status> {
    match lacking(tx.state(), tx.settings(), object::size(pod)) {
        Some(why) => Err(Status::forbidden(resource::known("", "pods"), object::name(pod), &why)),
        None => Ok(()),
    }
}
