//! The cluster that a command works on: the one that was named, else the practice cluster. A cluster
//! that nobody named is never touched.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use cluster::{ClusterError, Connection, Live, Prefix, Reading};
use manifest::Source;
use manifest::kinds::Kind;
use serde_json::json;
use tokio::net::TcpStream;

use crate::failure::Advice;
use crate::input::data::DataFolder;
use crate::input::incomplete::Incomplete;
use crate::input::networks::{self, Known};
use crate::input::objects::Objects;
use crate::input::prefixes;
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
    /// Give a request to a cluster up after so long, such as 10s or 2m, and so the program that the kubeconfig names for
    /// credentials; 0 waits for ever [default: 60s]
    #[arg(long, value_name = "DURATION")]
    request_timeout: Option<Limit>,
    #[command(flatten)]
    data: DataFolder,
    /// What the cluster is recognised by, once it was connected to.
    #[arg(skip)]
    identity: Arc<OnceLock<String>>,
}

/// How long an answer may take when nothing is said about it: a server that lets wait for longer has lost the request.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long an answer may take, written as kubectl takes it; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit(Option<Duration>);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = text.parse().ok().map(Duration::from_secs);
        let duration = || text.parse::<jiff::SignedDuration>().ok()?.try_into().ok();
        let limit: Option<Duration> = seconds.or_else(duration);
        let limit = limit.ok_or("write a number with a unit, such as 500ms, 10s, 2m or 1h; 0 waits for ever")?;
        Ok(Self((!limit.is_zero()).then_some(limit)))
    }
}

impl NamedCluster {
    async fn connected(&self, kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Connection, ClusterError> {
        let limit = self.request_timeout.map_or(Some(PATIENCE), |Limit(limit)| limit);
        // Nobody listens for signals where there is no program to be stopped.
        let stopped = async { crate::runtime::told_to_stop().await };
        cluster::connect_within(kubeconfig, context, limit, stopped).await
    }

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

    /// The prefix of the learner's namespaces in the cluster that was named.
    pub(crate) fn prefix(&self) -> Result<Option<Prefix>> {
        if !self.is_named() {
            return Ok(None);
        }
        Ok(crate::runtime::block_on(self.connect())?.prefix)
    }

    /// What the doctor found out about the network of the cluster that was connected to.
    pub(crate) fn known_network(&self) -> Option<Known> {
        networks::known(&self.data, self.identity.get()?)
    }

    /// Prepares to talk to it.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let mut connection = self.found().await?;
        if !connection.practice {
            connection.prefix = prefixes::known(&self.data, &connection.identity);
        }
        // A command has one cluster, and says once how namespaces are called there.
        if self.identity.set(connection.identity.clone()).is_ok()
            && let Some(prefix) = &connection.prefix
        {
            prefixes::say(prefix)?;
        }
        Ok(connection)
    }

