//! What web servers answer. Every answer says which pod it comes from.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::connect::Answering;
use super::httpbin::{self, Asked};
use super::topology::Network;
use crate::files::absolute;
use crate::image::Server;
use netpol::ObjectName;

/// A request, as far as a simulated server looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// The Host header.
    pub(crate) host: String,
    /// The client's name for itself.
    pub(crate) agent: String,
    /// Further headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
    /// Whether it comes over TLS.
    pub(crate) encrypted: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// The status code.
    pub(crate) status: u16,
    /// Headers, without the length.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(crate) body: String,
}

impl Response {
    fn text(status: u16, server: &str, kind: &str, body: impl Into<String>) -> Self {
        let mut headers = Vec::new();
        if !server.is_empty() {
            headers.push(("Server", server.to_owned()));
        }
        headers.push(("Content-Type", kind.to_owned()));
        Self { status, headers, body: body.into() }
    }

    /// What somebody answers who speaks HTTP by hand, as `nc -l` lets one do; a text without a head is all body, as it
    /// was in HTTP/0.9.
    pub(crate) fn by_hand(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let Some(line) = text.strip_prefix("HTTP/").and_then(|rest| rest.lines().next()) else {
            return Self { status: 200, headers: Vec::new(), body: text };
        };
        let status = line.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(200);
        let (head, body) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
        let known = ["Content-Type", "Server", "Location"];
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let name = known.into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()))?;
            Some((name, value.trim().to_owned()))
        };
        Self { status, headers: head.lines().filter_map(header).collect(), body: body.to_owned() }
    }

    /// Puts a file in the place of the page that the image brings.
    pub(crate) fn replace(&mut self, body: String) {
        self.status = 200;
        self.body = body;
    }

    /// The words behind the status code.
    pub(crate) fn reason(&self) -> &'static str {
        match self.status {
            200 => "OK",
            204 => "No Content",
            201 => "Created",
            202 => "Accepted",
            301 => "Moved Permanently",
            302 => "Found",
            304 => "Not Modified",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            409 => "Conflict",
            418 => "I'm a teapot",
            429 => "Too Many Requests",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => "Internal Server Error",
        }
    }
}

impl Network {
    /// The answer of whoever listens; `None` when it does not speak HTTP.
    pub(crate) fn respond(&self, from: &ObjectName, to: &Answering, request: &Request) -> Option<Response> {
        let Some(pod) = &to.pod else { return outside(to, request) };
        let client = self.address_of(from).map_or_else(String::new, |address| address.to_string());
        let place = Place { pod, hostname: self.hostname(pod), address: to.address, port: to.port, client };
        let path = request.path.split('?').next().unwrap_or("/");
        Some(match &to.server {
            Server::Raw(_) => return None,
            Server::Hostname => Response::text(200, "", "text/plain; charset=utf-8", place.hostname),
            Server::Echo(text) => Response::text(200, "", "text/plain; charset=utf-8", format!("{text}\n")),
            Server::Netexec => netexec(&place, request, path),
            Server::Whoami => Response::text(200, "", "text/plain; charset=utf-8", whoami(&place, request)),
            Server::Nginx if path == "/" || path == "/index.html" => {
                Response::text(200, "nginx/1.29.3", "text/html", nginx_page(&place))
            }
            Server::Nginx => Response::text(404, "nginx/1.29.3", "text/html", NGINX_MISSING),
            Server::Apache if path == "/" || path == "/index.html" => {
                let body = format!("<html><body><h1>It works!</h1><p>{}</p></body></html>\n", place.words());
                Response::text(200, "Apache/2.4.65 (Unix)", "text/html", body)
            }
            Server::Apache | Server::Files if path != "/" && path != "/index.html" => Response::text(
                404,
                "",
                "text/html",
                "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL was not found\n</BODY></HTML>\n",
            ),
            Server::Files | Server::Apache => {
                Response::text(200, "", "text/html", format!("hello from {}\n", place.pod.name))
            }
            Server::DeathStar => death_star(&place, request, path),
            Server::Httpbin => httpbin(&place, request, path),
            Server::Web => hello(&place),
        })
    }

    fn hostname(&self, pod: &ObjectName) -> String {
        self.pods.get(pod).map_or_else(|| pod.name.clone(), |pod| pod.hostname.clone())
    }
}

/// Where an answer comes from and goes to.
struct Place<'a> {
    pod: &'a ObjectName,
    hostname: String,
    address: IpAddr,
    port: u16,
    client: String,
}

impl Place<'_> {
    fn words(&self) -> String {
        format!("answered by pod {} at {}:{}", self.pod, self.address, self.port)
    }
}

fn hello(place: &Place<'_>) -> Response {
    let text = format!("hello from {}\n{}\n", place.pod.name, place.words());
    Response::text(200, "", "text/plain; charset=utf-8", text)
}

fn httpbin(place: &Place<'_>, request: &Request, path: &str) -> Response {
    let own = [("Host", request.host.as_str()), ("User-Agent", request.agent.as_str()), ("Accept", "*/*")];
    let further = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let asked = Asked {
        method: &request.method,
        path: &request.path,
        headers: own.into_iter().chain(further).collect(),
        body: &request.body,
        origin: &place.client,
    };
    match httpbin::answer(&asked) {
        Some((status, body)) => Response::text(status, "gunicorn/19.9.0", "application/json", body),
        None if path == "/" => hello(place),
        None => {
            Response::text(404, "gunicorn/19.9.0", "text/html", "<title>404 Not Found</title>\n<h1>Not Found</h1>\n")
        }
    }
}

