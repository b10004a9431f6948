//! The network of a cluster, made when it is asked for and kept while nothing changes. With an enforcement
//! delay a changed policy counts only after a while, as with network plugins that take their time.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pod::network::{Blocked, Network, OpenedPorts};
use serde_json::Value;
use tokio::time::Instant;

use crate::controllers;
use crate::resource::{self, Resource};
use crate::settings::Enforcement;
use crate::store::state::{Change, Key, Revision, State};

/// The network, and the policies that wait to be enforced. Writes only ever take the lock of what waits, which
/// is never held for long: they do not wait while somebody's network is compiled.
pub(super) struct CurrentNetwork {
    /// How long a changed policy takes to be felt.
    delay: Duration,
    waiting: Mutex<Waiting>,
    /// Held while the network is compiled, so that it is compiled once for all who ask.
    made: Mutex<Option<Made>>,
    /// What listens beside the containers' own servers.
    opened: OpenedPorts,
}

/// The network, and what it was made from.
struct Made {
    revision: Revision,
    matured: u64,
    network: Arc<Network>,
}

#[derive(Clone, Default)]
struct Waiting {
    /// Undone policy changes, the latest last: when, and what stood there before.
    changes: VecDeque<(Instant, Arc<Change>)>,
    /// Counts how often something stopped waiting.
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
    static NOTHING: LazyLock<Arc<Network>> =
        LazyLock::new(|| Arc::new(Network::new(&[], OpenedPorts::default(), Blocked::Dropped)));
    Arc::clone(&NOTHING)
}

impl CurrentNetwork {
    pub(super) fn new(delay: Duration) -> Self {
        Self { delay, waiting: Mutex::default(), made: Mutex::default(), opened: OpenedPorts::default() }
    }

    /// Notes policy changes that are not to be felt yet.
    pub(super) fn note(&self, changes: &[Arc<Change>]) {
        if self.delay.is_zero() {
            return;
        }
        let now = Instant::now();
        let policies = changes.iter().filter(|change| is_policy(change.key.known_kind()));
        locked(&self.waiting).changes.extend(policies.map(|change| (now, Arc::clone(change))));
    }

    /// The network of a cluster as it is when the turn to compile has come.
    pub(super) fn of(&self, state: impl FnOnce() -> Option<State>) -> Arc<Network> {
        let mut made = locked(&self.made);
        let Some(state) = state() else { return nothing() };
        let waiting = self.still_waiting();
        match &*made {
            Some(made) if made.revision == state.revision() && made.matured == waiting.matured => {
                Arc::clone(&made.network)
            }
            _ => {
                let enforcement = controllers::network_plugin::enforcement(&state);
                let blocked = match enforcement {
                    Enforcement::Rejecting => Blocked::Rejected,
                    Enforcement::Enforcing | Enforcement::None => Blocked::Dropped,
                };
                let objects = waiting.objects(&state, enforcement);
                let network = Arc::new(Network::new(&objects, self.opened.clone(), blocked));
                let (revision, matured) = (state.revision(), waiting.matured);
                *made = Some(Made { revision, matured, network: Arc::clone(&network) });
                network
            }
        }
    }

    fn still_waiting(&self) -> Waiting {
        let mut waiting = locked(&self.waiting);
        let now = Instant::now();
        while waiting.changes.front().is_some_and(|(since, _)| now - *since >= self.delay) {
            waiting.changes.pop_front();
            waiting.matured += 1;
        }
        waiting.clone()
    }
}

impl Waiting {
    fn objects(&self, state: &State, enforcement: Enforcement) -> Vec<Value> {
        let enforced = |kind: &str| enforcement != Enforcement::None || !is_policy(kind);
        let mut objects: Vec<(Key, Arc<Value>)> = kinds()
            .into_iter()
            .filter(|kind| enforced(&kind.kind))
            .flat_map(|kind| state.list(kind, None))
            .map(|(key, object)| (key.clone(), Arc::clone(object)))
            .collect();
        // Undo what is waiting, the latest first.
        for (_, change) in self.changes.iter().rev().filter(|(_, change)| enforced(change.key.known_kind())) {
            objects.retain(|(key, _)| *key != change.key);
            objects.extend(change.before.iter().map(|before| (change.key.clone(), Arc::clone(before))));
        }
        objects.into_iter().map(|(_, object)| Value::clone(&object)).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_write_does_not_wait_while_a_network_is_compiled() {
        let network = Arc::new(CurrentNetwork::new(Duration::from_secs(60)));
        let compiling = locked(&network.made);
        let (done, written) = mpsc::channel();
        let writer = Arc::clone(&network);
        thread::spawn(move || {
            writer.note(&[]);
            done.send(())
        });
        written.recv_timeout(Duration::from_secs(60)).expect("the write ended while the network was compiled");
        drop(compiling);
    }
}
