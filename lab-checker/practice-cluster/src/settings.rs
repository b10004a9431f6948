//! How practice clusters are set up: their nodes, whether policies are enforced, and what one may use.

use std::sync::Arc;
use std::time::Duration;

use netpol::counted;
use tokio::sync::Semaphore;

/// What happens to NetworkPolicies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Enforcement {
    /// They decide who reaches whom.
    #[default]
    Enforcing,
    /// The same, and whoever is blocked is told at once (*Connection refused*), as kube-router does it; with the
    /// others they wait in vain.
    Rejecting,
    /// They are stored and ignored, as with a network plugin that does not know them.
    None,
}

/// What one cluster may use, so that its neighbours notice nothing.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Worlds behind its gate; they share everything below.
    pub worlds: usize,
    /// Objects.
    pub objects: usize,
    /// Pods among them.
    pub pods: usize,
    /// Bytes of all objects together.
    pub bytes: usize,
    /// Bytes of one request's body.
    pub body: usize,
    /// Requests that are computed at once.
    pub at_once: usize,
    /// Watches at once.
    pub watches: usize,
    /// exec, attach and log sessions at once.
    pub sessions: usize,
    /// Changes kept for watches to replay.
    pub log: usize,
    /// Bytes of those changes together.
    pub log_bytes: usize,
    /// Main processes of pods that run at once. The containers of others stand still.
    pub processes: usize,
    /// Bytes of large answers that clients have yet to read.
    pub unread: usize,
}

/// What all clusters of one process may use together, however many there are.
#[derive(Debug, Clone)]
pub struct LimitsOfAll {
    /// Watches at once.
    pub watches: usize,
    /// exec, attach and log sessions at once.
    pub sessions: usize,
    /// Main processes of pods that run at once.
    pub processes: usize,
}

impl Default for LimitsOfAll {
    fn default() -> Self {
        Self { watches: 20_000, sessions: 2_000, processes: 4_000 }
    }
}

/// What is left of it.
#[derive(Debug, Clone)]
pub(crate) struct OfAll {
    pub(crate) watches: Arc<Semaphore>,
    pub(crate) sessions: Arc<Semaphore>,
    pub(crate) processes: Arc<Semaphore>,
}

impl OfAll {
    pub(crate) fn new(limits: &LimitsOfAll) -> Self {
        let places = |most| Arc::new(Semaphore::new(most));
        Self { watches: places(limits.watches), sessions: places(limits.sessions), processes: places(limits.processes) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            worlds: 100,
            objects: 20_000,
            pods: 1_000,
            bytes: 64 << 20,
            body: 3 << 20,
            at_once: 4,
            watches: 1_000,
            sessions: 64,
            processes: 64,
            log: 1_000,
            log_bytes: 16 << 20,
            unread: 128 << 20,
        }
    }
}

/// What a cluster holds beyond what it began with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) objects: usize,
    pub(crate) pods: usize,
    pub(crate) bytes: usize,
}

impl std::iter::Sum for Used {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, used| Self {
            objects: sum.objects + used.objects,
            pods: sum.pods + used.pods,
            bytes: sum.bytes + used.bytes,
        })
    }
}

/// How the clusters of one process are set up.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Whether policies are enforced.
    pub enforcement: Enforcement,
    /// How long a change of policies takes to be enforced.
    pub enforcement_delay: Duration,
    /// How many nodes there are; at least one.
    pub nodes: u16,
    /// What one cluster may use.
    pub limits: Limits,
    /// What is left for all clusters.
    pub of_all: OfAll,
    /// What of that is used by the other worlds behind the same gate.
    pub elsewhere: Used,
}

impl Settings {
    /// The same for a cluster with this network plugin.
    pub(crate) fn enforcing(&self, enforcement: Enforcement) -> Self {
        Self { enforcement, ..self.clone() }
    }

    /// What is said when there is no room for more.
    pub(crate) fn full(&self) -> String {
        let Limits { objects, bytes, .. } = self.limits;
        let (objects, bytes) = (counted(objects, "object"), counted(bytes, "byte"));
        let full = format!("this practice cluster is full: it may hold {objects} and {bytes}");
        match self.elsewhere.objects {
            0 => format!("{full}; delete something first"),
            held => {
                let held = counted(held, "object");
                format!("{full}, and your other worlds hold {held} of these; delete something first")
            }
        }
    }

    /// What is said when there is no room for a further pod.
    pub(crate) fn full_of_pods(&self) -> String {
        let full = format!("exceeded limit of {} in a practice cluster", counted(self.limits.pods, "pod"));
        match self.elsewhere.pods {
            0 => full,
            held => format!("{full}, of which your other worlds hold {held}"),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enforcement: Enforcement::default(),
            enforcement_delay: Duration::ZERO,
            nodes: 1,
            limits: Limits::default(),
            of_all: OfAll::new(&LimitsOfAll::default()),
            elsewhere: Used::default(),
        }
    }
}
