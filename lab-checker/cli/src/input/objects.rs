//! Kubernetes objects, wherever a command has them from.

use anyhow::{Context as _, Result};
use cluster::Prefix;
use manifest::{Origin, Places, PodMaker, Source};
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
    /// Where each stands in the files that it was read from; none of a cluster's.
    pub(crate) origins: Vec<Origin>,
    /// What among them makes pods that they do not hold; not known of a cluster, which holds its pods.
    pub(crate) makers: Vec<PodMaker>,
    /// What the learner's namespaces begin with in the cluster, where they have the names of the book here.
    pub(crate) prefix: Option<Prefix>,
}

impl Objects {
    /// The snapshot that they are.
    pub(crate) fn lower(&self) -> Result<Snapshot> {
        manifest::lower(&self.values, self.from).context("the objects cannot be used")
    }

    /// A namespace as it is called here, written in this way or as the cluster calls it.
    pub(crate) fn meant<'a>(&self, written: &'a str) -> &'a str {
        self.prefix.as_ref().map_or(written, |prefix| prefix.meant(written))
    }

    /// Where the policies stand; those that name no namespace are in this one.
    pub(crate) fn places(&self, namespace: &str) -> Places<'_> {
        Places::of_each(self.values.iter().zip(&self.origins), namespace)
    }
}
