//! The cluster that a command works on: the one that was named, else the practice cluster. A cluster
//! that nobody named is never touched.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use cluster::{ClusterError, Connection};
use serde_json::Value;

use crate::failure::Advice;
use crate::input::data::DataFolder;
use crate::terminal::output;

/// The options that name a cluster.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct NamedCluster {
    /// Ask the cluster of this kubeconfig context
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Ask the cluster of this kubeconfig file
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    #[command(flatten)]
    data: DataFolder,
}

impl NamedCluster {
    /// The data folder.
    pub(crate) fn data(&self) -> &DataFolder {
        &self.data
    }

    /// Whether a cluster was named on the command line.
    pub(crate) fn is_named(&self) -> bool {
        self.context.is_some() || self.kubeconfig.is_some()
    }

    /// The options that name it, as they are written on a command line.
    pub(crate) fn as_options(&self) -> String {
        let context = self.context.iter().map(|name| format!(" --context {name}"));
        let file = self.kubeconfig.iter().map(|path| format!(" --kubeconfig {}", path.display()));
        context.chain(file).collect()
    }

    /// Prepares to talk to it.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        if self.is_named() {
            return Ok(cluster::connect(self.kubeconfig.as_deref(), self.context.as_deref()).await?);
        }
        if std::env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty())
            && let Ok(connection) = cluster::connect(None, None).await
            && connection.practice
        {
            return Ok(connection);
        }
        let path = self.data.kubeconfig()?;
        self.practice_cluster(&path).await
    }

    async fn practice_cluster(&self, path: &Path) -> Result<Connection> {
        if !path.exists() {
            let advice = "start one with lab-checker serve (or lab-checker cluster) in another terminal, or name what \
                          to look at: -f PATH, --context NAME or --kubeconfig FILE";
            return Err(Advice::unreachable("no practice cluster is running", advice).into());
        }
        let connection = cluster::connect(Some(path), None).await?;
        if !connection.practice {
            let problem = format!("{} does not belong to a practice cluster", path.display());
            return Err(Advice::new(problem, "name it with --kubeconfig if you mean it").into());
        }
        Ok(connection)
    }
}

/// Everything in the cluster that matters. What it does not show is said on stderr.
pub(crate) async fn read(connection: &Connection) -> Result<Vec<Value>> {
    let reading = cluster::read(&connection.client).await.map_err(|error| in_our_words(error, connection))?;
    for unread in &reading.unread {
        output::warn(&format!("the cluster does not show its {} objects: {}", unread.kind, unread.message))?;
    }
    Ok(reading.objects)
}

/// The error, with what to do when the cluster is ours and does not answer.
pub(crate) fn in_our_words(error: ClusterError, connection: &Connection) -> anyhow::Error {
    if !(error.is_unreachable() && connection.practice) {
        return error.into();
    }
    let problem = format!("the practice cluster at {} does not answer", connection.server);
    let advice = "is lab-checker serve (or cluster) still running? Start it in another terminal";
    Err::<(), _>(error).context(Advice::unreachable(problem, advice)).expect_err("an error stays one")
}
