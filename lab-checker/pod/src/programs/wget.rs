//! `wget`, as busybox has it.

use std::time::Duration;

use netpol::Protocol;

use super::arguments::{Argument, duration, parse};
use super::curl_options::{Url, url};
use crate::files::absolute;
use crate::image::Libc;
use crate::network::http::{Request, Response};
use crate::process::Process;
use crate::reach::{self, Failure};

/// What a wget command asks for.
#[derive(Default)]
struct Options {
    urls: Vec<String>,
    quiet: bool,
    spider: bool,
    server_response: bool,
    output: Option<String>,
    timeout: Option<Duration>,
    headers: Vec<(String, String)>,
    data: Option<String>,
    agent: Option<String>,
}

const LONG: &[&str] = &[
    "timeout",
    "output-document",
    "header",
    "post-data",
    "user-agent",
    "tries",
    "connect-timeout",
    "read-timeout",
    "method",
];

const USAGE: &str = "BusyBox v1.37.0 (2024-09-26 21:31:42 UTC) multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...";

pub(super) async fn run(process: &Process) -> u8 {
    let mut options = Options::default();
    for argument in parse(process.rest(), "OTUtPoY", LONG) {
        match argument {
            Argument::Operand(url) => options.urls.push(url),
            Argument::Flag(name) => match name.as_str() {
                "q" | "quiet" => options.quiet = true,
                "spider" => options.spider = true,
                "S" | "server-response" => options.server_response = true,
                "c" | "continue" | "n" | "v" | "d" | "no-check-certificate" | "no-verbose" | "4" | "6" => {}
                unknown => {
                    let text = match unknown.len() {
                        1 => format!("wget: invalid option -- '{unknown}'"),
                        _ => format!("wget: unrecognized option: {unknown}"),
                    };
                    return process.fail(1, format!("{text}\n{USAGE}")).await;
                }
            },
            Argument::Value(name, value) => set(&mut options, &name, value),
            Argument::Missing(name) => {
                return process.fail(1, format!("wget: option requires an argument -- '{name}'\n{USAGE}")).await;
            }
        }
    }
    if options.urls.is_empty() {
        return process.fail(1, USAGE).await;
    }
    let mut code = 0;
    for address in &options.urls {
        if let Err(text) = one(process, &options, address).await {
            code = process.fail(1, format!("wget: {text}")).await;
        }
    }
    code
}

fn set(options: &mut Options, name: &str, value: String) {
    match name {
        "O" | "output-document" => options.output = Some(value),
        "T" | "timeout" | "connect-timeout" => options.timeout = duration(&value).filter(|time| !time.is_zero()),
        "U" | "user-agent" => options.agent = Some(value),
        "post-data" => options.data = Some(value),
        "header" => {
            if let Some((name, value)) = value.split_once(':') {
                options.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        _ => {}
    }
}

async fn one(process: &Process, options: &Options, address: &str) -> Result<(), String> {
    let url = url(address).map_err(|_| format!("bad address '{address}'"))?;
    let authority = if url.explicit_port { format!("{}:{}", url.host, url.port) } else { url.host.clone() };
    let host = reach::look_up(&process.container, &url.host).await.map_err(|_| format!("bad address '{authority}'"))?;
    progress(process, options, &format!("Connecting to {authority} ({}:{})", host.address, url.port)).await;
    let dialled = reach::dial(&process.container, host.address, url.port, Protocol::Tcp, options.timeout).await;
    let answering = dialled.map_err(|failure| unreachable(process, options, failure))?;
    if url.scheme == "https" {
        process.streams.stderr.line("wget: note: TLS certificate validation not implemented").await;
        if answering.pod.is_some() {
            return Err("error getting response: Connection reset by peer".to_owned());
        }
    }
    let response = super::web::ask(process, &answering, &request(options, &url, authority)).await;
    let response = response.ok_or("error getting response")?;
    if options.server_response {
        let head = format!("  HTTP/1.1 {} {}", response.status, response.reason());
        process.streams.stderr.line(head).await;
        for (name, value) in &response.headers {
            process.streams.stderr.line(format!("  {name}: {value}")).await;
        }
    }
    if response.status >= 400 {
        return Err(format!("server returned error: HTTP/1.1 {} {}", response.status, response.reason()));
    }
    if options.spider {
        progress(process, options, "remote file exists").await;
        return Ok(());
    }
    deliver(process, options, &url, &response).await
}

fn request(options: &Options, url: &Url, authority: String) -> Request {
    let method = match (options.spider, &options.data) {
        (true, _) => "HEAD",
        (false, Some(_)) => "POST",
        (false, None) => "GET",
    };
    Request {
        method: method.to_owned(),
        path: url.path.clone(),
        host: authority,
        agent: options.agent.clone().unwrap_or_else(|| "Wget".to_owned()),
        headers: options.headers.clone(),
        body: options.data.clone().unwrap_or_default(),
        encrypted: url.scheme == "https",
    }
}

fn unreachable(process: &Process, options: &Options, failure: Failure) -> String {
    match failure {
        Failure::TimedOut(_) if options.timeout.is_some() => "download timed out".to_owned(),
        Failure::TimedOut(address) => {
            let reason = match process.container.image.libc() {
                Libc::Gnu => "Connection timed out",
                Libc::Musl => "Operation timed out",
            };
            format!("can't connect to remote host ({address}): {reason}")
        }
        Failure::NoRoute(address) => format!("can't connect to remote host ({address}): Host is unreachable"),
        Failure::Refused(address) => format!("can't connect to remote host ({address}): Connection refused"),
        Failure::Name(_) => "bad address".to_owned(),
    }
}

async fn progress(process: &Process, options: &Options, text: &str) {
    if !options.quiet {
        process.streams.stderr.line(text).await;
    }
}

async fn deliver(process: &Process, options: &Options, url: &Url, response: &Response) -> Result<(), String> {
    let name = url.path.split('?').next().and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
    let file = options.output.clone().unwrap_or_else(|| name.unwrap_or("index.html").to_owned());
    let bar = |name: &str| {
        format!("{name:<20} 100% |********************************| {:5}  0:00:00 ETA", response.body.len())
    };
    if file == "-" {
        progress(process, options, "writing to stdout").await;
        process.streams.stdout.write(&response.body).await;
        progress(process, options, &format!("{}\nwritten to stdout", bar("-"))).await;
        return Ok(());
    }
    let path = absolute(&process.directory, &file);
    if options.output.is_none() && process.container.read_file(&path).is_some() {
        return Err(format!("can't open '{file}': File exists"));
    }
    progress(process, options, &format!("saving to '{file}'")).await;
    if path != "/dev/null" && !process.container.write_file(&path, response.body.clone().into_bytes()) {
        return Err(format!("can't open '{file}': No space left on device"));
    }
    progress(process, options, &format!("{}\n'{file}' saved", bar(&file))).await;
    Ok(())
}
