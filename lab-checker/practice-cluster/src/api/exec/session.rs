//! exec and attach: a client's streams on one side, a process on the other.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use bytes::Bytes;
use pod::NotStarted;
use pod::streams::{Input, carriage_returns, marked};
use pod::{Ancestors, Process, Streams};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::target;
use super::websocket::{Awaited, Ending, Incoming, PROTOCOLS, Pings, Receiver, Sender, split};
use crate::api::http::path::ObjectPath;
use crate::api::http::query::Query;
use crate::clusters::cluster::Cluster;
use crate::clusters::standing::Seat;
use crate::node::{Console, STDERR, STDOUT};
use crate::status::Status;

/// A session that lasts longer is ended, as a kubelet ends idle streams.
const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);

/// What a client may say at once. kubectl sends 32 KiB at most.
const MESSAGE: usize = 1 << 20;

/// The flags of a request.
struct Wanted {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    terminal: bool,
}

impl Wanted {
    fn of(query: &Query) -> Self {
        Self {
            stdin: query.flag("stdin"),
            stdout: query.flag("stdout"),
            stderr: query.flag("stderr"),
            terminal: query.flag("tty"),
        }
    }

    /// Whether the client hears what is written there.
    fn hears(&self, channel: u8) -> bool {
        if channel == STDOUT { self.stdout } else { self.stderr }
    }

    /// What a client says by itself that tells the size of its terminal so often.
    fn awaited(&self, sizes: usize) -> Awaited {
        match self.terminal {
            true => Awaited { sizes, input: false },
            false => Awaited { sizes: 0, input: self.stdin },
        }
    }
}

/// How often kubectl tells the size of its terminal when it runs a command.
const SIZES_OF_EXEC: usize = 1;
/// When it attaches: another size first, so that what runs there draws its screen again.
const SIZES_OF_ATTACH: usize = 2;

/// The upgrade, or what to say to a client that does not ask for one.
async fn upgrade(request: Request) -> Result<(WebSocketUpgrade, Pings), Status> {
    let (mut parts, _) = request.into_parts();
    let pings = parts.extensions.get::<Pings>().copied().unwrap_or_default();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(|_| {
        Status::bad_request("Upgrade request required: this practice cluster speaks WebSocket, not SPDY")
    })?;
    Ok((upgrade.protocols(PROTOCOLS).max_message_size(MESSAGE).max_frame_size(MESSAGE), pings))
}

/// Runs a command in a container.
pub(super) async fn exec(
    cluster: Arc<Cluster>,
    seat: Seat,
    path: &ObjectPath,
    request: Request,
) -> Result<Response, Status> {
    let query = Query::of(&request)?;
    let container = target::running(&cluster, path.namespace(), path.name(), query.text("container"))?;
    let arguments: Vec<String> = query.all("command").map(str::to_owned).collect();
    if arguments.is_empty() {
        return Err(Status::bad_request("you must specify at least 1 command for the container"));
    }
    let wanted = Wanted::of(&query);
    let permit = cluster.quota().session_slot()?;
    let (upgrade, pings) = upgrade(request).await?;
    Ok(upgrade.on_upgrade(move |socket| async move {
        let socket = split(socket, wanted.awaited(SIZES_OF_EXEC), pings);
        let session = run(socket, container, arguments, wanted);
        at_most(seat, session).await;
        drop((permit, cluster));
    }))
}

/// Lets a session go on until it has lasted long enough, or the gate leads to another world: then its process and
/// its socket are dropped.
async fn at_most(mut seat: Seat, session: impl Future<Output = ()>) {
    tokio::select! {
        _ = tokio::time::timeout(LONGEST, session) => {}
        () = seat.lost() => {}
    }
}

async fn run(
    (mut sender, mut receiver): (Sender, Receiver),
    container: Arc<pod::Container>,
    arguments: Vec<String>,
    wanted: Wanted,
) {
    receiver.settle().await;
    let (to_stdin, stdin) = mpsc::channel(16);
    // A terminal has one stream.
    let (stdout, stderr, mut printed) = marked(STDOUT, if wanted.terminal { STDOUT } else { STDERR });
    // A terminal whose shell edits lines itself is raw; for other programs the driver translates line breaks.
    let driver = wanted.terminal && !pod::is_interactive(&arguments);
    let mut environment = container.environment.clone();
    if wanted.terminal {
        environment.insert("TERM".to_owned(), "xterm".to_owned());
    }
    let process = Process {
        directory: container.directory.clone(),
        container,
        environment,
        arguments: arguments.clone(),
        streams: Streams {
            stdin: if wanted.stdin { Input::from_channel(stdin) } else { Input::empty() },
            stdout,
            stderr,
            terminal: wanted.terminal,
        },
        depth: 0,
        ancestors: Ancestors::default(),
    };
    let mut running = match pod::start(process) {
        Ok(running) => running,
        Err(problem) => return sender.end(&Ending::Failed(not_started(&arguments[0], problem)), receiver).await,
    };
    let mut to_stdin = wanted.stdin.then_some(to_stdin);
    let mut waiting: Option<Bytes> = None;
    let ending = loop {
        tokio::select! {
            biased;
            Some((channel, bytes)) = printed.recv() => {
                if wanted.hears(channel) && !print(&mut sender, channel, &bytes, driver).await {
                    return;
                }
            }
            code = &mut running => break Ending::Exit(code),
            there = sender.asks() => if !there {
                return;
            },
            sent = deliver(&mut to_stdin, &mut waiting), if waiting.is_some() => {
                if !sent {
                    to_stdin = None;
                }
            }
            incoming = receiver.next(), if waiting.is_none() => match incoming {
                Incoming::Gone => return,
                Incoming::InputClosed => to_stdin = None,
                Incoming::Size => {}
                // ^C in a terminal without a shell of its own ends the program.
                Incoming::Input(bytes) if driver && bytes.contains(&0x03) => break Ending::Exit(130),
                Incoming::Input(bytes) => waiting = Some(if driver { echo(&mut sender, &bytes).await } else { bytes }),
            },
        }
    };
    drop(running);
    // What was printed last is still on its way.
    while let Ok((channel, bytes)) = printed.try_recv() {
        if wanted.hears(channel) && !print(&mut sender, channel, &bytes, driver).await {
            return;
        }
    }
    sender.end(&ending, receiver).await;
}