    async fn found(&self) -> Result<Connection> {
        if self.is_named() {
            let connection = self.connected(self.kubeconfig.as_deref(), self.context.as_deref()).await?;
            return said_to_be_practice(connection).await;
        }
        if std::env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty())
            && cluster::is_practice_named()
            && let Ok(connection) = self.connected(None, None).await
            && connection.practice
            && let connection = connection.confirmed().await
            && connection.practice
        {
            return Ok(connection);
        }
        self.running_practice_cluster().await
    }

    async fn practice_cluster(&self, path: &Path) -> Result<Connection> {
        of_practice(path, self.connected(Some(path), None).await?.confirmed().await)
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
            return self.practice_cluster(first).await;
        }
        let mut running = Vec::new();
        for path in &paths {
            if let Ok(connection) = self.practice_cluster(path).await
                && answers(&connection).await
            {
                running.push((path, connection));
            }
        }
        match running.len() {
            // The error says where nobody answers.
            0 => self.practice_cluster(first).await,
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

/// A practice cluster that left its kubeconfig.
fn of_practice(path: &Path, connection: Connection) -> Result<Connection> {
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
    let reading = cluster::read(&connection.client).await.map_err(|error| without_rights(error, connection, None))?;
    Ok(of_reading(reading, connection))
}

/// The same of these namespaces alone.
pub(crate) async fn read_in(connection: &Connection, namespaces: &[&str]) -> Result<Objects> {
    let namespaces = outside(connection, namespaces);
    let namespaces: Vec<&str> = namespaces.iter().map(String::as_str).collect();
    let refused = |error| without_rights(error, connection, Some(&namespaces));
    Ok(of_reading(cluster::read_in(&connection.client, &namespaces).await.map_err(refused)?, connection))
}

/// Watches of these namespaces alone.
pub(crate) async fn live_in(
    connection: &Connection,
    namespaces: &[&str],
    judged: impl Fn(&Kind) -> bool,
) -> Result<Live> {
    let namespaces = outside(connection, namespaces);
    let namespaces: Vec<&str> = namespaces.iter().map(String::as_str).collect();
    let refused = |error| without_rights(error, connection, Some(&namespaces));
    Live::begin_in(&connection.client, &namespaces, judged).await.map_err(refused)
}

/// What namespaces are called in the cluster.
fn outside(connection: &Connection, namespaces: &[&str]) -> Vec<String> {
    let called = |name: &&str| match &connection.prefix {
        Some(prefix) => prefix.outside_meant(name),
        None => (*name).to_owned(),
    };
    namespaces.iter().map(called).collect()
}

/// What was read, with the names of the book where the learner's namespaces have a prefix.
pub(crate) fn of_reading(reading: Reading, connection: &Connection) -> Objects {
    let incomplete = Incomplete::of_cluster(&reading);
    let values = match &connection.prefix {
        Some(prefix) => prefix.objects_inside(reading.objects),
        None => reading.objects,
    };
    let prefix = connection.prefix.clone();
    Objects { values, from: Source::Cluster, incomplete, origins: Vec::new(), makers: Vec::new(), prefix }
}

/// A refusal, with the role that would grant what reading takes.
fn without_rights(error: ClusterError, connection: &Connection, namespaces: Option<&[&str]>) -> anyhow::Error {
    if error.code() != Some(403) {
        return in_our_words(error, connection);
    }
    let problem = "these rights are not enough";
    let advice = match namespaces {
        Some(namespaces) => {
            let roles: Vec<_> = namespaces.iter().map(|namespace| role(Some(namespace))).collect();
            format!("this grants what it takes, with a RoleBinding:\n{}", roles.join("---\n"))
        }
        None => format!(
            "for one namespace alone, say -n NAMESPACE; this grants what it takes for all, with a \
             ClusterRoleBinding:\n{}",
            role(None)
        ),
    };
    anyhow::Error::from(error).context(Advice::new(problem, advice))
}

/// A role that lets read what an answer needs, in a namespace or everywhere, as YAML.
fn role(namespace: Option<&str>) -> String {
    let rules = cluster::needed(namespace.is_some())
        .into_iter()
        .map(|(group, plurals)| json!({"apiGroups": [group], "resources": plurals, "verbs": ["get", "list", "watch"]}));
    let mut metadata = json!({"name": "lab-checker-reads"});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
    manifest::to_yaml(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata,
        "rules": rules.collect::<Vec<_>>(),
    }))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_as_kubectl_takes_them() {
        let after = |duration| Ok(Limit(Some(duration)));
        for (written, limit) in [
            ("10s", after(Duration::from_secs(10))),
            ("10", after(Duration::from_secs(10))),
            ("2m", after(Duration::from_secs(120))),
            ("1h30m", after(Duration::from_secs(5400))),
            ("500ms", after(Duration::from_millis(500))),
            ("0", Ok(Limit(None))),
            ("0s", Ok(Limit(None))),
        ] {
            assert_eq!(written.parse::<Limit>(), limit, "{written}");
        }
        for written in ["", "-1s", "soon", "10x", "s"] {
            assert!(written.parse::<Limit>().is_err(), "{written}");
        }
    }

    #[test]
    fn the_role_grants_what_reading_takes_and_nothing_else() {
        let objects = manifest::parse("role.yaml", &role(Some("shop")));
        assert!(!objects.has_errors(), "{:?}", objects.diagnostics);
        let one = &objects.objects[0].value;
        assert_eq!((&one["kind"], &one["metadata"]["namespace"]), (&json!("Role"), &json!("shop")));
        let text = one.to_string();
        for word in ["pods", "networkpolicies", "services"] {
            assert!(text.contains(word), "{text}");
        }
        for word in ["secrets", "namespaces\"", "nodes", "clusternetworkpolicies", "create", "*"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        let everywhere = role(None);
        assert!(everywhere.contains("kind: ClusterRole") && everywhere.contains("- namespaces"), "{everywhere}");
    }
}
