//! Trying out writes on a copy of a world: what an editor shows before anything is applied.

use std::sync::Arc;

use serde_json::Value;

use crate::api::in_process::{apply, objects, of_kind};
use crate::clusters::practice_clusters::PracticeClusters;
use crate::clusters::{baseline, populate};
use crate::controllers;
use crate::settings::{Enforcement, Settings};
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::removal::remove_or_terminate;
use crate::store::room;
use crate::store::state::{Revision, State};
use crate::store::transaction::{Purpose, Transaction};
use crate::store::world::World;

/// A copy of a world. What is done to it is admitted, completed and answered by controllers as in the world itself,
/// and stored nowhere. A clone costs nothing: copies share what they have not changed.
#[derive(Clone)]
pub struct Rehearsal {
    state: State,
    settings: Arc<Settings>,
    floor: Revision,
    version: Option<Version>,
}

/// A world as it was at one moment: two copies of one version hold the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    cluster: ClusterId,
    revision: Revision,
}

impl Version {
    /// Whether it is of the same world at an earlier moment, which does not come back.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.revision < other.revision
    }
}

impl PracticeClusters {
    /// A copy of a world as it is now.
    ///
    /// # Errors
    /// When there is no such world, or the database fails.
    pub async fn rehearsal(&self, id: &ClusterId, world: &World) -> Result<Rehearsal, ClusterError> {
        let cluster = self.existing(id, world).await?;
        let state = cluster.state();
        let version = Some(Version { cluster: cluster.id().clone(), revision: state.revision() });
        Ok(Rehearsal { state, settings: cluster.settings_now(), floor: cluster.floor(), version })
    }

    /// A world that begins with these objects in a fresh cluster with this network plugin, and that nobody has.
    ///
    /// # Errors
    /// When an object is refused, or there is no room.
    pub fn fresh_rehearsal(&self, enforcement: Enforcement, objects: &[Value]) -> Result<Rehearsal, Status> {
        let settings = self.settings();
        let baseline = baseline::state(&baseline::setup(settings, enforcement), settings);
        let settings = Arc::new(settings.enforcing(enforcement));
        let begun = populate::from(&baseline, Arc::clone(&settings), objects)?;
        Ok(Rehearsal { state: begun.state, settings, floor: 0, version: None })
    }
}

impl Rehearsal {
    /// Applies an object as [`PracticeClusters::apply`] does. After a refusal the copy is as it was.
    ///
    /// # Errors
    /// When the API server would refuse the object, in its words.
    pub fn apply(&mut self, object: &Value) -> Result<(), Status> {
        self.write(|tx| apply(tx, object).map(drop))
    }

    /// Removes an object, as if it had had the time that it has to end; tells whether it was there.
    ///
    /// # Errors
    /// When what follows from it would be refused.
    pub fn remove(&mut self, kind: &str, namespace: &str, name: &str) -> Result<bool, Status> {
        let Some(resource) = of_kind(kind) else { return Ok(false) };
        self.write(|tx| {
            let found = tx.find(resource, namespace, name).cloned();
            Ok(found.map(|object| drop(remove_or_terminate(tx, &object, Some(0)))).is_some())
        })
    }

    /// Everything in the copy that a check looks at.
    #[must_use]
    pub fn objects(&self) -> Vec<Value> {
        objects(&self.state)
    }

    /// Which version of a world this is a copy of; nothing when it was written to, or is of no world.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    fn write<R>(&mut self, work: impl FnOnce(&mut Transaction) -> Result<R, Status>) -> Result<R, Status> {
        self.version = None;
        // Not as a dry run of a client: what follows from a change must see it as stored.
        let (state, settings) = (self.state.clone(), Arc::clone(&self.settings));
        let mut tx = Transaction::begin(state, settings, Purpose::Store, controllers::CONTROLLERS).since(self.floor);
        let result = work(&mut tx)?;
        tx.settle()?;
        let outcome = tx.finish();
        room::check(&self.state, &outcome.state, &self.settings)?;
        self.state = outcome.state;
        Ok(result)
    }
}

