//! The remote-command protocol over WebSocket: binary messages, the first byte of each the channel.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::status::Status;

/// The versions that are spoken, the best first.
pub(super) const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// How long a client may take to answer the end of a session.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long after the beginning of a session its client may still tell the size of its terminal.
const SIZES: Duration = Duration::from_secs(1);
/// How long a client gets to become ready: one that will speak by itself, and one that will not.
const FIRST_WORD: Duration = Duration::from_millis(200);
const MOMENT: Duration = Duration::from_millis(30);
/// How long a client that sends its standard input may pause, and how long it may go on after the end.
const PAUSE: Duration = Duration::from_millis(300);
const GOES_ON: Duration = Duration::from_secs(1);

/// How long a client gets to print one stream before it hears of the other, and how often it gets it.
const TURN: Duration = Duration::from_millis(3);
const TURNS: u32 = 100;

/// How often the client of a session is asked whether it is still there. Whoever serves the socket says so as an
/// extension of the request, and ends connections on which nothing comes back; proxies cut those on which nothing is
/// said.
#[derive(Clone, Copy, Debug)]
pub struct Pings(pub Duration);

impl Default for Pings {
    fn default() -> Self {
        Self(Duration::from_secs(20))
    }
}

const STDIN: u8 = 0;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Bytes for standard input.
    Input(Bytes),
    /// The end of standard input.
    InputClosed,
    /// The size of its terminal, which matters to nobody here.
    Size,
    /// The client went away.
    Gone,
}

/// What the client hears from.
pub(super) struct Sender {
    sink: SplitSink<WebSocket, Message>,
    /// The channel of the last output, and how often it has been another one before.
    last: u8,
    turns: u32,
    pings: Pings,
    /// When it is asked next whether it is there.
    ping: Instant,
}

/// What the client speaks through.
pub(super) struct Receiver {
    stream: SplitStream<WebSocket>,
    awaited: Awaited,
    begun: Instant,
    /// When it last said something.
    heard: Instant,
    /// What it said while nothing could be done with it yet.
    kept: Option<Incoming>,
}

/// What a client will say by itself, at its own pace. kubectl complains on the learner's screen (`websocket: close
/// sent`) when it meets the end of the session before it has said it; a real container takes so long to start that it
/// never does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awaited {
    /// How often it still tells the size of its terminal.
    pub(super) sizes: usize,
    /// Whether its standard input, which is no terminal, has an end to come.
    pub(super) input: bool,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    /// The process ended with this code.
    Exit(u8),
    /// There was no process.
    Failed(Status),
}

/// Splits a socket into what is heard and what is said.
pub(super) fn split(socket: WebSocket, awaited: Awaited, pings: Pings) -> (Sender, Receiver) {
    let (sink, stream) = socket.split();
    (
        Sender { sink, last: 0, turns: 0, pings, ping: Instant::now() + pings.0 },
        Receiver { stream, awaited, begun: Instant::now(), heard: Instant::now(), kept: None },
    )
}

impl Receiver {
    /// Waits until the client is ready to hear: kubectl before 1.33 throws away what comes before it has made its
    /// streams (`Unknown stream id 1, discarding message`). It has made them when it says its first word; one that will
    /// say none gets a moment.
    pub(super) async fn settle(&mut self) {
        let speaks = self.awaited.input || self.awaited.sizes > 0;
        let patience = if speaks { FIRST_WORD } else { MOMENT };
        self.kept = tokio::time::timeout(patience, self.next()).await.ok();
    }

    /// The next thing that matters.
    pub(super) async fn next(&mut self) -> Incoming {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        loop {
            let bytes = match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Text(text))) => Bytes::copy_from_slice(text.as_bytes()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Incoming::Gone,
            };
            self.heard = Instant::now();
            match bytes.first() {
                Some(&STDIN) if bytes.len() > 1 => return Incoming::Input(bytes.slice(1..)),
                Some(&CLOSE) if bytes.get(1) == Some(&STDIN) => {
                    self.awaited.input = false;
                    return Incoming::InputClosed;
                }
                Some(&RESIZE) => {
                    self.awaited.sizes = self.awaited.sizes.saturating_sub(1);
                    return Incoming::Size;
                }
                Some(_) | None => {}
            }
        }
    }

    /// Waits until the client has said what it will say by itself, or has had the time for it.
    async fn hear_out(&mut self) {
        let end = Instant::now();
        loop {
            let until = match self.awaited {
                Awaited { sizes: 1.., .. } => self.begun + SIZES,
                Awaited { input: true, .. } => (self.heard + PAUSE).min(end + GOES_ON),
                Awaited { .. } => return,
            };
            match tokio::time::timeout_at(until, self.next()).await {
                Ok(Incoming::Gone) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

impl Sender {
    /// Asks the client, when it is time, whether it is still there; `false` when it is gone. This future may be dropped
    /// before.
    pub(super) async fn asks(&mut self) -> bool {
        tokio::time::sleep_until(self.ping).await;
        self.ping = Instant::now() + self.pings.0;
        self.sink.send(Message::Ping(Bytes::new())).await.is_ok()
    }

    /// Sends output; `false` when the client is gone.
    pub(super) async fn output(&mut self, channel: u8, bytes: &[u8]) -> bool {
        if channel != STATUS && std::mem::replace(&mut self.last, channel) != channel {
            self.turn().await;
        }
        // One message of a client's read buffer at most.
        for piece in bytes.chunks(16 * 1024) {
            let mut message = Vec::with_capacity(piece.len() + 1);
            message.push(channel);
            message.extend_from_slice(piece);
            if self.sink.send(Message::Binary(message.into())).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Lets the client print what it has before it gets output of the other stream: kubectl copies each by itself, and
    /// at once would show them in any order.
    async fn turn(&mut self) {
        self.turns += 1;
        if (2..TURNS).contains(&self.turns) {
            tokio::time::sleep(TURN).await;
        }
    }

    /// Says how it ended, and hangs up. What the client still says is heard out: a socket that is closed with
    /// unread bytes in it loses the last words of this side too.
    pub(super) async fn end(mut self, ending: &Ending, mut receiver: Receiver) {
        let status = status(ending).to_string();
        if self.output(STATUS, status.as_bytes()).await {
            receiver.hear_out().await;
            let normal = CloseFrame { code: axum::extract::ws::close_code::NORMAL, reason: "".into() };
            // The client may have hung up first.
            let _ = self.sink.send(Message::Close(Some(normal))).await;
        }
        let _ = tokio::time::timeout(FAREWELL, async { while receiver.next().await != Incoming::Gone {} }).await;
        let _ = self.sink.close().await;
    }
}

fn status(ending: &Ending) -> Value {
    match ending {
        Ending::Exit(0) => json!({"metadata": {}, "status": "Success"}),
        Ending::Exit(code) => json!({
            "metadata": {},
            "status": "Failure",
            "message": format!("command terminated with non-zero exit code: command terminated with exit code {code}"),
            "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
        }),
        Ending::Failed(status) => json!({
            "metadata": {},
            "status": "Failure",
            "message": status.message,
            "reason": status.reason,
            "details": status.details,
            "code": status.code,
        }),
    }
}
