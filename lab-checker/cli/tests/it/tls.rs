//! TLS of `serve` itself, as the command and real kubectl see it: with a certificate of its own, and with files.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::serving::{Serving, kubectl};
use crate::terminal::{Ran, Terminal};

/// An address of this machine that others could use: the one it would send from, or loopback where it has no other.
fn address_of_this_machine() -> String {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    let there = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    there.map_or_else(|_| "127.0.0.1".to_owned(), |address| address.ip().to_string())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A server with TLS, and somebody who asks it with kubectl, which shows a token and knows who has signed.
struct Asking<'a> {
    terminal: &'a Terminal,
    server: &'a str,
    authority: &'a Path,
}

impl Asking<'_> {
    fn ask(&self, token: &str, verb: &str, path: &str) -> Ran {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": self.server, "certificate-authority": self.authority}}],
            "users": [{"name": "c", "user": {"token": token}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        });
        self.terminal.file("asking", config.to_string()).file("empty", "{}");
        self.terminal.kubectl_with(&self.terminal.path().join("asking"), &format!("{verb} --raw {path}"))
    }

    fn get(&self, token: &str, path: &str) -> Value {
        self.ask(token, "get", path).exits(0).json()
    }
}

/// The command that a server prints for learners, as they type it.
fn join_command(said: &str, address: &str) -> String {
    let line = said.split("lab-checker join ").nth(1).and_then(|rest| rest.lines().next()).expect("a command");
    format!("join {} --name Ada", line.trim()).replace("NAME", address)
}

/// The token that was kept when a class was joined.
fn kept(terminal: &Terminal) -> Value {
    let text = std::fs::read_to_string(terminal.data().join("class.json")).expect("the class is kept");
    serde_json::from_str(&text).expect("JSON")
}

/// Every kubectl that tests have.
fn kubectls() -> Vec<PathBuf> {
    let old = std::env::var_os("LAB_CHECKER_OLD_KUBECTL").map(PathBuf::from);
    std::iter::once(kubectl()).chain(old).collect()
}

fn run(terminal: &Terminal, program: &Path, kubeconfig: &Path, line: &str) -> Ran {
    let mut command: Command = terminal.command(program);
    command.env("KUBECONFIG", kubeconfig).args(line.split_whitespace());
    Ran::of(command, b"")
}

#[test]
fn a_class_room_works_by_tls_until_a_token_is_renewed() {
    let (teacher, learner) = (Terminal::new(), Terminal::new());
    let server = Serving::start(&teacher, &["serve", "--listen", "0.0.0.0:0", "--tls-self-signed"], "Ctrl-C");
    let (said, address) = (&server.announcement, address_of_this_machine());
    assert!(server.url.starts_with("https://localhost:"), "{said}");
    learner.run(&join_command(said, &address)).exits(0).says("Enrolled at https://");
    learner.run("status").exits(0);

    let (known, authority) = (kept(&learner), teacher.data().join("ca.pem"));
    let asking =
        Asking { terminal: &learner, server: known["url"].as_str().expect("an address"), authority: &authority };
    let token = known["token"].as_str().expect("a token");
    let kubeconfig = asking.ask(token, "get", "/api/v1/me/kubeconfig").exits(0);
    learner.file("kubeconfig", &kubeconfig.stdout);
    let path = learner.path().join("kubeconfig");
    let config = kubeconfig.json();
    assert!(config["clusters"][0]["cluster"]["certificate-authority-data"].is_string(), "{config}");
    assert!(config["users"][0]["user"]["token"].is_string(), "{config}");

    for program in kubectls() {
        run(&learner, &program, &path, "create namespace a").exits(0);
        run(&learner, &program, &path, "run web --image=nginx -n a").exits(0);
        run(&learner, &program, &path, "exec -n a web -- hostname").exits(0).says("web");
        run(&learner, &program, &path, "delete namespace a").exits(0);
    }
    let kubeconfig = [("KUBECONFIG", path.to_str().expect("a path"))];
    learner.run_in(&kubeconfig, "start default-deny").exits(0);
    learner.run_in(&kubeconfig, "check default-deny").exits(1);
    learner.run_in(&kubeconfig, "submit default-deny").exits(1);

    let id = asking.get(token, "/api/v1/me")["id"].as_str().expect("an id").to_owned();
    let instructor = std::fs::read_to_string(teacher.data().join("instructor-token")).expect("a token");
    let path_of_token = format!("/api/v1/roster/{id}/token -f empty");
    asking.ask(instructor.trim(), "create", &path_of_token).exits(0);
    for program in kubectls() {
        run(&learner, &program, &path, "get pods").exits(1).warns("does not open the practice cluster");
    }
    let refused = learner.run_in(&kubeconfig, "check default-deny");
    assert!(refused.code > 1, "{refused:?}");
}

#[test]
fn a_command_is_told_when_it_is_another_server() {
    let (teacher, learner) = (Terminal::new(), Terminal::new());
    let server = Serving::start(&teacher, &["serve", "--listen", "0.0.0.0:0", "--tls-self-signed"], "Ctrl-C");
    let command = join_command(&server.announcement, "localhost");
    let (before, hash) = command.split_once("sha256:").expect("a hash");
    let (first, rest) = hash.split_at(1);
    let another = format!("{before}sha256:{}{rest}", if first == "0" { "1" } else { "0" });
    learner.run(&another).exits(2).warns("shows no certificate of this hash");
    learner.run(&command.replace("https://", "http://")).exits(2).warns("must begin with https://");
    learner.run(&format!("{before}sha256:12 --name Ada")).exits(2).warns("64 hexadecimal digits");
    let nowhere = format!("join https://localhost:1 CODE --name Ada --ca-hash sha256:{}", &hash[..64]);
    learner.run(&nowhere).exits(3).warns("cannot be reached");
    assert!(!learner.data().join("class.json").exists(), "nothing is kept");
}

