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
    mounts: Vec<Mount>,
}

/// A volume, where a container sees it.
#[derive(Clone)]
struct Mount {
    path: String,
    volume: Files,
    /// Where in the volume the container's part begins.
    below: String,
    read_only: bool,
}

impl Mount {
    /// Where a file of the container stands in the volume.
    fn inside(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(&self.path).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        Some(format!("{}{rest}", self.below))
    }
}

impl Default for Written {
    fn default() -> Self {
        Self { files: BTreeMap::new(), held: Held::by_files(), mounts: Vec::new() }
    }
}

impl Files {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a volume at a path: from `below` on what others write there is seen here, and the other way round.
    pub fn mount(&self, path: &str, volume: &Files, below: &str, read_only: bool) {
        let path = absolute("/", path);
        let below = absolute("/", below).trim_end_matches('/').to_owned();
        let mount = Mount { path, volume: volume.clone(), below, read_only };
        let mounts = &mut self.written().mounts;
        mounts.retain(|known| known.path != mount.path);
        mounts.push(mount);
        // The innermost first.
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.path.len()));
    }

    /// Where volumes are mounted.
    pub(crate) fn mounted(&self) -> Vec<String> {
        self.written().mounts.iter().map(|mount| mount.path.clone()).collect()
    }

    /// Whether what stands at a path cannot be written.
    pub(crate) fn is_read_only(&self, path: &str) -> bool {
        let written = self.written();
        written.mounts.iter().find(|mount| mount.inside(path).is_some()).is_some_and(|mount| mount.read_only)
    }

    /// The volume that a path is in, and the path there.
    fn volume(&self, path: &str) -> Option<(Files, String)> {
        let written = self.written();
        written.mounts.iter().find_map(|mount| Some((mount.volume.clone(), mount.inside(path)?)))
    }

    /// Puts a file there; `false` when there is no room for it, and what was there before stays.
    pub fn insert(&self, path: &str, bytes: Vec<u8>) -> bool {
        match self.volume(path) {
            Some((volume, path)) => volume.insert_here(&path, bytes),
            None => self.insert_here(path, bytes),
        }
    }

    fn insert_here(&self, path: &str, bytes: Vec<u8>) -> bool {
        let Written { files, held, .. } = &mut *self.written();
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
        match self.volume(path) {
            Some((volume, path)) => volume.append_here(&path, bytes),
            None => self.append_here(path, bytes),
        }
    }

    fn append_here(&self, path: &str, bytes: &[u8]) -> bool {
        let Written { files, held, .. } = &mut *self.written();
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

    /// Takes away the files whose paths are not wanted.
    pub fn keep(&self, is_wanted: impl Fn(&str) -> bool) {
        let unwanted: Vec<String> = self.written().files.keys().filter(|path| !is_wanted(path)).cloned().collect();
        for path in unwanted {
            self.remove_here(&path);
        }
    }

    /// A file's bytes.
    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        match self.volume(path) {
            Some((volume, path)) => volume.written().files.get(&path).cloned(),
            None => self.written().files.get(path).cloned(),
        }
    }

    /// Takes a file away; `false` when there was none.
    pub fn remove(&self, path: &str) -> bool {
        match self.volume(path) {
            Some((volume, path)) => volume.remove_here(&path),
            None => self.remove_here(path),
        }
    }

    fn remove_here(&self, path: &str) -> bool {
        let Written { files, held, .. } = &mut *self.written();
        let removed = files.remove(path);
        if let Some(bytes) = &removed {
            held.less(path.len() + bytes.len());
        }
        removed.is_some()
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> Vec<String> {
        let (mut paths, mounts): (Vec<String>, Vec<Mount>) = {
            let written = self.written();
            (written.files.keys().cloned().collect(), written.mounts.clone())
        };
        paths.retain(|path| mounts.iter().all(|mount| mount.inside(path).is_none()));
        for (at, mount) in mounts.iter().enumerate() {
            let seen = mount.volume.written();
            paths.extend(seen.files.keys().filter_map(|file| {
                let rest = file.strip_prefix(&mount.below).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
                let path = format!("{}{rest}", mount.path);
                mounts[..at].iter().all(|inner| inner.inside(&path).is_none()).then_some(path)
            }));
        }
        paths
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
    fn who_mounts_a_volume_sees_what_others_write_there() {
        let (one, other, volume) = (Files::default(), Files::default(), Files::default());
        one.mount("/data/", &volume, "", false);
        other.mount("/srv/www", &volume, "sub", true);
        assert!(one.insert("/data/sub/index.html", b"hello".to_vec()) && one.append("/data/sub/index.html", b"!"));
        assert!(one.insert("/data.txt", Vec::new()) && one.insert("/data/other", Vec::new()));
        assert_eq!(other.get("/srv/www/index.html").as_deref(), Some(b"hello!".as_slice()));
        assert_eq!(other.paths(), ["/srv/www/index.html"], "its own part alone");
        assert_eq!(one.paths(), ["/data.txt", "/data/other", "/data/sub/index.html"]);
        assert_eq!((one.mounted(), other.is_read_only("/srv/www/x")), (vec!["/data".to_owned()], true));
        assert!(!one.is_read_only("/data/x") && !other.is_read_only("/srv/wwwx"));
        assert!(one.remove("/data/sub/index.html") && other.get("/srv/www/index.html").is_none());
    }

    #[test]
    fn a_volume_in_a_volume_hides_what_is_behind_it() {
        let (files, outer, inner) = (Files::default(), Files::default(), Files::default());
        files.mount("/data", &outer, "", false);
        assert!(files.insert("/data/in/a", vec![1]));
        files.mount("/data/in", &inner, "", false);
        assert!(files.get("/data/in/a").is_none() && files.insert("/data/in/b", vec![2]));
        assert_eq!(files.paths(), ["/data/in/b"]);
        assert_eq!((inner.paths(), outer.paths()), (vec!["/b".to_owned()], vec!["/in/a".to_owned()]));
    }

    #[test]
    fn so_many_files_and_no_more() {
        let files = Files::default();
        assert!((0..MOST).all(|number| files.insert(&format!("/tmp/{number}"), Vec::new())));
        assert!(!files.insert("/tmp/more", Vec::new()));
        assert!(files.insert("/tmp/1", vec![1]), "one that is there may change");
    }
}
