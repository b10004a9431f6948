//! The engine for pages, as `lab-checker/wasm/build` has made it: pages of labs preview drafts with it, and a server
//! without it does that itself. It is sent from a folder whose name says which build it is, so that browsers keep it.

use std::{collections::BTreeMap, fs, io, path::Path};

use axum::http::HeaderValue;
use sha2::{Digest, Sha256};

use super::book::File;
use crate::config::StartError;

/// The script that loads the program.
const SCRIPT: &str = "engine.js";
/// The program.
const PROGRAM: &str = "engine_bg.wasm";
/// The script that runs both beside the page, which is ours.
const WORKER: &str = "worker.js";
/// What every program of WebAssembly begins with.
const MAGIC: &[u8] = b"\0asm";
/// What the script has when it was built with a program that knows what we send it.
const PREVIEWS: &[u8] = b"class PreviewLab";
/// The worker alone may run the program; the page that it belongs to may not.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");

const NONE: &str = "holds no engine for pages (engine.js and engine_bg.wasm); lab-checker/wasm/build makes one, in its \
                    folder dist";
const OTHER: &str = "holds an engine of another version; build it again with lab-checker/wasm/build";

/// The engine, ready to be sent.
#[derive(Debug)]
pub(crate) struct Engine {
    /// The folder that it is sent from, below `/assets/`.
    folder: String,
    files: BTreeMap<&'static str, File>,
}

impl Engine {
    /// The engine in a folder, with the script that runs it in a page.
    pub(crate) fn load(folder: &Path, worker: &[u8]) -> Result<Self, StartError> {
        let failed = |reason| StartError::Engine { path: folder.to_owned(), reason, source: None };
        let [script, program] = [SCRIPT, PROGRAM].map(|name| read(folder, name));
        let (Some(script), Some(program)) = (script?, program?) else { return Err(failed(NONE)) };
        let is_ours = script.windows(PREVIEWS.len()).any(|part| part == PREVIEWS) && program.starts_with(MAGIC);
        if !is_ours {
            return Err(failed(OTHER));
        }
        let hash = [&script[..], &program, worker]
            .iter()
            .fold(Sha256::new(), |hash, part| hash.chain_update(part.len().to_le_bytes()).chain_update(part));
        let build: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let packed = |name: &str| {
            Ok::<_, StartError>([read(folder, &format!("{name}.br"))?, read(folder, &format!("{name}.gz"))?])
        };
        let files = BTreeMap::from([
            (SCRIPT, File::forever(SCRIPT, script, packed(SCRIPT)?)),
            (PROGRAM, File::forever(PROGRAM, program, packed(PROGRAM)?)),
            (WORKER, File::forever(WORKER, worker.to_vec(), [None, None]).allowing(POLICY)),
        ]);
        Ok(Self { folder: format!("engine-{build}"), files })
    }

    /// Where a page finds the script that runs it.
    pub(crate) fn address(&self) -> String {
        format!("/assets/{}/{WORKER}", self.folder)
    }

    /// One of its files, of this very build.
    pub(crate) fn file(&self, folder: &str, name: &str) -> Option<&File> {
        self.files.get(name).filter(|_| folder == self.folder)
    }
}

/// What is in a file; nothing where there is none.
fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, StartError> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StartError::Engine { path, reason: "cannot be read", source: Some(source) }),
    }
}
