//! How a server runs where a class needs it: what it logs, and that it ends when it is told to, whatever its clients do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::serving::{kubectl, sample_course};
use crate::terminal::Terminal;

/// More than it may take: a few seconds for requests that are under way, and for the database.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

/// A server whose stderr is read at the end.
struct Logging {
    child: Child,
    port: String,
    code: String,
}

impl Logging {
    fn start(terminal: &Terminal, arguments: &[&str]) -> Self {
        let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
        command.args(["serve", "--listen", "0.0.0.0:0", "--course", &sample_course()]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        while !said.contains("Ctrl-C") {
            assert_ne!(stdout.read_line(&mut said).expect("a line"), 0, "{said}");
        }
        let after = |word: &str| said.split(word).nth(1).and_then(|rest| rest.split_whitespace().next());
        let port = after("localhost:").expect("a port").to_owned();
        let code = after("join code").expect("a code").to_owned();
        // Nothing more is printed there that anybody must read.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Self { child, port, code }
    }

    fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(format!("127.0.0.1:{}", self.port)).expect("it listens")
    }

    /// Sends a request and reads the answer to its end.
    fn ask(&self, head: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "{head}\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port).expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Tells it to end, and what it has logged.
    fn end(mut self) -> String {
        let told = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        let since = Instant::now();
        let mut log = String::new();
        self.child.stderr.take().expect("stderr is piped").read_to_string(&mut log).expect("a text");
        assert!(self.child.wait().expect("it ends").success(), "{log}");
        assert!(since.elapsed() < ENDS_WITHIN, "it took {:?}\n{log}", since.elapsed());
        log
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn requests(server: &Logging) {
    let learner = server.ask("GET /api/v1/me?token=in-the-query HTTP/1.1\r\nAuthorization: Bearer learner_secret");
    assert!(learner.starts_with("HTTP/1.1 401"), "{learner}");
    server.ask("GET /join/invitation_abcdefghijklmnopqrstuvwxyz0123456789 HTTP/1.1");
    server.ask("GET /healthz HTTP/1.1\r\nX-Request-Id: edge-17");
    server.ask("GET /clusters/00000000-0000-4000-8000-000000000000/api/v1/pods HTTP/1.1");
}

/// What must stand in no log.
const SECRETS: [&str; 4] =
    ["in-the-query", "learner_secret", "abcdefghijklmnopqrstuvwxyz", "00000000-0000-4000-8000-000000000000"];

#[test]
fn every_request_is_one_object_of_json_without_secrets() {
    let terminal = Terminal::new();
    let server = Logging::start(&terminal, &["--log-format", "json"]);
    requests(&server);
    let log = server.end();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let access: Vec<&Value> = lines.iter().filter(|line| line["target"] == "access").collect();
    let told = |key: &str| access.iter().map(|line| line[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("status"), [401, 404, 200, 404], "{log}");
    assert_eq!(told("method"), ["GET"; 4]);
    assert_eq!(access[0]["path"], "/api/v1/me");
    assert_eq!(access[2]["request_id"], "edge-17");
    assert!(access.iter().all(|line| line["millis"].is_number() && line["from"] == "127.0.0.1"), "{log}");
    assert!(access.iter().all(|line| line["timestamp"].is_string() && line["level"] == "INFO"), "{log}");
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret}:\n{log}");
    }
}

#[test]
fn every_request_is_a_line_of_text() {
    let terminal = Terminal::new();
    let server = Logging::start(&terminal, &["--log-format", "text"]);
    requests(&server);
    let log = server.end();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("access: answered")).collect();
    assert_eq!(lines.len(), 4, "{log}");
    assert!(lines[0].contains("method=GET path=\"/api/v1/me\" status=401"), "{log}");
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret}:\n{log}");
    }
}

#[test]
fn without_a_form_only_what_goes_wrong_is_logged() {
    let terminal = Terminal::new();
    let server = Logging::start(&terminal, &[]);
    requests(&server);
    let log = server.end();
    assert!(log.lines().all(|line| line.starts_with("warning: without TLS")), "{log}");
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.env("LAB_CHECKER_LOG_FORMAT", "xml").args(["serve", "--listen", "127.0.0.1:0"]);
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn a_server_that_is_told_to_end_ends_whatever_its_clients_do() {
    let terminal = Terminal::new();
    let server = Logging::start(&terminal, &[]);
    let url = server.url();
    terminal.run(&format!("join {url} {} --name Ada", server.code)).exits(0);
    let token = terminal.token_of_learner();
    let signed = format!("Host: localhost\r\nAuthorization: Bearer {token}\r\n");
    let start = server
        .ask(&format!("POST /api/v1/labs/close/start HTTP/1.1\r\nContent-Length: 0\r\nAuthorization: Bearer {token}"));
    assert!(start.starts_with("HTTP/1.1 204"), "{start}");
    // A stream of events, a terminal, half a head, half a body, an answer that nobody reads.
    let mut clients = Vec::new();
    for request in [
        format!("GET /api/v1/labs/close/events HTTP/1.1\r\n{signed}\r\n"),
        format!(
            "GET /api/v1/labs/close/terminal HTTP/1.1\r\n{signed}Upgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
        "GET / HTTP/1.1\r\nHost: local".to_owned(),
        format!("PUT /api/v1/labs/close/draft HTTP/1.1\r\n{signed}Content-Length: 1000\r\n\r\n{{\"text\""),
    ] {
        let mut stream = server.connect();
        stream.write_all(request.as_bytes()).expect("it is sent");
        clients.push(stream);
    }
    for stream in &mut clients[..2] {
        let mut first = [0];
        stream.read_exact(&mut first).expect("an answer begins");
    }
    let mut unread = server.connect();
    for _ in 0..200 {
        write!(unread, "GET /assets/course.js HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it is sent");
    }
    // And kubectl, which watches.
    let kubeconfig = server.ask(&format!("GET /api/v1/me/kubeconfig HTTP/1.1\r\nAuthorization: Bearer {token}"));
    let (from, to) = (kubeconfig.find('{').expect("JSON"), kubeconfig.rfind('}').expect("JSON"));
    terminal.file("kubeconfig", &kubeconfig[from..=to]);
    let mut watch = terminal.command(kubectl());
    watch.env("KUBECONFIG", terminal.path().join("kubeconfig")).args(["get", "pods", "-A", "--watch"]);
    let mut watch = watch.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("kubectl starts");
    let mut seen = [0];
    watch.stdout.take().expect("stdout is piped").read_exact(&mut seen).expect("it watches");
    server.end();
    drop((clients, unread));
    // It has nobody to watch any more.
    let _ = watch.kill();
    watch.wait().expect("kubectl ends");
}
