//! Which addresses this server answers to, and what a browser must prove.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header, uri};
use tower_http::csrf::CsrfLayer;

use super::proxies::{Proxies, Way};
use crate::{Config, StartError, problem::Problem};

/// How this machine reaches a server that listens on `address`. Nobody connects to `0.0.0.0`.
#[must_use]
pub fn url_on_this_machine(address: SocketAddr) -> String {
    on_this_machine("http", address)
}

fn on_this_machine(scheme: &str, address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("{scheme}://localhost:{}", address.port()),
        false => format!("{scheme}://{address}"),
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
    /// Whether it is for this machine alone: then one local learner needs no token.
    pub(crate) local: bool,
    /// Who may tell where a request comes from.
    pub(crate) proxies: Proxies,
    /// `https` when it speaks TLS itself.
    scheme: &'static str,
    /// Who has signed its certificate, when clients do not know them by themselves.
    pub(crate) authority: Option<Authority>,
}

/// Who has signed a certificate, for clients that do not know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Their certificate.
    pub pem: String,
    /// What it is recognised by: `sha256:` and the hash of the certificate.
    pub hash: String,
}

impl Addresses {
    /// Those of a server that listens on `address`, which is the configured one but for port 0.
    pub(crate) fn new(address: SocketAddr, config: &Config) -> Result<Self, StartError> {
        let public_url = config.public_url.as_deref();
        let refused = |reason| StartError::PublicUrl { url: public_url.unwrap_or_default().to_owned(), reason };
        let public_origin = public_url.map(origin_of_public).transpose().map_err(refused)?;
        let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
        let proxies = Proxies::new(&config.trusted_proxies);
        // Who names a public address or a proxy lets others come.
        let local = address.ip().is_loopback() && public_origin.is_none() && !proxies.are_there();
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        Ok(Self { local, address, public_url, public_origin, proxies, scheme, authority: None })
    }

