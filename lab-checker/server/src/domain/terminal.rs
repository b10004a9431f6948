//! A terminal in the browser: the socket on one side, the shell of a workstation beside the lab's world on the other.
//!
//! | message | from | what |
//! |---|---|---|
//! | binary | the page | what is typed |
//! | text `{"file":{"name":"policy.yaml","text":"…"}}` | the page | a file for the shell's home directory: what stands in the editor |
//! | binary | here | what is shown |
//! | text `{"ended":"exit"}` | here | the last word: `exit`, `moved` (the world begins anew, or kubectl goes elsewhere), `idle`, `signed-out` (the token that opened it works no more) or `stopped` |

use std::{pin::pin, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use practice_cluster::{Admission, Desk, Home, Left, Pings, Workstation};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout},
};

use crate::app::admissions::taken_back;

/// The largest message: a file of the editor, or something pasted.
pub(crate) const MESSAGE: usize = 256 << 10;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Nothing is typed.
    pub(crate) idle: Duration,
    /// The page does not read.
    pub(crate) reading: Duration,
    /// The whole session.
    pub(crate) session: Duration,
    /// How often the page is asked whether it is there; proxies cut sockets on which nothing is said, too.
    pub(crate) pings: Pings,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            reading: Duration::from_secs(60),
            session: Duration::from_secs(4 * 60 * 60),
            pings: Pings::default(),
        }
    }
}

/// A message of the page that is no keys.
#[derive(Debug, Deserialize)]
struct Told {
    file: File,
}

#[derive(Debug, Deserialize)]
struct File {
    name: String,
    text: String,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Exit,
    Moved,
    Idle,
    SignedOut,
    Stopped,
    /// Nobody is there to be told.
    Gone,
}

impl Ended {
    fn word(self) -> &'static str {
        match self {
            Self::Exit | Self::Gone => "exit",
            Self::Moved => "moved",
            Self::Idle => "idle",
            Self::SignedOut => "signed-out",
            Self::Stopped => "stopped",
        }
    }
}

/// What ends a session from outside.
pub(crate) struct End {
    /// The server stops.
    pub(crate) stopped: watch::Receiver<bool>,
    /// What the learner came with; nothing where nothing is needed.
    pub(crate) admission: Option<Admission>,
}

impl End {
    async fn reached(mut self) -> Ended {
        tokio::select! {
            // Without a sender nobody is left to run for.
            _ = self.stopped.wait_for(|stopped| *stopped) => Ended::Stopped,
            () = taken_back(self.admission) => Ended::SignedOut,
        }
    }
}

/// Relay until either side is done.
pub(crate) async fn relay(socket: WebSocket, station: Workstation, end: End, patience: Patience) {
    let home = station.home();
    let (mut to_page, from_page) = socket.split();
    let ended = converse(&mut to_page, from_page, station.open(), home, end, patience).await;
    if ended == Ended::Gone {
        return;
    }
    let word = json!({"ended": ended.word()}).to_string();
    // The page may be gone by now.
    let _ = timeout(patience.reading, async {
        to_page.send(Message::Text(word.into())).await?;
        to_page.close().await
    })
    .await;
}

async fn converse(
    to_page: &mut SplitSink<WebSocket, Message>,
    mut from_page: SplitStream<WebSocket>,
    desk: Desk,
    home: Home,
    end: End,
    patience: Patience,
) -> Ended {
    let mut end = pin!(end.reached());
    let Desk { keys, mut screen, mut session } = desk;
    let (mut typed, mut pace) = (None, Pace::default());
    let last_moment = Instant::now() + patience.session;
    let mut idle = Instant::now() + patience.idle;
    let mut ping = Instant::now() + patience.pings.0;
    loop {
        let message = tokio::select! {
            left = &mut session => return finish(to_page, &mut screen, left).await,
            ended = &mut end => return ended,
            () = sleep_until(idle.min(last_moment)) => return Ended::Idle,
            () = deliver(&keys, &mut typed), if typed.is_some() => continue,
            Some(bytes) = shown(&mut screen, pace.next) => {
                pace.spend(bytes.len());
                Message::Binary(bytes)
            }
            () = sleep_until(ping) => {
                ping = Instant::now() + patience.pings.0;
                Message::Ping(Bytes::new())
            }
            said = from_page.next(), if typed.is_none() => {
                match said {
                    Some(Ok(Message::Binary(bytes))) => {
                        idle = Instant::now() + patience.idle;
                        typed = Some(bytes);
                    }
                    Some(Ok(Message::Text(text))) => keep(&home, text.as_str()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ended::Gone,
                }
                continue;
            }
        };
        match timeout(patience.reading, to_page.send(message)).await {
            Ok(Ok(())) => {}
            // It is gone, or it does not read.
            Ok(Err(_)) | Err(_) => return Ended::Gone,
        }
    }
}

/// What the shell printed last is still on its way.
async fn finish(to_page: &mut SplitSink<WebSocket, Message>, screen: &mut mpsc::Receiver<Bytes>, left: Left) -> Ended {
    while let Ok(bytes) = screen.try_recv() {
        if to_page.send(Message::Binary(bytes)).await.is_err() {
            return Ended::Gone;
        }
    }
    match left {
        Left::Exit => Ended::Exit,
        Left::Moved => Ended::Moved,
    }
}

/// Puts the editor's text where the shell finds it. What cannot be read is no file.
fn keep(home: &Home, text: &str) {
    if let Ok(Told { file }) = serde_json::from_str(text) {
        home.put(&file.name, &file.text);
    }
}

/// Hands typed bytes on once there is room for them: this future may be dropped before.
async fn deliver(keys: &mpsc::Sender<Bytes>, typed: &mut Option<Bytes>) {
    if let Ok(place) = keys.reserve().await
        && let Some(bytes) = typed.take()
    {
        place.send(bytes);
    }
    *typed = None;
}

async fn shown(screen: &mut mpsc::Receiver<Bytes>, from: Instant) -> Option<Bytes> {
    sleep_until(from).await;
    screen.recv().await
}

/// How much may be shown: so much at once, and so much again each second. A program that prints without end is
/// held up, and its neighbours notice nothing.
struct Pace {
    left: f64,
    at: Instant,
    /// When more may be shown.
    next: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        let now = Instant::now();
        Self { left: Self::BURST, at: now, next: now }
    }
}

impl Pace {
    const BURST: f64 = 1_048_576.0;
    const PER_SECOND: f64 = 262_144.0;

    fn spend(&mut self, bytes: usize) {
        let now = Instant::now();
        let refilled = (now - self.at).as_secs_f64().mul_add(Self::PER_SECOND, self.left);
        self.left = refilled.min(Self::BURST) - bytes as f64;
        self.at = now;
        self.next = now + Duration::from_secs_f64((-self.left).max(0.0) / Self::PER_SECOND);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prints_without_end_is_held_up() {
        let mut pace = Pace::default();
        pace.spend(1 << 20);
        assert!(pace.next <= Instant::now(), "a screenful, and many, come at once");
        pace.spend(1 << 20);
        let wait = pace.next - Instant::now();
        assert!(wait > Duration::from_secs(3) && wait < Duration::from_secs(5), "{wait:?}");
    }
}
