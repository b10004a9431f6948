//! A workstation: a container beside a cluster, with a shell and a kubectl in it, for people who have none of their own.
//! It is no pod and has no place in the pods' network. Its kubectl is answered as any client is, without a socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT, WARNING};
use http::{HeaderName, HeaderValue};
use pod::kubernetes::{Kubernetes, Request, Response, Target};
use pod::streams::{Input, Output};
use pod::{Ancestors, Container, Files, Process, Streams};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::api::{exec, handler};
use crate::clusters::cluster::Cluster;
use crate::clusters::practice_clusters::PracticeClusters;
use crate::clusters::standing::Seat;
use crate::node;
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::world::World;

/// Where its user is at home.
const HOME: &str = "/root";
/// How the client tells who it is.
const AGENT: &str = "kubectl/terminal";

/// A workstation that is not in use yet.
pub struct Workstation {
    container: Arc<Container>,
    seat: Seat,
    place: node::Place,
}

/// Why a session at a workstation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Its user left the shell.
    Exit,
    /// Something has changed about the worlds: this one may have begun anew.
    Moved,
}

/// A session at a workstation.
pub struct Desk {
    /// What is typed.
    pub keys: mpsc::Sender<Bytes>,
    /// What is shown. A screen that is not read holds the shell up.
    pub screen: mpsc::Receiver<Bytes>,
    /// The session, to be awaited; it ends when this is dropped.
    pub session: BoxFuture<'static, Left>,
}

impl PracticeClusters {
    /// A workstation beside a world; what names no namespace is in `namespace`.
    ///
    /// # Errors
    /// When the world has not begun, too many sessions are open, or the database fails.
    pub async fn workstation(
        &self,
        id: &ClusterId,
        world: &World,
        namespace: &str,
    ) -> Result<Workstation, ClusterError> {
        let found = self.gate(id).await?.beside(world).await?;
        let (cluster, seat) = found.ok_or_else(|| ClusterError::NotBegun { gate: id.clone(), world: world.clone() })?;
        let place = cluster.quota().session_slot()?;
        let door = Arc::new(Door { cluster, seat: seat.clone() });
        let container = node::workstation(HOME, variables(), door);
        container.files.insert(&format!("{HOME}/.kube/config"), config(namespace).into_bytes());
        Ok(Workstation { container: Arc::new(container), seat, place })
    }
}

fn variables() -> BTreeMap<String, String> {
    let all = [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", HOME),
        ("HOSTNAME", "workstation"),
        ("TERM", "xterm"),
        ("PS1", "\\w $ "),
    ];
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The kubeconfig of a workstation: `kubectl config` reads and writes it, and no secret stands in it.
fn config(namespace: &str) -> String {
    manifest::to_yaml(&serde_json::json!({
        "apiVersion": "v1",
        "clusters": [{"cluster": {"server": "https://kubernetes"}, "name": "practice"}],
        "contexts": [{
            "context": {"cluster": "practice", "namespace": namespace, "user": "practice"}, "name": "practice",
        }],
        "current-context": "practice",
        "kind": "Config",
        "users": [{"name": "practice", "user": {}}],
    }))
}

impl Workstation {
    /// The files of its user. What is put there while the shell runs is seen by the next command.
    pub fn home(&self) -> Home {
        Home(self.container.files.clone())
    }

    /// Sits down at it.
    pub fn open(self) -> Desk {
        let Self { container, mut seat, place } = self;
        let (keys, typed) = mpsc::channel(16);
        let (shown, screen) = mpsc::channel(16);
        let shell = Process {
            environment: container.environment.clone(),
            directory: HOME.to_owned(),
            container,
            arguments: vec!["bash".to_owned()],
            streams: Streams {
                stdin: Input::from_channel(typed),
                stdout: Output::Stream(shown.clone()),
                stderr: Output::Stream(shown),
                terminal: true,
            },
            depth: 0,
            ancestors: Ancestors::default(),
        };
        let session = async move {
            let _place = place;
            let Ok(running) = pod::start(shell) else { return Left::Exit };
            tokio::select! {
                _ = running => Left::Exit,
                () = seat.lost() => Left::Moved,
            }
        };
        Desk { keys, screen, session: session.boxed() }
    }
}

/// The home directory of a workstation's user.
#[derive(Clone)]
pub struct Home(Files);

impl Home {
    /// Puts a file there. A name with folders in it, and one that is hidden, is none.
    pub fn put(&self, name: &str, text: &str) {
        let plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
        if !name.is_empty() && name.len() <= 100 && name.chars().all(plain) && !name.starts_with('.') {
            self.0.insert(&format!("{HOME}/{name}"), text.as_bytes().to_vec());
        }
    }
}

/// The API server as the workstation's kubectl reaches it.
struct Door {
    cluster: Arc<Cluster>,
    seat: Seat,
}

impl Kubernetes for Door {
    fn request(&self, request: Request) -> BoxFuture<'static, Response> {
        let behind = (Arc::clone(&self.cluster), self.seat.clone());
        async move {
            let answer = match http_request(request) {
                Ok(request) => {
                    let path = request.uri().path().to_owned();
                    handler::answer(behind, &path, request).await
                }
                Err(error) => Err(Status::bad_request(error.to_string())),
            };
            respond(answer.unwrap_or_else(IntoResponse::into_response))
        }
        .boxed()
    }

    fn exec(&self, target: Target, words: Vec<String>, streams: Streams) -> BoxFuture<'static, Result<u8, Value>> {
        let (cluster, mut seat) = (Arc::clone(&self.cluster), self.seat.clone());
        async move {
            tokio::select! {
                code = exec::run(&cluster, &target, words, streams) => code.map_err(|status| status.to_value()),
                () = seat.lost() => Err(Status::switched().to_value()),
            }
        }
        .boxed()
    }

    fn attach(&self, target: Target, streams: Streams) -> BoxFuture<'static, Result<(), Value>> {
        let (cluster, mut seat) = (Arc::clone(&self.cluster), self.seat.clone());
        async move {
            tokio::select! {
                ended = exec::join_streams(&cluster, &target, streams) => ended.map_err(|status| status.to_value()),
                () = seat.lost() => Err(Status::switched().to_value()),
            }
        }
        .boxed()
    }
}

fn http_request(request: Request) -> Result<http::Request<Body>, http::Error> {
    let mut made = http::Request::builder().method(request.method).uri(request.path).body(Body::from(request.body))?;
    let mut set = |name: HeaderName, value: &'static str| {
        if !value.is_empty() {
            made.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    };
    set(ACCEPT, request.accept);
    set(CONTENT_TYPE, request.content_type);
    set(USER_AGENT, AGENT);
    Ok(made)
}

fn respond(response: axum::response::Response) -> Response {
    let code = response.status().as_u16();
    let all = response.headers().get_all(WARNING).iter();
    let warnings = all.filter_map(|value| warning(std::str::from_utf8(value.as_bytes()).ok()?)).collect();
    // A body that breaks off ends there.
    let body = response.into_body().into_data_stream().take_while(|chunk| std::future::ready(chunk.is_ok()));
    let body = body.flat_map(|chunk| stream::iter(chunk.ok())).boxed();
    Response { code, warnings, body }
}

/// The text of a `Warning` header: `299 - "…"`.
fn warning(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 - \"")?.strip_suffix('"')?;
    Some(quoted.replace("\\\"", "\"").replace("\\\\", "\\"))
}
