//! The data folder: where `serve` and `cluster` leave what the other commands need to find them, and
//! where the terminal remembers which lab is being done.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::failure::Advice;

/// The names of the kubeconfigs of `cluster` begin and end so.
const OF_CLUSTER: &str = "cluster-";
const KUBECONFIG: &str = ".kubeconfig";
/// What tells this learner from others.
const LEARNER: &str = "learner-id";

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
        match &self.data {
            Some(path) => Ok(path.clone()),
            None => Self::usual(),
        }
    }

    /// Where it is, from the root, when that is not where every command looks that is told nothing.
    pub(crate) fn elsewhere(&self) -> Result<Option<PathBuf>> {
        let Some(path) = &self.data else { return Ok(None) };
        let path = std::path::absolute(path).with_context(|| format!("cannot tell where {} is", path.display()))?;
        Ok(Some(path).filter(|path| Self::usual().ok().as_ref() != Some(path)))
    }

    fn usual() -> Result<PathBuf> {
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

    /// The kubeconfig of the practice cluster that `serve` runs.
    pub(crate) fn kubeconfig(&self) -> Result<PathBuf> {
        Ok(self.path()?.join("kubeconfig"))
    }

    /// The kubeconfig of the practice cluster that the class's server keeps for this learner.
    pub(crate) fn class_kubeconfig(&self) -> Result<PathBuf> {
        Ok(self.path()?.join("kubeconfig-class"))
    }

    /// The kubeconfig of the practice cluster that `cluster` runs at an address: nobody else's.
    pub(crate) fn cluster_kubeconfig(&self, address: SocketAddr) -> Result<PathBuf> {
        let ip = address.ip().to_string().replace(':', "-");
        Ok(self.path()?.join(format!("{OF_CLUSTER}{ip}-{}{KUBECONFIG}", address.port())))
    }

    /// The kubeconfigs that there are: that of `serve`, those of `cluster`, the latest first, and that of the class that
    /// was joined: who runs a cluster of their own means that one.
    /// Whether what they lead to still runs is another question.
    pub(crate) fn kubeconfigs(&self) -> Result<Vec<PathBuf>> {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let entries = std::fs::read_dir(self.path()?).into_iter().flatten().flatten();
        let mut clusters: Vec<(SystemTime, PathBuf)> = entries
            .filter(|entry| {
                let name = name(&entry.path());
                name.starts_with(OF_CLUSTER) && name.ends_with(KUBECONFIG)
            })
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        clusters.sort_by(|(a, _), (b, _)| b.cmp(a));
        let [serve, class] =
            [self.kubeconfig()?, self.class_kubeconfig()?].map(|path| Some(path).filter(|path| path.exists()));
        Ok(serve.into_iter().chain(clusters.into_iter().map(|(_, path)| path)).chain(class).collect())
    }

    /// What tells this learner from others who use the same cluster: drawn once, and kept.
    pub(crate) fn learner(&self) -> Result<String> {
        if let Some(known) = self.known_learner() {
            return Ok(known);
        }
        let path = self.create()?.join(LEARNER);
        let drawn = uuid::Uuid::new_v4().simple().to_string();
        write_private(&path, &drawn)?;
        Ok(drawn)
    }

    /// The same, when it was drawn before.
    pub(crate) fn known_learner(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.path().ok()?.join(LEARNER)).ok()?;
        Some(text.trim().to_owned()).filter(|known| !known.is_empty())
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
