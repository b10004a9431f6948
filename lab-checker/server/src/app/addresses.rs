//! Which addresses this server answers to, and what a browser must prove.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use tower_http::csrf::CsrfLayer;

use crate::{StartError, problem::Problem};

/// How this machine reaches a server that listens on `address`. Nobody connects to `0.0.0.0`.
#[must_use]
pub fn url_on_this_machine(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://localhost:{}", address.port()),
        false => format!("http://{address}"),
    }
}

/// The addresses of this server.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Where it listens.
    address: SocketAddr,
    /// The address that was given for learners, without a slash at the end.
    public_url: Option<String>,
    /// The public address as browsers name it: scheme, host and port in lower case.
    public_origin: Option<String>,
    /// Whether it listens on this machine alone: then one local learner needs no token.
    pub(crate) local: bool,
}

/// What a proxy on the way adds to a request.
const PROXIED: [&str; 6] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

impl Addresses {
    pub(crate) fn new(address: SocketAddr, public_url: Option<&str>) -> Result<Self, StartError> {
        let refused = |reason| StartError::PublicUrl { url: public_url.unwrap_or_default().to_owned(), reason };
        let public_origin = public_url.map(origin_of_public).transpose().map_err(refused)?;
        let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self { local: address.ip().is_loopback() && public_origin.is_none(), address, public_url, public_origin })
    }

    /// The address from this machine.
    pub(crate) fn here(&self) -> String {
        url_on_this_machine(self.address)
    }

    /// The address that is right for everybody who may come, when there is one: the public one, or the only one
    /// that is listened on.
    pub(crate) fn for_everybody(&self) -> Option<String> {
        match &self.public_url {
            Some(url) => Some(url.clone()),
            None => (!self.address.ip().is_unspecified()).then(|| self.here()),
        }
    }

    /// The address for whoever sends this request: what links and kubeconfigs that they are given begin with.
    /// Without a public address it is the one they came by, which they have just shown to work; unless it
    /// cannot be, because somebody stands between.
    pub(crate) fn for_caller(&self, headers: &HeaderMap, uri: &Uri, caller: IpAddr) -> Result<String, Problem> {
        if let Some(url) = &self.public_url {
            return Ok(url.clone());
        }
        if self.local {
            return Ok(self.here());
        }
        let is_proxied = PROXIED.iter().any(|name| headers.contains_key(*name));
        let came_by = host(headers, uri).filter(|host| is_address(host));
        let works = |host: &&str| !is_loopback_host(host) || caller.to_canonical().is_loopback();
        match came_by.filter(works) {
            _ if is_proxied => Err(Problem::address_unknown()),
            Some(host) => Ok(format!("http://{host}")),
            None => self.for_everybody().ok_or_else(Problem::address_unknown),
        }
    }

    /// The address to pass on to others, as far as this request tells.
    pub(crate) fn for_others(&self, headers: &HeaderMap, uri: &Uri, caller: IpAddr) -> Option<String> {
        let came_by_loopback = || host(headers, uri).is_some_and(is_loopback_host);
        match self.for_everybody() {
            Some(url) => Some(url),
            None if came_by_loopback() => None,
            None => self.for_caller(headers, uri, caller).ok(),
        }
    }

    /// Whether cookies may travel over TLS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// A page of another site can make a browser on this machine call us under that site's own name
    /// (DNS rebinding). On loopback the name must therefore be a loopback name.
    pub(crate) fn check_host(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
        let host = host(headers, uri).unwrap_or_default();
        if !self.local || is_loopback_host(host) {
            return Ok(());
        }
        let detail = format!("this server is for this machine alone; open it as {}", self.here());
        Err(Problem::new(axum::http::StatusCode::MISDIRECTED_REQUEST, "wrong-host", "Wrong host name", detail))
    }

    /// What refuses forms of other sites' pages, for requests that carry no token. Behind a proxy that changes the
    /// host name, the public address is ours too.
    pub(crate) fn csrf(&self) -> CsrfLayer {
        let layer = CsrfLayer::new();
        match &self.public_origin {
            // An origin is a host and a port, which were looked at when the address was given.
            Some(origin) => layer.clone().add_trusted_origin(origin).unwrap_or(layer),
            None => layer,
        }
    }
}

/// The origin of an address that learners can be given, or why they cannot.
fn origin_of_public(url: &str) -> Result<String, &'static str> {
    const EXAMPLE: &str = "write it like https://course.example.org or http://192.0.2.10:8080";
    let uri: Uri = url.parse().map_err(|_| EXAMPLE)?;
    let authority = uri.authority().filter(|authority| is_address(authority.as_str())).ok_or(EXAMPLE)?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or(EXAMPLE)?;
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err("it must end after the host and port: the course is served at the top of its address");
    }
    Ok(format!("{scheme}://{authority}").to_ascii_lowercase())
}

