//! The files that are written in a container or mounted into it, and paths.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes the files written in one container may hold together.
const FILES_LIMIT: usize = 512 * 1024;

/// Files by absolute path; clones share them.
#[derive(Clone, Default)]
pub struct Files(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Files {
    /// Puts a file there.
    pub fn insert(&self, path: &str, bytes: Vec<u8>) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others: usize = files.iter().filter(|(known, _)| *known != path).map(|(_, bytes)| bytes.len()).sum();
        if others + bytes.len() <= FILES_LIMIT && files.len() < 1000 {
            files.insert(path.to_owned(), bytes);
        }
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
