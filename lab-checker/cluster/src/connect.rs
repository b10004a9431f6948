//! From a kubeconfig to a client.

use std::path::Path;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use sha2::{Digest as _, Sha256};

use crate::client::{client, through};
use crate::error::ClusterError;
use crate::kubeconfig;
use crate::ours::Owner;
use crate::prefix::Prefix;
use crate::proxy::{self, Proxies};

/// The extension of a kubeconfig context that says: this is a practice cluster.
pub const PRACTICE_CLUSTER_EXTENSION: &str = "lab-checker.practice-cluster";

/// Nobody waits longer for a cluster that is switched off.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A cluster that can be talked to.
#[derive(Clone)]
pub struct Connection {
    /// Talks to it.
    pub client: Client,
    /// The context of the kubeconfig.
    pub context: String,
    /// The address of its API.
    pub server: String,
    /// What the cluster is recognised by later: its address, and whom its certificate is from.
    pub identity: String,
    /// The context's namespace.
    pub namespace: String,
    /// Whether the kubeconfig marks it as a practice cluster, and, once [`confirmed`](Self::confirmed), the server too.
    pub practice: bool,
    /// What is before the names of the learner's namespaces there, when the cluster is shared.
    pub prefix: Option<Prefix>,
}

impl Connection {
    /// Whose objects the cluster holds.
    #[must_use]
    pub fn owner(&self) -> Owner {
        if self.practice { Owner::Practice } else { Owner::Somebody }
    }
}

/// Prepares to talk to the cluster of a kubeconfig: the file given, else `$KUBECONFIG`, else
/// `~/.kube/config`; the context given, else its current one. Nothing is sent yet.
///
/// # Errors
/// When the kubeconfig cannot be read or has no such context.
pub async fn connect(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Connection, ClusterError> {
    connect_through(kubeconfig, context, &Proxies::for_clusters()).await
}

/// The same with other proxies than the environment's.
///
/// # Errors
/// As [`connect`].
pub async fn connect_through(
    path: Option<&Path>,
    context: Option<&str>,
    proxies: &Proxies,
) -> Result<Connection, ClusterError> {
    let unusable =
        |source: KubeconfigError| ClusterError::Kubeconfig { path: path.map(Path::to_owned), source: Box::new(source) };
    let mut file = kubeconfig::read(path).map_err(unusable)?;
    let name = match context.or(file.current_context.as_deref()).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => return Err(unusable(KubeconfigError::CurrentContextNotSet)),
    };
    let Some(found) = file.contexts.iter().find(|context| context.name == name) else {
        let known = file.contexts.iter().map(|context| context.name.clone()).collect();
        return Err(ClusterError::UnknownContext { name, known });
    };
    let extensions = found.context.iter().flat_map(|context| context.extensions.iter().flatten());
    let practice = extensions.into_iter().any(|extension| extension.name == PRACTICE_CLUSTER_EXTENSION);
    let kubeconfig::Elsewhere { plugin, token } = kubeconfig::prepare_user(&mut file, &name)?;
    let proxy = own_proxy(&mut file, &name);
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(file, &options).await.map_err(unusable)?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // A cluster that does not answer is reported, not asked again and again.
    config.default_retry = false;
    let (server, namespace) = (config.cluster_url.to_string(), config.default_namespace.clone());
    let identity = identity(&server, config.root_cert.as_deref());
    let client = match proxy {
        Some(proxy) => match proxy::at(&proxy, &config.cluster_url) {
            Some(proxy) => through(config, &proxy),
            None => return Err(ClusterError::Proxy { address: proxy }),
        },
        None => client(config, proxies),
    };
    let client = client.map_err(|error| kubeconfig::no_client(error, plugin.as_ref()))?;
    let client = match token {
        Some(token) => token.shown_by(client, &namespace),
        None => client,
    };
    Ok(Connection { client, context: name, server, identity, namespace, practice, prefix: None })
}

/// A cluster that was made anew at the same address has another authority.
fn identity(server: &str, authority: Option<&[Vec<u8>]>) -> String {
    let mut hash = Sha256::new();
    authority.into_iter().flatten().for_each(|certificate| hash.update(certificate));
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    if authority.is_some() { format!("{server} {hash}") } else { server.to_owned() }
}

/// Takes out the proxy that a kubeconfig names for the cluster of a context. What stands in its place afterwards
/// is never used: it keeps kube from reading the environment, which it does otherwise than kubectl.
fn own_proxy(file: &mut Kubeconfig, context: &str) -> Option<String> {
    let context = file.contexts.iter().find(|known| known.name == context)?.context.as_ref()?;
    let named = file.clusters.iter_mut().find(|known| known.name == context.cluster)?;
    let proxy = named.cluster.as_mut()?.proxy_url.replace("http://unused.invalid".to_owned());
    proxy.filter(|proxy| !proxy.is_empty())
}
