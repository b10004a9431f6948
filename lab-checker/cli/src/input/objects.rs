//! Kubernetes objects, wherever a command has them from.

use anyhow::{Context as _, Result};
use manifest::Source;
use netpol::Snapshot;
use serde_json::Value;

use crate::input::incomplete::Incomplete;

/// Kubernetes objects, and what kind of place they came from.
#[derive(Debug)]
pub(crate) struct Objects {
    /// The objects.
    pub(crate) values: Vec<Value>,
    /// How complete they are.
    pub(crate) from: Source,
    /// What they leave out.
    pub(crate) incomplete: Incomplete,
}

impl Objects {
    /// The snapshot that they are.
    pub(crate) fn lower(&self) -> Result<Snapshot> {
        manifest::lower(&self.values, self.from).context("the objects cannot be used")
    }
}
