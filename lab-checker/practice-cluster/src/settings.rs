//! How practice clusters are set up: their nodes, whether policies are enforced, and what one may use.

use std::time::Duration;

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
    /// Objects.
    pub objects: usize,
    /// Pods among them.
    pub pods: usize,
    /// Bytes of all objects together.
    pub bytes: usize,
    /// Bytes of one request's body.
    pub body: usize,
    /// Watches at once.
    pub watches: usize,
    /// exec, attach and log sessions at once.
    pub sessions: usize,
    /// Changes kept for watches to replay.
    pub log: usize,
    /// Bytes of those changes together.
    pub log_bytes: usize,
    /// Bytes of large answers that clients have yet to read.
    pub unread: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            objects: 20_000,
            pods: 1_000,
            bytes: 64 << 20,
            body: 3 << 20,
            watches: 1_000,
            sessions: 64,
            log: 1_000,
            log_bytes: 16 << 20,
            unread: 128 << 20,
        }
    }
}

impl Limits {
    /// What is said when there is no room for more.
    pub(crate) fn full(&self) -> String {
        format!(
            "this practice cluster is full: it may hold {} objects and {} bytes; delete something first",
            self.objects, self.bytes
        )
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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enforcement: Enforcement::default(),
            enforcement_delay: Duration::ZERO,
            nodes: 1,
            limits: Limits::default(),
        }
    }
}
