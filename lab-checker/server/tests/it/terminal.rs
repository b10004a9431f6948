//! The terminal of the workbench, as a page has it: a WebSocket on a real port.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::Limits;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::test_app::{Person, TestApp};

/// A server on a port, and a learner with a token.
struct Served {
    app: TestApp,
    ada: Person,
    token: String,
    address: String,
    _stop: oneshot::Sender<()>,
}

impl Served {
    async fn start() -> Self {
        let app = TestApp::new().await;
        let body = json!({"name": "Ada", "code": app.server.join_code});
        let enrolled = app.anonymous().post("/api/v1/learners", body).await.json();
        let token = enrolled["token"].as_str().unwrap().to_owned();
        let ada = app.anonymous().with_token(&token);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let limits = Limits { connections: 100, patience: server::Patience::default() };
        let until = async move {
            let _ = stopped.await;
        };
        tokio::spawn(server::serve(listener, app.server.router.clone(), limits, until));
        Self { app, ada, token, address, _stop: stop }
    }

    async fn begun() -> Self {
        let served = Self::start().await;
        assert_eq!(served.ada.post("/api/v1/labs/close/start", json!({})).await.status, 204);
        served
    }

    /// Asks for a terminal; the status when there is none.
    async fn asked(&self, lab: &str, headers: &[(&'static str, &str)]) -> Result<Screen, u16> {
        let mut request = format!("ws://{}/api/v1/labs/{lab}/terminal", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(&self.address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Screen { socket, shown: String::new() }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn terminal(&self) -> Screen {
        let bearer = format!("Bearer {}", self.token);
        self.asked("close", &[("authorization", &bearer)]).await.unwrap()
    }
}

struct Screen {
    socket: WebSocketStream<TcpStream>,
    shown: String,
}

impl Screen {
    async fn keys(&mut self, text: &str) {
        self.socket.send(Message::Binary(text.as_bytes().to_vec().into())).await.unwrap();
    }

    async fn file(&mut self, name: &str, text: &str) {
        let message = json!({"file": {"name": name, "text": text}}).to_string();
        self.socket.send(Message::Text(message.into())).await.unwrap();
    }

    async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(Duration::from_secs(30), self.socket.next());
        next.await.unwrap_or_else(|_| panic!("nothing more after {:?}", self.shown))?.ok()
    }

    /// Reads until a text has been shown.
    async fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            match self.next().await {
                Some(Message::Binary(bytes)) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?} instead of {text:?} after {:?}", self.shown),
            }
        }
    }

    /// Reads to the last word.
    async fn ended(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => return serde_json::from_str(text.as_str()).unwrap(),
                Some(Message::Binary(_) | Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?} instead of a last word"),
            }
        }
    }
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

#[tokio::test]
async fn a_lab_is_solved_in_the_terminal() {
    let served = Served::begun().await;
    let mut screen = served.terminal().await;
    screen.until("~ $ ").await;
    screen.file("policy.yaml", POLICY).await;
    screen.keys("kubectl apply -f policy.yaml\r").await;
    screen.until("networkpolicy.networking.k8s.io/deny created\r\n~ $ ").await;
    // What names no namespace went where the learner works.
    screen.keys("kubectl get netpol\r").await;
    let table = screen.until("~ $ ").await;
    assert!(table.contains("NAME   POD-SELECTOR   AGE\r\ndeny   <none> "), "{table}");
    let attempt = served.ada.post("/api/v1/labs/close/attempts", json!({})).await.json();
    assert_eq!(attempt["passed"], true, "{attempt}");
    screen.keys("exit\r").await;
    assert_eq!(screen.ended().await, json!({"ended": "exit"}));
}

#[tokio::test]
async fn a_terminal_ends_with_its_world_and_with_the_server() {
    let served = Served::begun().await;
    let mut screen = served.terminal().await;
    screen.until("~ $ ").await;
    served.ada.post("/api/v1/labs/close/reset", json!({})).await;
    assert_eq!(screen.ended().await, json!({"ended": "moved"}));
}

