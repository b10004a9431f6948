//! Whatever a token has opened ends when the token does, on every server, and nothing of anybody else's does.

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::join_all, stream::BoxStream};
use serde_json::{Value, json};
use server::Limits;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Error, client::IntoClientRequest, http::HeaderValue},
};

use crate::{
    kubeconfigs::way,
    postgres::Postgres,
    test_app::{Person, TestApp},
};

/// How long it may take to end: somebody looks once a second.
const SOON: Duration = Duration::from_secs(20);

/// Something that lasts; its items are whatever is said.
struct Open {
    what: &'static str,
    said: BoxStream<'static, ()>,
}

impl Open {
    fn new(what: &'static str, said: impl futures::Stream<Item = ()> + Send + 'static) -> Self {
        Self { what, said: said.boxed() }
    }

    async fn ends(self) {
        let Self { what, said } = self;
        let ended = tokio::time::timeout(SOON, said.for_each(async |()| {})).await;
        assert!(ended.is_ok(), "{what} outlives the token that opened it");
    }

    /// It is there as long as nothing says that it is over.
    fn goes_on(&mut self) {
        while let Some(said) = self.said.next().now_or_never() {
            assert!(said.is_some(), "{} of somebody else has ended", self.what);
        }
    }
}

/// A server with a port.
pub(crate) struct Served {
    pub(crate) app: TestApp,
    pub(crate) address: String,
}

impl Served {
    async fn of(app: TestApp) -> Self {
        Self::with(app, server::Patience::default()).await
    }

