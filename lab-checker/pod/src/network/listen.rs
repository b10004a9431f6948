//! Opening ports by hand, and hearing what comes.

use netpol::{ObjectName, Protocol};

use super::connect::Answering;
use super::opened_ports::{Heard, Port};
use super::topology::Network;
use crate::image::Listener;

impl Network {
    /// Opens a port of a pod; `None` when somebody has it already.
    pub(crate) fn listen(&self, pod: &ObjectName, listener: Listener) -> Option<Port> {
        match self.listener(pod, listener.port, listener.protocol) {
            Some(_) => None,
            None => self.opened.open(pod, listener),
        }
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
