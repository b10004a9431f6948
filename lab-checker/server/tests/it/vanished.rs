//! Clients that vanish without a word, from everything that lasts: here, they stop reading and answer no ping.

use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use server::Patience;
use tokio::{
    io::AsyncReadExt,
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, client::IntoClientRequest, http::HeaderValue},
};

use crate::{
    admissions::{Served, Worker},
    test_app::TestApp,
};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
/// Short enough not to wait for, and long enough for a busy machine.
const SHORT: Duration = Duration::from_secs(2);
/// How long an end may take.
const SOON: Duration = Duration::from_secs(30);

/// Who is silent is ended; who does not read may do so.
const NO_PONG: Patience = Patience { idle: LONG, head: LONG, body: LONG, reading: LONG, silence: SHORT };
/// The other way round.
const UNREAD: Patience = Patience { reading: SHORT, silence: LONG, ..NO_PONG };

/// What is quiet for as long as nobody types.
const QUIET: [&str; 4] = ["exec?command=sleep&command=1000&stdout=true", SHELL, "attach?stdin=true", TERMINAL];
const SHELL: &str = "exec?command=sh&stdin=true&stdout=true&tty=true";
const TERMINAL: &str = "terminal";

struct Ada {
    served: Served,
    worker: Worker,
}

impl Ada {
    async fn served_with(patience: Patience) -> Self {
        let served = Served::with(TestApp::new().await, patience).await;
        let worker = Worker::of(&served.app, "Ada").await;
        Self { served, worker }
    }

    /// The address of something that lasts, and the token for it.
    fn to(&self, what: &str) -> (String, String) {
        let (path, token) = &self.worker.way;
        let bearer = token.as_ref().map(|token| format!("Bearer {token}")).unwrap_or_default();
        match what {
            TERMINAL => ("/api/v1/labs/close/terminal".to_owned(), self.worker.person.header("authorization")),
            what => (format!("{path}/api/v1/namespaces/default/pods/box/{what}"), bearer),
        }
    }

    /// A socket of hers whose system holds little that she has not read.
    async fn socket(&self, what: &str) -> WebSocketStream<TcpStream> {
        self.try_socket(what).await.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    async fn try_socket(&self, what: &str) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
        let (path, bearer) = self.to(what);
        let mut request = format!("ws://{}{path}", self.served.address).into_client_request().unwrap();
        if what != TERMINAL {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("v5.channel.k8s.io"));
        }
        request.headers_mut().insert("authorization", HeaderValue::from_str(&bearer).unwrap());
        let stream = TcpSocket::new_v4().unwrap();
        stream.set_recv_buffer_size(4096).unwrap();
        let stream = stream.connect(self.served.address.parse().unwrap()).await.unwrap();
        Ok(client_async(request, stream).await?.0)
    }
}

/// What comes is looked at as bytes: no ping is answered.
async fn is_ended(what: &str, mut stream: TcpStream) {
    let reading = async {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(1..) = stream.read(&mut bytes).await {}
    };
    tokio::time::timeout(SOON, reading).await.unwrap_or_else(|_| panic!("{what} goes on though nobody is there"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_no_ping_is_gone() {
    let ada = Ada::served_with(NO_PONG).await;
    for what in QUIET {
        let socket = ada.socket(what).await;
        is_ended(what, socket.into_inner()).await;
    }
}

/// Else a learner whose laptop fell asleep three times would have no terminal any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_place_of_who_is_gone_is_free_again() {
    let ada = Ada::served_with(NO_PONG).await;
    let mut asleep = Vec::new();
    let refused = loop {
        match ada.try_socket(TERMINAL).await {
            Ok(socket) => asleep.push(socket),
            Err(tungstenite::Error::Http(answer)) => break answer.status(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!((asleep.len(), refused.as_u16()), (3, 429));
    for socket in asleep {
        is_ended(TERMINAL, socket.into_inner()).await;
    }
    let mut again = ada.socket(TERMINAL).await;
    assert!(again.next().await.is_some_and(|said| said.is_ok()), "it greets");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_answers_pings_may_be_quiet() {
    let ada = Ada::served_with(NO_PONG).await;
    let mut open = Vec::new();
    for what in QUIET {
        open.push((what, ada.socket(what).await));
    }
    let quiet = open.iter_mut().map(|(what, socket)| async move {
        let listening = async { while socket.next().await.is_some_and(|said| said.is_ok()) {} };
        let ended = tokio::time::timeout(SHORT * 3, listening).await;
        assert!(ended.is_err(), "{what} has ended though somebody is there");
    });
    futures::future::join_all(quiet).await;
}

/// What a client of these does not read has no end; it is ended all the same. (A terminal is held to a pace, at which the
/// system's buffers take long to fill; its socket is of the same kind.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_gone() {
    let ada = Ada::served_with(UNREAD).await;
    let mut open = Vec::new();
    for what in ["exec?command=yes&stdout=true", "exec?command=yes&stdout=true&tty=true"] {
        open.push((what, ada.socket(what).await.into_inner()));
    }
    tokio::time::sleep(SHORT * 3).await;
    for (what, stream) in open {
        is_ended(what, stream).await;
    }
}

/// A watch says so much that it does not fit between here and there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_a_watch_is_gone() {
    let ada = Ada::served_with(UNREAD).await;
    let (path, token) = &ada.worker.way;
    let client = token.iter().fold(ada.served.app.anonymous(), |client, token| client.with_token(token));
    let maps = format!("{path}/api/v1/namespaces/default/configmaps");
    let watch = format!(
        "GET {maps}?watch=1&timeoutSeconds=1200 HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\r\n",
        ada.to("").1
    );
    let mut stream = TcpStream::connect(&ada.served.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, watch.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    for at in 0..40 {
        let map = json!({"metadata": {"name": "large"}, "data": {"text": "x".repeat(400_000), "at": at.to_string()}});
        let done = match at {
            0 => client.post(&maps, map).await,
            _ => client.put(&format!("{maps}/large"), map).await,
        };
        assert!(done.status.is_success(), "{done:?}");
    }
    tokio::time::sleep(SHORT * 2).await;
    is_ended("a watch", stream).await;
}
