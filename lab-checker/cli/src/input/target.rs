//! The cluster that a command works on: the one that was named, else the practice cluster. A cluster
//! that nobody named is never touched.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use cluster::{ClusterError, Connection};
use manifest::Source;
use tokio::net::TcpStream;

use crate::failure::Advice;
use crate::input::data::DataFolder;
use crate::input::incomplete::Incomplete;
use crate::input::objects::Objects;
use crate::terminal::{next, output};

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
    /// Whichever practice cluster there is.
    pub(crate) fn unnamed(data: &DataFolder) -> Self {
        Self { data: data.clone(), ..Self::default() }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &DataFolder {
        &self.data
    }

    /// Whether a cluster was named on the command line.
    pub(crate) fn is_named(&self) -> bool {
        self.context.is_some() || self.kubeconfig.is_some()
    }

    /// Prepares to talk to it.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        if self.is_named() {
            let connection = cluster::connect(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
            return said_to_be_practice(connection).await;
        }
        if std::env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty())
            && let Ok(connection) = cluster::connect(None, None).await
            && connection.practice
            && let connection = connection.confirmed().await
            && connection.practice
        {
            return Ok(connection);
        }
        self.running_practice_cluster().await
    }

    /// The practice cluster that runs. When there are several, it is said which one is meant.
    async fn running_practice_cluster(&self) -> Result<Connection> {
        let paths = self.data.kubeconfigs()?;
        let Some(first) = paths.first() else {
            let advice = format!(
                "start one with {} (or {}) in another terminal, or name what to look at: -f PATH, --context NAME or \
                 --kubeconfig FILE",
                next::command("serve"),
                next::command("cluster")
            );
            return Err(Advice::unreachable("no practice cluster is running", advice).into());
        };
        if paths.len() == 1 {
            return practice_cluster(first).await;
        }
        let mut running = Vec::new();
        for path in &paths {
            if let Ok(connection) = practice_cluster(path).await
                && answers(&connection).await
            {
                running.push((path, connection));
            }
        }
        match running.len() {
            // The error says where nobody answers.
            0 => practice_cluster(first).await,
            1 => Ok(running.remove(0).1),
            number => {
                let (path, connection) = running.remove(0);
                let whose = match path {
                    path if *path == self.data.class_kubeconfig()? => "your class",
                    path if *path == self.data.kubeconfig()? => "serve",
                    _ => "the latest cluster",
                };
                let others = running.iter().map(|(path, _)| format!("export KUBECONFIG={}", path.display()));
                output::note(&format!(
                    "{number} practice clusters are running; this is about that of {whose} at {}. For another: {}",
                    connection.server,
                    others.collect::<Vec<_>>().join(" or ")
                ))?;
                Ok(connection)
            }
        }
    }
}

/// A cluster that was named, and that is one for practice only when the server says so too.
async fn said_to_be_practice(connection: Connection) -> Result<Connection> {
    let said = connection.practice;
    let connection = connection.confirmed().await;
    if said && !connection.practice {
        let context = &connection.context;
        output::warn(&format!(
            "the kubeconfig says that {context} is a practice cluster, and the server does not: only what we make is touched"
        ))?;
    }
    Ok(connection)
}

async fn practice_cluster(path: &Path) -> Result<Connection> {
    let connection = cluster::connect(Some(path), None).await?.confirmed().await;
    if !connection.practice {
        let problem = format!("{} does not belong to a practice cluster", path.display());
        return Err(Advice::new(problem, "name it with --kubeconfig if you mean it").into());
    }
    Ok(connection)
}

/// Whether the cluster of a kubeconfig runs.
pub(crate) async fn answers(connection: &Connection) -> bool {
    let Ok(address) = connection.server.parse::<http::Uri>() else { return false };
    let Some(authority) = address.authority() else { return false };
    let port = authority.port_u16().unwrap_or(if address.scheme_str() == Some("https") { 443 } else { 80 });
    // A port where nobody listens is the ordinary case, and no failure that the client need tell of.
    TcpStream::connect((authority.host().trim_matches(['[', ']']), port)).await.is_ok()
        && connection.client.apiserver_version().await.is_ok()
}

/// Everything in the cluster that matters, and what it leaves out, which nobody has been told yet.
pub(crate) async fn read(connection: &Connection) -> Result<Objects> {
    let reading = cluster::read(&connection.client).await.map_err(|error| in_our_words(error, connection))?;
    let incomplete = Incomplete::of_cluster(&reading);
    Ok(Objects { values: reading.objects, from: Source::Cluster, incomplete, origins: Vec::new(), makers: Vec::new() })
}

/// The error, with what to do when the cluster is ours and does not answer.
pub(crate) fn in_our_words(error: ClusterError, connection: &Connection) -> anyhow::Error {
    if !(error.is_unreachable() && connection.practice) {
        return error.into();
    }
    let problem = format!("the practice cluster at {} does not answer", connection.server);
    let serve = next::command("serve");
    let advice = format!("is {serve} (or cluster) still running? Start it in another terminal");
    Err::<(), _>(error).context(Advice::unreachable(problem, advice)).expect_err("an error stays one")
}
