//! A lab as it is judged, written into a folder for programs and for people: the files of the lab, with everything
//! in them that they leave to the lab.

use std::path::{Path, PathBuf};

use manifest::yaml::Document;
use serde_json::Value;

use super::course::Course;
use crate::labs::Lab;
use crate::snapshot::fill_namespace;

/// The folders of a lab. All of them are written, so that nobody need ask which there are.
const FOLDERS: [&str; 5] = ["start", "solution", "also-right", "mistakes", "worlds"];

/// The file that tells a lab's folder from any other.
const LAB: &str = "lab.yaml";

/// Why a lab cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be written.
    #[error("{path}: cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds something else, which writing would mix with a lab.
    #[error("{0} is not empty and holds no lab: name another folder, or empty it")]
    Occupied(PathBuf),
}

impl Course {
    /// Writes a lab of this course into a folder: `lab.yaml`, `start/`, `solution/`, `also-right/`, `mistakes/` and
    /// `worlds/`, whether there is anything in them or not. Objects without a namespace get the lab's. A folder that
    /// holds a lab already has it replaced.
    ///
    /// # Errors
    /// When the folder holds something else, or a file cannot be written.
    pub fn export(&self, lab: &Lab, to: &Path) -> Result<(), ExportError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::Write { path, source }
        };
        std::fs::create_dir_all(to).map_err(failed(to))?;
        let is_empty = std::fs::read_dir(to).map_err(failed(to))?.next().is_none();
        if !is_empty && !to.join(LAB).is_file() {
            return Err(ExportError::Occupied(to.to_owned()));
        }
        for folder in FOLDERS.map(|folder| to.join(folder)) {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).map_err(failed(&folder))?;
            }
            std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
        }
        let own = format!("labs/{}/", lab.name);
        for (path, text) in self.files.under(&own) {
            let relative = &path[own.len()..];
            let is_manifest =
                FOLDERS.iter().any(|folder| relative.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
            if relative != LAB && !is_manifest {
                continue;
            }
            let text = if is_manifest { with_namespaces(path, text, &lab.namespace) } else { text.to_owned() };
            let path = to.join(relative);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(failed(folder))?;
            }
            std::fs::write(&path, text).map_err(failed(&path))?;
        }
        Ok(())
    }
}

/// The text as its author wrote it, when every object in it says where it stands; else the objects with the namespace
/// that they are judged in. What cannot be read stays as it is: that may be the mistake.
fn with_namespaces(path: &str, text: &str, namespace: &str) -> String {
    let (documents, wrong) = manifest::yaml::read(path, text);
    let complete = |document: &Document| {
        let mut object = document.value.clone();
        fill_namespace(&mut object, namespace);
        object
    };
    let objects: Vec<Value> = documents.iter().map(complete).collect();
    if !wrong.is_empty() || documents.iter().zip(&objects).all(|(document, object)| document.value == *object) {
        return text.to_owned();
    }
    objects.iter().map(manifest::to_yaml).collect::<Vec<_>>().join("---\n")
}
