//! The beginning and the end of an exec or attach as a client sees it, frame by frame, on a wire in memory and with a clock that stands
//! still: a client that is not ready to hear is not told anything, and one that has not said yet what it says by itself is not told
//! good-bye.

use std::time::Duration;

use axum::serve::Listener;
use futures::{SinkExt, StreamExt};
use practice_cluster::{ClusterId, Options, PracticeClusters};
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::api::Api;

/// Connections that come out of a channel.
struct Wires(mpsc::Receiver<DuplexStream>);

impl Listener for Wires {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(wire) => (wire, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A cluster with a pod, and the way to it.
struct Place {
    wires: mpsc::Sender<DuplexStream>,
    id: ClusterId,
}

async fn place(command: &[&str], terminal: bool) -> Place {
    let clusters = PracticeClusters::open(Options::default()).await.expect("opens");
    let id = ClusterId::random();
    clusters.create(&id).await.expect("creates");
    let (wires, arriving) = mpsc::channel(4);
    let router = clusters.router();
    tokio::spawn(async move { axum::serve(Wires(arriving), router).await });
    let api = Api { clusters, id: id.clone() };
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "box", "namespace": "default"},
        "spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "busybox", "command": command, "stdin": true, "tty": terminal},
        ]},
    });
    let (status, made) = api.post("/api/v1/namespaces/default/pods", &pod).await;
    assert!(status.is_success(), "{made}");
    Place { wires, id }
}

type Socket = WebSocketStream<DuplexStream>;

impl Place {
    async fn open(&self, what: &str) -> Socket {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        self.wires.send(theirs).await.expect("the server listens");
        let url = format!("ws://cluster/clusters/{}/api/v1/namespaces/default/pods/box/{what}", self.id);
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", "v5.channel.k8s.io".parse().expect("a header"));
        client_async(request, ours).await.expect("a socket").0
    }
}

/// Reads until the status of the session has come; what was printed before.
async fn printed(socket: &mut Socket) -> String {
    let mut text = String::new();
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Binary(bytes) if bytes.first() == Some(&3) => return text,
            Message::Binary(bytes) => text.push_str(&String::from_utf8_lossy(&bytes[1..])),
            other => panic!("{other:?} before the status"),
        }
    }
    panic!("the socket ended before the status: {text}")
}

async fn say(socket: &mut Socket, bytes: &'static [u8]) {
    socket.send(Message::Binary(Bytes::from_static(bytes))).await.expect("the server hears");
}

const SIZE: &[u8] = b"\x04{\"Width\":80,\"Height\":24}";

/// Whether the server has not said good-bye: it answers a ping.
async fn still_hears(socket: &mut Socket) -> bool {
    socket.send(Message::Ping(Bytes::new())).await.expect("a ping is sent");
    matches!(socket.next().await, Some(Ok(Message::Pong(_))))
}

async fn is_closed(socket: &mut Socket) -> bool {
    matches!(socket.next().await, Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == 1000)
}

#[tokio::test(start_paused = true)]
async fn a_command_in_a_terminal_ends_when_the_client_has_told_its_size() {
    let place = place(&["sleep", "infinity"], false).await;
    let mut socket = place.open("exec?command=echo&command=hi&stdin=true&stdout=true&tty=true").await;
    assert_eq!(printed(&mut socket).await, "hi\r\n");
    assert!(still_hears(&mut socket).await, "the end came before the size");
    say(&mut socket, SIZE).await;
    assert!(is_closed(&mut socket).await);
}

#[tokio::test(start_paused = true)]
async fn attaching_waits_for_both_sizes() {
    let place = place(&["sh", "-c", "echo hi; exit 3"], true).await;
    let mut socket = place.open("attach?stdin=true&stdout=true&tty=true").await;
    assert_eq!(printed(&mut socket).await, "hi\r\n");
    for size in ["first", "second"] {
        assert!(still_hears(&mut socket).await, "the end came before the {size} size");
        say(&mut socket, SIZE).await;
    }
    assert!(is_closed(&mut socket).await);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_does_not_read_ends_when_the_client_has_sent_its_input() {
    let place = place(&["sleep", "infinity"], false).await;
    for what in ["exec?command=echo&command=hi&stdin=true&stdout=true", "exec?command=nosuch&stdin=true&stdout=true"] {
        let mut socket = place.open(what).await;
        printed(&mut socket).await;
        assert!(still_hears(&mut socket).await, "{what}: the end came before the input");
        say(&mut socket, b"\x00some input\n").await;
        assert!(still_hears(&mut socket).await, "{what}: the end came in the middle of the input");
        say(&mut socket, b"\xff\x00").await;
        assert!(is_closed(&mut socket).await, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_client_that_says_nothing() {
    let place = place(&["sleep", "infinity"], false).await;
    for (what, most) in [
        ("exec?command=true&stdout=true", Duration::from_millis(30)),
        ("exec?command=true&stdin=true&stdout=true", Duration::from_millis(300)),
        ("exec?command=true&stdin=true&stdout=true&tty=true", Duration::from_secs(1)),
        ("exec?command=sleep&command=2&stdin=true&stdout=true&tty=true", Duration::from_millis(2200)),
        ("exec?command=sleep&command=2&stdin=true&stdout=true", Duration::from_millis(2200)),
    ] {
        let began = Instant::now();
        let mut socket = place.open(what).await;
        printed(&mut socket).await;
        assert!(is_closed(&mut socket).await, "{what}");
        assert!(began.elapsed() <= most + Duration::from_millis(20), "{what}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn both_streams_come_in_the_order_in_which_they_were_written() {
    let place = place(&["sleep", "infinity"], false).await;
    let script = "for%20i%20in%201%202%203%3B%20do%20echo%20out%20%24i%3B%20echo%20err%20%24i%20%3E%262%3B%20done";
    let what = format!("exec?command=sh&command=-c&command={script}&stdout=true&stderr=true");
    let mut socket = place.open(&what).await;
    assert_eq!(printed(&mut socket).await, "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
}

#[tokio::test(start_paused = true)]
async fn nothing_comes_before_the_client_is_ready_to_hear() {
    let place = place(&["sh", "-c", "echo hi; sleep 5"], true).await;
    let early = Duration::from_millis(20);
    for (what, word) in [
        ("exec?command=echo&command=hi&stdout=true", None),
        ("exec?command=echo&command=hi&stdin=true&stdout=true", Some(&b"\xff\x00"[..])),
        ("exec?command=echo&command=hi&stdin=true&stdout=true&tty=true", Some(SIZE)),
        ("attach?stdin=true&stdout=true&tty=true", Some(SIZE)),
    ] {
        let mut socket = place.open(what).await;
        let first = tokio::time::timeout(early, socket.next()).await;
        assert!(first.is_err(), "{what}: {first:?} came before the client had made its streams");
        if let Some(word) = word {
            say(&mut socket, word).await;
            let heard = tokio::time::timeout(early, socket.next()).await;
            assert!(matches!(heard, Ok(Some(Ok(Message::Binary(_))))), "{what}: {heard:?}");
        }
    }
}
