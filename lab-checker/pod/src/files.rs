//! The files that are written in a container or mounted into it, and paths.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::room::Held;

/// How many files may be written in one container.
const MOST: usize = 1000;
/// A disk fills in blocks.
const BLOCK: usize = 512;

/// Files by absolute path; clones share them.
#[derive(Clone, Default)]
pub struct Files(Arc<Mutex<Written>>);

struct Written {
    files: BTreeMap<String, Vec<u8>>,
    held: Held<'static>,
}

impl Default for Written {
    fn default() -> Self {
        Self { files: BTreeMap::new(), held: Held::by_files() }
    }
}

impl Files {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a file there; `false` when there is no room for it, and what was there before stays.
    pub fn insert(&self, path: &str, bytes: Vec<u8>) -> bool {
        let Written { files, held } = &mut *self.written();
        let (before, after) = (files.get(path).map_or(0, |old| path.len() + old.len()), path.len() + bytes.len());
        let fits = match after.checked_sub(before) {
            Some(more) => held.more(more),
            None => {
                held.less(before - after);
                true
            }
        };
        let is_taken = fits && (files.len() < MOST || files.contains_key(path));
        if is_taken {
            files.insert(path.to_owned(), bytes);
        } else if fits {
            held.less(after);
        }
        is_taken
    }

    /// Adds to the end of a file, which is made when there is none: as much as there is room for. `false` when that is
    /// not all.
    pub(crate) fn append(&self, path: &str, bytes: &[u8]) -> bool {
        let Written { files, held } = &mut *self.written();
        if !files.contains_key(path) {
            if files.len() >= MOST || !held.more(path.len()) {
                return false;
            }
            files.insert(path.to_owned(), Vec::new());
        }
        let file = files.entry(path.to_owned()).or_default();
        bytes.chunks(BLOCK).all(|block| {
            let fits = held.more(block.len());
            if fits {
                file.extend_from_slice(block);
            }
            fits
        })
    }

    /// A file's bytes.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.written().files.get(path).cloned()
    }

    /// Takes a file away; `false` when there was none.
    pub(crate) fn remove(&self, path: &str) -> bool {
        let Written { files, held } = &mut *self.written();
        let removed = files.remove(path);
        if let Some(bytes) = &removed {
            held.less(path.len() + bytes.len());
        }
        removed.is_some()
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.written().files.keys().cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_keeps_what_is_there_and_takes_what_fits() {
        let files = Files::default();
        assert!(files.insert("/tmp/a", vec![1; 400 << 10]));
        assert!(!files.insert("/tmp/b", vec![2; 200 << 10]), "more than one container may hold");
        assert!(!files.insert("/tmp/a", vec![3; 600 << 10]));
        assert_eq!(files.get("/tmp/a"), Some(vec![1; 400 << 10]), "the old file stays");
        assert!(files.insert("/tmp/a", vec![4; 10]));
        assert!(files.insert("/tmp/b", vec![2; 200 << 10]), "there is room again");
        assert!(!files.append("/tmp/b", &[6; 400 << 10]), "there is room for a part of it");
        assert!((500 << 10..512 << 10).contains(&files.get("/tmp/b").unwrap().len()));
        assert!(files.remove("/tmp/b") && files.insert("/tmp/c", vec![5; 500 << 10]));
    }

    #[test]
    fn so_many_files_and_no_more() {
        let files = Files::default();
        assert!((0..MOST).all(|number| files.insert(&format!("/tmp/{number}"), Vec::new())));
        assert!(!files.insert("/tmp/more", Vec::new()));
        assert!(files.insert("/tmp/1", vec![1]), "one that is there may change");
    }
}
