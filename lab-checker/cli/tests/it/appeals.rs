//! From a failed check to the instructor's answer, in a terminal; and results that have changed since.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::terminal::Terminal;

const LAB: &str = "default-deny";

/// Asks the server as the instructor.
fn instructor(terminal: &Terminal, server: &Serving, request: &str, body: &Value) -> Value {
    let token = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("a token");
    let (token, body) = (token.trim(), body.to_string());
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    write!(
        stream,
        "{request} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn who_is_sure_tells_the_instructor_and_reads_the_answer() {
    let terminal = Terminal::new();
    let server = Serving::serve(&terminal);
    terminal.run(&format!("appeal {LAB}")).exits(2).warns("check it first");
    terminal.run("appeal").exits(2).warns("no lab is current");
    terminal.run("appeal no-such-lab").exits(2).warns("there is no lab");
    terminal.run("appeal ../../me").exits(2).warns("there is no lab");
    terminal.run(&format!("start {LAB}")).exits(0);
    terminal.run("check").exits(1).says("lab-checker appeal default-deny -m WHY");
    let sent = terminal.run("appeal -m because").exits(0);
    sent.says("your answer to “Default deny” is right").says("The check says: ");
    terminal.run("appeal").exits(2).warns("reported this attempt already");
    terminal.run("status").exits(0).says("One appeal of yours waits");
    let open = instructor(&terminal, &server, "GET /api/v1/appeals?state=open", &json!({}));
    let appeal = &open["appeals"][0];
    assert_eq!((&appeal["message"], &appeal["lab"]), (&json!("because"), &json!(LAB)), "{open}");
    let path = format!("POST /api/v1/appeals/{}/answer", appeal["id"].as_str().expect("an id"));
    instructor(&terminal, &server, &path, &json!({"answer": "Read the second sentence."}));
    terminal.run("status").exits(0).says("what you said about lab default-deny").says("Read the second sentence.");
    let me = terminal.run("status -o json").exits(0).json();
    assert_eq!(me["appeals"][0]["answer"], "Read the second sentence.");
    terminal.run("check").exits(1).says("Recorded");
    let status = terminal.run("status").exits(0);
    assert!(!status.stdout.contains("Answered:"), "who goes on has read it: {}", status.stdout);
    let json = terminal.run(&format!("appeal {LAB} -o json")).exits(0).json();
    assert_eq!((&json["state"], &json["message"]), (&json!("open"), &json!("")));
}

#[test]
fn without_a_server_there_is_nobody_to_tell() {
    let terminal = Terminal::new();
    terminal.run("appeal default-deny").exits(3).warns("no server is known");
}

/// A server whose `me` says that results have changed.
#[test]
fn status_says_what_was_graded_again_until_it_is_answered() {
    let terminal = Terminal::new();
    let told = |activity: &str, answered: bool| {
        json!({
            "kind": "lab", "activity": activity, "title": "A lab", "attempt": "x", "attempts": 1,
            "before": {"points": 10.0, "max_points": 10.0, "passed": true},
            "after": {"points": 2.5, "max_points": 10.0, "passed": false},
            "reason": "dev/laptop → shop/db:5432/TCP: It must be blocked.", "difference": "", "published_at": "",
            "answered_since": answered,
        })
    };
    let me = json!({"name": "Ada", "labs": [], "quizzes": [], "points": 0, "max_points": 0, "current": "sandbox",
        "regraded": [told("close", false), told("open", true)], "appeals": []});
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    terminal.file("data/class.json", json!({"url": url, "token": "t"}).to_string());
    let answering = std::thread::spawn(move || {
        use std::io::BufRead as _;
        let (stream, _) = listener.accept().expect("somebody asks");
        let mut reader = std::io::BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).expect("a header") > 2 {
            line.clear();
        }
        let body = me.to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
        write!(reader.get_mut(), "{head}: {}\r\n\r\n{body}", body.len()).expect("an answer");
    });
    let status = terminal.run("status").exits(0);
    answering.join().expect("the server ends");
    let status = status.says("Graded again: lab close is 2.5 of 10 now; it was 10 of 10");
    let status = status.says("dev/laptop → shop/db:5432/TCP: It must be blocked.");
    assert!(!status.stdout.contains("lab open"), "{}", status.stdout);
}
