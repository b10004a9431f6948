//! What the worlds of labs begin with, as far as a check reads it: what is kept of an attempt is told against it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use manifest::ObjectId;
use serde_json::Value;

/// How many are remembered: a few for each lab.
const MOST: usize = 256;

/// The objects that a world begins with, in the order of their names.
#[derive(Debug)]
pub(crate) struct Start {
    /// What it is found under in the store.
    pub(crate) hash: String,
    pub(crate) objects: BTreeMap<ObjectId, Value>,
}

/// Those that have been needed so far.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    by_hash: Known,
    of_labs: Known,
}

type Known = Mutex<HashMap<String, Arc<Start>>>;

impl Starts {
    /// What the world of a lab begins with today.
    pub(crate) fn of_lab(&self, lab: &str) -> Option<Arc<Start>> {
        found(&self.of_labs, lab)
    }

    /// What a world began with.
    pub(crate) fn of_hash(&self, hash: &str) -> Option<Arc<Start>> {
        found(&self.by_hash, hash)
    }

    /// Remember what the world of a lab begins with today.
    pub(crate) fn remember_today(&self, lab: &str, start: &Arc<Start>) {
        remember(&self.of_labs, lab, start);
        self.remember(start);
    }

    /// Remember what a world began with.
    pub(crate) fn remember(&self, start: &Arc<Start>) {
        remember(&self.by_hash, &start.hash, start);
    }
}

fn found(known: &Known, key: &str) -> Option<Arc<Start>> {
    known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
}

fn remember(known: &Known, key: &str, start: &Arc<Start>) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key.to_owned(), Arc::clone(start));
}
