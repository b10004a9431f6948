//! Clients that are slow, silent or many, on real sockets: they are ended, others are answered meanwhile, and
//! whoever is being answered stays.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::WebSocketUpgrade,
    response::sse::{Event, Sse},
    routing::{any, get, post},
};
use futures::stream;
use server::{Limits, Patience};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Short, so that nobody waits for long; long enough for a busy machine.
const PATIENCE: Patience = Patience {
    idle: Duration::from_millis(600),
    head: Duration::from_millis(400),
    body: Duration::from_millis(400),
    reading: Duration::from_millis(400),
    silence: Duration::from_millis(400),
};

const UPGRADE: &str = "GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct Serving {
    address: SocketAddr,
    /// Lets the streams say something.
    say: watch::Sender<u32>,
    stop: watch::Sender<bool>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Serving {
    async fn start(connections: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (say, said) = watch::channel(0);
        let (stop, mut stopped) = watch::channel(false);
        let limits = Limits { connections, patience: PATIENCE };
        let until = async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let task = tokio::spawn(server::serve(listener, router(said), limits, until));
        Self { address, say, stop, task }
    }

    /// A connection on which this was sent.
    async fn client(&self, bytes: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(bytes.as_bytes()).await.unwrap();
        client
    }

    /// Whether somebody new is answered.
    async fn answers(&self) {
        let mut client = self.client("GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
    }
}

fn router(said: watch::Receiver<u32>) -> Router {
    let heard = said.clone();
    let events = move || {
        let said = heard.clone();
        async move {
            Sse::new(stream::unfold(said, |mut said| async move {
                said.changed().await.ok()?;
                let number = *said.borrow_and_update();
                Some((Ok::<_, Infallible>(Event::default().data(format!("number {number}"))), said))
            }))
        }
    };
    let socket = move |upgrade: WebSocketUpgrade| {
        let mut said = said.clone();
        async move {
            upgrade.on_upgrade(async move |mut socket| {
                let _ = said.changed().await;
                let _ = socket.send("said".into()).await;
            })
        }
    };
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/echo", post(async |body: String| body))
        .route(
            "/endless",
            get(async || Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>("x".repeat(65_536))))),
        )
        .route(
            "/endless-events",
            get(async || Sse::new(stream::repeat_with(|| Ok::<_, Infallible>(Event::default().data("xxx"))))),
        )
        .route("/events", get(events))
        .route("/socket", any(socket))
}

/// Reads until the other side ends the connection.
async fn ended(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // Ended with bytes of ours unread, it is reset: that is an end too.
    let _ = client.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until this was said.
async fn hears(client: &mut TcpStream, words: &str) {
    let mut heard = Vec::new();
    let mut piece = [0; 1024];
    while !String::from_utf8_lossy(&heard).contains(words) {
        let read = client.read(&mut piece).await.unwrap();
        assert!(read > 0, "ended after {:?}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&piece[..read]);
    }
}

/// What a client may owe us, for ever.
const SILENT: [&str; 6] = [
    "",
    "GE",
    "GET /hello HTTP/1.1\r\nhost: x\r\n",
    "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n",
    "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf of it",
    "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
];

#[tokio::test]
async fn a_client_that_keeps_us_waiting_is_ended() {
    let serving = Serving::start(100).await;
    for bytes in SILENT {
        let mut client = serving.client(bytes).await;
        assert_eq!(ended(&mut client).await, "", "{bytes:?}");
    }
    // Idle after an answer.
    let mut client = serving.client("GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(ended(&mut client).await.ends_with("hello"));
    serving.answers().await;
}

#[tokio::test]
async fn a_head_in_crumbs_is_not_waited_for() {
    let serving = Serving::start(100).await;
    let client = serving.client("GET /hello HTTP/1.1\r\n").await;
    let (mut reading, mut writing) = client.into_split();
    // One crumb after another: each sent when the server has had time to take the one before.
    let crumbs = async {
        let mut tick = tokio::time::interval(PATIENCE.head / 8);
        while writing.write_all(b"x: y\r\n").await.is_ok() {
            tick.tick().await;
        }
    };
    let mut bytes = Vec::new();
    tokio::select! {
        () = crumbs => {}
        _ = reading.read_to_end(&mut bytes) => {}
    }
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    serving.answers().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_ended() {
    let endless = "GET /endless HTTP/1.1\r\nhost: x\r\n\r\n";
    for endless in [endless, "GET /endless-events HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let serving = Serving::start(100).await;
        let mut greedy = serving.client(endless).await;
        hears(&mut greedy, "HTTP/1.1 200").await;
        // Others wait for their end, one after the other: that is longer than an answer may stay unread.
        for _ in 0..4 {
            ended(&mut serving.client("").await).await;
        }
        assert!(ended(&mut greedy).await.contains("xxx"), "what was on its way still comes, and then the end");
    }
    let serving = Serving::start(1).await;
    let mut greedy = serving.client(endless).await;
    hears(&mut greedy, "HTTP/1.1 200").await;
    // The only place is taken until it must be given up.
    serving.answers().await;
}

#[tokio::test]
async fn the_longest_wait_makes_room_for_who_asks() {
    let serving = Serving::start(12).await;
    let mut crowd = Vec::new();
    for bytes in SILENT.into_iter().cycle().take(120) {
        crowd.push(serving.client(bytes).await);
        if crowd.len() % 20 == 0 {
            serving.answers().await;
        }
    }
    serving.answers().await;
}

#[tokio::test]
async fn who_is_being_answered_may_be_quiet() {
    let serving = Serving::start(4).await;
    let mut events = serving.client("GET /events HTTP/1.1\r\nhost: x\r\n\r\n").await;
    hears(&mut events, "text/event-stream").await;
    let mut socket = serving.client(UPGRADE).await;
    hears(&mut socket, "101 Switching Protocols").await;
    // Longer than anybody's patience: several silent clients have been ended one after the other, and more have
    // had to make room.
    for bytes in SILENT {
        ended(&mut serving.client(bytes).await).await;
    }
    let mut crowd = Vec::new();
    for bytes in SILENT.into_iter().cycle().take(30) {
        crowd.push(serving.client(bytes).await);
    }
    serving.answers().await;
    serving.say.send_replace(7);
    hears(&mut events, "number 7").await;
    hears(&mut socket, "said").await;
}

#[tokio::test]
async fn a_stop_lets_requests_end_and_nobody_new_in() {
    let serving = Serving::start(10).await;
    let mut idle = serving.client("GET /hello HTTP/1.1\r\nhost: x\r\n\r\n").await;
    hears(&mut idle, "hello").await;
    let mut busy = serving.client("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\nhalf").await;
    // It has been taken in when a later one is answered.
    serving.answers().await;
    serving.stop.send_replace(true);
    assert_eq!(ended(&mut idle).await, "");
    busy.write_all(b"done").await.unwrap();
    assert!(ended(&mut busy).await.ends_with("halfdone"));
    serving.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(serving.address).await.is_err());
}
