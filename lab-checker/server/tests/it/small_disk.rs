//! A file system of a few megabytes that a test may fill: a tmpfs, which only root can mount.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

pub(crate) struct SmallDisk {
    place: TempDir,
}

impl SmallDisk {
    /// Nothing where mounting is not allowed.
    pub(crate) fn mount(size: &str) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(place.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self { place })
    }

    /// A new folder on it.
    pub(crate) fn folder(&self) -> TempDir {
        tempfile::tempdir_in(self.place.path()).unwrap()
    }

    /// Takes room until so many bytes are free.
    pub(crate) fn fill_up_to(&self, free: usize) {
        let mut taken = Vec::new();
        for number in 0.. {
            let file = self.filler(number);
            if fs::write(&file, vec![0_u8; PIECE]).is_err() {
                fs::remove_file(file).unwrap();
                break;
            }
            taken.push(file);
        }
        taken.into_iter().take(free.div_ceil(PIECE)).for_each(|file| fs::remove_file(file).unwrap());
    }

    /// Gives back so many bytes, or all that was taken.
    pub(crate) fn make_room(&self, bytes: usize) {
        let fillers = fs::read_dir(self.place.path()).unwrap().map(|entry| entry.unwrap().path());
        let fillers = fillers.filter(|path| path.extension().is_some_and(|extension| extension == "filler"));
        fillers.take(bytes.div_ceil(PIECE)).for_each(|file| fs::remove_file(file).unwrap());
    }

    fn filler(&self, number: usize) -> PathBuf {
        Path::new(self.place.path()).join(format!("{number}.filler"))
    }
}

/// How much one file takes.
const PIECE: usize = 128 << 10;

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that is still ending may have files open.
        let _ = Command::new("umount").arg("--lazy").arg(self.place.path()).status();
    }
}
