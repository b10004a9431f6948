//! The practice clusters of each learner: one gate, which their kubeconfig names, and behind it a world for each lab
//! that they have begun.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::Router;
use course::{Lab, LabCni, workbench::NamedObject};
use futures::Stream;
use practice_cluster::{
    Access, ClusterError, ClusterId, Command, Enforcement, Options, PracticeClusters, Ran, Rehearsal, Revision, Status,
    Storage, Workstation, World,
};
use serde_json::Value;

use crate::{
    StartError,
    problem::Problem,
    store::{Database, Learner},
};

/// Why a practice cluster did not do something.
#[derive(Debug)]
pub(crate) enum ClusterFailure {
    /// As a real one would not have: the words are for the learner.
    Refused(String),
    /// Its database cannot be used: nothing was changed. The words are for the log.
    NotStored(String),
    /// The learner has not begun this lab.
    NotBegun(String),
    /// It is broken: the words are for the log.
    Broken(String),
}

impl From<ClusterError> for ClusterFailure {
    fn from(error: ClusterError) -> Self {
        match error {
            // The API server's own way to say that its storage failed.
            ClusterError::Refused(status) if status.is_server_error() => Self::NotStored(status.to_string()),
            ClusterError::Refused(status) => Self::Refused(status.to_string()),
            ClusterError::NotBegun { world, .. } => Self::NotBegun(world.to_string()),
            ClusterError::Storage(error) => Self::NotStored(error.to_string()),
            other => Self::Broken(format!("{other:?}")),
        }
    }
}

impl From<ClusterFailure> for Problem {
    fn from(failure: ClusterFailure) -> Self {
        match failure {
            ClusterFailure::Refused(message) => Self::invalid(message),
            ClusterFailure::NotBegun(lab) => Self::not_started(&lab),
            ClusterFailure::NotStored(error) => {
                tracing::error!(error, "a practice cluster cannot be stored");
                Self::not_recorded()
            }
            ClusterFailure::Broken(error) => {
                tracing::error!(error, "a practice cluster failed");
                Self::failed()
            }
        }
    }
}

/// Every learner's cluster. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Clusters {
    clusters: PracticeClusters,
    /// The worlds of labs as they begin, by the lab's name: for those who have not begun one.
    beginnings: Arc<Mutex<HashMap<String, Rehearsal>>>,
}

impl std::fmt::Debug for Clusters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clusters")
    }
}

impl Clusters {
    pub(crate) async fn open(database: &Database) -> Result<Self, StartError> {
        let pool = database.beside("clusters.db").writers().await?;
        let options = Options { storage: Storage::Database(pool), ..Options::default() };
        let clusters = PracticeClusters::open(options).await;
        Ok(Self {
            clusters: clusters.map_err(|error| StartError::PracticeClusters(error.into()))?,
            beginnings: Arc::default(),
        })
    }

    /// The API of all clusters, at `/clusters/{id}/…`.
    pub(crate) fn router(&self) -> Router {
        self.clusters.router()
    }

    /// Write to the database, to see whether writing works.
    pub(crate) async fn probe(&self) -> Result<(), ClusterFailure> {
        Ok(self.clusters.probe().await?)
    }

    /// Whether a write has failed, and no probe has succeeded since.
    pub(crate) fn are_failing(&self) -> bool {
        self.clusters.are_failing()
    }

