//! `nc`, as OpenBSD and as busybox have it, and `telnet`.

use std::time::Duration;

use bytes::Bytes;
use netpol::Protocol;
use tokio::sync::mpsc;

use super::listen;
use super::nc_options::{Options, openbsd};
use super::web;
use crate::image::{Libc, Server};
use crate::network::http::Request;
use crate::network::{Answering, Heard};
use crate::process::{Process, Start};
use crate::reach::{self, Failure, NameFailure};

pub(super) async fn run(process: &Process, start: Start) -> u8 {
    let options = match Options::read(process.rest()) {
        Ok(options) => options,
        Err(problem) => return process.fail(1, problem).await,
    };
    if options.listen {
        return listen::netcat(process, &options, start).await;
    }
    let [host, ports] = options.words.as_slice() else {
        return process.fail(1, "usage: nc [-46bCDdFhklNnrStUuvZz] [-w timeout] [destination] [port]").await;
    };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
        let text = if openbsd(process) {
            format!("nc: port number invalid: {ports}")
        } else {
            format!("nc: bad port '{ports}'")
        };
        return process.fail(1, text).await;
    };
    let mut code = 1;
    for port in first..=last.min(first.saturating_add(1024)) {
        if one(process, &options, host, port).await {
            code = 0;
        }
    }
    code
}

async fn one(process: &Process, options: &Options, host: &str, port: u16) -> bool {
    let openbsd = openbsd(process);
    let address = match reach::look_up(&process.container, host).await {
        Ok(found) => found.address,
        Err(failure) => {
            let text = match (openbsd, failure, process.container.image.libc()) {
                (false, ..) => format!("nc: bad address '{host}'"),
                (_, NameFailure::NoAnswer, Libc::Gnu) => {
                    format!("nc: getaddrinfo for host \"{host}\" port {port}: Temporary failure in name resolution")
                }
                (_, NameFailure::NoAnswer, Libc::Musl) => {
                    format!("nc: getaddrinfo for host \"{host}\" port {port}: Try again")
                }
                (_, NameFailure::Unknown, Libc::Gnu) => {
                    format!("nc: getaddrinfo for host \"{host}\" port {port}: Name or service not known")
                }
                (_, NameFailure::Unknown, Libc::Musl) => {
                    format!("nc: getaddrinfo for host \"{host}\" port {port}: Name does not resolve")
                }
            };
            process.streams.stderr.line(text).await;
            return false;
        }
    };
    let named = if host == address.to_string() { host.to_owned() } else { format!("{host} ({address})") };
    let (protocol, word) = if options.udp { (Protocol::Udp, "udp") } else { (Protocol::Tcp, "tcp") };
    let patience = if options.udp { Some(Duration::from_secs(1)) } else { options.wait };
    match reach::dial(&process.container, address, port, protocol, patience).await {
        Ok(answering) => {
            let success = match openbsd {
                true => format!("Connection to {named} {port} port [{word}/*] succeeded!"),
                false => format!("{host} ({address}:{port}) open"),
            };
            if options.verbose {
                process.streams.stderr.line(success).await;
            }
            let network = process.container.network.current();
            let done = match options.scan {
                // Whoever listens sees a client come and go.
                true => {
                    drop(network.call(&process.container.pod, &answering));
                    true
                }
                false => match web::call(process, &answering).await {
                    Some(said) => converse(process, &answering, options.wait, said).await,
                    None => talk(process, &answering, options.wait).await,
                },
            };
            network.tell(&answering, Heard::Closed);
            done
        }
        // A UDP client cannot tell silence from success.
        Err(Failure::TimedOut(_)) if options.udp && options.scan => {
            if options.verbose && openbsd {
                process.streams.stderr.line(format!("Connection to {named} {port} port [{word}/*] succeeded!")).await;
            }
            true
        }
        Err(failure) => {
            failed(process, options, &named, port, word, failure).await;
            false
        }
    }
}

async fn failed(process: &Process, options: &Options, named: &str, port: u16, word: &str, failure: Failure) {
    let text = match (openbsd(process), failure) {
        (true, Failure::TimedOut(_)) if options.wait.is_some() => {
            Some(format!("nc: connect to {named} port {port} ({word}) timed out: Operation now in progress"))
        }
        (true, failure) => Some(format!("nc: connect to {named} port {port} ({word}) failed: {}", failure.reason()))
            .filter(|_| options.verbose || !options.scan),
        (false, Failure::TimedOut(_)) if options.wait.is_some() => Some("nc: timed out".to_owned()),
        (false, Failure::TimedOut(_)) if options.scan && options.verbose => {
            let (host, address) = named.split_once(" (").unwrap_or((named, named));
            Some(format!("nc: {host} ({}:{port}): Connection timed out", address.trim_end_matches(')')))
        }
        // Busybox says nothing else when it only scans.
        (false, _) if options.scan => None,
        (false, failure) => {
            let address = named.rsplit(['(', ' ']).next().unwrap_or(named).trim_end_matches(')');
            Some(format!("nc: can't connect to remote host ({address}): {}", failure.reason()))
        }
    };
    if let Some(text) = text {
        process.streams.stderr.line(text).await;
    }
}

