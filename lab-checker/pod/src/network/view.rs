//! The network as a container sees it: whatever it is at the moment somebody looks.

use std::sync::Arc;

use netpol::ObjectName;

use super::topology::Network;

/// Takes a line of an access log.
type Log = dyn Fn(&ObjectName, String) + Send + Sync;

/// Reads a file of the container that serves a pod's traffic.
type Page = dyn Fn(&ObjectName, &str) -> Option<Vec<u8>> + Send + Sync;

/// The network at any moment, where a server's access log goes, and what it serves.
#[derive(Clone)]
pub struct NetworkView {
    current: Arc<dyn Fn() -> Arc<Network> + Send + Sync>,
    log: Arc<Log>,
    page: Arc<Page>,
}

impl NetworkView {
    /// A view that asks `current` each time, gives lines of access logs to `log`, and reads files by `page`.
    pub fn new(
        current: impl Fn() -> Arc<Network> + Send + Sync + 'static,
        log: impl Fn(&ObjectName, String) + Send + Sync + 'static,
        page: impl Fn(&ObjectName, &str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self { current: Arc::new(current), log: Arc::new(log), page: Arc::new(page) }
    }

    /// A file of the container that serves a pod's traffic.
    pub(crate) fn page(&self, pod: &ObjectName, path: &str) -> Option<Vec<u8>> {
        (self.page)(pod, path)
    }

    /// The network now.
    pub(crate) fn current(&self) -> Arc<Network> {
        (self.current)()
    }

    /// Writes a line into the log of the container that serves a pod's traffic.
    pub(crate) fn log(&self, pod: &ObjectName, line: String) {
        (self.log)(pod, line);
    }
}
