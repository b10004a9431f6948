//! A browser and a terminal of one person are one learner: `login`, `join --token`, and joining twice.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// A class server, its address on this machine, and its join code.
fn class(terminal: &Terminal) -> (Serving, String, String) {
    let server = Serving::start(terminal, &["serve", "--listen", "0.0.0.0:0"], "Ctrl-C");
    let code = server.announcement.split("join code").nth(1).and_then(|rest| rest.split_whitespace().next());
    let code = code.expect("a code is announced").to_owned();
    let url = format!("http://127.0.0.1:{}", server.url.rsplit(':').next().expect("a port"));
    (server, url, code)
}

/// What a program gets that posts JSON, with a token or without.
async fn post(url: &str, path: &str, token: Option<&str>, body: Value) -> Value {
    let address: http::Uri = url.parse().expect("an address");
    let client = kube::Client::try_from(kube::Config::new(address)).expect("a client");
    let mut request = http::Request::post(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(kube::client::Body::from(body.to_string().into_bytes())).expect("a request");
    let answer = client.send(request).await.expect("an answer");
    let bytes = answer.into_body().collect_bytes().await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn gradebook(terminal: &Terminal, url: &str) -> Vec<String> {
    let json = terminal.run(&format!("grades --url {url} --format json")).exits(0).json();
    let learners = json["learners"].as_array().expect("learners").iter();
    learners.map(|learner| learner["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn one_person_is_one_learner_wherever_they_come_from() {
    let terminal = Terminal::new();
    let (_server, url, code) = class(&terminal);
    let browser = post(&url, "/api/v1/learners", None, json!({"name": "Ada", "code": code})).await;
    let token = browser["token"].as_str().expect("a token");
    let id = |terminal: &Terminal| terminal.run("status -o json").exits(0).json()["id"].clone();
    for line in [
        format!("login {url} --token {token}"),
        format!("login {url}/ --token {token}"),
        format!("login {url}/invitation/{token}"),
        format!("join {url} --token {token}"),
    ] {
        let fresh = Terminal::new();
        fresh.run(&line).exits(0).says("as Ada").says("lab-checker start LAB");
        assert_eq!(id(&fresh), browser["id"], "{line}");
    }
    let one_time = post(&url, "/api/v1/me/code", Some(token), json!({})).await;
    let one_time = one_time["code"].as_str().expect("a code");
    let fresh = Terminal::new();
    fresh.run_with_input(&format!("login {url} --token -"), format!("{one_time}\n")).exits(0).says("Signed in at");
    assert_eq!(id(&fresh), browser["id"]);
    fresh.run(&format!("login {url} --token {one_time}")).exits(2).warns("opens nothing");
    fresh.run(&format!("login {url}")).exits(2).warns("--token");
    fresh.run("login nowhere --token x").exits(2).warns("not the address of a server");
    fresh.run("login http://127.0.0.1:1 --token x").exits(3).warns("does not answer");
    fresh.run(&format!("join {url}")).exits(2).warns("<CODE>");
    assert_eq!(gradebook(&terminal, &url), ["Ada"]);
}

#[test]
fn who_has_joined_works_in_the_practice_cluster_of_the_class() {
    let terminal = Terminal::new();
    let (_server, url, code) = class(&terminal);
    let ada = Terminal::new();
    let joined = ada.run(&format!("join {url} {code} --name Ada")).exits(0);
    joined.says("export KUBECONFIG=").says("kubeconfig-class").says("lab-checker start LAB");
    ada.run("start default-deny").exits(0).says("Default deny");
    ada.run("check").exits(1).says("Recorded; your best is");
    let status = ada.run("status -o json").exits(0).json();
    let lab = status["labs"].as_array().expect("labs").iter().find(|lab| lab["name"] == "default-deny");
    assert_eq!(lab.expect("the lab")["attempts"], 1);
    // Somebody else on the same machine, at the same server, is in a cluster of their own.
    let bob = Terminal::new();
    bob.run(&format!("join {url} {code} --name Bob")).exits(0);
    bob.run("check default-deny").exits(1).warns("default-deny has not begun");
}

#[test]
fn joining_twice_makes_no_second_learner() {
    let terminal = Terminal::new();
    let (_server, url, code) = class(&terminal);
    let ada = Terminal::new();
    ada.run(&format!("join {url} {code} --name Ada --email ada@example.org")).exits(0).says("Enrolled");
    ada.run(&format!("join {url}/ {code} --name Ada")).exits(0).says("enrolled at").says("already, as Ada");
    ada.run(&format!("join {url} {code}")).exits(0).says("already, as Ada");
    let elsewhere = Terminal::new();
    elsewhere.run(&format!("join {url} {code}")).exits(2).warns("--name");
    let refused = elsewhere.run(&format!("join {url} {code} --name Ada --email ada@example.org")).exits(2);
    refused.warns("somebody has joined with this address already").warns("lab-checker login");
    assert_eq!(gradebook(&terminal, &url), ["Ada"]);
    ada.run(&format!("join {url} {code} --name Bob")).exits(0).says("as Bob");
    assert_eq!(gradebook(&terminal, &url), ["Ada", "Bob"]);
}

/// A server that answers whatever comes with this.
fn answering(answer: &Value) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let body = answer.to_string();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody asks");
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).expect("a header") > 2 {
            line.clear();
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
        write!(reader.get_mut(), "{head}: {}\r\n\r\n{body}", body.len()).expect("an answer");
    });
    url
}

#[test]
fn names_move_nothing_on_a_terminal() {
    let terminal = Terminal::new();
    terminal.file("token", "t");
    let evil = |name: &str| format!("A\u{202e}{name}\u{200b}\u{1b}[31m\u{7}\u{2066}");
    let book = json!({"max_points": 1, "learners": [
        {"name": evil("da"), "points": 1, "scores": {}, "email": evil("@example.org")},
    ]});
    let me = json!({"name": evil("da"), "notice": evil(" notice"), "labs": [], "quizzes": [], "points": 0, "max_points": 0,
        "current": "sandbox", "regraded": [], "appeals": []});
    let grades = terminal.run(&format!("grades --url {} --token-file token", answering(&book))).exits(0);
    terminal.file("data/class.json", json!({"url": answering(&me), "token": "t"}).to_string());
    let status = terminal.run("status").exits(0).says("A notice");
    for ran in [grades.says("A@example.org"), status] {
        assert!(ran.stdout.contains("Ada"), "{:?}", ran.stdout);
        assert!(!ran.stdout.contains(['\u{202e}', '\u{200b}', '\u{2066}', '\u{1b}', '\u{7}']), "{:?}", ran.stdout);
    }
}
