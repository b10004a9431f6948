//! Why there is no site, and the files that it is made of.

use std::{collections::BTreeMap, path::PathBuf};

/// The files of the site by their path.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file cannot be read.
    #[error("{path}: cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{path}: cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder holds something else, which building would delete.
    #[error("{0} is not empty and holds no site: name another folder, or empty it")]
    Occupied(PathBuf),
    /// The engine was not built.
    #[error("{0} holds no engine for the page (engine.js and engine_bg.wasm)")]
    NoEngine(PathBuf),
    /// The base is no path.
    #[error("`{0}` is no path below which a site can be: write it as in an address, `/` or `/my-course/`")]
    Base(String),
    /// A page cannot be made.
    #[error("a page of the site cannot be made")]
    Page(#[source] Box<dyn std::error::Error + Send + Sync>),
}
