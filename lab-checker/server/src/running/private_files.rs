//! Files of the data folder that are nobody else's business on this machine.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Makes a folder that only its owner may enter, and makes sure that it can be written to.
pub(crate) fn prepare_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A folder on a disk that is read-only says so only when written.
    let probe = folder.join(format!(".probe-{}", uuid::Uuid::new_v4()));
    fs::write(&probe, [])?;
    fs::remove_file(&probe)
}

/// A file that only its owner may read, replaced whole. When this returns, it is on disk.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let fresh = path.with_extension(format!("{}.tmp", uuid::Uuid::new_v4().simple()));
    let written = write_new(&fresh, text).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        // Whatever there is of it is of no use.
        let _ = fs::remove_file(&fresh);
    }
    written?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The new name of a file is on disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
