//! The API without HTTP, for the server that holds the clusters: what a check reads, and what applying and deleting in
//! a lab write.

use manifest::last_applied::recorded;
use serde_json::Value;

use crate::api::verbs::replace;
use crate::clusters::practice_clusters::PracticeClusters;
use crate::incoming::create;
use crate::resource::{RESOURCES, Resource};
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::object;
use crate::store::removal::remove_or_terminate;
use crate::store::state::State;
use crate::store::transaction::Transaction;
use crate::store::world::World;

impl PracticeClusters {
    /// Everything that a check looks at: namespaces, pods, services, nodes, policies, config maps, workloads.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn objects(&self, id: &ClusterId, world: &World) -> Result<Vec<Value>, ClusterError> {
        let state = self.existing(id, world).await?.state();
        // A full cluster takes a while to copy, and others wait for this thread.
        let copied = tokio::task::spawn_blocking(move || objects(&state)).await;
        copied.map_err(|_| ClusterError::Storage(sqlx::Error::WorkerCrashed))
    }

    /// Deletes an object as `kubectl delete` does; tells whether it was there.
    ///
    /// # Errors
    /// When there is no such world, or the database fails.
    pub async fn delete(
        &self,
        id: &ClusterId,
        world: &World,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<bool, ClusterError> {
        let Some(resource) = of_kind(kind) else { return Ok(false) };
        let cluster = self.existing(id, world).await?;
        let deleted = cluster.write(|tx| {
            let found = tx.find(resource, namespace, name).cloned();
            Ok(found.map(|object| drop(remove_or_terminate(tx, &object, None))).is_some())
        });
        Ok(deleted.await?)
    }

    /// Applies objects as `kubectl apply` does, each in a write of its own; one refusal does not stop the rest.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn apply(
        &self,
        id: &ClusterId,
        world: &World,
        objects: &[Value],
    ) -> Result<Vec<Result<Value, Status>>, ClusterError> {
        let cluster = self.existing(id, world).await?;
        let mut results = Vec::with_capacity(objects.len());
        for object in objects {
            results.push(cluster.write(|tx| apply(tx, object)).await);
        }
        Ok(results)
    }
}

/// The stored kind of this name.
pub(super) fn of_kind(kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.stored() && resource.kind == kind)
}

/// Copies of everything that a check looks at.
pub(super) fn objects(state: &State) -> Vec<Value> {
    state
        .all()
        .filter(|(key, _)| key.resource().and_then(Resource::facts).is_some_and(|kind| kind.need.is_some()))
        .map(|(_, object)| Value::clone(object))
        .collect()
}

/// Creates an object, or makes the stored one say what `object` says, and notes it down for the next apply.
pub(super) fn apply(tx: &mut Transaction, object: &Value) -> Result<Value, Status> {
    let mut object = object.clone();
    let (api_version, kind) = (object::api_version(&object).to_owned(), object::kind(&object).to_owned());
    let resource = tx.state().resource(&api_version, &kind).cloned();
    let resource = &resource
        .ok_or_else(|| Status::bad_request(format!("no matches for kind \"{kind}\" in version \"{api_version}\"")))?;
    if resource.namespaced() && object::namespace(&object).is_empty() {
        object::metadata_mut(&mut object).insert("namespace".into(), "default".into());
    }
    let object = recorded(&object);
    let stored = match tx.find(resource, object::namespace(&object), object::name(&object)).cloned() {
        None => create::admitted(tx, object)?,
        Some(before) => replace::applied(tx, resource, &before, object)?,
    };
    Ok(Value::clone(&stored))
}
