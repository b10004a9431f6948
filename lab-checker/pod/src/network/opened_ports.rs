//! Ports that programs started by hand listen on: `nc -l` in one terminal, a client in another.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use netpol::{ObjectName, Protocol};
use tokio::sync::mpsc;

use crate::image::Listener;

/// How many such listeners one cluster may have.
const MOST: usize = 256;

/// What a listener hears.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    /// A client connected from an address, and hears what is sent here.
    Opened(IpAddr, mpsc::Sender<Bytes>),
    /// It sent this.
    Text(Bytes),
    /// It hung up.
    Closed,
}

/// The ports of a cluster that were opened by hand; clones share them.
#[derive(Clone, Default)]
pub struct OpenedPorts(Arc<Shared>);

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
    /// How many clients it takes, and whether it has had the only one.
    clients: Clients,
    busy: bool,
}

/// How many clients a program takes that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clients {
    /// It ends with the first.
    One,
    /// One after the other.
    Many,
}

/// An open port; it is closed when this is dropped.
pub(crate) struct Port {
    all: OpenedPorts,
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
        self.all.entries().retain(|entry| entry.id != self.id);
    }
}

impl OpenedPorts {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The listener on a port of a pod.
    pub(super) fn find(&self, pod: &ObjectName, port: u16, protocol: Protocol) -> Option<Listener> {
        let entries = self.entries();
        let mut own = entries.iter().filter(|entry| entry.pod == *pod).map(|entry| &entry.listener);
        own.find(|listener| listener.port == port && listener.protocol == protocol).cloned()
    }

    /// Opens a port of a pod; `None` when the cluster has too many.
    pub(super) fn open(&self, pod: &ObjectName, listener: Listener, clients: Clients) -> Option<Port> {
        let mut entries = self.entries();
        if entries.len() >= MOST {
            return None;
        }
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (sender, heard) = mpsc::channel(64);
        entries.push(Entry { id, pod: pod.clone(), listener, heard: sender, clients, busy: false });
        Some(Port { all: self.clone(), id, heard })
    }

    /// Connects a client to the program behind a port; what the program says comes out of the other end. `None` when
    /// no program is there, or it is busy.
    pub(super) fn call(&self, pod: &ObjectName, port: u16, client: IpAddr) -> Option<mpsc::Receiver<Bytes>> {
        let mut entries = self.entries();
        let mut all = entries.iter_mut();
        let entry = all.find(|entry| entry.pod == *pod && entry.listener.port == port && !entry.busy)?;
        let (back, said) = mpsc::channel(64);
        entry.heard.try_send(Heard::Opened(client, back)).ok()?;
        entry.busy = entry.clients == Clients::One;
        Some(said)
    }

    /// Tells the program behind a port what came over it.
    pub(super) fn tell(&self, pod: &ObjectName, port: u16, heard: Heard) {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.pod == *pod && entry.listener.port == port);
        if let Some(entry) = entry {
            // A program that does not keep up misses what comes meanwhile.
            let _ = entry.heard.try_send(heard);
        }
    }

    /// The ports of a pod, with their protocols.
    pub(super) fn of(&self, pod: &ObjectName) -> Vec<(u16, Protocol)> {
        let entries = self.entries();
        let own = entries.iter().filter(|entry| entry.pod == *pod);
        own.map(|entry| (entry.listener.port, entry.listener.protocol)).collect()
    }
}