/// How long a client whose input has ended still waits for more.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Talks to a program that somebody started: sends it standard input, and prints what it says, until either hangs up.
async fn converse(
    process: &Process,
    answering: &Answering,
    wait: Option<Duration>,
    mut said: mpsc::Receiver<Bytes>,
) -> bool {
    let mut input = Some(&process.streams.stdin);
    loop {
        let quiet = if input.is_none() { Some(LAST_WORDS) } else { wait };
        let typed = async {
            match input {
                Some(input) => input.chunk().await,
                None => std::future::pending().await,
            }
        };
        let idle = async {
            match quiet {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            heard = said.recv() => match heard {
                Some(text) => process.streams.stdout.write(text).await,
                None => return true,
            },
            typed = typed => match typed {
                Some(chunk) => {
                    process.container.network.current().tell(answering, Heard::Text(Bytes::from(chunk)));
                }
                None => input = None,
            },
            () = idle => return true,
        }
    }
}

/// Sends standard input to a server and prints what comes back.
async fn talk(process: &Process, answering: &Answering, wait: Option<Duration>) -> bool {
    let mut sent = String::new();
    loop {
        let reading = process.streams.stdin.read_line();
        let line = match wait {
            // `-w` also ends a connection on which nothing happens.
            Some(wait) => tokio::time::timeout(wait, reading).await.ok().flatten(),
            None => reading.await,
        };
        let Some(line) = line else { break };
        let ended = line.trim().is_empty();
        sent.push_str(line.trim_end_matches('\r'));
        sent.push('\n');
        if let Server::Raw(kind) = &answering.server {
            if let Some(pod) = &answering.pod
                && kind != "dns"
            {
                process.container.network.log(pod, line.clone());
            }
            if kind == "redis" && line.trim().eq_ignore_ascii_case("ping") {
                process.streams.stdout.write("+PONG\r\n").await;
            }
        } else if ended || answering.port == 0 {
            break;
        }
    }
    if sent.trim().is_empty() {
        return true;
    }
    let mut lines = sent.lines();
    let mut first = lines.next().unwrap_or_default().split_whitespace();
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or("/"));
    let host = lines.find_map(|line| line.strip_prefix("Host:")).unwrap_or_default().trim();
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        host: host.to_owned(),
        agent: String::new(),
        headers: Vec::new(),
        body: String::new(),
        encrypted: false,
    };
    if matches!(method, "GET" | "HEAD" | "POST")
        && let Some(response) = web::ask(process, answering, &request).await
    {
        let head: String = response.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = response.body.len();
        let text = format!(
            "HTTP/1.1 {} {}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{}",
            response.status,
            response.reason(),
            response.body
        );
        process.streams.stdout.write(text).await;
    }
    true
}

/// `telnet HOST PORT`.
pub(super) async fn telnet(process: &Process) -> u8 {
    let words: Vec<&String> = process.rest().iter().filter(|word| !word.starts_with('-')).collect();
    let Some(host) = words.first() else { return process.fail(1, "Usage: telnet HOST [PORT]").await };
    let port = words.get(1).and_then(|port| port.parse().ok()).unwrap_or(23);
    let Ok(found) = reach::look_up(&process.container, host).await else {
        return process.fail(1, format!("telnet: bad address '{host}'")).await;
    };
    match reach::dial(&process.container, found.address, port, Protocol::Tcp, None).await {
        Ok(answering) => {
            process.say(format!("Connected to {host}")).await;
            match web::call(process, &answering).await {
                Some(said) => drop(converse(process, &answering, None, said).await),
                None => drop(talk(process, &answering, None).await),
            }
            process.container.network.current().tell(&answering, Heard::Closed);
            process.streams.stderr.line("Connection closed by foreign host").await;
            1
        }
        Err(failure) => {
            let text = format!("telnet: can't connect to remote host ({}): {}", found.address, failure.reason());
            process.fail(1, text).await
        }
    }
}
