//! Filling a fresh cluster, and putting namespaces back, with whole sets of objects.

use std::sync::Arc;

use manifest::last_applied::recorded;
use serde_json::Value;

use crate::controllers;
use crate::incoming::create;
use crate::settings::Settings;
use crate::status::Status;
use crate::store::object;
use crate::store::state::State;
use crate::store::transaction::{Outcome, Purpose, Transaction};

/// A cluster that began with `baseline`, with these objects in it.
pub(crate) fn from(baseline: &State, settings: Arc<Settings>, objects: &[Value]) -> Result<Outcome, Status> {
    let (limits, elsewhere) = (settings.limits.clone(), settings.elsewhere);
    let full = settings.full();
    let mut tx = Transaction::begin(baseline.clone(), settings, Purpose::Store, controllers::CONTROLLERS);
    create_all(&mut tx, objects)?;
    let outcome = tx.finish();
    let (objects, bytes) = (outcome.state.len() + elsewhere.objects, outcome.state.bytes() + elsewhere.bytes);
    if objects > limits.objects || bytes > limits.bytes {
        return Err(Status::new(403, "Forbidden", full));
    }
    Ok(outcome)
}

/// Creates objects, as `kubectl apply` would: namespaces first, then what lives in them.
pub(crate) fn create_all(tx: &mut Transaction, objects: &[Value]) -> Result<(), Status> {
    let is_namespace = |object: &&Value| object::kind(object) == "Namespace";
    let (namespaces, others) =
        (objects.iter().filter(is_namespace), objects.iter().filter(|object| !is_namespace(object)));
    for object in namespaces.chain(others) {
        create::admitted(tx, recorded(object))?;
        tx.settle()?;
    }
    Ok(())
}
