//! Which proxy leads to an address: what client-go, and so kubectl, makes of `HTTPS_PROXY`, `HTTP_PROXY` and
//! `NO_PROXY`. Addresses of this machine never go through a proxy.

use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use ipnet::IpNet;

/// The proxies that the environment names.
#[derive(Debug)]
pub struct Proxies {
    matcher: Matcher,
    exceptions: Exceptions,
}

impl Proxies {
    /// Those that count for clusters, as kubectl reads them. A kubeconfig's own `proxy-url` comes before them.
    #[must_use]
    pub fn for_clusters() -> Self {
        Self::for_clusters_of(from_environment)
    }

    /// The same from other variables than the environment's.
    #[must_use]
    pub fn for_clusters_of(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self::new(&variable, "")
    }

    /// Those that count for other servers: `ALL_PROXY` too, as curl and browsers read it.
    #[must_use]
    pub fn for_servers() -> Self {
        Self::for_servers_of(from_environment)
    }

    /// The same from other variables than the environment's.
    #[must_use]
    pub fn for_servers_of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let all = first(&variable, ["ALL_PROXY", "all_proxy"]);
        Self::new(&variable, &all)
    }

    fn new(variable: &impl Fn(&str) -> Option<String>, all: &str) -> Self {
        let http = first(variable, ["HTTP_PROXY", "http_proxy"]);
        let https = first(variable, ["HTTPS_PROXY", "https_proxy"]);
        Self {
            matcher: Matcher::builder().http(http).https(https).all(all).build(),
            exceptions: Exceptions::parse(&first(variable, ["NO_PROXY", "no_proxy"])),
        }
    }

    /// The proxy that leads to an address.
    pub(crate) fn to(&self, address: &Uri) -> Option<Intercept> {
        if self.exceptions.contain(address) { None } else { self.matcher.intercept(address) }
    }
}

/// The proxy at this address, for whatever is asked of it; `None` when it is no address of a proxy.
pub(crate) fn at(proxy: &str, target: &Uri) -> Option<Intercept> {
    Matcher::builder().all(proxy).build().intercept(target)
}

fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The first variable that says something.
fn first(variable: &impl Fn(&str) -> Option<String>, names: [&str; 2]) -> String {
    let mut given = names.into_iter().filter_map(variable).map(|value| value.trim().to_owned());
    given.find(|value| !value.is_empty()).unwrap_or_default()
}

/// What `NO_PROXY` lists. An entry that means nothing is ignored.
#[derive(Debug, Default, PartialEq, Eq)]
struct Exceptions {
    everything: bool,
    entries: Vec<Exception>,
}

#[derive(Debug, PartialEq, Eq)]
enum Exception {
    /// `10.0.0.0/8`
    Network(IpNet),
    /// `10.0.0.1`, `10.0.0.1:6443`, `::1`, `[::1]:6443`
    Address(IpAddr, Option<u16>),
    /// `example.org` with what is below it, `.example.org` and `*.example.org` without itself; each may end in a
    /// port.
    Domain { suffix: String, itself: bool, port: Option<u16> },
}

impl Exceptions {
    fn parse(list: &str) -> Self {
        let entries = list.split(',').map(|entry| entry.trim().to_lowercase());
        let entries: Vec<String> = entries.filter(|entry| !entry.is_empty()).collect();
        Self {
            everything: entries.iter().any(|entry| entry == "*"),
            entries: entries.iter().filter_map(|entry| Exception::parse(entry)).collect(),
        }
    }

    fn contain(&self, address: &Uri) -> bool {
        let host = address.host().unwrap_or_default().to_lowercase();
        let host = bare(&host);
        let ip = host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
        let port = address.port_u16().or(match address.scheme_str() {
            Some("http") => Some(80),
            Some("https") => Some(443),
            _ => None,
        });
        host == "localhost"
            || ip.is_some_and(|ip| ip.is_loopback())
            || self.everything
            || self.entries.iter().any(|entry| entry.matches(host, ip, port))
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        if let Ok(network) = entry.parse() {
            return Some(Self::Network(network));
        }
        let (host, port) = match split_port(entry) {
            Some((host, port)) => (host, Some(port)),
            None => (entry, None),
        };
        let host = bare(host);
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Some(Self::Address(ip.to_canonical(), port));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        match host.strip_prefix('.') {
            _ if host.is_empty() => None,
            Some(domain) => Some(Self::Domain { suffix: domain.to_owned(), itself: false, port }),
            None => Some(Self::Domain { suffix: host.to_owned(), itself: true, port }),
        }
    }

