//! The containers of a cluster: what they printed, the files they wrote, and the network around them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use netpol::ObjectName;
use pod::image::{self, Image};
use pod::network::{Network, NetworkView};
use pod::{Container, Files, Session, Unknown};
use serde_json::Value;

use super::console::{Console, STDOUT};
use super::host::Host;
use super::network::{CurrentNetwork, nothing};
use super::spec::container_spec;
use super::{environment, greeting, volumes};
use crate::resource;
use crate::store::object;
use crate::store::state::{Change, State};

/// A container of a pod: the pod's uid and the container's name.
pub(super) type Id = (String, String);

/// What is kept of them for as long as their pods live.
pub(super) struct Containers {
    pub(super) host: Host,
    consoles: Mutex<HashMap<Id, Arc<Console>>>,
    files: Mutex<HashMap<Id, Files>>,
    network: CurrentNetwork,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Containers {
    /// `enforcement_delay` is how long a changed policy takes to be felt.
    pub(super) fn new(host: Host, enforcement_delay: Duration) -> Self {
        let network = CurrentNetwork::new(enforcement_delay);
        Self { host, consoles: Mutex::default(), files: Mutex::default(), network }
    }

    /// Notes what a write changed.
    pub(super) fn note(&self, changes: &[Arc<Change>]) {
        self.network.note(changes);
    }

    /// Forgets the containers of a pod that is gone, or what was written into a volume.
    pub(super) fn forget(&self, uid: &str) {
        locked(&self.consoles).retain(|(pod, _), _| pod != uid);
        locked(&self.files).retain(|(pod, _), _| pod != uid);
    }

    /// What a container printed and prints.
    pub(super) fn console(&self, pod: &Value, container: &str) -> Arc<Console> {
        let id = (object::uid(pod).to_owned(), container.to_owned());
        let mut consoles = locked(&self.consoles);
        Arc::clone(consoles.entry(id).or_insert_with(|| Arc::new(Console::new(greeting::of(pod, container)))))
    }

    fn files(&self, pod: &Value, container: &str) -> Files {
        let id = (object::uid(pod).to_owned(), container.to_owned());
        locked(&self.files).entry(id).or_default().clone()
    }

    /// The container of a pod, ready for a process; `None` when there is none, or no cluster any more.
    pub(super) fn container(self: &Arc<Self>, pod: &Value, name: &str) -> Option<Container> {
        let spec = container_spec(pod, name)?;
        let state = self.host.state()?;
        let files = self.files(pod, name);
        volumes::mount(&state, pod, spec, &files, |id| locked(&self.files).entry(id).or_default().clone());
        let image = Image::new(spec["image"].as_str().unwrap_or_default());
        let hostname = environment::hostname(pod);
        let addresses = pod["status"]["podIPs"].as_array().into_iter().flatten();
        Some(Container {
            pod: ObjectName::new(object::namespace(pod), object::name(pod)),
            environment: environment::variables(&state, pod, spec, &hostname),
            hostname,
            addresses: addresses.filter_map(|address| address["ip"].as_str()?.parse().ok()).collect(),
            image,
            directory: spec["workingDir"].as_str().unwrap_or("/").to_owned(),
            files,
            network: self.network_view(),
            session: Session::default(),
            kubernetes: None,
            unknown: Unknown::default(),
        })
    }

    /// The cluster's network, asked for each time it is needed. Processes do not keep a cluster in memory.
    fn network_view(self: &Arc<Self>) -> NetworkView {
        let weak: Weak<Self> = Arc::downgrade(self);
        let logger = weak.clone();
        let reader = weak.clone();
        NetworkView::new(
            move || weak.upgrade().map_or_else(nothing, |containers| containers.network()),
            move |pod, line| {
                if let Some(containers) = logger.upgrade() {
                    containers.log(pod, &line);
                }
            },
            move |pod, path| {
                let containers = reader.upgrade()?;
                let (pod, name) = serving(&containers.host.state()?, pod)?;
                containers.container(&pod, &name)?.read_file(path)
            },
        )
    }

    fn network(&self) -> Arc<Network> {
        self.network.of(|| self.host.state())
    }

    /// Writes a line into the log of the container that serves a pod's traffic.
    fn log(&self, name: &ObjectName, line: &str) {
        if let Some((pod, container)) = self.host.state().and_then(|state| serving(&state, name)) {
            self.console(&pod, &container).append(STDOUT, format!("{line}\n").as_bytes());
        }
    }
}

/// The container that serves a pod's traffic.
fn serving(state: &State, name: &ObjectName) -> Option<(Arc<Value>, String)> {
    let pod = state.find(resource::known("", "pods"), &name.namespace, &name.name).cloned()?;
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let serving = containers.clone().find(|container| !image::listeners(container).is_empty());
    let name = serving.or_else(|| containers.clone().next())?["name"].as_str()?.to_owned();
    Some((pod, name))
}
