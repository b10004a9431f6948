//! The data folder: where `serve` and `cluster` leave what the other commands need to find them, and
//! where the terminal remembers which lab is being done.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::failure::Advice;

/// `--data DIR`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DataFolder {
    /// The data folder [default: $XDG_DATA_HOME/lab-checker or ~/.local/share/lab-checker]
    #[arg(long, value_name = "DIR", env = "LAB_CHECKER_DATA", hide_env_values = true)]
    data: Option<PathBuf>,
}

impl DataFolder {
    /// Where it is, whether or not it exists.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        if let Some(path) = &self.data {
            return Ok(path.clone());
        }
        // The base directory specification says to ignore a relative path.
        if let Some(base) = absolute_from_environment("XDG_DATA_HOME") {
            return Ok(base.join("lab-checker"));
        }
        let home = absolute_from_environment("HOME").ok_or_else(|| {
            Advice::new("there is no home directory to keep data in", "name a folder with --data DIR")
        })?;
        Ok(home.join(".local/share/lab-checker"))
    }

    /// Makes the folder, closed to other users, and makes sure that it can be written to.
    pub(crate) fn create(&self) -> Result<PathBuf> {
        let path = self.path()?;
        make_private(&path).with_context(|| format!("cannot make the data folder {}", path.display()))?;
        tempfile::tempfile_in(&path).with_context(|| format!("cannot write to the data folder {}", path.display()))?;
        Ok(path)
    }

    /// The kubeconfig of the practice cluster that `serve` or `cluster` runs.
    pub(crate) fn kubeconfig(&self) -> Result<PathBuf> {
        Ok(self.path()?.join("kubeconfig"))
    }

    /// Remembers the lab that was started last.
    pub(crate) fn remember_lab(&self, name: &str) -> Result<()> {
        let path = self.create()?.join("lab");
        std::fs::write(&path, name).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The lab that was started last.
    pub(crate) fn remembered_lab(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.path().ok()?.join("lab")).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    }
}

fn absolute_from_environment(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        // A temporary file has mode 0600 from the start.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
