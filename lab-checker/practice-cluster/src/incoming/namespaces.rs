//! New and changed namespaces.

use serde_json::{Value, json};

use crate::store::object;

/// Completes a namespace. The label with its name is put back by every write, whatever a client does to it:
/// NetworkPolicies count on it.
pub(crate) fn admit(object: &mut Value, before: Option<&Value>) {
    let name = object::name(object).to_owned();
    let metadata = object::metadata_mut(object);
    object::entry_mut(metadata, "labels").insert("kubernetes.io/metadata.name".to_owned(), name.into());
    if before.is_some() {
        return;
    }
    let spec = object::child_mut(object, "spec");
    if !spec.get("finalizers").is_some_and(Value::is_array) {
        spec.insert("finalizers".to_owned(), json!(["kubernetes"]));
    }
    object::child_mut(object, "status").insert("phase".to_owned(), "Active".into());
}
