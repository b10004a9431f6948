//! Opening ports by hand, and hearing what comes.

use bytes::Bytes;
use netpol::{ObjectName, Protocol};
use tokio::sync::mpsc;

use super::connect::Answering;
use super::opened_ports::{Clients, Heard, Port};
use super::topology::Network;
use crate::image::Listener;

impl Network {
    /// Opens a port of a pod; `None` when somebody has it already.
    pub(crate) fn listen(&self, pod: &ObjectName, listener: Listener, clients: Clients) -> Option<Port> {
        let taken = match self.listener(pod, listener.port, listener.protocol) {
            // What the container's own command is known to listen on: it is this program that does.
            Some(fixed) if fixed == listener => self.opened.find(pod, listener.port, listener.protocol).is_some(),
            Some(_) => true,
            None => false,
        };
        if taken { None } else { self.opened.open(pod, listener, clients) }
    }

    /// Connects a pod to the program behind a port, when it was started by hand: what it says comes out of the other
    /// end.
    pub(crate) fn call(&self, from: &ObjectName, to: &Answering) -> Option<mpsc::Receiver<Bytes>> {
        let client = self.address_of(from).unwrap_or(to.address);
        self.opened.call(to.pod.as_ref()?, to.port, client)
    }

    /// Tells the program behind a connection, when it was started by hand, what came over it.
    pub(crate) fn tell(&self, to: &Answering, heard: Heard) {
        if let Some(pod) = &to.pod {
            self.opened.tell(pod, to.port, heard);
        }
    }

    /// The ports on which somebody listens in a pod.
    pub(crate) fn open_ports(&self, pod: &ObjectName) -> Vec<(u16, Protocol)> {
        let fixed = self.pods.get(pod).into_iter().flat_map(|pod| &pod.listeners);
        let mut ports: Vec<_> = fixed.map(|listener| (listener.port, listener.protocol)).collect();
        ports.extend(self.opened.of(pod));
        ports
    }
}