/// Whether a text is a host, with or without a port, that somebody can connect to.
fn is_address(host: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let nowhere = name.is_empty() || name.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
    let port = authority.as_str()[authority.host().len()..].strip_prefix(':');
    host.chars().all(is_plain) && !nowhere && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    uri.authority().map(|authority| authority.as_str()).or_else(|| headers.get(header::HOST)?.to_str().ok())
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let localhost = name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost");
    localhost || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn addresses() -> Addresses {
        Addresses::new("127.0.0.1:8080".parse().unwrap(), None).unwrap()
    }

    const REMOTE: &str = "192.0.2.7";
    const LOCAL: &str = "127.0.0.1";

    /// What somebody at `caller` who asked for `host` is given by a server that listens on `listen`.
    fn given(listen: &str, public: Option<&str>, caller: &str, pairs: &[(&'static str, &'static str)]) -> String {
        let addresses = Addresses::new(listen.parse().unwrap(), public).unwrap();
        let url = addresses.for_caller(&headers(pairs), &Uri::from_static("/"), caller.parse().unwrap());
        url.unwrap_or_else(|problem| problem.status().to_string())
    }

    #[test]
    fn who_comes_is_given_an_address_that_can_be_right() {
        let everywhere = |caller, pairs: &[(&'static str, &'static str)]| given("0.0.0.0:80", None, caller, pairs);
        assert_eq!(everywhere(REMOTE, &[("host", "class.example:8080")]), "http://class.example:8080");
        assert_eq!(everywhere(REMOTE, &[("host", "192.0.2.1")]), "http://192.0.2.1");
        assert_eq!(everywhere(REMOTE, &[("host", "[2001:db8::1]:80")]), "http://[2001:db8::1]:80");
        assert_eq!(everywhere(LOCAL, &[("host", "localhost:80")]), "http://localhost:80");
        assert_eq!(everywhere("::ffff:127.0.0.1", &[("host", "127.0.0.1")]), "http://127.0.0.1");
        for host in ["localhost:80", "127.0.0.1", "0.0.0.0:80", "[::]:80", "", "a b", "u@h", "x:0", "a;rm", "$(x)"] {
            assert_eq!(everywhere(REMOTE, &[("host", host)]), "409 Conflict", "{host}");
        }
        assert_eq!(everywhere(REMOTE, &[]), "409 Conflict");
        for proxy in PROXIED {
            assert_eq!(everywhere(LOCAL, &[("host", "127.0.0.1:80"), (proxy, "x")]), "409 Conflict", "{proxy}");
        }
        assert_eq!(given("192.0.2.1:80", None, REMOTE, &[("host", "localhost")]), "http://192.0.2.1:80");
        assert_eq!(given("127.0.0.1:80", None, LOCAL, &[("host", "localhost")]), "http://127.0.0.1:80");
    }

    #[test]
    fn a_public_address_is_given_to_all() {
        let public = Some("https://course.example.org/");
        for pairs in [&[("host", "localhost")][..], &[("x-forwarded-for", "x")], &[]] {
            assert_eq!(given("127.0.0.1:80", public, REMOTE, pairs), "https://course.example.org");
        }
    }

    #[test]
    fn an_address_that_cannot_be_right_is_no_public_one() {
        let accepts = |url| Addresses::new("0.0.0.0:80".parse().unwrap(), Some(url)).is_ok();
        for url in ["http://a", "https://a.example:8443/", "http://192.0.2.1:8080", "http://[2001:db8::1]:80"] {
            assert!(accepts(url), "{url}");
        }
        for url in [
            "",
            "course.example.org",
            "ftp://a",
            "http://",
            "http://0.0.0.0:80",
            "http://[::]",
            "http://a/course",
            "http://a?x=1",
            "http://u:p@a",
            "http://a:0",
            "http://a:99999",
            "/course",
            "http://a b",
        ] {
            assert!(!accepts(url), "{url}");
        }
    }

    #[test]
    fn an_invitation_is_never_for_this_machine_alone() {
        let invitation = |host: &'static str| {
            let addresses = Addresses::new("0.0.0.0:80".parse().unwrap(), None).unwrap();
            addresses.for_others(&headers(&[("host", host)]), &Uri::from_static("/"), LOCAL.parse().unwrap())
        };
        assert_eq!(invitation("localhost:80"), None);
        assert_eq!(invitation("class.example").as_deref(), Some("http://class.example"));
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn on_loopback_only_loopback_names_are_answered() {
        let answered = |host| addresses().check_host(&headers(&[("host", host)]), &Uri::from_static("/")).is_ok();
        for host in ["localhost:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "lab.localhost:8080"] {
            assert!(answered(host), "{host}");
        }
        for host in ["evil.example:8080", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!answered(host), "{host}");
        }
    }
}