    pub(crate) async fn with(app: TestApp, patience: server::Patience) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let limits = Limits { connections: 200, patience };
        let stopped = std::future::pending::<()>();
        tokio::spawn(server::serve(listener, app.server.router.clone(), limits, stopped));
        Self { app, address }
    }

    async fn socket(&self, path: &str, headers: &[(&'static str, &str)]) -> BoxStream<'static, ()> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (socket, _) = client_async(request, stream).await.unwrap();
        socket.take_while(|said| std::future::ready(said.is_ok())).map(drop).boxed()
    }

    /// What a page of a learner's holds open: its events, and its terminal.
    async fn page(&self, person: &Person) -> [Open; 2] {
        let person = person.clone().on(&self.app);
        let headers: Vec<(&str, String)> = ["authorization", "cookie"]
            .into_iter()
            .filter(|name| person.has_header(name))
            .map(|name| (name, person.header(name)))
            .collect();
        let headers: Vec<(&'static str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let terminal = self.socket("/api/v1/labs/close/terminal", &headers).await;
        let events = person.stream("/api/v1/labs/close/events").await.map(drop);
        [Open::new("the page's events", events), Open::new("the page's terminal", terminal)]
    }

    /// What kubectl holds open through the gate, and past it.
    async fn kubectl(&self, (path, token): &(String, Option<String>)) -> Vec<Open> {
        let client = token.iter().fold(self.app.anonymous(), |client, token| client.with_token(token));
        let pod = format!("{path}/api/v1/namespaces/default/pods/box");
        let stream = async |address: String| client.stream(&address).await.map(drop);
        let bearer = token.iter().map(|token| format!("Bearer {token}")).collect::<Vec<_>>();
        let mut headers = vec![("sec-websocket-protocol", "v5.channel.k8s.io")];
        headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
        let watch = "api/v1/pods?watch=true&timeoutSeconds=1200";
        vec![
            Open::new("a watch", stream(format!("{path}/{watch}")).await),
            Open::new("a watch past the gate", stream(format!("{path}/worlds/sandbox/{watch}")).await),
            Open::new("logs -f", stream(format!("{pod}/log?follow=true")).await),
            Open::new(
                "exec",
                self.socket(&format!("{pod}/exec?command=sh&stdin=true&stdout=true&tty=true"), &headers).await,
            ),
            Open::new("attach", self.socket(&format!("{pod}/attach?stdin=true&stdout=true"), &headers).await),
        ]
    }
}

/// A learner at work: a pod that talks in their sandbox, a lab begun, a page and a kubectl.
pub(crate) struct Worker {
    pub(crate) person: Person,
    id: String,
    pub(crate) way: (String, Option<String>),
}

impl Worker {
    pub(crate) async fn of(app: &TestApp, name: &str) -> Self {
        let person = app.learner(name).await;
        let id = person.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
        let way = way(&person.get("/api/v1/me/kubeconfig").await.json());
        let client = way.1.iter().fold(app.anonymous(), |client, token| client.with_token(token));
        let pods = format!("{}/api/v1/namespaces/default/pods", way.0);
        let pod = json!({
            "metadata": {"name": "box"},
            "spec": {"containers": [{
                "name": "c", "image": "busybox", "stdin": true,
                "command": ["sh", "-c", "while true; do echo tick; sleep 1; done"],
            }]},
        });
        assert_eq!(client.post(&pods, pod).await.status, 201);
        let running = async {
            while client.get(&format!("{pods}/box")).await.json()["status"]["phase"] != "Running" {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, running).await.expect("the pod runs");
        // It begins beside the sandbox, where kubectl stays.
        assert_eq!(person.post("/api/v1/labs/close/start", json!({})).await.status, 204);
        assert_eq!(client.post(&format!("{}/worlds/sandbox/start", way.0), json!({})).await.status, 200);
        Self { person, id, way }
    }

    async fn everything(&self, served: &Served) -> Vec<Open> {
        let mut all = served.kubectl(&self.way).await;
        all.extend(served.page(&self.person).await);
        all
    }
}

async fn all_end(open: Vec<Open>) {
    join_all(open.into_iter().map(Open::ends)).await;
}

/// The ways in which an instructor ends what a learner has.
async fn end(instructor: &Person, id: &str, way: &str) {
    let answer = match way {
        "a new token" => instructor.post(&format!("/api/v1/roster/{id}/token"), json!({})).await,
        "an invitation" => instructor.post("/api/v1/roster/invitations", json!({"learners": [id]})).await,
        _ => instructor.delete(&format!("/api/v1/roster/{id}")).await,
    };
    assert!(answer.status.is_success(), "{way}: {answer:?}");
}

const WAYS: [&str; 3] = ["a new token", "an invitation", "forgetting"];

/// On these servers, which share a database; the last one is asked to end it.
async fn what_a_token_opened_ends(servers: &[Served]) {
    let asked = &servers[servers.len() - 1];
    let instructor = servers[0].app.instructor().on(&asked.app);
    let bob = Worker::of(&servers[0].app, "Bob").await;
    let mut of_bob = Vec::new();
    for served in servers {
        of_bob.extend(bob.everything(served).await);
    }
    for way in WAYS {
        let ada = Worker::of(&servers[0].app, "Ada").await;
        let mut of_ada = Vec::new();
        for served in servers {
            of_ada.extend(ada.everything(served).await);
        }
        of_ada.iter_mut().for_each(Open::goes_on);
        end(&instructor, &ada.id, way).await;
        all_end(of_ada).await;
        of_bob.iter_mut().for_each(Open::goes_on);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_token_opened_ends_with_it() {
    what_a_token_opened_ends(&[Served::of(TestApp::new().await).await]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_token_opened_ends_on_every_server() {
    let postgres = Postgres::start();
    let address = postgres.database("course");
    let here = Served::of(TestApp::on_database(&address).await).await;
    let there = Served::of(TestApp::on_database(&address).await).await;
    what_a_token_opened_ends(&[here, there]).await;
}

/// Who signs out in a browser ends what that browser has opened, wherever; another browser of theirs goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_browser_opened_ends_when_it_signs_out() {
    let postgres = Postgres::start();
    let address = postgres.database("course");
    let servers = [
        Served::of(TestApp::on_database(&address).await).await,
        Served::of(TestApp::on_database(&address).await).await,
    ];
    let ada = Worker::of(&servers[0].app, "Ada").await;
    let token = ada.person.header("authorization").strip_prefix("Bearer ").unwrap().to_owned();
    let mut browsers = Vec::new();
    for _ in 0..2 {
        let joined = servers[0].app.anonymous().submit("/login", &format!("token={token}")).await;
        browsers.push(servers[0].app.anonymous().with_cookie_of(&joined));
    }
    let mut stays = servers[0].page(&browsers[1]).await;
    let mut leaves = Vec::new();
    for served in &servers {
        leaves.extend(served.page(&browsers[0]).await);
    }
    assert_eq!(browsers[0].submit("/logout", "").await.status, 303);
    all_end(leaves).await;
    stays.iter_mut().for_each(Open::goes_on);
}

/// A page tells why its terminal is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_says_that_its_token_has_ended() {
    let served = Served::of(TestApp::new().await).await;
    let ada = Worker::of(&served.app, "Ada").await;
    let mut request = format!("ws://{}/api/v1/labs/close/terminal", served.address).into_client_request().unwrap();
    request.headers_mut().insert("authorization", ada.person.header("authorization").parse().unwrap());
    let stream = TcpStream::connect(&served.address).await.unwrap();
    let (socket, _) = client_async(request, stream).await.unwrap();
    end(&served.app.instructor(), &ada.id, "a new token").await;
    let texts = socket.filter_map(async |said| said.ok().filter(|said| said.is_text()));
    let words: Vec<Value> = texts.map(|said| serde_json::from_str(said.to_text().unwrap()).unwrap()).collect().await;
    assert_eq!(words, [json!({"ended": "signed-out"})]);
}

/// A practice cluster forwards no ports: whichever way a client asks, it is told so, and nothing stays open.
#[tokio::test]
async fn port_forward_opens_nothing() {
    let served = Served::of(TestApp::new().await).await;
    let ada = Worker::of(&served.app, "Ada").await;
    let (path, token) = &ada.way;
    let address = format!("{path}/api/v1/namespaces/default/pods/box/portforward?ports=80");
    for protocol in ["v5.channel.k8s.io", "v4.channel.k8s.io", "SPDY/3.1+portforward.k8s.io"] {
        let mut request = format!("ws://{}{address}", served.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let stream = TcpStream::connect(&served.address).await.unwrap();
        let Err(Error::Http(answer)) = client_async(request, stream).await else { panic!("{protocol} is spoken") };
        assert_eq!(answer.status(), 400, "{protocol}");
    }
    let client = token.iter().fold(served.app.anonymous(), |client, token| client.with_token(token));
    let refused = client.post(&address, json!({})).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("port-forward is not available in a practice cluster"), "{refused:?}");
}

/// On loopback nobody needs a token, and a cookie that is good for nothing ends nothing.
#[tokio::test]
async fn what_needed_no_token_goes_on() {
    let app = TestApp::listening(crate::test_app::Listening::Loopback).await;
    let anybody = app.anonymous().with("host", "localhost:8080");
    let here = anybody.clone().with("cookie", "lab_checker_learner=session_gone");
    let mut events = Open::new("events", here.stream("/api/v1/labs/close/events").await.map(drop));
    // Somebody looks at the tokens of this one.
    let enrolled = anybody.post("/api/v1/learners", json!({"name": "Ada", "code": app.server.join_code})).await.json();
    let [token, id] = ["token", "id"].map(|field| enrolled[field].as_str().unwrap_or_else(|| panic!("{enrolled}")));
    let ada = anybody.clone().with_token(token);
    let mut of_ada = Open::new("Ada's events", ada.stream("/api/v1/labs/close/events").await.map(drop));
    of_ada.goes_on();
    let instructor = anybody.with_token(app.server.instructor_token.as_deref().unwrap());
    end(&instructor, id, "a new token").await;
    of_ada.ends().await;
    events.goes_on();
}
