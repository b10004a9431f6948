//! What the doctor found out about the networks of clusters, and when. It is kept in the data folder, for the commands
//! that say what policies say.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::input::data::{DataFolder, write_private};

const FILE: &str = "networks.json";

/// What the doctor found out about a cluster's network.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Known {
    /// What the experiments said together.
    pub(crate) proof: Proved,
    /// The day, in UTC.
    pub(crate) date: String,
}

/// What the experiments said together.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Proved {
    /// Policies are enforced, in all that was tried.
    Enforced,
    /// They are ignored, in all that was tried.
    Ignored,
    /// Some of what they say is enforced.
    Partly,
}

/// What is known of the cluster with this identity.
pub(crate) fn known(data: &DataFolder, identity: &str) -> Option<Known> {
    all(data).remove(identity)
}

/// Keeps what was found out; nothing of a cluster where nothing was.
pub(crate) fn remember(data: &DataFolder, identity: &str, proof: Option<Proved>) -> Result<()> {
    let path = data.create()?.join(FILE);
    let mut networks = all(data);
    match proof {
        Some(proof) => {
            let date = Timestamp::now().strftime("%Y-%m-%d").to_string();
            networks.insert(identity.to_owned(), Known { proof, date });
        }
        None => _ = networks.remove(identity),
    }
    write_private(&path, &serde_json::to_string_pretty(&networks).context("cannot write what was found out")?)
}

/// A file that cannot be read says nothing.
fn all(data: &DataFolder) -> BTreeMap<String, Known> {
    let text = data.path().ok().and_then(|path| std::fs::read_to_string(path.join(FILE)).ok());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