#[tokio::test]
async fn who_may_not_have_one_gets_none() {
    let served = Served::start().await;
    let bearer = format!("Bearer {}", served.token);
    let own = [("authorization", bearer.as_str())];
    assert_eq!(served.asked("close", &[]).await.err(), Some(401));
    assert_eq!(served.asked("nope", &own).await.err(), Some(404));
    assert_eq!(served.asked("close", &own).await.err(), Some(409), "it has not begun");
    let plain = served.ada.get("/api/v1/labs/close/terminal").await;
    assert_eq!((plain.status.as_u16(), plain.problem().as_str()), (426, "upgrade-required"), "{plain:?}");
    served.ada.post("/api/v1/labs/close/start", json!({})).await;
    // A browser sends cookies wherever a page asks it to, and says which page that is.
    let joined = format!("name=Bob&code={}", served.app.server.join_code);
    let answer = served.app.anonymous().submit("/join", &joined).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let bob = served.app.anonymous().with("cookie", &cookie);
    assert_eq!(bob.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let page = |origin: String| served.asked_as(cookie.clone(), origin);
    for origin in
        ["http://evil.example".to_owned(), "null".to_owned(), format!("http://{}.evil.example", served.address)]
    {
        assert_eq!(page(origin.clone()).await.err(), Some(403), "{origin}");
    }
    let mut screen = page(format!("http://{}", served.address)).await.unwrap();
    screen.until("~ $ ").await;
}

impl Served {
    async fn asked_as(&self, cookie: String, origin: String) -> Result<Screen, u16> {
        self.asked("close", &[("cookie", &cookie), ("origin", &origin)]).await
    }
}

#[tokio::test]
async fn a_learner_has_three_at_most() {
    let served = Served::begun().await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut screen = served.terminal().await;
        screen.until("~ $ ").await;
        open.push(screen);
    }
    let bearer = format!("Bearer {}", served.token);
    assert_eq!(served.asked("close", &[("authorization", &bearer)]).await.err(), Some(429));
    let mut first = open.remove(0);
    first.keys("exit\r").await;
    first.ended().await;
    while first.next().await.is_some() {}
    // Its place is free as soon as the server has hung up.
    let again = async {
        loop {
            if let Ok(screen) = served.asked("close", &[("authorization", &bearer)]).await {
                break screen;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("there is room again");
}

#[tokio::test]
async fn nothing_that_a_page_sends_harms_it() {
    let served = Served::begun().await;
    let mut screen = served.terminal().await;
    screen.until("~ $ ").await;
    // What is no file is left out; a file cannot leave the home directory.
    for nonsense in ["", "{", "null", "{\"file\":1}", "{\"file\":{\"name\":\"../x\",\"text\":\"\"}}"] {
        screen.socket.send(Message::Text(nonsense.into())).await.unwrap();
    }
    screen.file("big.yaml", &"a".repeat(200_000)).await;
    screen.keys("ls ..; wc -c big.yaml\r").await;
    let listed = screen.until("200000 big.yaml").await;
    assert!(!listed.contains('x'), "{listed}");
    // Endless output goes on until somebody stops it, or leaves.
    screen.keys("yes\r").await;
    screen.until("y\r\ny\r\n").await;
    screen.keys("\x03").await;
    screen.until("^C\r\n~ $ ").await;
    let paste = "b".repeat(100_000);
    screen.keys(&paste).await;
    screen.keys("\x15echo fine\r").await;
    screen.until("\r\nfine\r\n").await;
    screen.keys("yes\r").await;
    // A message that is too large ends the session, and the server goes on.
    let huge = "c".repeat(1 << 20);
    let _ = screen.socket.send(Message::Binary(huge.into_bytes().into())).await;
    while screen.next().await.is_some() {}
    assert_eq!(served.ada.get("/api/v1/labs/close/report").await.status, 200);
}
