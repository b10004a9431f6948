//! The API without HTTP, for the server that holds the clusters: whole sets of objects at once. It is what a check
//! reads, and what starting, applying and resetting a lab write.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::verbs::replace;
use crate::clusters::populate;
use crate::clusters::practice_clusters::PracticeClusters;
use crate::incoming::create;
use crate::resource::{self, RESOURCES};
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::object;
use crate::store::state::{Key, State};
use crate::store::transaction::Transaction;
use crate::store::world::World;

impl PracticeClusters {
    /// Everything that a check looks at: namespaces, pods, services, nodes, policies, config maps, workloads.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn objects(&self, id: &ClusterId, world: &World) -> Result<Vec<Value>, ClusterError> {
        Ok(objects(&self.existing(id, world).await?.state()))
    }

    /// Puts namespaces back to how `objects` define them, as starting and resetting a lab do: the namespaces
    /// that `objects` define or use go with all they hold, ClusterNetworkPolicies among `objects` are replaced,
    /// and the objects are created anew. One write, with rising revisions.
    ///
    /// # Errors
    /// When an object is refused; then nothing has changed.
    pub async fn replace_namespaces(
        &self,
        id: &ClusterId,
        world: &World,
        objects: &[Value],
    ) -> Result<(), ClusterError> {
        let cluster = self.existing(id, world).await?;
        Ok(cluster.write(|tx| replace_namespaces(tx, objects)).await?)
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

/// Copies of everything that a check looks at.
fn objects(state: &State) -> Vec<Value> {
    state
        .all()
        .filter(|(key, _)| key.resource().facts().is_some_and(|kind| kind.need.is_some()))
        .map(|(_, object)| Value::clone(object))
        .collect()
}

/// Removes the namespaces that `objects` define, with all they hold, and cluster-scoped objects of the same
/// names, and creates `objects`.
fn replace_namespaces(tx: &mut Transaction, objects: &[Value]) -> Result<(), Status> {
    let namespaces: BTreeSet<&str> =
        objects.iter().filter(|o| object::kind(o) == "Namespace").map(object::name).collect();
    let doomed: Vec<Key> = tx
        .state()
        .all()
        .map(|(key, _)| key)
        .filter(|key| {
            namespaces.contains(key.namespace())
                || (key.resource().kind == "Namespace" && namespaces.contains(key.name()))
                || key.resource().kind == "ClusterNetworkPolicy"
        })
        .cloned()
        .collect();
    for key in &doomed {
        tx.remove(key);
    }
    tx.settle()?;
    // What controllers made while the objects went (events, say) goes too.
    for resource in RESOURCES.iter().filter(|r| r.stored() && r.namespaced()) {
        for namespace in &namespaces {
            for leftover in tx.list(resource, Some(namespace)) {
                tx.remove(&Key::new(resource, namespace, object::name(&leftover)));
            }
        }
    }
    populate::create_all(tx, objects)
}

/// Creates an object, or makes the stored one say what `object` says.
fn apply(tx: &mut Transaction, object: &Value) -> Result<Value, Status> {
    let mut object = object.clone();
    let (api_version, kind) = (object::api_version(&object).to_owned(), object::kind(&object).to_owned());
    let resource = resource::by_kind(&api_version, &kind)
        .ok_or_else(|| Status::bad_request(format!("no matches for kind \"{kind}\" in version \"{api_version}\"")))?;
    if resource.namespaced() && object::namespace(&object).is_empty() {
        object::metadata_mut(&mut object).insert("namespace".into(), "default".into());
    }
    let stored = match tx.find(resource, object::namespace(&object), object::name(&object)).cloned() {
        None => create::admitted(tx, object)?,
        Some(before) => replace::applied(tx, resource, &before, object)?,
    };
    Ok(Value::clone(&stored))
}
