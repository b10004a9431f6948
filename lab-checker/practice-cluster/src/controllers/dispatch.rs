//! Which controllers a change concerns, and what they are still to look at.

use super::{
    daemon_sets, deployments, endpoints, fresh_cluster, garbage_collection, jobs, namespaces, nodes, owners, pods,
    replica_sets, stateful_sets, volumes, workloads,
};
use crate::resource::Resource;
use crate::status::Status;
use crate::store::queue::Work;
use crate::store::state::Change;
use crate::store::task::Task;
use crate::store::transaction::{Controllers, Transaction};

/// What answers the writes of a cluster.
pub(crate) const CONTROLLERS: Controllers = Controllers { answer, look };

/// Answers one change. What takes looking at more than this object waits in the transaction's queue.
fn answer(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    garbage_collection::after_write(tx, change);
    match change.key.known_kind() {
        "CustomResourceDefinition" => garbage_collection::definition_changed(tx, change),
        "PersistentVolumeClaim" => volumes::claim_changed(tx, change)?,
        "PersistentVolume" => volumes::volume_changed(tx, change)?,
        "Namespace" => namespaces::after_write(tx, change),
        "Node" => nodes::changed(tx, change),
        "Pod" => {
            pods::after_write(tx, change);
            endpoints::pod_changed(tx, change);
            owners::pod_changed(tx, change);
        }
        "Service" => {
            tx.enqueue(Work::Service(change.key.clone()));
            fresh_cluster::restore(tx, change)?;
        }
        "ReplicaSet" => {
            replica_sets::changed(tx, change);
            deployments::replica_set_changed(tx, change);
        }
        "ServiceAccount" => {
            namespaces::restore(tx, change);
            if change.before.is_none() {
                workloads::retry(tx, Some(change.key.namespace()));
            }
        }
        "ConfigMap" | "Secret" => {
            namespaces::restore(tx, change);
            if change.before.is_none() {
                pods::retry_waiting(tx, change.key.namespace());
            }
        }
        _ if change.key.resource().is_some_and(Resource::is_workload) => tx.enqueue(Work::Workload(change.key.clone())),
        _ => {}
    }
    Ok(())
}

/// Looks at one thing.
fn look(tx: &mut Transaction, work: &Work) {
    match work {
        Work::Workload(key) => {
            let Some(workload) = workloads::living(tx, key) else { return };
            match key.known_kind() {
                "Deployment" => deployments::sync(tx, &workload),
                "ReplicaSet" => replica_sets::sync(tx, &workload),
                "StatefulSet" => stateful_sets::sync(tx, &workload),
                "DaemonSet" => daemon_sets::sync(tx, &workload),
                "Job" => jobs::sync(tx, &workload),
                _ => {}
            }
        }
        Work::Unscheduled => pods::retry_unscheduled(tx),
        Work::Crowded => workloads::retry(tx, None),
        Work::Service(key) => endpoints::sync(tx, key),
    }
}

/// Runs a task whose time has come.
pub(crate) fn wake(tx: &mut Transaction, task: Task) -> Result<(), Status> {
    match task {
        Task::FinishNamespace(name) => namespaces::finish(tx, &name),
        Task::Retry { object, uid } if object.known_kind() == "Job" => jobs::retry(tx, &object, &uid),
        Task::Retry { object, uid } => pods::retry(tx, &object, &uid),
        Task::RemoveFinished { job, uid } => jobs::remove_finished(tx, &job, &uid),
        Task::MakePods => workloads::retry(tx, None),
    }
    tx.settle()
}

/// Schedules again what was under way when the process ended. Runs when a stored cluster is loaded.
pub(crate) fn resume(tx: &mut Transaction) -> Result<(), Status> {
    namespaces::resume(tx);
    jobs::resume(tx);
    pods::resume(tx);
    workloads::resume(tx);
    tx.settle()
}
