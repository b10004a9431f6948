//! `curl`.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use netpol::Protocol;
use tokio::time::Instant;

use super::curl_options::{self, Options, Other, Url};
use crate::files::absolute;
use crate::image::Server;
use crate::network::Answering;
use crate::network::http::{Request, Response};
use crate::process::Process;
use crate::reach::{self, Failure, NameFailure};

const VERSION: &str = "8.16.0";

/// A transfer that failed: curl's exit code and what it says.
struct Problem {
    code: u8,
    text: String,
}

/// A transfer that came to an end.
struct Transfer {
    address: IpAddr,
    response: Response,
}

pub(super) async fn run(process: &Process) -> u8 {
    let options = match curl_options::read(process.rest()) {
        Ok(options) => options,
        Err(Other::Version) => {
            process.say(format!("curl {VERSION} (x86_64-pc-linux-gnu) libcurl/{VERSION}")).await;
            return 0;
        }
        Err(Other::Help) if process.rest().is_empty() => {
            return process
                .fail(2, "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information")
                .await;
        }
        Err(Other::Help) => {
            process.say("Usage: curl [options...] <url>").await;
            return 0;
        }
        Err(Other::Wrong(text)) => return process.fail(2, text).await,
    };
    let mut code = 0;
    for text in &options.urls {
        code = one(process, &options, text).await;
    }
    code
}

async fn one(process: &Process, options: &Options, text: &str) -> u8 {
    let url = match curl_options::url(text) {
        Ok(url) => url,
        Err(why) => {
            let code = if why.starts_with("Unsupported") { 1 } else { 3 };
            return complain(process, options, code, &format!("curl: ({code}) {why}")).await;
        }
    };
    let started = Instant::now();
    let meter = !options.silent && (!process.streams.terminal || options.output.is_some());
    if meter {
        let head = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
        process.streams.stderr.write(head).await;
        process.streams.stderr.write(progress(0, Duration::ZERO)).await;
    }
    let mut result = transfer(process, options, &url, started).await;
    for retry in 0..options.retries {
        match &result {
            // Refused connections only with `--retry-connrefused`; the pause doubles.
            Err(Problem { code, .. }) if matches!(code, 6 | 28 | 52) || options.stubborn => {
                let pause = Duration::from_secs(1 << retry.min(9));
                let (left, why) =
                    (options.retries - retry, if *code == 28 { "timeout" } else { "(retrying all errors)" });
                let seconds = if pause.as_secs() == 1 { "second" } else { "seconds" };
                let retries = if left == 1 { "retry" } else { "retries" };
                if !options.silent {
                    let text = format!(
                        "Warning: Problem: {why}. Will retry in {} {seconds}. {left} {retries} left.",
                        pause.as_secs()
                    );
                    process.streams.stderr.line(text).await;
                }
                tokio::time::sleep(pause).await;
                result = transfer(process, options, &url, Instant::now()).await;
            }
            _ => break,
        }
    }
    if meter {
        let size = result.as_ref().map_or(0, |transfer| if options.head { 0 } else { transfer.response.body.len() });
        process.streams.stderr.write(progress(size, started.elapsed())).await;
        process.streams.stderr.write("\n").await;
    }
    let mut code = 0;
    match &result {
        Ok(transfer) if options.fail && transfer.response.status >= 400 => {
            code = 22;
            note(process, options, "* closing connection #0").await;
            let text = format!("curl: (22) The requested URL returned error: {}", transfer.response.status);
            complain(process, options, code, &text).await;
        }
        Ok(transfer) => {
            if !deliver(process, options, &url, &transfer.response).await {
                code = 23;
                complain(process, options, code, "curl: (23) Failure writing output to destination").await;
            }
            note(process, options, &format!("* Connection #0 to host {} left intact", url.host)).await;
        }
        Err(problem) => {
            code = problem.code;
            note(process, options, &format!("* {}\n* closing connection #0", problem.text)).await;
            complain(process, options, code, &format!("curl: ({code}) {}", problem.text)).await;
        }
    }
    if let Some(format) = &options.write_out {
        let text = write_out(format, &url, result.as_ref(), started.elapsed());
        process.streams.stdout.write(text).await;
    }
    code
}

async fn complain(process: &Process, options: &Options, code: u8, text: &str) -> u8 {
    if !options.silent || options.show_error {
        process.streams.stderr.line(text).await;
    }
    code
}