/// What Cilium's demonstration asks for: landing, and the exhaust port.
fn death_star(place: &Place<'_>, request: &Request, path: &str) -> Response {
    let plain = "text/plain";
    match (request.method.as_str(), path.trim_end_matches('/')) {
        ("POST", "/v1/request-landing") => Response::text(200, "", plain, "Ship landed\n"),
        ("PUT", "/v1/exhaust-port") => {
            let text = "Panic: deathstar exploded\n\ngoroutine 1 [running]:\nmain.HandleGarbage(0x2080c3f50, 0x2, 0x4, 0x425c0, 0x5, 0xa)\n";
            Response::text(503, "", plain, text)
        }
        ("GET", "" | "/v1") => Response::text(200, "", plain, format!("Death Star, {}\n", place.words())),
        _ => Response::text(405, "", plain, "Method not allowed\n"),
    }
}

fn netexec(place: &Place<'_>, request: &Request, path: &str) -> Response {
    let plain = "text/plain; charset=utf-8";
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.replace('+', " ").replace("%20", " "))
    };
    let body = match path {
        "/hostname" | "/hostName" => place.hostname.clone(),
        "/clientip" => format!("{}:{}", place.client, 32_768 + u32::from(place.port) % 20_000),
        "/echo" => value("msg").unwrap_or_default(),
        "/healthz" => String::new(),
        "/" => {
            format!("NOW: {}", jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S.000000000 +0000 UTC m=+1.000000000"))
        }
        _ => return Response::text(404, "", plain, "404 page not found\n"),
    };
    Response::text(200, "", plain, body)
}

fn whoami(place: &Place<'_>, request: &Request) -> String {
    let mut text = format!(
        "Hostname: {}\nIP: 127.0.0.1\nIP: {}\nRemoteAddr: {}:41822\n{} {} HTTP/1.1\nHost: {}\nUser-Agent: {}\n",
        place.hostname, place.address, place.client, request.method, request.path, request.host, request.agent
    );
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push('\n');
    text.push_str(&request.body);
    text
}

const NGINX_MISSING: &str = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.29.3</center>\r\n</body>\r\n</html>\r\n";

fn nginx_page(place: &Place<'_>) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>This page was {}.</p>\n</body>\n</html>\n",
        place.words()
    )
}

/// The API server and the kubelet, which answer strangers little.
fn api_server(request: &Request) -> Response {
    let path = request.path.split('?').next().unwrap_or("/");
    match path {
        _ if !request.encrypted => {
            Response::text(400, "", "text/plain", "Client sent an HTTP request to an HTTPS server.\n")
        }
        "/healthz" | "/livez" | "/readyz" => Response::text(200, "", "text/plain; charset=utf-8", "ok"),
        "/version" => {
            let body = "{\n  \"major\": \"1\",\n  \"minor\": \"36\",\n  \"gitVersion\": \"v1.36.2\"\n}";
            Response::text(200, "", "application/json", body)
        }
        _ => {
            let verb = if request.method == "POST" { "post" } else { "get" };
            let message = format!("forbidden: User \"system:anonymous\" cannot {verb} path {path:?}");
            let body = format!(
                "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \"status\": \"Failure\",\n  \"message\": {message:?},\n  \"reason\": \"Forbidden\",\n  \"details\": {{}},\n  \"code\": 403\n}}"
            );
            Response::text(403, "", "application/json", body)
        }
    }
}

/// Nodes and the world outside.
fn outside(to: &Answering, request: &Request) -> Option<Response> {
    if to.server != Server::Web {
        return (to.port != 22).then(|| api_server(request));
    }
    let body = format!(
        "<!doctype html>\n<html>\n<head><title>{host}</title></head>\n<body>\n<h1>{host}</h1>\n<p>A simulated answer from outside the cluster, from {address}:{port}.</p>\n</body>\n</html>\n",
        host = request.host,
        address = to.address,
        port = to.port
    );
    Some(Response::text(200, "", "text/html", body))
}

/// The file that a server would send for a request, so that a page which somebody wrote there is the one that
/// is served.
pub(crate) fn served_file(server: &Server, request: &Request) -> Option<String> {
    let root = match server {
        Server::Nginx => "/usr/share/nginx/html",
        Server::Apache => "/usr/local/apache2/htdocs",
        _ => return None,
    };
    let path = request.path.split('?').next().unwrap_or("/");
    let index = if path.ends_with('/') { "index.html" } else { "" };
    // `..` leads nowhere.
    Some(format!("{root}{}", absolute("/", &format!("{path}{index}"))))
}

/// The line that a server writes about a request; `None` when it writes none.
pub(crate) fn access_log(server: &Server, client: &str, request: &Request, response: &Response) -> Option<String> {
    let now = jiff::Timestamp::now().strftime("%d/%b/%Y:%H:%M:%S +0000");
    let Request { method, path, agent, .. } = request;
    let (status, size) = (response.status, if method == "HEAD" { 0 } else { response.body.len() });
    match server {
        Server::Nginx => {
            Some(format!("{client} - - [{now}] \"{method} {path} HTTP/1.1\" {status} {size} \"-\" \"{agent}\" \"-\""))
        }
        Server::Apache => Some(format!("{client} - - [{now}] \"{method} {path} HTTP/1.1\" {status} {size}")),
        Server::Files => {
            Some(format!("[::ffff:{client}]:{}: response:{status}", 32_768 + u32::from(rand::random::<u16>()) / 3))
        }
        Server::Netexec | Server::Web | Server::Whoami | Server::Echo(_) | Server::DeathStar | Server::Httpbin => {
            Some(format!("{now} {client} {method} {path} {status}"))
        }
        Server::Hostname | Server::Raw(_) => None,
    }
}
