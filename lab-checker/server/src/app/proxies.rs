//! Who stands between a client and this server, and who of them is believed.
//!
//! What a request says about its way here is believed when it was sent by a proxy that the operator named, and then
//! no further than the next one: addresses are read from the right, and the first one that is no such proxy's is the
//! client's. Whatever stands to the left of it, the client may have written itself.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderName};

use crate::TrustedProxy;

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Vec<TrustedProxy>);

/// The way of one request, as far as it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// Where it begins.
    pub(crate) client: IpAddr,
    /// What a proxy that is believed says about TLS and about the host that the client asked for.
    pub(crate) told: Told,
    /// Whether somebody has passed the request on whom nobody told us of.
    pub(crate) by_a_stranger: bool,
}

/// What a proxy says about the request that it passes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) scheme: Option<String>,
    pub(crate) host: Option<String>,
}

impl Way {
    /// Of a request that nobody has looked at: it is believed nothing.
    pub(crate) fn unknown() -> Self {
        Self { client: Ipv4Addr::UNSPECIFIED.into(), told: Told::default(), by_a_stranger: true }
    }
}

impl Proxies {
    pub(crate) fn new(trusted: &[TrustedProxy]) -> Self {
        Self(trusted.to_vec())
    }

    /// Whether any is believed.
    pub(crate) fn are_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// The way of a request that `peer` has sent.
    pub(crate) fn way(&self, peer: IpAddr, headers: &HeaderMap) -> Way {
        let peer = peer.to_canonical();
        if !self.believe(peer) {
            let by_a_stranger = headers.keys().any(is_of_a_proxy);
            return Way { client: peer, told: Told::default(), by_a_stranger };
        }
        let listed = elements(headers, "x-forwarded-for");
        let forwarded: Vec<_> = elements(headers, "forwarded").iter().map(|element| pairs(element)).collect();
        let named: Vec<_> = forwarded.iter().filter_map(|pairs| value(pairs, "for")).collect();
        let client = match (listed.is_empty(), named.is_empty()) {
            (_, true) => self.first_stranger(peer, &listed),
            (true, false) => self.first_stranger(peer, &named),
            // A proxy writes one of the two and may hand on the other as the client wrote it.
            (false, false) => {
                let (one, other) = (self.first_stranger(peer, &listed), self.first_stranger(peer, &named));
                if one == other { one } else { peer }
            }
        };
        let last = |header: &str, parameter: &str| {
            let of_forwarded = || forwarded.last().and_then(|pairs| value(pairs, parameter));
            elements(headers, header).pop().or_else(of_forwarded).map(|text| text.to_ascii_lowercase())
        };
        let told = Told { scheme: last("x-forwarded-proto", "proto"), host: last("x-forwarded-host", "host") };
        Way { client, told, by_a_stranger: false }
    }

    fn believe(&self, address: IpAddr) -> bool {
        self.0.iter().any(|proxy| proxy.is(address))
    }

    /// The first address from the right that is no proxy's. What is no address tells nothing, nor does what is to the
    /// left of it.
    fn first_stranger(&self, peer: IpAddr, list: &[String]) -> IpAddr {
        let mut at = peer;
        for address in list.iter().rev().map(|text| address(text)) {
            match address {
                Some(proxy) if self.believe(proxy) => at = proxy,
                Some(client) => return client,
                None => break,
            }
        }
        at
    }
}

/// Whether proxies add this header to what they pass on, and clients of their own accord do not.
fn is_of_a_proxy(name: &HeaderName) -> bool {
    const NAMES: [&str; 9] = [
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-original-forwarded-for",
        "x-envoy-external-address",
        "true-client-ip",
        "cf-connecting-ip",
    ];
    name.as_str().starts_with("x-forwarded") || NAMES.contains(&name.as_str())
}

/// Everything that a header lists, in all its lines.
fn elements(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?"));
    let texts = lines.flat_map(|line| split(line, ','));
    texts.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

/// The parameters of one element of `Forwarded`.
fn pairs(element: &str) -> Vec<(String, String)> {
    let pairs = split(element, ';').into_iter().filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').replace('\\', "")))
    });
    pairs.collect()
}

fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// Split where the separator stands outside of quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None if text.matches(':').count() == 1 => text.split(':').next()?,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "127.0.0.1";

    fn way(trusted: &[&str], peer: &str, lines: &[(&'static str, &str)]) -> Way {
        let trusted: Vec<TrustedProxy> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        let headers = lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut all = HeaderMap::new();
        headers.for_each(|(name, value): (HeaderName, _)| {
            all.append(name, value);
        });
        Proxies::new(&trusted).way(peer.parse().unwrap(), &all)
    }

    fn client(trusted: &[&str], lines: &[(&'static str, &str)]) -> String {
        way(trusted, PEER, lines).client.to_string()
    }

    #[test]
    fn the_client_is_the_first_from_the_right_who_is_no_proxy() {
        let one = ["127.0.0.1"];
        for (header, client_of) in [
            ("198.51.100.7", "198.51.100.7"),
            ("192.0.2.99, 198.51.100.7", "198.51.100.7"),
            ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, 127.0.0.1", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, garbage", PEER),
            ("unknown", PEER),
            ("", PEER),
            (",,", PEER),
        ] {
            assert_eq!(client(&one, &[("x-forwarded-for", header)]), client_of, "{header}");
        }
        let lines = [("x-forwarded-for", "192.0.2.99"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(client(&one, &lines), "198.51.100.7", "the last line is the nearest");
        let two = ["127.0.0.1", "10.0.0.0/8"];
        assert_eq!(client(&two, &[("x-forwarded-for", "192.0.2.9, 198.51.100.7, 10.1.2.3")]), "198.51.100.7");
        assert_eq!(client(&two, &[("x-forwarded-for", "10.0.0.1, 10.0.0.2")]), "10.0.0.1", "all are proxies");
    }

    #[test]
    fn forwarded_is_read_as_well_and_a_contradiction_not_believed() {
        let one = ["127.0.0.1"];
        for (header, client_of) in [
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=\"[2001:db8::7]:4711\";proto=https", "2001:db8::7"),
            ("for=192.0.2.9, for=198.51.100.7;by=10.0.0.1", "198.51.100.7"),
            ("for=\"192.0.2.9, for=192.0.2.8\", for=198.51.100.7", "198.51.100.7"),
            ("for=_hidden", PEER),
            ("for=unknown", PEER),
            ("by=10.0.0.1", PEER),
        ] {
            assert_eq!(client(&one, &[("forwarded", header)]), client_of, "{header}");
        }
        let both = |one_says: &str| client(&one, &[("forwarded", "for=198.51.100.7"), ("x-forwarded-for", one_says)]);
        assert_eq!((both("198.51.100.7"), both("192.0.2.9")), ("198.51.100.7".to_owned(), PEER.to_owned()));
    }

    #[test]
    fn nobody_else_is_believed() {
        let lines = [
            ("x-forwarded-for", "192.0.2.9"),
            ("forwarded", "for=192.0.2.9;proto=https"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil.example"),
        ];
        for trusted in [&[][..], &["10.0.0.0/8"]] {
            let way = way(trusted, "198.51.100.7", &lines);
            assert_eq!((way.client.to_string().as_str(), way.told), ("198.51.100.7", Told::default()));
        }
    }

    #[test]
    fn what_the_nearest_proxy_tells_counts() {
        let told = |lines: &[(&'static str, &str)]| {
            let Told { scheme, host } = way(&[PEER], PEER, lines).told;
            (scheme.unwrap_or_default(), host.unwrap_or_default())
        };
        let says = |scheme: &str, host: &str| (scheme.to_owned(), host.to_owned());
        assert_eq!(
            told(&[("x-forwarded-proto", "HTTPS"), ("x-forwarded-host", "A.example")]),
            says("https", "a.example")
        );
        assert_eq!(told(&[("x-forwarded-proto", "https, http")]), says("http", ""));
        assert_eq!(
            told(&[("forwarded", "proto=http, proto=https;host=\"a.example:8443\"")]),
            says("https", "a.example:8443")
        );
        assert_eq!(told(&[]), says("", ""));
    }

    #[test]
    fn a_stranger_on_the_way_is_noticed() {
        for name in ["forwarded", "via", "x-real-ip", "x-forwarded-for", "x-forwarded-port", "x-forwarded-server"] {
            assert!(way(&[], PEER, &[(name, "x")]).by_a_stranger, "{name}");
            assert!(!way(&[PEER], PEER, &[(name, "x")]).by_a_stranger, "{name}");
        }
        assert!(!way(&[], PEER, &[("accept", "*/*"), ("origin", "http://localhost")]).by_a_stranger);
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        for right in ["127.0.0.1", "10.0.0.0/8", "10.1.2.3/8", "::1", "2001:db8::/32"] {
            assert!(right.parse::<TrustedProxy>().is_ok(), "{right}");
        }
        for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "127.0.0.1:80"] {
            assert!(wrong.parse::<TrustedProxy>().is_err(), "{wrong}");
        }
        assert!("::1".parse::<TrustedProxy>().unwrap().is("::1".parse().unwrap()));
        assert!("127.0.0.1".parse::<TrustedProxy>().unwrap().is("::ffff:127.0.0.1".parse().unwrap()));
    }
}
