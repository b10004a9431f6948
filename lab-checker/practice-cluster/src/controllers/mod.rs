//! What lives in a cluster by itself: service accounts, endpoints, workloads, pods, the end of namespaces.
//! Controllers run inside the write that concerns them, so a reader never sees half a change.

mod claims;
mod containers;
mod daemon_sets;
mod defaults;
mod deployments;
mod endpoints;
mod events;
mod furnish;
mod jobs;
mod names;
mod namespaces;
mod pod_admission;
mod pod_status;
mod pods;
mod probes;
mod queue;
mod replica_sets;
mod revisions;
mod room;
mod scheduling;
mod service_claims;
mod services;
mod stateful_sets;
#[cfg(test)]
mod tests;
mod workloads;

use serde_json::Value;

use crate::object;
use crate::state::{Change, Key};
use crate::status::Status;
use crate::transaction::Transaction;

pub(crate) use containers::{Exit, exited};
pub(crate) use furnish::{enforces_policies, furnish, install_plugin};
pub(crate) use pod_status::running_containers;
pub(crate) use queue::{Queue, Work};
pub(crate) use room::lacking;

/// Work for later, in a write of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Task {
    /// Remove a namespace that is terminating and empty.
    FinishNamespace(String),
    /// Start the crashed or unpullable containers of a pod again, or the next pod of a Job.
    Retry {
        /// The pod or Job.
        object: Key,
        /// Its uid: a new object of the same name is another object.
        uid: String,
    },
    /// Remove a finished Job whose time to live is over.
    RemoveFinished {
        /// The Job.
        job: Key,
        /// Its uid.
        uid: String,
    },
    /// Go on with the workloads whose pods were too many for one write.
    MakePods,
}

/// Completes an object on its way in, after defaulting and before validation: addresses, service accounts,
/// finalizers. `before` is the stored object on an update.
pub(crate) fn prepare(tx: &Transaction, object: &mut Value, before: Option<&Value>) -> Result<(), Status> {
    defaults::fill(object);
    match (object::kind(object), before) {
        ("Pod", Some(before)) => pod_admission::check_update(object, before),
        ("Pod", None) => pod_admission::admit(tx, object),
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

/// Answers one change. What takes looking at more than this object waits in the transaction's queue.
pub(crate) fn after_write(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    match change.key.resource().kind {
        "Namespace" => namespaces::after_write(tx, change),
        "Node" => scheduling::node_changed(tx, change),
        "Pod" => {
            pods::after_write(tx, change);
            endpoints::pod_changed(tx, change);
            workloads::pod_changed(tx, change);
            replica_sets::pod_changed(tx, change);
        }
        "Service" => {
            tx.enqueue(Work::Service(change.key.clone()));
            furnish::restore(tx, change)?;
        }
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => tx.enqueue(Work::Workload(change.key.clone())),
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
        _ => {}
    }
    Ok(())
}

/// Looks at one thing.
pub(crate) fn look(tx: &mut Transaction, work: &Work) {
    match work {
        Work::Workload(key) => {
            let Some(workload) = workloads::living(tx, key) else { return };
            match key.resource().kind {
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
        Task::Retry { object, uid } if object.resource().kind == "Job" => jobs::retry(tx, &object, &uid),
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