    /// The kubeconfig of a learner's cluster.
    pub(crate) async fn kubeconfig(
        &self,
        learner: &Learner,
        url: &str,
        access: &Access<'_>,
    ) -> Result<String, ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.kubeconfig_with(id, url, access))
    }

    /// A copy of the world of a lab, to look at and to try things in; `None` when the learner has not begun it.
    pub(crate) async fn rehearsal(&self, learner: &Learner, lab: &Lab) -> Result<Option<Rehearsal>, ClusterFailure> {
        match self.clusters.rehearsal(self.of(learner).await?, &world(lab)?).await {
            Err(ClusterError::NotBegun { .. }) => Ok(None),
            rehearsal => Ok(Some(rehearsal?)),
        }
    }

    /// The world of a lab as it begins, to try things in.
    pub(crate) fn fresh_rehearsal(&self, lab: &Lab) -> Result<Rehearsal, ClusterFailure> {
        if let Some(known) = self.beginnings.lock().unwrap_or_else(PoisonError::into_inner).get(&lab.name) {
            return Ok(known.clone());
        }
        let rehearsal = self.clusters.fresh_rehearsal(enforcement(lab), lab.start_objects());
        let rehearsal = rehearsal.map_err(ClusterError::from)?;
        self.beginnings.lock().unwrap_or_else(PoisonError::into_inner).insert(lab.name.clone(), rehearsal.clone());
        Ok(rehearsal)
    }

    /// Lead kubectl to the world of a lab, as it was left; it begins when it has not yet.
    pub(crate) async fn start(&self, learner: &Learner, lab: &Lab) -> Result<(), ClusterFailure> {
        let id = self.of(learner).await?;
        self.clusters.start(id, &world(lab)?, enforcement(lab), lab.start_objects()).await?;
        Ok(())
    }

    /// Have the world of a lab begin anew.
    pub(crate) async fn reset(&self, learner: &Learner, lab: &Lab) -> Result<(), ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.reset(id, &world(lab)?, enforcement(lab), lab.start_objects()).await?)
    }

    /// The name of the lab in whose world kubectl is, or of the sandbox.
    pub(crate) async fn current(&self, learner: &Learner) -> Result<World, ClusterFailure> {
        let (current, _) = self.clusters.worlds(self.of(learner).await?).await?;
        Ok(current)
    }

    /// Apply objects in the world of a lab; for each what came of it, in the cluster's words.
    pub(crate) async fn apply(
        &self,
        learner: &Learner,
        lab: &Lab,
        objects: &[Value],
    ) -> Result<Vec<Result<Value, String>>, ClusterFailure> {
        let id = self.of(learner).await?;
        let results = self.clusters.apply(id, &world(lab)?, objects).await?;
        let not_stored = |result: &Result<Value, Status>| result.as_ref().is_err_and(Status::is_server_error);
        if let Some(Err(status)) = results.first()
            && results.iter().all(not_stored)
        {
            return Err(ClusterFailure::NotStored(status.to_string()));
        }
        Ok(results.into_iter().map(|result| result.map_err(|status| status.to_string())).collect())
    }

    /// Delete an object in the world of a lab, as kubectl would.
    pub(crate) async fn delete(
        &self,
        learner: &Learner,
        lab: &Lab,
        object: &NamedObject,
    ) -> Result<(), ClusterFailure> {
        let id = self.of(learner).await?;
        let NamedObject { kind, namespace, name } = object;
        if self.clusters.delete(id, &world(lab)?, kind, namespace, name).await? {
            return Ok(());
        }
        Err(ClusterFailure::Refused(format!("{kind} {namespace}/{name} is not there")))
    }

    /// The revisions of the world of a lab from now on, and one more when something changes about the learner's
    /// worlds.
    pub(crate) async fn changes(
        &self,
        learner: &Learner,
        lab: &Lab,
    ) -> Result<impl Stream<Item = Revision> + use<>, ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.changes(id, &world(lab)?).await?)
    }

    /// The world of a lab to look around in; while the learner has not begun it, one like it that is forgotten
    /// afterwards.
    pub(crate) async fn look(&self, learner: &Learner, lab: &Lab) -> Result<LabWorld, ClusterFailure> {
        let (id, world) = (self.of(learner).await?.clone(), world(lab)?);
        let (_, begun) = self.clusters.worlds(&id).await?;
        if begun.contains(&world) {
            return Ok(LabWorld { clusters: self.clusters.clone(), id, world });
        }
        let clusters = PracticeClusters::open(Options::default()).await?;
        let id = ClusterId::random();
        clusters.create(&id).await?;
        clusters.begin(&id, &world, enforcement(lab), lab.start_objects()).await?;
        Ok(LabWorld { clusters, id, world })
    }

    /// A shell beside the world of a lab; what names no namespace is in the lab's.
    pub(crate) async fn workstation(&self, learner: &Learner, lab: &Lab) -> Result<Workstation, ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.workstation(id, &world(lab)?, &lab.namespace).await?)
    }

    /// Take a learner's cluster away, with all of its worlds.
    pub(crate) async fn remove(&self, learner: &Learner) -> Result<(), ClusterFailure> {
        Ok(self.clusters.remove(&learner.cluster).await?)
    }

    async fn of<'a>(&self, learner: &'a Learner) -> Result<&'a ClusterId, ClusterFailure> {
        self.clusters.create(&learner.cluster).await?;
        Ok(&learner.cluster)
    }
}

/// The world of a lab, or one like it.
pub(crate) struct LabWorld {
    clusters: PracticeClusters,
    id: ClusterId,
    world: World,
}

impl LabWorld {
    /// Everything in it that a check looks at.
    pub(crate) async fn objects(&self) -> Result<Vec<Value>, ClusterFailure> {
        Ok(self.clusters.objects(&self.id, &self.world).await?)
    }

    /// Run a command in one of its pods.
    pub(crate) async fn run(&self, command: &Command) -> Result<Ran, ClusterFailure> {
        Ok(self.clusters.run(&self.id, &self.world, command).await?)
    }
}

/// The world of a lab.
fn world(lab: &Lab) -> Result<World, ClusterFailure> {
    World::named(&lab.name).ok_or_else(|| ClusterFailure::Broken(format!("no world can be called {:?}", lab.name)))
}

/// What the network of a lab's world does.
fn enforcement(lab: &Lab) -> Enforcement {
    match lab.cni {
        LabCni::Enforcing => Enforcement::Enforcing,
        LabCni::Rejecting => Enforcement::Rejecting,
        LabCni::None => Enforcement::None,
    }
}