    fn matches(&self, host: &str, ip: Option<IpAddr>, port: Option<u16>) -> bool {
        let same_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match self {
            Self::Network(network) => ip.is_some_and(|ip| network.contains(&ip)),
            Self::Address(address, wanted) => ip == Some(*address) && same_port(wanted),
            Self::Domain { suffix, itself, port: wanted } => {
                let below = || host.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.ends_with('.'));
                ip.is_none() && ((*itself && host == suffix) || below()) && same_port(wanted)
            }
        }
    }
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Host and port, where there is a port; an IPv6 address without brackets has none.
fn split_port(entry: &str) -> Option<(&str, u16)> {
    let (host, port) = entry.rsplit_once(':')?;
    let whole = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
    Some((host, port.parse().ok()?)).filter(|_| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::for_clusters_of(of(variables))
    }

    fn of(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        move |name| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn way(proxies: &Proxies, address: &str) -> String {
        proxies.to(&address.parse().unwrap()).map_or("direct".to_owned(), |proxy| proxy.uri().to_string())
    }

    #[test]
    fn the_scheme_of_the_address_chooses_the_proxy() {
        let both = proxies(&[
            ("HTTPS_PROXY", "http://secure:3128"),
            ("http_proxy", "plain:8080"),
            ("ALL_PROXY", "http://all"),
        ]);
        assert_eq!(way(&both, "https://cluster.example:6443/api"), "http://secure:3128/");
        assert_eq!(way(&both, "http://cluster.example/"), "http://plain:8080/");
        let one = [("HTTPS_PROXY", ""), ("https_proxy", "socks5://small:1080"), ("ALL_PROXY", "http://all")];
        assert_eq!(way(&proxies(&one), "https://cluster.example"), "socks5://small:1080/");
        assert_eq!(way(&proxies(&one), "http://cluster.example"), "direct", "kubectl does not know ALL_PROXY");
        assert_eq!(way(&Proxies::for_servers_of(of(&one)), "http://class.example"), "http://all/");
        assert_eq!(way(&proxies(&[]), "https://cluster.example"), "direct");
    }

    #[test]
    fn what_is_no_proxy_is_none() {
        for garbage in ["", "ftp://x", "http://", ":::", "http://user:p@ss@host:1"] {
            let proxies = proxies(&[("HTTPS_PROXY", garbage)]);
            assert_eq!(way(&proxies, "https://127.0.0.1:6443"), "direct", "{garbage}");
            assert!(way(&proxies, "https://cluster.example").len() > 3, "{garbage}");
        }
    }

    #[test]
    fn a_proxy_may_ask_for_a_password() {
        let proxies = proxies(&[("HTTPS_PROXY", "http://ada:p%40ss@proxy:3128")]);
        let proxy = proxies.to(&"https://cluster.example".parse().unwrap()).unwrap();
        assert_eq!(proxy.uri().to_string(), "http://proxy:3128/");
        assert_eq!(proxy.basic_auth().unwrap(), "Basic YWRhOnBAc3M=");
    }

    #[test]
    fn this_machine_is_never_behind_a_proxy() {
        let all = [("HTTPS_PROXY", "http://dead:1"), ("HTTP_PROXY", "http://dead:1"), ("ALL_PROXY", "http://dead:1")];
        for proxies in [proxies(&all), Proxies::for_servers_of(of(&all))] {
            for host in
                ["localhost", "LOCALHOST:8080", "127.0.0.1:6443", "127.8.8.8", "[::1]:6443", "[::ffff:127.0.0.1]"]
            {
                assert_eq!(way(&proxies, &format!("https://{host}/")), "direct", "{host}");
                assert_eq!(way(&proxies, &format!("http://{host}/")), "direct", "{host}");
            }
        }
    }

    #[test]
    fn exceptions_are_read_as_client_go_reads_them() {
        let check = |list: &str, address: &str, expected: bool| {
            for name in ["NO_PROXY", "no_proxy"] {
                let proxies = proxies(&[("HTTPS_PROXY", "http://proxy:1"), (name, list)]);
                let direct = way(&proxies, &format!("https://{address}")) == "direct";
                assert_eq!(direct, expected, "{name}={list} for {address}");
            }
        };
        check("", "cluster.example", false);
        check("*", "cluster.example", true);
        check("other.example, *", "10.0.0.1", true);
        check("cluster.example", "cluster.example:6443", true);
        check("CLUSTER.example", "Cluster.Example", true);
        check("cluster.example", "api.cluster.example", true);
        check("cluster.example", "notcluster.example", false);
        check(".cluster.example", "api.cluster.example", true);
        check(".cluster.example", "cluster.example", false);
        check("*.cluster.example", "api.cluster.example", true);
        check("*.cluster.example", "cluster.example", false);
        check("cluster.example:6443", "cluster.example:6443", true);
        check("cluster.example:6443", "cluster.example", false);
        check("cluster.example:443", "cluster.example", true);
        check("10.0.0.1", "10.0.0.1:6443", true);
        check("10.0.0.1", "10.0.0.10", false);
        check("10.0.0.1:6443", "10.0.0.1:6443", true);
        check("10.0.0.1:6443", "10.0.0.1:443", false);
        check("10.0.0.0/8", "10.9.8.7", true);
        check("10.0.0.7/8", "10.9.8.7", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/8", "ten.example", false);
        check("2001:db8::1", "[2001:db8::1]:6443", true);
        check("[2001:db8::1]:6443", "[2001:db8::1]:6443", true);
        check("[2001:db8::1]:6443", "[2001:db8::1]:443", false);
        check("2001:db8::/32", "[2001:db8:1::1]", true);
        // What means nothing is passed over, and does not spoil the rest.
        check("a b, ,,://,10.0.0.1,", "10.0.0.1", true);
        check("localhost,127.0.0.1,.svc,", "cluster.example", false);
    }

    #[test]
    fn the_first_variable_that_says_something_counts() {
        let proxies = proxies(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", ""), ("no_proxy", "cluster.example")]);
        assert_eq!(way(&proxies, "https://cluster.example"), "direct");
    }
}
