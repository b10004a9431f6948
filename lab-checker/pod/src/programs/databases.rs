//! The clients of databases: `redis-cli`, `mysql`, `psql`, `mongosh` and their like. Whether they connect, and what
//! they say when they do not, is what people look for; the protocols behind that are not simulated, and they say so.

use std::net::IpAddr;
use std::time::Duration;

use netpol::Protocol;

use super::arguments::{Argument, duration, parse};
use crate::image::Libc;
use crate::process::Process;
use crate::reach::{self, Failure, NameFailure};

/// Where a client connects to, and how long it tries.
struct Server {
    host: String,
    port: u16,
    patience: Option<Duration>,
    /// What stands behind the options.
    words: Vec<String>,
}

/// Which family a client is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Redis,
    MySql,
    MySqlAdmin,
    Postgres,
    PgIsReady,
    Mongo,
}

pub(super) async fn run(name: &str, process: &Process) -> u8 {
    let kind = match name {
        "redis-cli" | "valkey-cli" => Kind::Redis,
        "mysql" | "mariadb" => Kind::MySql,
        "mysqladmin" | "mariadb-admin" => Kind::MySqlAdmin,
        "psql" => Kind::Postgres,
        "pg_isready" => Kind::PgIsReady,
        _ => Kind::Mongo,
    };
    if process.rest().iter().any(|word| matches!(word.as_str(), "--version" | "--help" | "-V")) {
        process.say(format!("{name}: this client is simulated as far as connecting goes")).await;
        return 0;
    }
    let server = match kind {
        Kind::Mongo => mongo_server(process.rest()),
        _ => server(kind, process),
    };
    // On the machine itself there is nothing to look up.
    let container = &process.container;
    let connected =
        reach::by_name(container, &server.host, server.port, Protocol::Tcp, server.patience.or(usual(kind))).await;
    match connected {
        Ok(_) => greet(kind, process, &server).await,
        Err(failure) => {
            let (code, text) = refusal(kind, name, process, &server, failure).await;
            // pg_isready says everything on standard output.
            match kind {
                Kind::PgIsReady => process.say(text).await,
                _ => process.streams.stderr.line(text).await,
            }
            code
        }
    }
}

/// How long a client tries by itself; `None` for as long as its kernel does.
fn usual(kind: Kind) -> Option<Duration> {
    match kind {
        Kind::PgIsReady => Some(Duration::from_secs(3)),
        Kind::Mongo => Some(Duration::from_secs(30)),
        _ => None,
    }
}

/// What stands on the command line and in the environment.
fn server(kind: Kind, process: &Process) -> Server {
    let postgres = matches!(kind, Kind::Postgres | Kind::PgIsReady);
    let (short, port) = match kind {
        Kind::Redis => ("hpansut", 6379),
        Kind::MySql | Kind::MySqlAdmin => ("hPueDS", 3306),
        _ => ("hpUdcftPFRTvo", 5432),
    };
    let variable = |name: &str| process.environment.get(name).cloned();
    let mut server = Server {
        host: variable("PGHOST").filter(|_| postgres).unwrap_or_else(|| "127.0.0.1".to_owned()),
        port: variable("PGPORT").filter(|_| postgres).and_then(|port| port.parse().ok()).unwrap_or(port),
        patience: variable("PGCONNECT_TIMEOUT").filter(|_| postgres).and_then(|time| duration(&time)),
        words: Vec::new(),
    };
    let long = [
        "host",
        "port",
        "user",
        "username",
        "dbname",
        "command",
        "execute",
        "timeout",
        "connect-timeout",
        "connect_timeout",
        "protocol",
        "pass",
    ];
    for argument in parse(process.rest(), short, &long) {
        match argument {
            Argument::Value(name, value) => match (name.as_str(), kind) {
                ("h" | "host", _) => server.host = value,
                ("p", Kind::MySql | Kind::MySqlAdmin) => {}
                ("p" | "P" | "port", _) => server.port = value.parse().unwrap_or(server.port),
                ("t", Kind::Redis | Kind::PgIsReady) | ("timeout" | "connect-timeout" | "connect_timeout", _) => {
                    server.patience = duration(&value)
                }
                ("u", Kind::Redis) => server.locate(&value),
                ("d" | "dbname", _) => server.locate(&value),
                _ => {}
            },
            Argument::Operand(word) if word.contains("://") || (postgres && word.contains('=')) => server.locate(&word),
            Argument::Operand(word) => server.words.push(word),
            Argument::Flag(_) | Argument::Missing(_) => {}
        }
    }
    server
}

impl Server {
    /// Reads `postgres://user:secret@host:port/db` and `host=… port=… connect_timeout=…`.
    fn locate(&mut self, text: &str) {
        if let Some((_, rest)) = text.split_once("://") {
            let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
            let authority = authority.split('/').next().unwrap_or_default();
            let host = authority.rsplit('@').next().unwrap_or(authority);
            let (host, port) = host.split_once(':').unwrap_or((host, ""));
            if !host.is_empty() {
                self.host = host.to_owned();
            }
            self.port = port.parse().unwrap_or(self.port);
            let options = query.split('&').filter_map(|pair| pair.split_once('='));
            for (name, value) in options {
                match name {
                    "connect_timeout" => self.patience = duration(value),
                    "serverSelectionTimeoutMS" | "connectTimeoutMS" => self.patience = duration(&format!("{value}ms")),
                    _ => {}
                }
            }
            return;
        }
        for (name, value) in text.split_whitespace().filter_map(|pair| pair.split_once('=')) {
            match name {
                "host" | "hostaddr" => value.clone_into(&mut self.host),
                "port" => self.port = value.parse().unwrap_or(self.port),
                "connect_timeout" => self.patience = duration(value),
                _ => {}
            }
        }
    }
}

