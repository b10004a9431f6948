//! The command line of curl.

use std::time::Duration;

use super::arguments::{Argument, count, duration, parse};

/// What a curl command asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) urls: Vec<String>,
    pub(super) silent: bool,
    pub(super) show_error: bool,
    pub(super) verbose: bool,
    pub(super) head: bool,
    pub(super) include: bool,
    pub(super) fail: bool,
    pub(super) insecure: bool,
    /// `--cacert` was given: the cluster's certificate is trusted.
    pub(super) trusted: bool,
    /// `--retry-connrefused` or `--retry-all-errors`.
    pub(super) stubborn: bool,
    pub(super) remote_name: bool,
    pub(super) output: Option<String>,
    pub(super) write_out: Option<String>,
    pub(super) max_time: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) method: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) data: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) resolve: Vec<(String, String)>,
    pub(super) retries: u32,
}

/// Something else than a transfer.
pub(super) enum Other {
    /// `--version`.
    Version,
    /// `--help`, or nothing at all.
    Help,
    /// A command line that curl refuses: exit code 2 and these words.
    Wrong(String),
}

const SHORT: &str = "mowXHdAuxTbceEFUYyzrCDK";
const LONG: &[&str] = &[
    "max-time",
    "connect-timeout",
    "output",
    "write-out",
    "request",
    "header",
    "data",
    "data-raw",
    "user-agent",
    "user",
    "resolve",
    "retry",
    "retry-delay",
    "url",
    "proxy",
    "interface",
    "cacert",
    "cert",
    "key",
    "dns-servers",
    "limit-rate",
    "retry-max-time",
    "noproxy",
];

/// Reads a command line.
pub(super) fn read(words: &[String]) -> Result<Options, Other> {
    let mut options = Options::default();
    for argument in parse(words, SHORT, LONG) {
        match argument {
            Argument::Operand(url) => options.urls.push(url),
            Argument::Flag(name) => flag(&mut options, &name)?,
            Argument::Value(name, value) => set(&mut options, &name, value)?,
            Argument::Missing(name) => {
                let dashes = if name.len() == 1 { "-" } else { "--" };
                return Err(Other::Wrong(format!("curl: option {dashes}{name}: requires parameter")));
            }
        }
    }
    if options.urls.is_empty() { Err(Other::Help) } else { Ok(options) }
}

fn flag(options: &mut Options, name: &str) -> Result<(), Other> {
    match name {
        "s" | "silent" => options.silent = true,
        "S" | "show-error" => options.show_error = true,
        "v" | "verbose" => options.verbose = true,
        "I" | "head" => options.head = true,
        "i" | "include" | "show-headers" => options.include = true,
        "f" | "fail" | "fail-with-body" => options.fail = true,
        "k" | "insecure" => options.insecure = true,
        "O" | "remote-name" => options.remote_name = true,
        "V" | "version" => return Err(Other::Version),
        "h" | "help" => return Err(Other::Help),
        "L" | "location" | "4" | "6" | "ipv4" | "ipv6" | "g" | "globoff" | "n" | "N" | "no-buffer" | "q" | "R"
        | "J" | "G" | "get" | "0" | "1" | "http1.1" | "http2" | "compressed" | "no-progress-meter" | "raw"
        | "tcp-nodelay" | "retry-connrefused" | "retry-all-errors" | "no-keepalive" | "#" | "progress-bar" => {
            options.stubborn |= name.starts_with("retry-");
            options.silent |= name == "no-progress-meter";
            options.show_error |= name == "no-progress-meter";
        }
        unknown => {
            let dashes = if unknown.len() == 1 { "-" } else { "--" };
            let help = "curl: try 'curl --help' or 'curl --manual' for more information";
            return Err(Other::Wrong(format!("curl: option {dashes}{unknown}: is unknown\n{help}")));
        }
    }
    Ok(())
}

fn set(options: &mut Options, name: &str, value: String) -> Result<(), Other> {
    let time = |value: &str| {
        let wrong = || Other::Wrong(format!("curl: option {name}: expected a proper numerical parameter"));
        duration(value).filter(|_| value.ends_with(|last: char| last.is_ascii_digit())).ok_or_else(wrong)
    };
    match name {
        "m" | "max-time" => options.max_time = Some(time(&value)?).filter(|limit| !limit.is_zero()),
        "connect-timeout" => options.connect_timeout = Some(time(&value)?).filter(|limit| !limit.is_zero()),
        "o" | "output" => options.output = Some(value),
        "w" | "write-out" => options.write_out = Some(value),
        "X" | "request" => options.method = Some(value),
        "H" | "header" => {
            if let Some((name, value)) = value.split_once(':') {
                options.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        "d" | "data" | "data-raw" => match &mut options.data {
            Some(data) => {
                data.push('&');
                data.push_str(&value);
            }
            None => options.data = Some(value),
        },
        "A" | "user-agent" => options.agent = Some(value),
        "url" => options.urls.push(value),
        "cacert" => options.trusted = true,
        "retry" => options.retries = count(&value).map_or(0, |retries| u32::try_from(retries).unwrap_or(100).min(100)),
        "resolve" => {
            let mut parts = value.splitn(3, ':');
            if let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next()) {
                options.resolve.push((format!("{host}:{port}"), address.to_owned()));
            }
        }
        _ => {}
    }
    Ok(())
}

/// An address to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `http`, `https`, `telnet`.
    pub(super) scheme: String,
    /// The host, without brackets.
    pub(super) host: String,
    /// The port, given or usual.
    pub(super) port: u16,
    /// Whether the port was given.
    pub(super) explicit_port: bool,
    /// The path with its query.
    pub(super) path: String,
}

/// Reads a URL; the error is what is wrong with it.
pub(super) fn url(text: &str) -> Result<Url, &'static str> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        "telnet" => 23,
        _ => return Err("Unsupported protocol"),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let number = match port.filter(|port| !port.is_empty()) {
        Some(port) => port.parse().map_err(|_| "URL using bad/illegal format or missing URL")?,
        None => usual,
    };
    if host.is_empty() || host.contains(' ') {
        return Err("URL using bad/illegal format or missing URL");
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok(Url { scheme: scheme.to_owned(), host: host.to_owned(), port: number, explicit_port: port.is_some(), path })
}