#[test]
fn the_authority_stays_and_its_parts_belong_together() {
    let terminal = Terminal::new();
    let line = ["serve", "--listen", "0.0.0.0:0", "--tls-self-signed"];
    drop(Serving::start(&terminal, &line, "Ctrl-C"));
    let (first, key) = (terminal.data().join("ca.pem"), terminal.data().join("ca-key.pem"));
    let before = std::fs::read(&first).expect("an authority");
    drop(Serving::start(&terminal, &line, "Ctrl-C"));
    assert_eq!(std::fs::read(&first).expect("an authority"), before);
    std::fs::write(&key, "garbage").expect("written");
    terminal.run("serve --listen 0.0.0.0:0 --tls-self-signed").exits(2).warns("ca-key.pem").warns("move it away");
    std::fs::remove_file(&key).expect("removed");
    terminal.run("serve --listen 0.0.0.0:0 --tls-self-signed").exits(2).warns("its key").warns("is missing");
}

#[test]
fn files_are_named_when_they_cannot_be_used() {
    let terminal = Terminal::new();
    terminal.file("cert.pem", "x").file("key.pem", "y");
    terminal
        .run("serve --listen 127.0.0.1:0 --tls-cert cert.pem --tls-key key.pem")
        .exits(2)
        .warns("certificate cert.pem");
    terminal
        .run("serve --listen 127.0.0.1:0 --tls-cert none.pem --tls-key key.pem")
        .exits(2)
        .warns("none.pem: cannot be read");
    for half in ["--tls-cert cert.pem", "--tls-key key.pem", "--tls-self-signed --tls-cert cert.pem --tls-key key.pem"]
    {
        terminal.run(&format!("serve --listen 127.0.0.1:0 {half}")).exits(2);
    }
}

#[test]
fn the_readmes_class_command_works_from_another_machine() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).expect("there is a README");
    let lines = readme.lines().filter_map(|line| line.strip_prefix("$ lab-checker ")).map(str::to_owned);
    let classes: Vec<String> = lines.filter(|line| line.starts_with("serve --listen 0.0.0.0")).collect();
    assert!(!classes.is_empty(), "the README tells how to serve a class");
    for line in classes {
        let (teacher, learner, port) = (Terminal::new(), Terminal::new(), free_port().to_string());
        let data = teacher.data().display().to_string();
        let line = line.replace("class.example.org", &address_of_this_machine()).replace("/srv/course", &data);
        let line = line.replace("8443", &port).replace("8080", &port);
        let server = Serving::start(&teacher, &line.split_whitespace().collect::<Vec<_>>(), "Ctrl-C");
        learner.run(&join_command(&server.announcement, "nobody")).exits(0);
        learner.run("status").exits(0);
        for path in server.announcement.split_whitespace().filter(|word| word.starts_with('/') && word.len() > 1) {
            assert!(Path::new(path.trim_end_matches([')', ','])).exists(), "{path} is not there");
        }
    }
}

#[test]
fn plain_http_at_a_port_that_speaks_tls_is_told_the_way() {
    use std::io::{Read as _, Write as _};
    let terminal = Terminal::new();
    let server = Serving::start(&terminal, &["serve", "--listen", "127.0.0.1:0", "--tls-self-signed"], "Ctrl-C");
    let address = server.url.trim_start_matches("https://").trim_end_matches('/').replace("localhost", "127.0.0.1");
    let said = |request: &str| {
        let mut stream = std::net::TcpStream::connect(&address).expect("connects");
        stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).expect("a timeout");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        // Who sends no HTTP at all may find the connection closed.
        let _ = stream.read_to_string(&mut answer);
        answer.to_lowercase()
    };
    let asks = |method: &str, path: &str, more: &str| {
        said(&format!("{method} {path} HTTP/1.1\r\n{more}Connection: close\r\nContent-Length: 0\r\n\r\n"))
    };
    let host = format!("Host: {address}\r\nCookie: session=secret\r\nAuthorization: Bearer secret\r\n");
    for method in ["GET", "HEAD"] {
        for path in ["/", "/labs/close?from=mail", "/api/v1/me", "/clusters/x/api/v1/pods"] {
            let answer = asks(method, path, &host);
            assert!(answer.starts_with("http/1.1 307"), "{method} {path}: {answer}");
            assert!(answer.contains(&format!("location: https://{address}{path}\r\n")), "{method} {path}: {answer}");
            assert!(!answer.contains("set-cookie") && !answer.contains("secret"), "{answer}");
        }
    }
    // What would have to be sent again is not led on: it has travelled for all to see.
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = asks(method, "/api/v1/join", &host);
        assert!(answer.starts_with("http/1.1 400"), "{method}: {answer}");
        assert!(answer.contains("this server speaks tls: its address begins with https://"), "{method}: {answer}");
    }
    assert!(asks("GET", "/", "Host: a b\r\n").starts_with("http/1.1 400"));
    assert!(said("GET / HTTP/1.0\r\n\r\n").starts_with("http/1.0 400"));
    let garbage = said("hello\r\n\r\n");
    assert!(garbage.is_empty() || garbage.starts_with("http/1.1 400"), "{garbage}");
}
