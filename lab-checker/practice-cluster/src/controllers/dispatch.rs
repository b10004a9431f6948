//! Which controllers a change concerns.

use super::{
    daemon_sets, deployments, endpoints, fresh_cluster, garbage_collection, jobs, namespaces, nodes, owners, pods,
    replica_sets, stateful_sets,
};
use crate::status::Status;
use crate::store::state::Change;
use crate::store::task::Task;
use crate::store::transaction::Transaction;

/// Answers one change.
pub(crate) fn answer(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    garbage_collection::after_write(tx, change);
    match change.key.resource().kind {
        "Namespace" => namespaces::after_write(tx, change),
        "Node" => nodes::changed(tx, change),
        "Pod" => {
            pods::after_write(tx, change)?;
            endpoints::pod_changed(tx, change)?;
            owners::pod_changed(tx, change)
        }
        "Service" => {
            endpoints::service_changed(tx, change)?;
            fresh_cluster::restore(tx, change)
        }
        "Deployment" => deployments::sync_changed(tx, change),
        "ReplicaSet" => {
            replica_sets::sync_changed(tx, change)?;
            deployments::replica_set_changed(tx, change)
        }
        "StatefulSet" => stateful_sets::sync_changed(tx, change),
        "DaemonSet" => daemon_sets::sync_changed(tx, change),
        "Job" => jobs::sync_changed(tx, change),
        "ServiceAccount" => {
            namespaces::restore(tx, change)?;
            match change.before {
                None => owners::retry(tx, change.key.namespace()),
                Some(_) => Ok(()),
            }
        }
        "ConfigMap" | "Secret" => {
            namespaces::restore(tx, change)?;
            match change.before {
                None => pods::retry_waiting(tx, change.key.namespace()),
                Some(_) => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Runs a task whose time has come.
pub(crate) fn wake(tx: &mut Transaction, task: Task) -> Result<(), Status> {
    match task {
        Task::FinishNamespace(name) => {
            namespaces::finish(tx, &name);
            Ok(())
        }
        Task::Retry { object, uid } if object.resource().kind == "Job" => jobs::retry(tx, &object, &uid),
        Task::Retry { object, uid } => pods::retry(tx, &object, &uid),
        Task::RemoveFinished { job, uid } => {
            jobs::remove_finished(tx, &job, &uid);
            Ok(())
        }
    }
}

/// Schedules again what was under way when the process ended. Runs when a stored cluster is loaded.
pub(crate) fn resume(tx: &mut Transaction) -> Result<(), Status> {
    namespaces::resume(tx);
    jobs::resume(tx);
    pods::resume(tx)
}
