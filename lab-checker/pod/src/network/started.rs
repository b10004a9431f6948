//! Ports that programs started by hand listen on: `nc -l` in one terminal, a client in another.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use netpol::{ObjectName, Protocol};
use tokio::sync::mpsc;

use super::connect::Answering;
use super::topology::Network;
use crate::image::Listener;

/// How many such listeners one cluster may have.
const MOST: usize = 256;

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A client connected.
    Opened(IpAddr),
    /// It sent this.
    Text(Bytes),
    /// It hung up.
    Closed,
}

/// The listeners of a cluster; clones share them.
#[derive(Clone, Default)]
pub struct Started(Arc<Shared>);

#[derive(Default)]
struct Shared {
    entries: Mutex<Vec<Entry>>,
    next: AtomicU64,
}

struct Entry {
    id: u64,
    pod: ObjectName,
    listener: Listener,
    heard: mpsc::Sender<Heard>,
}

/// An open port; it is closed when this is dropped.
pub(crate) struct Port {
    started: Started,
    id: u64,
    heard: mpsc::Receiver<Heard>,
}

impl Port {
    /// What comes next.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.started.entries().retain(|entry| entry.id != self.id);
    }
}

impl Started {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The listener on a port of a pod.
    pub(super) fn find(&self, pod: &ObjectName, port: u16, protocol: Protocol) -> Option<Listener> {
        let entries = self.entries();
        let mut own = entries.iter().filter(|entry| entry.pod == *pod).map(|entry| &entry.listener);
        own.find(|listener| listener.port == port && listener.protocol == protocol).cloned()
    }
}

impl Network {
    /// Opens a port of a pod; `None` when somebody has it already.
    pub(crate) fn listen(&self, pod: &ObjectName, listener: Listener) -> Option<Port> {
        if self.listener(pod, listener.port, listener.protocol).is_some() || self.started.entries().len() >= MOST {
            return None;
        }
        let id = self.started.0.next.fetch_add(1, Ordering::Relaxed);
        let (sender, heard) = mpsc::channel(64);
        self.started.entries().push(Entry { id, pod: pod.clone(), listener, heard: sender });
        Some(Port { started: self.started.clone(), id, heard })
    }

    /// Tells the program behind a connection, when it was started by hand, what came over it.
    pub(crate) fn tell(&self, to: &Answering, heard: Heard) {
        let entries = self.started.entries();
        let entry = entries.iter().find(|entry| to.pod.as_ref() == Some(&entry.pod) && entry.listener.port == to.port);
        if let Some(entry) = entry {
            // A program that does not keep up misses what comes meanwhile.
            let _ = entry.heard.try_send(heard);
        }
    }

    /// The ports on which somebody listens in a pod.
    pub(crate) fn open_ports(&self, pod: &ObjectName) -> Vec<(u16, Protocol)> {
        let fixed = self.pods.get(pod).into_iter().flat_map(|pod| &pod.listeners);
        let mut ports: Vec<_> = fixed.map(|listener| (listener.port, listener.protocol)).collect();
        let started = self.started.entries();
        ports.extend(
            started
                .iter()
                .filter(|entry| entry.pod == *pod)
                .map(|entry| (entry.listener.port, entry.listener.protocol)),
        );
        ports
    }
}
