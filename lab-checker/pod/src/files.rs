//! The files that are written in a container or mounted into it, and paths.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes the files written in one container may hold together.
const FILES_LIMIT: usize = 512 * 1024;
/// How many files one container may have.
const FILES: usize = 1000;

/// Files by absolute path; clones share them.
#[derive(Clone, Default)]
pub struct Files(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Files {
    /// Puts a file there.
    pub fn insert(&self, path: &str, bytes: Vec<u8>) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others: usize = files.iter().filter(|(known, _)| *known != path).map(|(_, bytes)| bytes.len()).sum();
        if others + bytes.len() <= FILES_LIMIT && files.len() < FILES {
            files.insert(path.to_owned(), bytes);
        }
    }

    /// Adds to the end of a file, which is made when there is none; `false` when there is no more room.
    pub(crate) fn append(&self, path: &str, bytes: &[u8]) -> bool {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = FILES_LIMIT.saturating_sub(files.values().map(Vec::len).sum());
        if files.len() >= FILES && !files.contains_key(path) {
            return false;
        }
        files.entry(path.to_owned()).or_default().extend_from_slice(&bytes[..bytes.len().min(room)]);
        bytes.len() <= room
    }

    /// A file's bytes.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Takes a file away; `false` when there was none.
    pub(crate) fn remove(&self, path: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path).is_some()
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

/// A path as seen from a directory, without `.` and `..`.
pub(crate) fn absolute(directory: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