    /// The names and addresses that a certificate of this server must be good for, of which it knows: its own, the
    /// public one, and those of the machine.
    pub(crate) fn names(&self, of_this_machine: Vec<String>) -> Vec<String> {
        let public = self.public_url.as_ref().and_then(|url| url.parse::<Uri>().ok());
        let public = public.and_then(|uri| uri.host().map(|host| host.trim_matches(['[', ']']).to_owned()));
        let address = self.address.ip();
        let own = match (address.is_unspecified(), address.is_loopback()) {
            (true, _) => of_this_machine,
            (_, true) => Vec::new(),
            _ => vec![address.to_string()],
        };
        let here = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut names: Vec<String> = public.into_iter().chain(own).chain(here).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// Whether what learners send can be read on the way to this server, as far as it knows.
    pub(crate) fn is_exposed(&self) -> bool {
        let by_tls = self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        self.scheme == "http" && !by_tls && !self.address.ip().is_loopback()
    }

    /// What a learner's command line needs beside the address and the code.
    pub(crate) fn to_join(&self) -> String {
        self.authority.as_ref().map_or_else(String::new, |authority| format!(" --ca-hash {}", authority.hash))
    }

    /// The address from this machine.
    pub(crate) fn here(&self) -> String {
        on_this_machine(self.scheme, self.address)
    }

    /// The address that is right for everybody who may come, when there is one: the public one, or the only one
    /// that is listened on. Behind a proxy that is not the one to come by.
    pub(crate) fn for_everybody(&self) -> Option<String> {
        if self.public_url.is_some() {
            return self.public_url.clone();
        }
        let only = !self.address.ip().is_unspecified() && !self.proxies.are_there();
        only.then(|| self.here())
    }

    /// Whether learners come by way of a proxy alone.
    pub(crate) fn behind_a_proxy(&self) -> bool {
        !self.local && self.address.ip().is_loopback()
    }

    /// The address for whoever sends this request: what links and kubeconfigs that they are given begin with.
    /// Without a public address it is the one they came by, which they have just shown to work; unless it
    /// cannot be, because somebody stands between.
    pub(crate) fn for_caller(&self, headers: &HeaderMap, uri: &Uri, way: &Way) -> Result<String, Problem> {
        if let Some(url) = &self.public_url {
            return Ok(url.clone());
        }
        if self.local {
            return Ok(self.here());
        }
        if way.by_a_stranger {
            return Err(Problem::address_unknown());
        }
        let works = |host: &&str| is_address(host) && (!is_loopback_host(host) || way.client.is_loopback());
        match way.told.host.as_deref().or_else(|| host(headers, uri)).filter(works) {
            Some(host) => Ok(format!("{}://{host}", if self.is_secure(way) { "https" } else { "http" })),
            None => self.for_everybody().ok_or_else(Problem::address_unknown),
        }
    }

    /// The address to pass on to others, as far as this request tells.
    pub(crate) fn for_others(&self, headers: &HeaderMap, uri: &Uri, way: &Way) -> Option<String> {
        let came_by_loopback = || host(headers, uri).is_some_and(is_loopback_host);
        match self.for_everybody() {
            Some(url) => Some(url),
            None if way.told.host.is_none() && came_by_loopback() => None,
            None => self.for_caller(headers, uri, way).ok(),
        }
    }

    /// Whether a client has come by TLS, as far as its last proxy.
    pub(crate) fn is_secure(&self, way: &Way) -> bool {
        let is_public = || self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        self.scheme == "https" || is_public() || way.told.scheme.as_deref() == Some("https")
    }

    /// Whether somebody has asked for a loopback name.
    pub(crate) fn is_loopback(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        host(headers, uri).is_some_and(is_loopback_host)
    }

    /// Where everybody who comes is the one local learner, nobody else may come. A page of another site can make a
    /// browser on this machine call us under that site's own name (DNS rebinding), so the name must be a loopback
    /// name; and whoever comes through a proxy may be anybody.
    pub(crate) fn check(&self, headers: &HeaderMap, uri: &Uri, way: &Way) -> Result<(), Problem> {
        if !self.local {
            return Ok(());
        }
        if way.by_a_stranger {
            return Err(Problem::forwarded(&self.here()));
        }
        if is_loopback_host(host(headers, uri).unwrap_or_default()) {
            return Ok(());
        }
        let detail = format!(
            "this server is for this machine alone; open it as {}. For others, start it with --public-url and the \
             address that they use",
            self.here()
        );
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
    let Ok(authority) = host.parse::<uri::Authority>() else { return false };
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

    fn addresses(listen: &str, public: Option<&str>, proxies: &[&str]) -> Addresses {
        let mut config = Config::new("data");
        config.public_url = public.map(str::to_owned);
        config.trusted_proxies = proxies.iter().map(|text| text.parse().unwrap()).collect();
        Addresses::new(listen.parse().unwrap(), &config).unwrap()
    }

    /// The names of headers that proxies add.
    const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

    const REMOTE: &str = "192.0.2.7";
    const LOCAL: &str = "127.0.0.1";

    /// What somebody at `caller` who asked for `host` is given by a server that listens on `listen`.
    fn given(listen: &str, public: Option<&str>, caller: &str, pairs: &[(&'static str, &'static str)]) -> String {
        given_by(&addresses(listen, public, &[]), caller, pairs)
    }

    fn given_by(addresses: &Addresses, caller: &str, pairs: &[(&'static str, &'static str)]) -> String {
        let way = addresses.proxies.way(caller.parse().unwrap(), &headers(pairs));
        let url = addresses.for_caller(&headers(pairs), &Uri::from_static("/"), &way);
        url.unwrap_or_else(|problem| problem.status().to_string())
    }

    #[test]
    fn behind_a_proxy_that_is_believed_it_says_by_which_address_a_client_came() {
        for listen in ["127.0.0.1:80", "0.0.0.0:80"] {
            let behind = addresses(listen, None, &[LOCAL]);
            assert!(!behind.local && behind.for_everybody().is_none());
            let from = |pairs: &[(&'static str, &'static str)]| {
                given_by(&behind, LOCAL, &[&[("x-forwarded-for", REMOTE)], pairs].concat())
            };
            let https = ("x-forwarded-proto", "https");
            assert_eq!(from(&[https, ("host", "class.example")]), "https://class.example");
            assert_eq!(from(&[("host", "class.example")]), "http://class.example");
            let renamed = ("x-forwarded-host", "class.example");
            assert_eq!(from(&[https, ("host", "127.0.0.1:80"), renamed]), "https://class.example");
            assert_eq!(from(&[https, ("host", "127.0.0.1:80")]), "409 Conflict");
        }
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
        let accepts = |url: &str| {
            let config = Config { public_url: Some(url.to_owned()), ..Config::new("data") };
            Addresses::new("0.0.0.0:80".parse().unwrap(), &config).is_ok()
        };
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
            let addresses = addresses("0.0.0.0:80", None, &[]);
            let way = addresses.proxies.way(LOCAL.parse().unwrap(), &HeaderMap::new());
            addresses.for_others(&headers(&[("host", host)]), &Uri::from_static("/"), &way)
        };
        assert_eq!(invitation("localhost:80"), None);
        assert_eq!(invitation("class.example").as_deref(), Some("http://class.example"));
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn on_loopback_only_loopback_names_are_answered() {
        let answered = |host| {
            let (addresses, headers) = (addresses("127.0.0.1:8080", None, &[]), headers(&[("host", host)]));
            let way = addresses.proxies.way(LOCAL.parse().unwrap(), &headers);
            addresses.check(&headers, &Uri::from_static("/"), &way).is_ok()
        };
        for host in ["localhost:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "lab.localhost:8080"] {
            assert!(answered(host), "{host}");
        }
        for host in ["evil.example:8080", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!answered(host), "{host}");
        }
    }
}