/// `mongosh HOST:PORT/DB`, `mongosh mongodb://…`, `mongosh --host HOST --port PORT`.
fn mongo_server(words: &[String]) -> Server {
    let mut server = Server { host: "127.0.0.1".to_owned(), port: 27_017, patience: None, words: Vec::new() };
    for argument in parse(words, "up", &["host", "port", "eval", "username", "password"]) {
        match argument {
            Argument::Value(name, value) if name == "host" => server.locate(&format!("mongodb://{value}")),
            Argument::Value(name, value) if name == "port" => server.port = value.parse().unwrap_or(server.port),
            Argument::Operand(word) if word.contains("://") => server.locate(&word),
            Argument::Operand(word) if word.contains(['.', ':', '/']) => server.locate(&format!("mongodb://{word}")),
            Argument::Operand(word) => server.words.push(word),
            _ => {}
        }
    }
    server
}

/// What a client says that has connected.
async fn greet(kind: Kind, process: &Process, server: &Server) -> u8 {
    let Server { host, port, words, .. } = server;
    let pings = words.first().is_some_and(|word| word.eq_ignore_ascii_case("ping"));
    match kind {
        Kind::PgIsReady => {
            process.say(format!("{host}:{port} - accepting connections")).await;
            return 0;
        }
        Kind::Redis if pings => process.say("PONG").await,
        Kind::MySqlAdmin if pings => process.say("mysqld is alive").await,
        _ => {}
    }
    let name = process.name();
    let text =
        format!("{name}: connected to {host}:{port}; what is said after that is not simulated in a practice cluster");
    process.streams.stderr.line(text).await;
    0
}

/// The exit code of a client that could not connect, and what it says.
async fn refusal(kind: Kind, name: &str, process: &Process, server: &Server, failure: Failure) -> (u8, String) {
    let Server { host, port, .. } = server;
    let unknown = match (process.container.image.libc(), failure) {
        (Libc::Gnu, Failure::Name(NameFailure::NoAnswer)) => "Temporary failure in name resolution",
        (Libc::Gnu, _) => "Name or service not known",
        (Libc::Musl, Failure::Name(NameFailure::NoAnswer)) => "Try again",
        (Libc::Musl, _) => "Name does not resolve",
    };
    let number = match failure {
        Failure::Refused(_) => 111,
        Failure::TimedOut(_) => 110,
        Failure::NoRoute(_) => 113,
        Failure::Name(_) => -2,
    };
    let reason = match (failure, process.container.image.libc()) {
        (Failure::Name(_), _) => unknown,
        (Failure::TimedOut(_), Libc::Musl) => "Operation timed out",
        (failure, _) => failure.reason(),
    };
    match kind {
        Kind::Redis => (1, format!("Could not connect to Redis at {host}:{port}: {reason}")),
        Kind::MySql => {
            let text = match failure {
                Failure::Name(_) => format!("ERROR 2005 (HY000): Unknown server host '{host}' ({number})"),
                _ => format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' ({number})"),
            };
            (1, text)
        }
        Kind::MySqlAdmin => {
            let why = match failure {
                Failure::Name(_) => format!("Unknown MySQL server host '{host}' ({number})"),
                _ => format!("Can't connect to MySQL server on '{host}:{port}' ({number})"),
            };
            (1, format!("{name}: connect to server at '{host}' failed\nerror: '{why}'"))
        }
        Kind::Postgres => (2, postgres_refusal(server, failure, unknown, reason)),
        Kind::PgIsReady => (2, format!("{host}:{port} - no response")),
        Kind::Mongo => (1, mongo_refusal(server, failure)),
    }
}

fn postgres_refusal(server: &Server, failure: Failure, unknown: &str, reason: &str) -> String {
    let Server { host, port, patience, .. } = server;
    let at = |address: IpAddr| match host.parse::<IpAddr>() {
        Ok(_) => format!("\"{host}\", port {port}"),
        Err(_) => format!("\"{host}\" ({address}), port {port}"),
    };
    match failure {
        Failure::Name(_) => format!("psql: error: could not translate host name \"{host}\" to address: {unknown}"),
        Failure::TimedOut(address) if patience.is_some() => {
            format!("psql: error: connection to server at {} failed: timeout expired", at(address))
        }
        Failure::TimedOut(address) | Failure::Refused(address) | Failure::NoRoute(address) => format!(
            "psql: error: connection to server at {} failed: {reason}\n\tIs the server running on that host and accepting TCP/IP connections?",
            at(address)
        ),
    }
}

fn mongo_refusal(server: &Server, failure: Failure) -> String {
    let Server { host, port, patience, .. } = server;
    match failure {
        Failure::Name(NameFailure::Unknown) => format!("MongoNetworkError: getaddrinfo ENOTFOUND {host}"),
        Failure::Name(NameFailure::NoAnswer) => format!("MongoNetworkError: getaddrinfo EAI_AGAIN {host}"),
        Failure::Refused(address) => format!("MongoNetworkError: connect ECONNREFUSED {address}:{port}"),
        Failure::NoRoute(address) => format!("MongoNetworkError: connect EHOSTUNREACH {address}:{port}"),
        Failure::TimedOut(_) => {
            let waited = patience.unwrap_or(Duration::from_secs(30)).as_millis();
            format!("MongoServerSelectionError: Server selection timed out after {waited} ms")
        }
    }
}