fn progress(size: usize, spent: Duration) -> String {
    let seconds = spent.as_secs();
    let time = match seconds {
        0 => "--:--:--".to_owned(),
        _ => format!("{:2}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    };
    let percent = if size > 0 { 100 } else { 0 };
    let speed = size * 200;
    let speed = if speed >= 100_000 { format!("{}k", speed / 1024) } else { speed.to_string() };
    format!(
        "\r{percent:3} {size:5}  {percent:3} {size:5}    0     0  {speed:>5}      0 --:--:-- {time} --:--:-- {speed:>5}"
    )
}

/// Fetches within the time limits.
async fn transfer(process: &Process, options: &Options, url: &Url, started: Instant) -> Result<Transfer, Problem> {
    let limit = [options.max_time, options.connect_timeout].into_iter().flatten().min();
    let address = resolve(process, options, url, limit).await?;
    if url.host.parse::<IpAddr>().is_err() {
        let text = format!("* Host {}:{} was resolved.\n* IPv6: (none)\n* IPv4: {address}", url.host, url.port);
        note(process, options, &text).await;
    }
    note(process, options, &format!("*   Trying {address}:{}...", url.port)).await;
    let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
    let dialled = reach::dial(&process.container, address, url.port, Protocol::Tcp, left).await;
    let answering = match dialled {
        Ok(answering) => answering,
        Err(failure) => return Err(unreachable(process, options, url, failure, limit, started).await),
    };
    note(process, options, &format!("* Connected to {} ({address}) port {}", url.host, url.port)).await;
    if url.scheme == "telnet" {
        return Ok(Transfer { address, response: empty() });
    }
    handshake(options, url, &answering)?;
    let exchanging = exchange(process, options, url, &answering, address);
    match options.max_time.map(|limit| (limit, limit.saturating_sub(started.elapsed()))) {
        Some((limit, left)) => tokio::time::timeout(left, exchanging).await.unwrap_or_else(|_| {
            let text =
                format!("Operation timed out after {} milliseconds with 0 bytes received", limit.as_millis() + 1);
            Err(Problem { code: 28, text })
        }),
        None => exchanging.await,
    }
}

fn empty() -> Response {
    Response { status: 0, headers: Vec::new(), body: String::new() }
}

async fn resolve(process: &Process, options: &Options, url: &Url, limit: Option<Duration>) -> Result<IpAddr, Problem> {
    let given = options.resolve.iter().find(|(known, _)| *known == format!("{}:{}", url.host, url.port));
    if let Some(address) = given.and_then(|(_, address)| address.parse().ok()) {
        return Ok(address);
    }
    let looking = reach::look_up(&process.container, &url.host);
    let found = match limit {
        Some(limit) => tokio::time::timeout(limit, looking).await.map_err(|_| Problem {
            code: 28,
            text: format!("Resolving timed out after {} milliseconds", limit.as_millis() + 1),
        })?,
        None => looking.await,
    };
    found.map(|host| host.address).map_err(|(NameFailure::Unknown | NameFailure::NoAnswer)| Problem {
        code: 6,
        text: format!("Could not resolve host: {}", url.host),
    })
}

async fn unreachable(
    process: &Process,
    options: &Options,
    url: &Url,
    failure: Failure,
    limit: Option<Duration>,
    started: Instant,
) -> Problem {
    let spent = started.elapsed().as_millis();
    let timed_out = matches!(failure, Failure::TimedOut(_));
    if timed_out && let Some(limit) = limit {
        let text = format!("Connection timed out after {} milliseconds", limit.as_millis() + 1);
        return Problem { code: 28, text };
    }
    if let Failure::Refused(address) | Failure::NoRoute(address) | Failure::TimedOut(address) = failure {
        let text = format!("* connect to {address} port {} failed: {}", url.port, failure.reason());
        note(process, options, &text).await;
    }
    let text =
        format!("Failed to connect to {} port {} after {spent} ms: Couldn't connect to server", url.host, url.port);
    Problem { code: if timed_out { 28 } else { 7 }, text }
}

/// TLS, as far as it can fail here.
fn handshake(options: &Options, url: &Url, answering: &Answering) -> Result<(), Problem> {
    if url.scheme != "https" {
        return Ok(());
    }
    let speaks_tls = answering.pod.is_none();
    if !speaks_tls {
        let text = "TLS connect error: error:0A00010B:SSL routines::wrong version number".to_owned();
        return Err(Problem { code: 35, text });
    }
    if answering.server != Server::Web && !options.insecure && !options.trusted {
        let text = "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html".to_owned();
        return Err(Problem { code: 60, text });
    }
    Ok(())
}

async fn exchange(
    process: &Process,
    options: &Options,
    url: &Url,
    answering: &Answering,
    address: IpAddr,
) -> Result<Transfer, Problem> {
    let usual = match (options.head, &options.data) {
        (true, _) => "HEAD",
        (false, Some(_)) => "POST",
        (false, None) => "GET",
    };
    let given = options.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let authority = if url.explicit_port { format!("{}:{}", url.host, url.port) } else { url.host.clone() };
    let request = Request {
        method: options.method.clone().unwrap_or_else(|| usual.to_owned()),
        path: url.path.clone(),
        host: given.map_or(authority, |(_, host)| host.clone()),
        agent: options.agent.clone().unwrap_or_else(|| format!("curl/{VERSION}")),
        headers: options.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")).cloned().collect(),
        body: options.data.clone().unwrap_or_default(),
        encrypted: url.scheme == "https",
    };
    let mut sent = format!(
        "> {} {} HTTP/1.1\n> Host: {}\n> User-Agent: {}\n> Accept: */*\n",
        request.method, request.path, request.host, request.agent
    );
    for (name, value) in &request.headers {
        let _ = writeln!(sent, "> {name}: {value}");
    }
    note(process, options, &format!("{sent}> \n* Request completely sent off")).await;
    let answer = super::web::ask(process, answering, &request).await;
    let Some(response) = answer else {
        return Err(Problem { code: 52, text: "Empty reply from server".to_owned() });
    };
    let mut received = String::new();
    for line in head_lines(&response) {
        let _ = writeln!(received, "< {line}");
    }
    note(process, options, &format!("{received}< ")).await;
    Ok(Transfer { address, response })
}

async fn note(process: &Process, options: &Options, text: &str) {
    if options.verbose {
        process.streams.stderr.line(text).await;
    }
}

fn head_lines(response: &Response) -> Vec<String> {
    let mut lines = vec![format!("HTTP/1.1 {} {}", response.status, response.reason())];
    lines.extend(response.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!("Content-Length: {}", response.body.len()));
    lines
}

/// Prints the answer or writes it into a file; `false` when the disk is full.
async fn deliver(process: &Process, options: &Options, url: &Url, response: &Response) -> bool {
    let mut text = String::new();
    if options.head || options.include {
        for line in head_lines(response) {
            let _ = write!(text, "{line}\r\n");
        }
        text.push_str("\r\n");
    }
    if !options.head {
        text.push_str(&response.body);
    }
    let name = url.path.rsplit('/').next().filter(|name| !name.is_empty());
    let file = options.output.clone().or_else(|| name.filter(|_| options.remote_name).map(str::to_owned));
    match file.as_deref() {
        Some("/dev/null") => true,
        Some("-") | None => {
            process.streams.stdout.write(text).await;
            true
        }
        Some(file) => process.container.write_file(&absolute(&process.directory, file), text.into_bytes()),
    }
}

/// The text of `-w`.
fn write_out(format: &str, url: &Url, result: Result<&Transfer, &Problem>, spent: Duration) -> String {
    let seconds = format!("{:.6}", spent.as_secs_f64());
    let status = result.map_or(0, |transfer| transfer.response.status);
    let address = result.map_or_else(|_| String::new(), |transfer| transfer.address.to_string());
    let values = [
        ("http_code", format!("{status:03}")),
        ("response_code", format!("{status:03}")),
        ("time_total", seconds.clone()),
        ("time_connect", seconds.clone()),
        ("time_namelookup", "0.000412".to_owned()),
        ("time_starttransfer", seconds),
        ("remote_ip", address),
        ("remote_port", url.port.to_string()),
        ("exitcode", result.err().map_or(0, |problem| problem.code).to_string()),
        ("errormsg", result.err().map_or_else(String::new, |problem| problem.text.clone())),
        ("size_download", result.map_or(0, |transfer| transfer.response.body.len()).to_string()),
        ("url_effective", format!("{}://{}{}", url.scheme, url.host, url.path)),
        ("url", format!("{}://{}{}", url.scheme, url.host, url.path)),
    ];
    let mut text = format.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r");
    for (name, value) in values {
        text = text.replace(&format!("%{{{name}}}"), &value);
    }
    text
}
