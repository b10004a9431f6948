//! More clients than the server has descriptors for, none of which ever finishes what it began: the real command,
//! with as few descriptors as an old system gives.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// How many clients there are.
const CROWD: usize = 1_100;
/// How many descriptors the server may have, at first and at most.
const DESCRIPTORS: [&str; 2] = ["-Sn 128", "-Hn 1024"];
/// An answer that takes longer is none. On a busy machine, a moment.
const MOMENT: Duration = Duration::from_secs(10);

/// Raises the limit of this test: its clients take descriptors too.
fn allow_many_clients() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).expect("the limit rises");
}

/// Starts the command where descriptors are few.
fn started(terminal: &Terminal, arguments: &[&str], last: &str) -> Serving {
    let mut command = terminal.command("sh");
    let limits = DESCRIPTORS.map(|limit| format!("ulimit {limit} && "));
    // Soft first: it cannot be above the hard one.
    let script = format!("{}{}exec \"$0\" \"$@\"", limits[0], limits[1]);
    command.args(["-c", &script, env!("CARGO_BIN_EXE_lab-checker")]).args(arguments);
    Serving::from(command, last)
}

/// What a client leaves unfinished.
fn unfinished() -> impl Iterator<Item = &'static str> {
    [
        "",
        "G",
        "GET / HTTP/1.1\r\nHost: localhost\r\n",
        "POST /api/v1/learners HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"name\":",
        "POST /apis HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]
    .into_iter()
    .cycle()
}

fn crowd(address: &str) -> Vec<TcpStream> {
    let one = |bytes: &str| {
        let mut client = TcpStream::connect(address).expect("somebody listens");
        // The server may have ended it by now: that is its right.
        let _ = client.write_all(bytes.as_bytes());
        client
    };
    unfinished().take(CROWD).map(one).collect()
}

/// The status of an answer, which comes within a moment.
pub(crate) fn status(address: &str, path: &str) -> u16 {
    let began = Instant::now();
    let mut client = TcpStream::connect(address).expect("somebody listens");
    client.set_read_timeout(Some(MOMENT)).expect("a time limit");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).expect("it takes a request");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap_or_else(|error| panic!("{path}: no answer: {error}"));
    assert!(began.elapsed() < MOMENT, "{path} took {:?}", began.elapsed());
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    status.unwrap_or_else(|| panic!("{path}: {answer:?}"))
}

#[test]
fn a_crowd_of_silent_clients_leaves_room_for_learners() {
    allow_many_clients();
    let terminal = Terminal::new();
    let server = started(&terminal, &["serve", "--listen", "127.0.0.1:0"], "Ctrl-C");
    let address = server.url.strip_prefix("http://").expect("an address").to_owned();
    let crowds = [crowd(&address), crowd(&address)];
    for path in ["/healthz", "/", "/book/", "/quizzes/dns-egress", "/api/v1/course", "/healthz"] {
        assert_eq!(status(&address, path), 200, "{path}");
    }
    assert_eq!(terminal.run("status -o json").exits(0).json()["name"], "Local learner");
    drop(crowds);
    assert_eq!(status(&address, "/readyz"), 200);
}

#[test]
fn a_crowd_of_silent_clients_leaves_room_in_a_cluster_alone() {
    allow_many_clients();
    let terminal = Terminal::new();
    let cluster = started(&terminal, &["cluster", "--listen", "127.0.0.1:0"], "export KUBECONFIG=");
    let path = cluster.announcement.trim().rsplit('=').next().expect("a path").to_owned();
    let kubeconfig: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a kubeconfig")).expect("it is JSON");
    let server = kubeconfig["clusters"][0]["cluster"]["server"].as_str().expect("a server").to_owned();
    let (address, base) = server.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let _crowds = [crowd(address), crowd(address)];
    for path in ["version", "api/v1/namespaces"] {
        assert_eq!(status(address, &format!("/{base}/{path}")), 200, "{path}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_limit_of_descriptors_is_raised_as_far_as_it_goes() {
    let terminal = Terminal::new();
    for (arguments, last) in
        [(&["serve", "--listen", "127.0.0.1:0"], "Ctrl-C"), (&["cluster", "--listen", "127.0.0.1:0"], "export")]
    {
        let server = started(&terminal, arguments, last);
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.process())).expect("limits");
        let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("the line");
        let numbers: Vec<&str> = line.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
        assert_eq!(numbers, ["1024", "1024"], "{arguments:?}");
    }
}
