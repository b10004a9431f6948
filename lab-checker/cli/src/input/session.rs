//! A learner's session with a server: the local `serve`, or the class that was joined. Both are found
//! in the data folder.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use cluster::Proxies;
use http::{Method, Request, StatusCode, Uri, header};
use kube::client::Body;
use kube::{Client, Config};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::Advice;
use crate::input::data::{DataFolder, write_private};
use crate::terminal::next;

/// Where `serve` leaves the way to its local learner.
const LOCAL: &str = "learner.json";
/// Where `join` keeps the way to the class.
const CLASS: &str = "class.json";
/// Nobody waits longer for a server that is switched off.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is only nice to know is not waited for.
const SOON: Duration = Duration::from_secs(2);

/// A server, and who is asking. Nothing is sent before the first question.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    known: Known,
    address: Uri,
}

/// What is kept of a session.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Known {
    /// The server's address, without a path.
    pub(crate) url: String,
    /// The bearer token; empty before enrolment.
    #[serde(default)]
    pub(crate) token: String,
    /// The certificate of who has signed the server's, in PEM, when this machine does not know them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<String>,
}

/// `--ca-hash sha256:HASH`.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct CaHash {
    /// What the server's certificate is recognised by, when no authority that this machine knows has signed it: `serve`
    /// prints it, and the page after joining shows it
    #[arg(long, value_name = "sha256:HASH")]
    ca_hash: Option<String>,
}

impl CaHash {
    /// The certificate that it stands for, which the server shows.
    pub(crate) fn authority_at(&self, url: &str) -> Result<Option<String>> {
        let Some(hash) = &self.ca_hash else { return Ok(None) };
        crate::runtime::block_on(async { Ok(Some(cluster::authority_at(url, hash).await?)) })
    }
}

impl Session {
    /// A session with a server.
    pub(crate) fn new(known: Known) -> Result<Self> {
        let address = known.url.parse::<Uri>().ok().filter(|uri| uri.scheme().is_some() && uri.host().is_some());
        let address = address.ok_or_else(|| {
            Advice::new(
                format!("`{}` is not the address of a server", cluster::without_password(&known.url)),
                "write http://HOST:PORT",
            )
        })?;
        Ok(Self { known, address })
    }

    /// The session with the `serve` of this data folder, when there has been one.
    pub(crate) fn local(data: &DataFolder) -> Result<Option<Self>> {
        Self::kept(data.path()?.join(LOCAL))
    }

    /// The session with the class that was joined.
    pub(crate) fn class(data: &DataFolder) -> Result<Option<Self>> {
        Self::kept(data.path()?.join(CLASS))
    }

    fn kept(path: PathBuf) -> Result<Option<Self>> {
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
        let known = serde_json::from_str(&text).with_context(|| format!("cannot use {}", path.display()))?;
        Self::new(known).map(Some)
    }

    /// The class, else the local `serve`; an error when there is neither.
    pub(crate) fn any(data: &DataFolder) -> Result<Self> {
        match Self::class(data)? {
            Some(session) => Ok(session),
            None => Ok(Self::local(data)?.ok_or_else(|| {
                let (serve, join) = (next::command("serve"), next::command("join URL CODE"));
                Advice::unreachable("no server is known", format!("start one with {serve}, or {join}"))
            })?),
        }
    }

    /// Keeps this session as the class's.
    pub(crate) fn keep_as_class(&self, data: &DataFolder) -> Result<()> {
        write_private(&data.create()?.join(CLASS), &json!(self.known).to_string())
    }

    /// The certificate of who has signed the server's, when this machine does not know them.
    pub(crate) fn authority(&self) -> Option<String> {
        self.known.ca.clone()
    }

    /// The server's address.
    pub(crate) fn url(&self) -> &str {
        &self.known.url
    }

    /// The same as it may be told.
    fn told(&self) -> String {
        cluster::without_password(&self.known.url)
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let text = self.get_text(path).await?;
        serde_json::from_str(&text).with_context(|| format!("{} answers something else than JSON", self.told()))
    }

    /// `GET` for what is nice to know: `None` when there is no answer soon.
    pub(crate) async fn get_soon(&self, path: &str) -> Option<Value> {
        tokio::time::timeout(SOON, self.get(path)).await.ok()?.ok()
    }

    /// `GET`, whatever the form of the answer.
    pub(crate) async fn get_text(&self, path: &str) -> Result<String> {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// `POST`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let text = self.send(Method::POST, path, Body::from(body.to_string().into_bytes())).await?;
        serde_json::from_str(&text).with_context(|| format!("{} answers something else than JSON", self.told()))
    }

    /// The answer to a DELETE.
    pub(crate) async fn delete(&self, path: &str) -> Result<Value> {
        let text = self.send(Method::DELETE, path, Body::empty()).await?;
        serde_json::from_str(&text).with_context(|| format!("{} answers something else than JSON", self.told()))
    }

    fn client(&self) -> Result<Client> {
        let mut config = Config::new(self.address.clone());
        config.connect_timeout = Some(PATIENCE);
        config.read_timeout = Some(PATIENCE);
        config.default_retry = false;
        if let Some(ca) = &self.known.ca {
            config.root_cert =
                Some(cluster::certificates(ca).with_context(|| format!("cannot talk to {}", self.told()))?);
        }
        let client = cluster::client(config, &Proxies::for_servers());
        client.with_context(|| format!("cannot talk to {}", self.told()))
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> Result<String> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        if !self.known.token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.known.token));
        }
        let request = request.body(body).context("cannot write the request")?;
        let answer = self.client()?.send(request).await.map_err(|error| self.silent(&error))?;
        let status = answer.status();
        let bytes = answer.into_body().collect_bytes().await.map_err(|error| self.silent(&error))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_success() { Ok(text) } else { Err(self.refused(status, &text).into()) }
    }

    fn silent(&self, error: &kube::Error) -> Advice {
        tracing::debug!(error = error as &dyn std::error::Error, "no answer");
        Advice::unreachable(
            format!("the server at {} does not answer", self.told()),
            "is it running, and is the address right?",
        )
    }

    fn refused(&self, status: StatusCode, text: &str) -> Advice {
        let problem: Value = serde_json::from_str(text).unwrap_or_default();
        let words = problem["detail"].as_str().or(problem["title"].as_str()).map(str::to_owned);
        let words = words.unwrap_or_else(|| status.to_string());
        let advice = match status {
            StatusCode::UNAUTHORIZED => format!(
                "the token is not good any more: start serve again, or sign in with {}",
                next::command(&format!("login {}", self.told()))
            ),
            _ => format!("the server at {} says so (HTTP {})", self.told(), status.as_u16()),
        };
        Advice::new(words, advice)
    }
}
