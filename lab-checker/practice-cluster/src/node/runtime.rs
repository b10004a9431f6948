//! The living side of one cluster, as the cluster drives it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pod::Container;
use serde_json::Value;

use super::console::Console;
use super::containers::{Containers, locked};
use super::host::Host;
use super::places::Places;
use super::processes::Processes;
use crate::resource;
use crate::store::object;
use crate::store::state::{Change, State};

/// The living side of one cluster.
pub(crate) struct Runtime {
    containers: Arc<Containers>,
    processes: Mutex<Processes>,
}

impl Runtime {
    /// Nothing runs yet. `enforcement_delay` is how long a changed policy takes to be felt, `places` are those of main
    /// processes.
    pub(crate) fn new(host: Host, enforcement_delay: Duration, places: Places) -> Self {
        let containers = Arc::new(Containers::new(host, enforcement_delay));
        Self { containers, processes: Mutex::new(Processes::new(places)) }
    }

    /// Follows what a write changed: starts and stops processes, notes new policies.
    pub(crate) fn committed(&self, changes: &[Arc<Change>]) {
        self.containers.note(changes);
        for change in changes {
            match (change.key.known_kind(), &change.before, &change.after) {
                ("Pod", _, Some(pod)) => self.follow(pod),
                ("Pod", Some(pod), None) => self.forget(object::uid(pod)),
                ("PersistentVolumeClaim", Some(claim), None) => self.containers.forget(object::uid(claim)),
                _ => {}
            }
        }
    }

    /// Starts what runs in a cluster that was just loaded.
    pub(crate) fn restore(&self, state: &State) {
        for (_, pod) in state.list(resource::known("", "pods"), None) {
            self.follow(pod);
        }
    }

    fn follow(&self, pod: &Value) {
        locked(&self.processes).follow(&self.containers, pod);
    }

    fn forget(&self, uid: &str) {
        locked(&self.processes).stop(uid);
        self.containers.forget(uid);
    }

    /// What a container printed and prints.
    pub(crate) fn console(&self, pod: &Value, container: &str) -> Arc<Console> {
        self.containers.console(pod, container)
    }

    /// The container of a pod, ready for a process.
    pub(crate) fn container(&self, pod: &Value, name: &str) -> Option<Container> {
        self.containers.container(pod, name)
    }
}
