//! Reading manifests from files, folders and the standard input, within limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::parse::{Parsed, parse};
use crate::text::{Diagnostic, Severity};

/// Larger files are refused before they are read.
pub const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Why a path could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The operating system says no.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// What was named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Too large to be a manifest.
    #[error("{} is larger than {} MiB: split it, or name the cluster with --context instead", path.display(), MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// What was named.
        path: PathBuf,
    },
    /// Not a text.
    #[error("{} is not a text: byte {offset} is not UTF-8, and a manifest is YAML or JSON", path.display())]
    NotText {
        /// What was named.
        path: PathBuf,
        /// The first byte that is not, from 0.
        offset: usize,
    },
    /// A folder without manifests.
    #[error("{} holds no .yaml, .yml or .json file", path.display())]
    EmptyFolder {
        /// What was named.
        path: PathBuf,
    },
}

/// Reads files, folders (their `.yaml`, `.yml` and `.json` files, subfolders included, in the order
/// of their names) and, for `-`, the standard input.
///
/// # Errors
/// When something named cannot be read; what is wrong *inside* a manifest is in the diagnostics.
pub fn load(paths: &[PathBuf]) -> Result<Parsed, LoadError> {
    let mut all = Parsed::default();
    for path in paths {
        for file in expand(path)? {
            let text = read_text(&file)?;
            let name = file.to_string_lossy();
            let parsed = parse(&name, &text);
            if parsed.objects.is_empty() && parsed.diagnostics.is_empty() {
                all.diagnostics.push(empty(&name));
            }
            all.objects.extend(parsed.objects);
            all.diagnostics.extend(parsed.diagnostics);
        }
    }
    Ok(all)
}

fn empty(file: &str) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line: 1,
        column: 1,
        length: 1,
        source_line: String::new(),
        field: None,
        message: "there is no Kubernetes object in this file".to_owned(),
        help: None,
        api_server: None,
        severity: Severity::Warning,
    }
}

fn expand(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    if path.as_os_str() == "-" || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    collect(path, &mut files)?;
    if files.is_empty() {
        return Err(LoadError::EmptyFolder { path: path.to_owned() });
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), LoadError> {
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
        if kind.is_dir() {
            collect(&path, files)?;
        } else if manifest && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads one file, or the standard input for `-`, as text.
///
/// # Errors
/// When it cannot be read, is larger than [`MAX_FILE_BYTES`], or is not a text.
pub fn read_text(path: &Path) -> Result<String, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let bytes = if path.as_os_str() == "-" {
        limited(io::stdin().lock(), 0).map_err(unreadable)?
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        if length > MAX_FILE_BYTES {
            return Err(LoadError::TooLarge { path: path.to_owned() });
        }
        limited(file, length).map_err(unreadable)?
    };
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge { path: path.to_owned() });
    }
    decode(bytes).map_err(|offset| LoadError::NotText { path: path.to_owned(), offset })
}

fn limited(source: impl Read, expected: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// UTF-8, or UTF-16 with a byte order mark, which is what PowerShell's `>` writes.
fn decode(bytes: Vec<u8>) -> Result<String, usize> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes[2..].as_chunks::<2>();
        String::from_utf16(&pairs.iter().map(|pair| from(*pair)).collect::<Vec<_>>()).map_err(|_| 2)
    };
    match bytes.get(..2) {
        Some([0xFF, 0xFE]) => wide(u16::from_le_bytes),
        Some([0xFE, 0xFF]) => wide(u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to()),
    }
}
