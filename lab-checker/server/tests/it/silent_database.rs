//! A database that is away, or holds its breath: whoever asks is told so within two seconds, whatever they ask for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

use crate::postgres::Postgres;
use crate::test_app::{Answer, Person, TestApp};

/// The longest that anybody waits. Two seconds are promised; a machine that does much else is given more, and what is not
/// mended takes ten.
const PATIENCE: Duration = Duration::from_secs(5);

/// A way to the database that can be held up: connections stay, and nothing comes through.
struct Way {
    port: u16,
    held: watch::Sender<bool>,
}

impl Way {
    async fn to(socket: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (held, hold) = watch::channel(false);
        let socket = Arc::new(socket);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, Arc::clone(&socket), hold.clone()));
            }
        });
        Self { port, held }
    }
}

/// Hands on what both sides say until the way is held; then neither hears of the other again.
async fn pass(mut client: TcpStream, socket: Arc<String>, mut hold: watch::Receiver<bool>) {
    let talk = async {
        let Ok(mut database) = UnixStream::connect(socket.as_str()).await else { return };
        let _ = copy_bidirectional(&mut client, &mut database).await;
    };
    tokio::select! {
        () = async { let _ = hold.wait_for(|held| *held).await; } => {}
        () = talk => return,
    }
    let _ = hold.wait_for(|held| !held).await;
}

/// Everything that needs the database, asked at once.
async fn ask_everything(app: &TestApp, ada: &Person, cluster: &str) -> Vec<(String, Answer, Duration)> {
    let anonymous = app.anonymous();
    let instructor = app.instructor();
    let paths = [
        "/",
        "/labs/close",
        "/quizzes/basics",
        "/certificate",
        "/api/v1/me",
        "/api/v1/me/kubeconfig",
        "/api/v1/labs/close",
        "/api/v1/labs/close/map",
        "/api/v1/labs/close/draft",
        "/readyz",
    ];
    let of_learner = paths.iter().map(|path| one(ada.clone(), "GET", (*path).to_owned()));
    let paths = ["/instructor", "/instructor/roster", "/api/v1/gradebook", "/api/v1/attempts", "/api/v1/roster"];
    let of_instructor = paths.iter().map(|path| one(instructor.clone(), "GET", (*path).to_owned()));
    let writes = ["/api/v1/labs/close/start", "/api/v1/labs/close/attempts", "/api/v1/quizzes/basics/attempts"];
    let written = writes.iter().map(|path| one(ada.clone(), "POST", (*path).to_owned()));
    let others = [
        one(anonymous.clone(), "POST", "/api/v1/learners".to_owned()),
        one(anonymous.clone(), "GET", format!("{cluster}/api/v1/namespaces/default")),
        one(anonymous, "POST", format!("{cluster}/api/v1/namespaces")),
    ];
    futures::future::join_all(of_learner.chain(of_instructor).chain(written).chain(others)).await
}

async fn one(person: Person, method: &'static str, path: String) -> (String, Answer, Duration) {
    let begun = Instant::now();
    let body = json!({"name": "x", "code": "x", "answers": {}, "objects": [], "kind": "Namespace", "apiVersion": "v1",
                      "metadata": {"name": "fresh"}});
    let answer = if method == "GET" { person.get(&path).await } else { person.post(&path, body).await };
    (format!("{method} {path}"), answer, begun.elapsed())
}

fn all_are_told(answers: &[(String, Answer, Duration)]) {
    for (asked, answer, took) in answers {
        assert_eq!(answer.status, 503, "{asked}: {answer:?}");
        assert!(answer.headers.contains_key("retry-after") || asked.ends_with("/readyz"), "{asked}: {answer:?}");
        assert!(*took < PATIENCE, "{asked}: {took:?}");
    }
}

/// A learner who has begun, and the path to their cluster.
async fn begun(app: &TestApp) -> (Person, String) {
    let ada = app.learner("Ada").await;
    ada.post("/api/v1/labs/close/start", json!({})).await;
    let config = ada.get("/api/v1/me/kubeconfig").await.json();
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    (ada, server[server.find("/clusters/").unwrap()..].to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_holds_its_breath_is_not_waited_for() {
    let postgres = Postgres::start();
    let direct = postgres.database("course");
    let (_, folder) = direct.split_once("?host=").unwrap();
    let way = Way::to(format!("{folder}/.s.PGSQL.5432")).await;
    let address = format!("postgres://postgres@127.0.0.1:{}/course", way.port);
    let app = TestApp::on_database(&address).await;
    let (ada, cluster) = begun(&app).await;
    way.held.send_replace(true);
    all_are_told(&ask_everything(&app, &ada, &cluster).await);
    assert_eq!(app.anonymous().get("/healthz").await.status, 200);
    assert_eq!(app.anonymous().get("/book/closing.html").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_not_waited_for() {
    let postgres = Postgres::start();
    let app = TestApp::on_database(&postgres.database("course")).await;
    let (ada, cluster) = begun(&app).await;
    postgres.stop();
    for _ in 0..3 {
        all_are_told(&ask_everything(&app, &ada, &cluster).await);
    }
}
