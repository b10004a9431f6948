//! An environment that names proxies: this machine is never behind them, other machines are.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use serde_json::json;

use crate::serving::Serving;
use crate::terminal::Terminal;

/// Nobody listens there.
const DEAD: &str = "http://127.0.0.1:1";

/// Every variable that names a proxy, with a dead one.
const ALL_DEAD: [(&str, &str); 6] = [
    ("HTTPS_PROXY", DEAD),
    ("https_proxy", DEAD),
    ("HTTP_PROXY", DEAD),
    ("http_proxy", DEAD),
    ("ALL_PROXY", DEAD),
    ("all_proxy", DEAD),
];

/// A proxy that hears what the first caller wants, and hangs up.
struct Listening {
    url: String,
    address: SocketAddr,
    line: JoinHandle<String>,
}

impl Listening {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let line = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("somebody calls");
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line).expect("a line");
            line.trim().to_owned()
        });
        Self { url: format!("http://{address}"), address, line }
    }

    /// What the first caller wanted; nothing when there was none.
    fn heard(self) -> String {
        // Whoever listened in vain hears an empty line.
        drop(TcpStream::connect(self.address));
        self.line.join().expect("the proxy ends")
    }
}

#[test]
fn what_runs_on_this_machine_is_reached_past_dead_proxies() {
    let terminal = Terminal::new();
    let _server = Serving::serve(&terminal);
    for environment in [&ALL_DEAD[..], &ALL_DEAD[..1]] {
        let run = |line: &str| terminal.run_in(environment, line);
        run("start default-deny").exits(0);
        run("reach").exits(0).says("production");
        run("check").exits(1).says("Recorded");
        run("explain dev/intruder production/db:5432").exits(0);
        run("status").exits(0).says("lab default-deny");
    }
    let garbage = [("HTTPS_PROXY", "http://user:p@ss@host:1 x"), ("NO_PROXY", "*x,, ://,")];
    terminal.run_in(&garbage, "reach").exits(0);
}

#[test]
fn a_cluster_elsewhere_is_asked_for_at_the_proxy() {
    let terminal = Terminal::new();
    for (variable, server, wanted) in [
        ("HTTPS_PROXY", "https://cluster.invalid:6443", "CONNECT cluster.invalid:6443 HTTP/1.1"),
        ("https_proxy", "https://cluster.invalid", "CONNECT cluster.invalid:443 HTTP/1.1"),
        ("HTTP_PROXY", "http://cluster.invalid:8080", "CONNECT cluster.invalid:8080 HTTP/1.1"),
    ] {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "real",
            "clusters": [{"name": "real", "cluster": {"server": server}}],
            "users": [{"name": "me", "user": {}}],
            "contexts": [{"name": "real", "context": {"cluster": "real", "user": "me"}}],
        });
        terminal.file("real", config.to_string());
        let proxy = Listening::new();
        terminal.run_in(&[(variable, &proxy.url), ("NO_PROXY", "other.invalid")], "reach --kubeconfig real").exits(3);
        assert_eq!(proxy.heard(), wanted, "{variable}");
        // The proxy would answer with an error of its own: here nobody asks it.
        let direct = terminal.run_in(&[(variable, DEAD), ("no_proxy", ".invalid")], "reach --kubeconfig real").exits(3);
        assert!(!direct.stderr.contains("tunnel"), "{}", direct.stderr);
    }
}

/// A proxy that leads every tunnel to one address on this machine.
fn tunnelling(port: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut here = stream.expect("somebody calls");
            std::thread::spawn(move || {
                // Byte by byte: what comes after the head belongs to the tunnel.
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && here.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                here.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").expect("an answer");
                let mut there = TcpStream::connect(("127.0.0.1", port)).expect("the server");
                let (mut from, mut to) = (here.try_clone().expect("a copy"), there.try_clone().expect("a copy"));
                let back = std::thread::spawn(move || std::io::copy(&mut to, &mut from));
                let _ = std::io::copy(&mut here, &mut there);
                let _ = there.shutdown(std::net::Shutdown::Write);
                let _ = back.join();
            });
        }
    });
    url
}

#[test]
fn everything_works_through_a_tunnel_commands_in_pods_too() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    let text = std::fs::read_to_string(terminal.path().join("real")).expect("a kubeconfig");
    let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let server = config["clusters"][0]["cluster"]["server"].as_str().expect("an address").to_owned();
    let (port, path) = server.trim_start_matches("http://127.0.0.1:").split_once('/').expect("a path");
    config["clusters"][0]["cluster"]["server"] = format!("http://cluster.invalid:6443/{path}").into();
    terminal.file("real", config.to_string());
    let url = tunnelling(port.parse().expect("a port"));
    let run = |line: &str| terminal.run_in(&[("HTTP_PROXY", &url)], &format!("{line} --kubeconfig real"));
    run("start default-deny").exits(0);
    run("check default-deny").exits(1);
    assert_eq!(run("doctor --prove --wait 60 -o json").exits(0).json()["proof"], "enforced");
}

#[test]
fn a_class_elsewhere_is_asked_for_at_the_proxy() {
    let terminal = Terminal::new();
    for (variable, class, wanted) in [
        ("HTTPS_PROXY", "https://class.invalid", "CONNECT class.invalid:443 HTTP/1.1"),
        ("http_proxy", "http://class.invalid:8080", "CONNECT class.invalid:8080 HTTP/1.1"),
        ("ALL_PROXY", "http://class.invalid:8080", "CONNECT class.invalid:8080 HTTP/1.1"),
    ] {
        let proxy = Listening::new();
        terminal.run_in(&[(variable, &proxy.url)], &format!("join {class} CODE --name Ada")).exits(3);
        assert_eq!(proxy.heard(), wanted, "{variable}");
    }
}
