//! Under which prefix labs were begun in which cluster. It is kept in the data folder, so that all commands find the lab
//! there and call its namespaces as the book does, whatever kubeconfig leads to the cluster.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use cluster::Prefix;
use serde::{Deserialize, Serialize};

use crate::input::data::{DataFolder, write_private};
use crate::terminal::output;

const FILE: &str = "prefixes.json";

/// What is kept of a cluster.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    prefix: String,
    /// Of all labs that were begun under it, by their names in the book.
    namespaces: BTreeSet<String>,
}

/// The prefix of the cluster with this identity.
pub(crate) fn known(data: &DataFolder, identity: &str) -> Option<Prefix> {
    let Kept { prefix, namespaces } = all(data).remove(identity)?;
    Prefix::new(&prefix, namespaces).ok()
}

/// Keeps a prefix, for the namespaces that had it before too.
pub(crate) fn remember(data: &DataFolder, identity: &str, prefix: &Prefix) -> Result<()> {
    let mut kept = all(data);
    let mut namespaces: BTreeSet<String> = prefix.namespaces().map(str::to_owned).collect();
    if let Some(before) = kept.remove(identity).filter(|before| before.prefix == prefix.as_str()) {
        namespaces.extend(before.namespaces);
    }
    kept.insert(identity.to_owned(), Kept { prefix: prefix.as_str().to_owned(), namespaces });
    write(data, &kept)
}

/// Forgets it: nothing is in the cluster any more, or what is there has no prefix.
pub(crate) fn forget(data: &DataFolder, identity: &str) -> Result<()> {
    let mut kept = all(data);
    if kept.remove(identity).is_some() { write(data, &kept) } else { Ok(()) }
}

/// Says how the namespaces are called in the cluster.
pub(crate) fn say(prefix: &Prefix) -> std::io::Result<()> {
    output::note(&format!("{}; here they have the names of the book", called(prefix)))
}

/// How the namespaces are called in the cluster.
pub(crate) fn called(prefix: &Prefix) -> String {
    let names: Vec<String> = prefix.namespaces().map(|name| format!("{name} is {}", prefix.outside(name))).collect();
    format!("your namespaces begin with {} in this cluster: {}", prefix.as_str(), names.join(", "))
}

fn write(data: &DataFolder, kept: &BTreeMap<String, Kept>) -> Result<()> {
    let path = data.create()?.join(FILE);
    write_private(&path, &serde_json::to_string_pretty(kept).context("cannot write which prefix is used")?)
}

/// A file that cannot be read says nothing.
fn all(data: &DataFolder) -> BTreeMap<String, Kept> {
    let text = data.path().ok().and_then(|path| std::fs::read_to_string(path.join(FILE)).ok());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
