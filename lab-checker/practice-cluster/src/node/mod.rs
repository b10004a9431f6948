//! What of a cluster lives in memory only: the main processes of its containers, what they printed, the files
//! they wrote, and the network as the policies of the moment make it.
//!
//! A container that serves or sleeps costs nothing here. A command that ends, or that goes on talking, runs
//! as a task on the simulated shell; when the cluster is put away the tasks end, and they start again when
//! it is loaded.

mod console;
mod environment;
mod greeting;
mod processes;
#[cfg(test)]
mod tests;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use netpol::ObjectName;
use pod::Session;
use pod::image::{self, Image};
use pod::network::NetworkView;
use pod::{Container, Files};
use serde_json::Value;

use crate::clusters::cluster::Cluster;
use crate::store::object;
use crate::store::resource;
use crate::store::state::Change;

pub(crate) use console::{Console, Log, STDERR, STDOUT};
use processes::Processes;
use view::View;

/// A container of a pod: the pod's uid and the container's name.
type Id = (String, String);

/// The living side of one cluster.
#[derive(Default)]
pub(crate) struct Runtime {
    processes: Mutex<Processes>,
    consoles: Mutex<HashMap<Id, Arc<Console>>>,
    files: Mutex<HashMap<Id, Files>>,
    view: Mutex<View>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runtime {
    /// Follows what a write changed: starts and stops processes, notes new policies.
    pub(crate) fn committed(&self, cluster: &Arc<Cluster>, changes: &[Arc<Change>]) {
        locked(&self.view).note(cluster.settings(), changes);
        for change in changes.iter().filter(|change| change.key.resource().kind == "Pod") {
            if let Some(pod) = &change.after {
                self.follow(cluster, pod);
            } else if let Some(pod) = &change.before {
                self.forget(object::uid(pod));
            }
        }
    }

    /// Starts what runs in a cluster that was just loaded.
    pub(crate) fn restore(&self, cluster: &Arc<Cluster>) {
        for (_, pod) in cluster.state().list(resource::known("", "pods"), None) {
            self.follow(cluster, pod);
        }
    }

    fn follow(&self, cluster: &Arc<Cluster>, pod: &Value) {
        locked(&self.processes).follow(cluster, pod);
    }

    fn forget(&self, uid: &str) {
        locked(&self.processes).stop(uid);
        locked(&self.consoles).retain(|(pod, _), _| pod != uid);
        locked(&self.files).retain(|(pod, _), _| pod != uid);
    }

    /// What a container printed and prints.
    pub(crate) fn console(&self, pod: &Value, container: &str) -> Arc<Console> {
        let id = (object::uid(pod).to_owned(), container.to_owned());
        let mut consoles = locked(&self.consoles);
        Arc::clone(consoles.entry(id).or_insert_with(|| Arc::new(Console::new(greeting::of(pod, container)))))
    }

    fn files(&self, pod: &Value, container: &str) -> Files {
        let id = (object::uid(pod).to_owned(), container.to_owned());
        locked(&self.files).entry(id).or_default().clone()
    }
}

/// The container of a pod, ready for a process.
pub(crate) fn container(cluster: &Arc<Cluster>, pod: &Value, name: &str) -> Option<Container> {
    let spec = container_spec(pod, name)?;
    let state = cluster.state();
    let files = cluster.runtime().files(pod, name);
    environment::mount(&state, pod, spec, &files);
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
        network: network_view(cluster),
        session: Session::default(),
    })
}

/// A container of a pod's spec, of whatever sort.
pub(crate) fn container_spec<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .filter_map(|list| pod["spec"][list].as_array())
        .flatten()
        .find(|container| container["name"] == name)
}

/// The cluster's network, asked for each time it is needed. Processes do not keep a cluster in memory.
fn network_view(cluster: &Arc<Cluster>) -> NetworkView {
    let weak: Weak<Cluster> = Arc::downgrade(cluster);
    let logger = weak.clone();
    let reader = weak.clone();
    NetworkView::new(
        move || match weak.upgrade() {
            Some(cluster) => locked(&cluster.runtime().view).network(&cluster),
            None => view::nothing(),
        },
        move |pod, line| {
            if let Some(cluster) = logger.upgrade() {
                log(&cluster, pod, &line);
            }
        },
        move |pod, path| {
            let cluster = reader.upgrade()?;
            let (pod, name) = serving(&cluster, pod)?;
            container(&cluster, &pod, &name)?.read_file(path)
        },
    )
}

/// The container that serves a pod's traffic.
fn serving(cluster: &Cluster, name: &ObjectName) -> Option<(Arc<Value>, String)> {
    let pod = cluster.state().find(resource::known("", "pods"), &name.namespace, &name.name).cloned()?;
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let serving = containers.clone().find(|container| !image::listeners(container).is_empty());
    let name = serving.or_else(|| containers.clone().next())?["name"].as_str()?.to_owned();
    Some((pod, name))
}

/// Writes a line into the log of the container that serves a pod's traffic.
fn log(cluster: &Arc<Cluster>, name: &ObjectName, line: &str) {
    if let Some((pod, container)) = serving(cluster, name) {
        cluster.runtime().console(&pod, &container).append(STDOUT, format!("{line}\n").as_bytes());
    }
}
