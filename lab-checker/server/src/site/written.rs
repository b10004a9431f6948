//! The folder on disk: every file, those that are large also compressed, and the script that keeps all of it in a
//! browser, with a hash of each, so that a browser never has files of two builds.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::error::{Files, SiteError};

/// The script that keeps the site in a browser, at its top: from there it may answer for all of it.
const KEEPER: &str = "sw.js";
/// The mark of GitHub's Pages that files are to be sent as they are, and ours that a folder holds a site.
const MARK: &str = ".nojekyll";
/// From how many bytes on a text is compressed beforehand.
const LARGE: usize = 16 << 10;

/// Where a site is written to.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A new folder, an empty one, or one that holds a site.
    pub(super) fn new(out: &Path) -> Result<Self, SiteError> {
        let is_site = [MARK, KEEPER, "index.html"].iter().all(|file| out.join(file).is_file());
        match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
            Ok(is_empty) if is_empty || is_site => Ok(Self(out.to_owned())),
            Ok(_) => Err(SiteError::Occupied(out.to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(out.to_owned())),
            Err(source) => Err(SiteError::Read { path: out.to_owned(), source }),
        }
    }

    /// Writes the site, in the place of what is there.
    pub(super) fn write(self, mut files: Files) -> Result<(), SiteError> {
        add_keeper(&mut files);
        add_compressed(&mut files);
        files.insert(MARK.to_owned(), Vec::new());
        if self.0.exists() {
            empty(&self.0).map_err(|source| SiteError::Write { path: self.0.clone(), source })?;
        }
        for (path, content) in files {
            let path = self.0.join(path);
            let folder = path.parent().unwrap_or(&self.0);
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, content));
            written.map_err(|source| SiteError::Write { path, source })?;
        }
        Ok(())
    }
}

fn empty(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

/// Where a page says which build it is of.
const UNSAID: &str = " data-site ";

/// The keeper, which knows all files and their hashes, in the place of the script that it is made of; and each page says
/// which build it is of.
fn add_keeper(files: &mut Files) {
    let Some(script) = files.remove(&format!("assets/{KEEPER}")) else { return };
    let hash = |content: &[u8]| STANDARD.encode(Sha256::digest(content));
    let all = files.iter().flat_map(|(path, content)| [hash(path.as_bytes()), hash(content)]);
    let version = hash(all.chain([hash(&script)]).collect::<String>().as_bytes());
    for (_, page) in files.iter_mut().filter(|(path, _)| path.ends_with(".html")) {
        let said = String::from_utf8_lossy(page).replacen(UNSAID, &format!(" data-site=\"{version}\" "), 1);
        *page = said.into_bytes();
    }
    let kept = files.iter().filter(|(path, _)| !path.ends_with(".br") && !path.ends_with(".gz"));
    let hashes: Map<String, Value> = kept.map(|(path, content)| (path.clone(), json!(hash(content)))).collect();
    let hashes = Value::Object(hashes);
    let build = json!({ "version": version, "files": hashes });
    let mut keeper = format!("self.BUILD = {build};\n").into_bytes();
    keeper.extend(script);
    files.insert(KEEPER.to_owned(), keeper);
}

fn add_compressed(files: &mut Files) {
    let is_text = |path: &str| [".html", ".css", ".js", ".json", ".svg", ".wasm"].iter().any(|end| path.ends_with(end));
    let large = files.iter().filter(|(path, content)| content.len() >= LARGE && is_text(path));
    let packed: Vec<_> = large
        .map(|(path, content)| (format!("{path}.gz"), gzip(content)))
        .filter(|(path, _)| !files.contains_key(path))
        .collect();
    files.extend(packed);
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(content).and_then(|()| encoder.finish());
    packed.expect("memory takes whatever is written to it")
}
