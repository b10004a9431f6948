//! The remote-command protocol over WebSocket: binary messages, the first byte of each the channel.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};

use crate::status::Status;

/// The versions that are spoken, the best first.
pub(super) const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// How long a client may take to answer the end of a session.
const FAREWELL: Duration = Duration::from_secs(2);

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
    /// The client went away.
    Gone,
}

/// What the client hears from.
pub(super) struct Sender(SplitSink<WebSocket, Message>);

/// What the client speaks through.
pub(super) struct Receiver(SplitStream<WebSocket>);

/// How a session ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    /// The process ended with this code.
    Exit(u8),
    /// There was no process.
    Failed(Status),
}

/// Splits a socket into what is heard and what is said.
pub(super) fn split(socket: WebSocket) -> (Sender, Receiver) {
    let (sink, stream) = socket.split();
    (Sender(sink), Receiver(stream))
}

impl Receiver {
    /// The next thing that matters.
    pub(super) async fn next(&mut self) -> Incoming {
        loop {
            let bytes = match self.0.next().await {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Text(text))) => Bytes::copy_from_slice(text.as_bytes()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Incoming::Gone,
            };
            match bytes.first() {
                Some(&STDIN) if bytes.len() > 1 => return Incoming::Input(bytes.slice(1..)),
                Some(&CLOSE) if bytes.get(1) == Some(&STDIN) => return Incoming::InputClosed,
                Some(&RESIZE) | Some(_) | None => {}
            }
        }
    }
}

impl Sender {
    /// Sends output; `false` when the client is gone.
    pub(super) async fn output(&mut self, channel: u8, bytes: &[u8]) -> bool {
        // One message of a client's read buffer at most.
        for piece in bytes.chunks(16 * 1024) {
            let mut message = Vec::with_capacity(piece.len() + 1);
            message.push(channel);
            message.extend_from_slice(piece);
            if self.0.send(Message::Binary(message.into())).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Says how it ended, and hangs up. What the client still says is heard out: a socket that is closed with
    /// unread bytes in it loses the last words of this side too.
    pub(super) async fn end(mut self, ending: &Ending, mut receiver: Receiver) {
        let status = status(ending).to_string();
        if self.output(STATUS, status.as_bytes()).await {
            let normal = CloseFrame { code: axum::extract::ws::close_code::NORMAL, reason: "".into() };
            // The client may have hung up first.
            let _ = self.0.send(Message::Close(Some(normal))).await;
        }
        let _ = tokio::time::timeout(FAREWELL, async { while receiver.next().await != Incoming::Gone {} }).await;
        let _ = self.0.close().await;
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
