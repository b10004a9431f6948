//! Packs the course into the crate: a gzipped tar archive, a tenth of its size.

#[cfg(feature = "book")]
use std::io;
#[cfg(feature = "book")]
use std::path::{Path, PathBuf};

#[cfg(feature = "book")]
use flate2::{Compression, GzBuilder};

#[cfg(not(feature = "book"))]
fn main() {}

#[cfg(feature = "book")]
fn main() -> io::Result<()> {
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    let file = std::fs::File::create(out.join("course.tar.gz"))?;
    let mut archive = tar::Builder::new(GzBuilder::new().mtime(0).write(file, Compression::best()));
    archive.mode(tar::HeaderMode::Deterministic);
    for part in ["book", "labs", "quizzes"] {
        println!("cargo::rerun-if-changed=../../{part}");
        add(&mut archive, Path::new("../.."), part)?;
    }
    archive.into_inner()?.finish()?;
    Ok(())
}

#[cfg(feature = "book")]
/// A folder and what it holds, but for hidden files, and for what a plain `mdbook build book` leaves there.
fn add(archive: &mut tar::Builder<impl io::Write>, root: &Path, folder: &str) -> io::Result<()> {
    let mut entries = std::fs::read_dir(root.join(folder))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let path = format!("{folder}/{name}");
        match entry.file_type()? {
            kind if kind.is_dir() && path != "book/book" => add(archive, root, &path)?,
            kind if kind.is_file() => archive.append_path_with_name(entry.path(), &path)?,
            _ => {}
        }
    }
    Ok(())
}