impl std::fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rehearsal").field("objects", &self.state.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clusters::practice_clusters::Options;

    fn policy(name: &str, spec: &Value) -> Value {
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "default"}, "spec": spec
        })
    }

    fn pod(name: &str) -> Value {
        let spec = json!({"containers": [{"name": "c", "image": "nginx"}]});
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec})
    }

    /// The names of a kind.
    fn names(objects: &[Value], kind: &str) -> Vec<String> {
        let of_kind =
            objects.iter().filter(|object| object["kind"] == kind && object["metadata"]["namespace"] == "default");
        of_kind.map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    async fn opened() -> (PracticeClusters, ClusterId) {
        let clusters = PracticeClusters::open(Options::default()).await.unwrap();
        let id = ClusterId::random();
        clusters.create(&id).await.unwrap();
        (clusters, id)
    }

    #[tokio::test]
    async fn what_is_rehearsed_is_what_applying_does_and_the_world_stays_as_it_is() {
        let (clusters, id) = opened().await;
        let world = World::sandbox();
        clusters.apply(&id, &world, &[pod("there"), policy("there", &json!({"podSelector": {}}))]).await.unwrap();
        let mut rehearsal = clusters.rehearsal(&id, &world).await.unwrap();
        let bad = policy("bad", &json!({"podSelector": {}, "policyTypes": ["Sideways"]}));
        let refusal = rehearsal.apply(&bad).unwrap_err();
        let told = clusters.apply(&id, &world, &[bad]).await.unwrap().remove(0).unwrap_err();
        assert_eq!(refusal, told);
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "new", "namespace": "default"},
            "spec": {
                "replicas": 2, "selector": {"matchLabels": {"app": "new"}},
                "template": {"metadata": {"labels": {"app": "new"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
            }
        });
        rehearsal.apply(&deployment).unwrap();
        assert_eq!(rehearsal.version(), None, "it is no copy any more");
        assert!(rehearsal.remove("NetworkPolicy", "default", "there").unwrap());
        assert!(!rehearsal.remove("NetworkPolicy", "default", "there").unwrap());
        assert!(rehearsal.remove("Pod", "default", "there").unwrap());
        let pods: Vec<Value> = rehearsal.objects().into_iter().filter(|object| object["kind"] == "Pod").collect();
        let mine: Vec<&Value> = pods.iter().filter(|pod| pod["metadata"]["namespace"] == "default").collect();
        assert_eq!(mine.len(), 2, "controllers have answered, and the removed pod is gone");
        assert!(mine.iter().all(|pod| pod["status"]["podIP"].is_string()), "{mine:?}");
        assert!(names(&rehearsal.objects(), "NetworkPolicy").is_empty());
        let stored = clusters.objects(&id, &world).await.unwrap();
        assert_eq!(
            (names(&stored, "Pod"), names(&stored, "NetworkPolicy")),
            (vec!["there".into()], vec!["there".into()])
        );
    }

    #[tokio::test]
    async fn a_pod_takes_other_labels_from_the_file_that_it_came_from_and_nothing_that_is_fixed() {
        let (clusters, id) = opened().await;
        let world = World::sandbox();
        let applied =
            async |pod: &Value| clusters.apply(&id, &world, std::slice::from_ref(pod)).await.unwrap().remove(0);
        let mut web = pod("web");
        web["metadata"]["labels"] = json!({"app": "web", "old": "yes"});
        web["spec"]["containers"][0]["args"] = json!(["serve", "--port=80"]);
        applied(&web).await.unwrap();
        let before = applied(&web).await.expect("the same again");
        let noted = &before["metadata"]["annotations"];
        let record = &manifest::last_applied::recorded(&web)["metadata"]["annotations"];
        assert_eq!(noted, record, "the next kubectl apply finds what it looks for");
        web["metadata"]["labels"] = json!({"app": "web", "access": "yes"});
        let after = applied(&web).await.unwrap();
        assert_eq!(after["metadata"]["labels"], json!({"app": "web", "access": "yes"}));
        assert_eq!((&after["spec"], &after["status"]["podIP"]), (&before["spec"], &before["status"]["podIP"]));
        web["spec"]["containers"][0]["image"] = json!("nginx:2");
        assert_eq!(applied(&web).await.unwrap()["spec"]["containers"][0]["image"], "nginx:2");
        web["spec"]["containers"][0]["args"] = json!(["serve"]);
        let refusal = applied(&web).await.unwrap_err();
        assert!(refusal.message.contains("pod updates may not change fields"), "{refusal}");
    }

    #[tokio::test]
    async fn a_world_that_has_not_begun_is_rehearsed_as_it_would_begin() {
        let (clusters, id) = opened().await;
        let world = World::named("lab").unwrap();
        assert!(matches!(clusters.rehearsal(&id, &world).await, Err(ClusterError::NotBegun { .. })));
        let fresh = clusters.fresh_rehearsal(Enforcement::Enforcing, &[pod("web")]).unwrap();
        clusters.start(&id, &world, Enforcement::Enforcing, &[pod("web")]).await.unwrap();
        let begun = clusters.rehearsal(&id, &world).await.unwrap();
        let address = |objects: &[Value]| {
            let pod = objects.iter().find(|object| object["metadata"]["name"] == "web").unwrap();
            pod["status"]["podIP"].clone()
        };
        assert!(address(&fresh.objects()).is_string());
        assert_eq!(address(&fresh.objects()), address(&begun.objects()));
        assert_eq!(fresh.objects().len(), begun.objects().len());
        let version = async || clusters.rehearsal(&id, &world).await.unwrap().version().cloned();
        assert_eq!((fresh.version(), begun.version()), (None, version().await.as_ref()));
        clusters.apply(&id, &world, &[pod("another")]).await.unwrap();
        let written = version().await;
        assert_ne!(begun.version(), written.as_ref());
        clusters.reset(&id, &world, Enforcement::Enforcing, &[pod("web"), pod("another")]).await.unwrap();
        assert_ne!(written, version().await, "what begins anew is another one");
    }

    #[tokio::test]
    async fn what_has_no_room_is_refused_in_a_rehearsal_too() {
        let limits = crate::settings::Limits { bytes: 200_000, ..crate::settings::Limits::default() };
        let clusters = PracticeClusters::open(Options { limits, ..Options::default() }).await.unwrap();
        let mut rehearsal = clusters.fresh_rehearsal(Enforcement::Enforcing, &[]).unwrap();
        let metadata = json!({"name": "large", "namespace": "default"});
        let large =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"x": "y".repeat(250_000)}});
        let refusal = rehearsal.apply(&large).unwrap_err();
        assert!(refusal.message.contains("full"), "{refusal}");
        assert!(names(&rehearsal.objects(), "ConfigMap").iter().all(|name| name != "large"));
    }
}
