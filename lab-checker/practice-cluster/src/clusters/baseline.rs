//! A fresh cluster: what is there before anybody has done anything. Built once; every cluster shares it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::controllers::{self, fresh_cluster};
use crate::incoming::create;
use crate::settings::{Enforcement, Settings};
use crate::status::Status;
use crate::store::canonical;
use crate::store::object;
use crate::store::setup::Setup;
use crate::store::state::{Key, State};
use crate::store::transaction::{Purpose, Transaction};

/// The setup of clusters made now: one moment for all that this process makes, so that they share their baseline.
pub(crate) fn setup(settings: &Settings, enforcement: Enforcement) -> Setup {
    static STARTED: OnceLock<Timestamp> = OnceLock::new();
    Setup::new(*STARTED.get_or_init(Timestamp::now), settings.nodes, enforcement)
}

/// The state of a fresh cluster, shared by all clusters of its setup. The process's `settings` say the rest.
pub(crate) fn state(setup: &Setup, settings: &Settings) -> State {
    static CACHE: Mutex<Option<HashMap<Setup, State>>> = Mutex::new(None);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = cache.get_or_insert_default();
    if cache.len() > 16 {
        cache.clear();
    }
    cache.entry(*setup).or_insert_with(|| build(setup, settings)).clone()
}

/// Lets the controllers complete the objects of `manifest::baseline`, and then gives them uids and times that
/// are the same each time, so that a cluster that is loaded again is the same cluster.
fn build(setup: &Setup, settings: &Settings) -> State {
    let own = Settings { nodes: setup.nodes, ..settings.enforcing(setup.enforcement) };
    let raw = completed(&Arc::new(own));
    let stamp = setup.created().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut state = State::default();
    let uids: HashMap<String, String> =
        raw.all().map(|(key, object)| (object::uid(object).to_owned(), stable_uid(key))).collect();
    for (key, object) in raw.all() {
        let object = restamp(object, &uids, &stamp);
        state.put(key.clone(), Arc::new(canonical::ordered(object)));
    }
    state.set_revision(raw.revision());
    state
}

/// What the controllers make of the objects, with the uids and times of the first time: once for each way in
/// which clusters are set up, because a class may open hundreds of clusters within minutes.
fn completed(settings: &Arc<Settings>) -> State {
    static CACHE: Mutex<Option<HashMap<(u16, Enforcement), State>>> = Mutex::new(None);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let complete = || {
        let mut tx =
            Transaction::begin(State::default(), Arc::clone(settings), Purpose::Store, controllers::CONTROLLERS);
        if let Err(error) = fill(&mut tx) {
            tracing::error!(%error, "the baseline of practice clusters was refused");
        }
        tx.finish().state
    };
    cache.get_or_insert_default().entry((settings.nodes, settings.enforcement)).or_insert_with(complete).clone()
}

fn fill(tx: &mut Transaction) -> Result<(), Status> {
    for object in manifest::baseline() {
        create::admitted(tx, object)?;
    }
    fresh_cluster::complete(tx)?;
    tx.settle()
}

fn restamp(object: &Arc<Value>, uids: &HashMap<String, String>, stamp: &str) -> Value {
    let mut object = Value::clone(object);
    replace_strings(&mut object, &|text| uids.get(text).cloned().or_else(|| is_time(text).then(|| stamp.to_owned())));
    object
}

fn replace_strings(value: &mut Value, with: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = with(text) {
                *text = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace_strings(item, with)),
        Value::Object(map) => map.values_mut().for_each(|item| replace_strings(item, with)),
        _ => {}
    }
}

fn is_time(text: &str) -> bool {
    text.len() == 20 && text.ends_with('Z') && text.parse::<Timestamp>().is_ok()
}

fn stable_uid(key: &Key) -> String {
    let name = format!("{}/{}/{}", key.qualified(), key.namespace(), key.name());
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