/// Hands waiting bytes to the process; `false` when it does not read any more.
async fn deliver(to: &mut Option<mpsc::Sender<Bytes>>, waiting: &mut Option<Bytes>) -> bool {
    let Some(sender) = to else {
        *waiting = None;
        return false;
    };
    // The bytes are taken only once there is room: this future may be dropped before.
    match sender.reserve().await {
        Ok(place) => {
            if let Some(bytes) = waiting.take() {
                place.send(bytes);
            }
            true
        }
        Err(_) => {
            *waiting = None;
            false
        }
    }
}

async fn echo(sender: &mut Sender, bytes: &[u8]) -> Bytes {
    let text: Vec<u8> = bytes.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect();
    print(sender, STDOUT, &text, true).await;
    Bytes::from(text)
}

async fn print(sender: &mut Sender, channel: u8, bytes: &[u8], driver: bool) -> bool {
    if !driver {
        return sender.output(channel, bytes).await;
    }
    sender.output(channel, &carriage_returns(bytes)).await
}

/// What the container runtime says about a program that is not there.
pub(super) fn not_started(program: &str, problem: NotStarted) -> Status {
    let why = match problem {
        NotStarted::NotFound if program.contains('/') => format!("stat {program}: no such file or directory"),
        NotStarted::NotFound => "executable file not found in $PATH".to_owned(),
        NotStarted::IsDirectory => "is a directory".to_owned(),
    };
    let id: String = (0..64).map(|_| char::from(b"0123456789abcdef"[usize::from(rand::random::<u8>() % 16)])).collect();
    let text = format!(
        "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"{program}\": {why}: unknown"
    );
    Status::internal(text)
}

/// Joins a container's main process.
pub(super) async fn attach(
    cluster: Arc<Cluster>,
    seat: Seat,
    path: &ObjectPath,
    request: Request,
) -> Result<Response, Status> {
    let query = Query::of(&request)?;
    let pod = target::pod(&cluster, path.namespace(), path.name())?;
    let name = target::container(&pod, query.text("container"))?;
    target::must_run(&pod, &name)?;
    let wanted = Wanted::of(&query);
    let permit = cluster.quota().session_slot()?;
    let console = cluster.runtime().console(&pod, &name);
    let (upgrade, pings) = upgrade(request).await?;
    Ok(upgrade.on_upgrade(move |socket| async move {
        let (sender, receiver) = split(socket, wanted.awaited(SIZES_OF_ATTACH), pings);
        at_most(seat, join(sender, receiver, &console, wanted)).await;
        drop((permit, cluster));
    }))
}

async fn join(mut sender: Sender, mut receiver: Receiver, console: &Console, wanted: Wanted) {
    receiver.settle().await;
    let mut attachment = console.attach();
    for (channel, bytes) in std::mem::take(&mut attachment.before) {
        if wanted.hears(channel) && !sender.output(channel, &bytes).await {
            return;
        }
    }
    let mut input = attachment.input.take().filter(|_| wanted.stdin);
    let mut waiting: Option<Bytes> = None;
    loop {
        tokio::select! {
            biased;
            next = attachment.live.recv() => match next {
                Ok((channel, bytes)) if wanted.hears(channel) => {
                    if !sender.output(channel, &bytes).await {
                        return;
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            () = attachment.end.reached() => break,
            there = sender.asks() => if !there {
                return;
            },
            sent = deliver(&mut input, &mut waiting), if waiting.is_some() => {
                if !sent {
                    input = None;
                }
            }
            incoming = receiver.next(), if waiting.is_none() => match incoming {
                Incoming::Gone => return,
                Incoming::InputClosed => {
                    input = None;
                    console.close_input();
                }
                Incoming::Input(bytes) => waiting = Some(bytes),
                Incoming::Size => {}
            },
        }
    }
    // An attached stream that ends is a success whatever the process said: its code stands in the pod's status.
    sender.end(&Ending::Exit(0), receiver).await;
}
