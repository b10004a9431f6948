//! Files of the data folder that are nobody else's business on this machine.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// The database of a data folder, by which one is recognised.
const DATABASE: &str = "lab-checker.db";
/// Everything that a data folder holds, by how the names begin.
const OURS: [&str; 8] =
    [DATABASE, "clusters.db", "instructor-token", "kubeconfig", "learner.json", "class.json", "ca-key.pem", "cluster-"];

/// Makes a folder that only its owner may enter, and makes sure that it can be written to. One that was there is closed
/// to others, with every file of ours in it: a sentence says so when it was not.
pub(crate) fn prepare_folder(folder: &Path) -> io::Result<Option<String>> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A folder on a disk that is read-only says so only when written.
    let probe = folder.join(format!(".probe-{}", uuid::Uuid::new_v4()));
    fs::write(&probe, [])?;
    fs::remove_file(&probe)?;
    close(folder)
}

/// Whether something in the folder is ours.
fn is_ours(name: &str) -> bool {
    OURS.iter().any(|ours| name.starts_with(ours))
}

/// Takes from others what they may do with what is ours.
#[cfg(unix)]
fn close(folder: &Path) -> io::Result<Option<String>> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    const OF_OTHERS: u32 = 0o077;
    const SHARED: u32 = 0o1000;
    let mut was_open = Vec::new();
    let mut close = |path: &Path, of_owner: u32, name: &str| {
        let mode = fs::symlink_metadata(path)?.mode();
        if mode & OF_OTHERS != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(mode & of_owner))?;
            was_open.push(name.to_owned());
        }
        io::Result::Ok(())
    };
    let entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    let mut is_data_folder = entries.is_empty();
    for entry in &entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        is_data_folder |= name == DATABASE;
        if is_ours(&name) && entry.file_type()?.is_file() {
            close(&entry.path(), 0o600, &name)?;
        }
    }
    // A folder that holds other things as well (the home folder, /tmp) is not ours to close.
    if is_data_folder && fs::metadata(folder)?.mode() & SHARED == 0 {
        close(&folder.canonicalize()?, 0o700, "the folder itself")?;
    }
    Ok((!was_open.is_empty()).then(|| {
        let files = was_open.join(", ");
        format!("others on this machine could open the data folder {}: {files}. They cannot any more", folder.display())
    }))
}

#[cfg(not(unix))]
fn close(_: &Path) -> io::Result<Option<String>> {
    Ok(None)
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
