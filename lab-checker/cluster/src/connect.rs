//! From a kubeconfig to a client.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kube::config::{KubeConfigOptions, Kubeconfig, NamedContext};
use kube::{Client, Config};
use sha2::{Digest as _, Sha256};

use crate::client::{client, through};
use crate::error::ClusterError;
use crate::kubeconfig;
use crate::ours::Owner;
use crate::plugin::{Credentials, Plugin};
use crate::prefix::Prefix;
use crate::proxy::{self, Proxies};
use crate::retry::coming_back;

/// The extension of a kubeconfig context that says: this is a practice cluster.
pub const PRACTICE_CLUSTER_EXTENSION: &str = "lab-checker.practice-cluster";

/// Nobody waits longer for a cluster that is switched off.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a program that gives credentials may take when nobody says: somebody may have to log in.
const PATIENCE: Duration = Duration::from_secs(60);

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
/// When the kubeconfig cannot be read or has no such context, or its plugin gives no credentials.
pub async fn connect(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Connection, ClusterError> {
    connect_through(kubeconfig, context, &Proxies::for_clusters()).await
}

/// Whether the current context of the kubeconfig that the environment names says that it is of a practice cluster. Nobody is
/// asked, no plugin either.
#[must_use]
pub fn is_practice_named() -> bool {
    let Ok(file) = kubeconfig::read(None) else { return false };
    let current = file.contexts.iter().find(|context| Some(&context.name) == file.current_context.as_ref());
    current.is_some_and(says_practice)
}

fn says_practice(context: &NamedContext) -> bool {
    let extensions = context.context.iter().flat_map(|context| context.extensions.iter().flatten());
    extensions.into_iter().any(|extension| extension.name == PRACTICE_CLUSTER_EXTENSION)
}

/// As [`connect`], where every request is given up after so long, and so is the program that the kubeconfig names for credentials;
/// that is stopped too when `stopped` ends, which nobody waits for when there is none. `None` waits for ever.
///
/// # Errors
/// As [`connect`].
pub async fn connect_within(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
    limit: Option<Duration>,
    stopped: impl Future<Output = ()>,
) -> Result<Connection, ClusterError> {
    let proxies = Proxies::for_clusters();
    Ok(prepare(kubeconfig, context, &proxies, limit, stopped).await?.giving_up_after(limit))
}

/// The same with other proxies than the environment's.
///
/// # Errors
/// As [`connect`].
pub async fn connect_through(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
    proxies: &Proxies,
) -> Result<Connection, ClusterError> {
    prepare(kubeconfig, context, proxies, Some(PATIENCE), std::future::pending()).await
}

async fn prepare(
    path: Option<&Path>,
    context: Option<&str>,
    proxies: &Proxies,
    limit: Option<Duration>,
    stopped: impl Future<Output = ()>,
) -> Result<Connection, ClusterError> {
    let mut file = kubeconfig::read(path)?;
    let known = || file.contexts.iter().map(|context| context.name.clone()).collect();
    let name = match context.or(file.current_context.as_deref()).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => return Err(ClusterError::NoContext { known: known() }),
    };
    let Some(found) = file.contexts.iter().find(|context| context.name == name) else {
        return Err(ClusterError::UnknownContext { name, known: known() });
    };
    let practice = says_practice(found);
    let token = kubeconfig::prepare_user(&mut file, &name)?;
    let proxy = own_proxy(&mut file, &name);
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(file, &options).await;
    let mut config = config.map_err(|error| kubeconfig::unusable(path, error))?;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // A cluster that does not answer is reported, not asked again and again.
    config.default_retry = false;
    let plugin = match token {
        Some(_) => None,
        None => asked(&mut config, proxy.as_deref(), limit, stopped).await?,
    };
    let (server, namespace) = (without_password(&config.cluster_url.to_string()), config.default_namespace.clone());
    let identity = identity(&server, config.root_cert.as_deref());
    let client = match proxy {
        Some(proxy) => match proxy::at(&proxy, &config.cluster_url) {
            Some(proxy) => through(config, &proxy),
            None => return Err(ClusterError::Proxy { address: without_password(&proxy) }),
        },
        None => client(config, proxies),
    };
    let client = client.map_err(|error| ClusterError::from_kube("read its address", error))?;
    let client = match (token, plugin) {
        (Some(token), _) => token.shown_by(client, &namespace),
        (None, Some((plugin, given))) => plugin.shown_by(given, client, &namespace),
        (None, None) => client,
    };
    let client = coming_back(client, &namespace, limit);
    Ok(Connection { client, context: name, server, identity, namespace, practice, prefix: None })
}

/// Asks the plugin for credentials, when the user has one and no others. Its certificate is the user's then; its token is
/// shown with each request.
async fn asked(
    config: &mut Config,
    proxy: Option<&str>,
    limit: Option<Duration>,
    stopped: impl Future<Output = ()>,
) -> Result<Option<(Plugin, Credentials)>, ClusterError> {
    let user = &mut config.auth_info;
    let Some(mut exec) = user.exec.take() else { return Ok(None) };
    if user.token.is_some() || user.auth_provider.is_some() || user.username.is_some() && user.password.is_some() {
        return Ok(None);
    }
    if let Some(cluster) = &mut exec.cluster {
        cluster.proxy_url = proxy.map(str::to_owned);
    }
    let plugin = Plugin::new(exec, limit);
    // Who is to stop it listens first: a program that nobody stops would be left behind.
    let given = tokio::select! {
        biased;
        () = stopped => return Err(ClusterError::PluginInterrupted { command: plugin.command() }),
        given = plugin.ask() => given?,
    };
    if let Some((certificate, key)) = given.certificate() {
        user.client_certificate_data = Some(BASE64_STANDARD.encode(certificate));
        user.client_key_data = Some(BASE64_STANDARD.encode(key).into());
    }
    Ok(Some((plugin, given)))
}

/// An address as it may be told: without the user and the password that may stand in it, and without a query.
#[must_use]
pub fn without_password(address: &str) -> String {
    if !address.contains(['@', '?', '#']) {
        return address.to_owned();
    }
    let whole = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = whole.split_once("://").map_or(("", whole), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let between = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{between}{host}{path}")
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
