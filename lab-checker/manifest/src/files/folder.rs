//! What of a folder is read: its YAML and JSON files, without those that a kustomization only patches with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::text::{LoadError, read_text};
use crate::text::yaml;

/// The names that kustomize looks for.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What was found in a folder.
pub(super) struct Found {
    /// Files that may be manifests, in the order of their names, subfolders included.
    pub(super) files: Vec<PathBuf>,
    /// Files that are no manifests, as a kustomization says: patches.
    pub(super) patches: BTreeSet<PathBuf>,
}

/// Looks through a folder.
pub(super) fn look(folder: &Path) -> Result<Found, LoadError> {
    let mut found = Found { files: Vec::new(), patches: BTreeSet::new() };
    collect(folder, &mut found)?;
    if found.files.is_empty() {
        return Err(LoadError::EmptyFolder { path: folder.to_owned() });
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut Found) -> Result<(), LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: folder.to_owned(), source };
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // Links to folders are not followed: they may lead back here.
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        let manifest =
            path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known));
        if KUSTOMIZATIONS.iter().any(|name| entry.file_name() == *name) {
            found.patches.extend(patches(folder, &path));
        }
        if kind.is_dir() {
            collect(&path, found)?;
        } else if manifest && path.is_file() {
            found.files.push(path);
        }
    }
    Ok(())
}

/// The files that a kustomization names as patches. What is wrong with it is not our affair.
fn patches(folder: &Path, kustomization: &Path) -> Vec<PathBuf> {
    let Ok(text) = read_text(kustomization) else { return Vec::new() };
    let (documents, _) = yaml::read("", &text);
    let each = |document: &yaml::Document, field: &str| document.value[field].as_array().cloned().unwrap_or_default();
    let named = documents.iter().flat_map(|document| {
        ["patches", "patchesJson6902", "patchesStrategicMerge"].into_iter().flat_map(move |field| each(document, field))
    });
    let path = |patch: Value| patch.as_str().or_else(|| patch["path"].as_str()).map(str::to_owned);
    // A patch may also stand in the kustomization itself.
    let paths = named.filter_map(path).filter(|path| !path.contains('\n'));
    paths.map(|path| plain(&folder.join(path))).collect()
}

/// `a/b/../c` as `a/c`, so that two ways to write a path are one.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if plain.file_name().is_some() => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}
