//! The practice cluster of each learner: made when first needed, started, read and changed by labs.

use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use course::{Lab, LabCni};
use futures::Stream;
use practice_cluster::{ClusterError, ClusterId, Enforcement, Options, PracticeClusters, Revision, Status, Storage};
use serde_json::Value;
use tower::ServiceExt;

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
    /// It is broken: the words are for the log.
    Broken(String),
}

impl From<ClusterError> for ClusterFailure {
    fn from(error: ClusterError) -> Self {
        match error {
            // The API server's own way to say that its storage failed.
            ClusterError::Refused(status) if status.is_server_error() => Self::NotStored(status.to_string()),
            ClusterError::Refused(status) => Self::Refused(status.to_string()),
            ClusterError::Storage(error) => Self::NotStored(error.to_string()),
            other => Self::Broken(format!("{other:?}")),
        }
    }
}

impl From<ClusterFailure> for Problem {
    fn from(failure: ClusterFailure) -> Self {
        match failure {
            ClusterFailure::Refused(message) => Self::invalid(message),
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

/// An object of the learner's that the workbench lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectName {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Every learner's cluster. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Clusters {
    clusters: PracticeClusters,
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
        Ok(Self { clusters: clusters.map_err(|error| StartError::PracticeClusters(error.into()))? })
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
    pub(crate) async fn kubeconfig(&self, learner: &Learner, url: &str) -> Result<String, ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.kubeconfig(id, url))
    }

    /// Everything in a learner's cluster that a check looks at.
    pub(crate) async fn objects(&self, learner: &Learner) -> Result<Vec<Value>, ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.objects(id).await?)
    }

    /// Put the lab's namespaces into the state the lab starts with.
    pub(crate) async fn start(&self, learner: &Learner, lab: &Lab) -> Result<(), ClusterFailure> {
        let id = self.of(learner).await?;
        let enforcement = match lab.cni {
            LabCni::Enforcing => Enforcement::Enforcing,
            LabCni::None => Enforcement::None,
        };
        self.clusters.set_enforcement(id, enforcement).await?;
        Ok(self.clusters.replace_namespaces(id, lab.start_objects()).await?)
    }

    /// Apply objects; for each what came of it, in the cluster's words.
    pub(crate) async fn apply(
        &self,
        learner: &Learner,
        objects: &[Value],
    ) -> Result<Vec<Result<Value, String>>, ClusterFailure> {
        let id = self.of(learner).await?;
        let results = self.clusters.apply(id, objects).await?;
        let not_stored = |result: &Result<Value, Status>| result.as_ref().is_err_and(Status::is_server_error);
        if let Some(Err(status)) = results.first()
            && results.iter().all(not_stored)
        {
            return Err(ClusterFailure::NotStored(status.to_string()));
        }
        Ok(results.into_iter().map(|result| result.map_err(|status| status.to_string())).collect())
    }

    /// Delete an object, as kubectl would: through the cluster's own API.
    pub(crate) async fn delete(&self, learner: &Learner, object: &ObjectName) -> Result<(), ClusterFailure> {
        let id = self.of(learner).await?;
        let path = path_of(object)
            .ok_or_else(|| ClusterFailure::Refused(format!("objects of kind {} are not deleted here", object.kind)))?;
        let request =
            Request::builder().method(Method::DELETE).uri(format!("/clusters/{id}{path}")).body(Body::empty());
        let request = request.map_err(|error| ClusterFailure::Refused(error.to_string()))?;
        let response = match self.clusters.router().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if response.status().is_success() {
            return Ok(());
        }
        if response.status().is_server_error() {
            return Err(ClusterFailure::NotStored(format!("deleting answered {}", response.status())));
        }
        Err(ClusterFailure::Refused(format!("{} {}/{} is not there", object.kind, object.namespace, object.name)))
    }

    /// The revisions of a learner's cluster from now on.
    pub(crate) async fn changes(
        &self,
        learner: &Learner,
    ) -> Result<impl Stream<Item = Revision> + use<>, ClusterFailure> {
        let id = self.of(learner).await?;
        Ok(self.clusters.changes(id).await?)
    }

    async fn of<'a>(&self, learner: &'a Learner) -> Result<&'a ClusterId, ClusterFailure> {
        self.clusters.create(&learner.cluster).await?;
        Ok(&learner.cluster)
    }
}

/// Where an object of a kind that learners change is. Names are checked, so that they stay names in a path.
fn path_of(object: &ObjectName) -> Option<String> {
    let is_name = |text: &str| {
        !text.is_empty()
            && text.len() <= 253
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            && !text.starts_with('.')
    };
    if !is_name(&object.name) || !(object.namespace.is_empty() || is_name(&object.namespace)) {
        return None;
    }
    let (namespace, name) = (&object.namespace, &object.name);
    Some(match object.kind.as_str() {
        "NetworkPolicy" => format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/{name}"),
        "ClusterNetworkPolicy" => format!("/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/{name}"),
        "ConfigMap" => format!("/api/v1/namespaces/{namespace}/configmaps/{name}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_its_place_in_a_path() {
        let path = |name: &str| {
            path_of(&ObjectName { kind: "ConfigMap".to_owned(), namespace: "dev".to_owned(), name: name.to_owned() })
        };
        assert_eq!(path("findings").as_deref(), Some("/api/v1/namespaces/dev/configmaps/findings"));
        for name in ["", "..", "../../x", "a/b", "a?b", "a%2fb", "ä"] {
            assert_eq!(path(name), None, "{name}");
        }
    }
}
