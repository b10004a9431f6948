//! The network of a cluster, made when it is asked for and kept while nothing changes. With an enforcement
//! delay a changed policy counts only after a while, as with network plugins that take their time.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use pod::network::{Network, OpenedPorts};
use serde_json::Value;
use tokio::time::Instant;

use crate::controllers;
use crate::resource::{self, Resource};
use crate::store::state::{Change, Revision, State};

/// The network, and the policies that wait to be enforced.
pub(super) struct CurrentNetwork {
    /// How long a changed policy takes to be felt.
    delay: Duration,
    made: Option<(Revision, u64, Arc<Network>)>,
    /// Undone policy changes, the latest last: when, and what stood there before.
    pending: VecDeque<(Instant, Arc<Change>)>,
    /// What listens beside the containers' own servers.
    opened: OpenedPorts,
    /// Counts how often something stopped pending.
    matured: u64,
}

/// The kinds that the network depends on.
fn kinds() -> [&'static Resource; 7] {
    [
        resource::known("", "namespaces"),
        resource::known("", "pods"),
        resource::known("", "services"),
        resource::known("", "nodes"),
        resource::known("discovery.k8s.io", "endpointslices"),
        resource::known("networking.k8s.io", "networkpolicies"),
        resource::known("policy.networking.k8s.io", "clusternetworkpolicies"),
    ]
}

fn is_policy(kind: &str) -> bool {
    matches!(kind, "NetworkPolicy" | "ClusterNetworkPolicy")
}

/// A network without anything in it, for processes whose cluster is gone.
pub(super) fn nothing() -> Arc<Network> {
    static NOTHING: LazyLock<Arc<Network>> = LazyLock::new(|| Arc::new(Network::new(&[], OpenedPorts::default())));
    Arc::clone(&NOTHING)
}

impl CurrentNetwork {
    pub(super) fn new(delay: Duration) -> Self {
        let opened = OpenedPorts::default();
        Self { delay, made: None, pending: VecDeque::new(), opened, matured: 0 }
    }

    /// Notes policy changes that are not to be felt yet.
    pub(super) fn note(&mut self, changes: &[Arc<Change>]) {
        if self.delay.is_zero() {
            return;
        }
        let now = Instant::now();
        let policies = changes.iter().filter(|change| is_policy(change.key.resource().kind));
        self.pending.extend(policies.map(|change| (now, Arc::clone(change))));
    }

    /// The network of a cluster that is like this now.
    pub(super) fn at(&mut self, state: &State) -> Arc<Network> {
        let now = Instant::now();
        while self.pending.front().is_some_and(|(since, _)| now - *since >= self.delay) {
            self.pending.pop_front();
            self.matured += 1;
        }
        if let Some((revision, matured, network)) = &self.made
            && *revision == state.revision()
            && *matured == self.matured
        {
            return Arc::clone(network);
        }
        let network = Arc::new(Network::new(&self.objects(state), self.opened.clone()));
        self.made = Some((state.revision(), self.matured, Arc::clone(&network)));
        network
    }

    fn objects(&self, state: &State) -> Vec<Value> {
        let enforcing = controllers::network_plugin::enforces_policies(state);
        let enforced = |kind: &Resource| enforcing || !is_policy(kind.kind);
        let mut objects: Vec<(crate::store::state::Key, Arc<Value>)> = kinds()
            .into_iter()
            .filter(|kind| enforced(kind))
            .flat_map(|kind| state.list(kind, None))
            .map(|(key, object)| (key.clone(), Arc::clone(object)))
            .collect();
        // Undo what is pending, the latest first.
        for (_, change) in self.pending.iter().rev().filter(|(_, change)| enforced(change.key.resource())) {
            objects.retain(|(key, _)| *key != change.key);
            objects.extend(change.before.iter().map(|before| (change.key.clone(), Arc::clone(before))));
        }
        objects.into_iter().map(|(_, object)| Value::clone(&object)).collect()
    }
}
