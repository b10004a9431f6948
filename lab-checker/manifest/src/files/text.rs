//! Reading one file as text, within limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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
