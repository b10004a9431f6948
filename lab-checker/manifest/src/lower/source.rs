//! Where objects were read from.

/// Where objects were read from, and so what may be missing from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Manifests as people write them. A workload (Deployment, StatefulSet, DaemonSet, ReplicaSet,
    /// ReplicationController, Job, CronJob) stands for one pod named like it, unless it is scaled to
    /// zero or its pods are among the objects; pods without an address get one in 10.244.0.0/16 that
    /// depends on their name; namespaces that are only mentioned exist; of two objects with one name
    /// the later counts.
    #[default]
    Files,
    /// A cluster that runs: everything is as it is.
    Cluster,
}
