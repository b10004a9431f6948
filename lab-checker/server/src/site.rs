//! Which addresses this server answers to, and what a browser must prove.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Method, Uri, header};

use crate::problem::Problem;

/// The addresses of this server.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// What links and kubeconfigs begin with, without a slash at the end.
    pub(crate) url: String,
    /// Whether it listens on this machine alone: then one local learner needs no token.
    pub(crate) local: bool,
    /// The host of a public address.
    public_host: Option<String>,
}

impl Site {
    pub(crate) fn new(address: SocketAddr, public_url: Option<&str>) -> Self {
        let public_host = public_url
            .and_then(|url| url.parse::<Uri>().ok())
            .and_then(|uri| uri.authority().map(|authority| authority.as_str().to_ascii_lowercase()));
        let url = match public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
            None => format!("http://{address}"),
        };
        Self { url, local: address.ip().is_loopback() && public_host.is_none(), public_host }
    }

    /// Whether cookies may travel over TLS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// A page of another site can make a browser on this machine call us under that site's own name
    /// (DNS rebinding). On loopback the name must therefore be a loopback name.
    pub(crate) fn check_host(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
        let host = host(headers, uri).unwrap_or_default();
        if !self.local || is_loopback_host(host) {
            return Ok(());
        }
        let detail = format!("this server is for this machine alone; open it as {}", self.url);
        Err(Problem::new(axum::http::StatusCode::MISDIRECTED_REQUEST, "wrong-host", "Wrong host name", detail))
    }

    /// A page of another site must not send forms in a learner's name. Browsers say where a request
    /// comes from; programs that say nothing carry no cookies of a victim.
    pub(crate) fn check_origin(&self, method: &Method, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
        if method.is_safe() || headers.contains_key(header::AUTHORIZATION) {
            return Ok(());
        }
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
        let ok = match (text("sec-fetch-site"), text("origin")) {
            (Some("same-origin" | "none"), _) | (None, None) => true,
            (Some(_), _) => false,
            (None, Some(origin)) => {
                let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
                host(headers, uri).is_some_and(|host| host.eq_ignore_ascii_case(authority))
                    || self.public_host.as_deref().is_some_and(|public| public.eq_ignore_ascii_case(authority))
            }
        };
        if ok { Ok(()) } else { Err(Problem::forbidden("this request comes from a page of another site")) }
    }
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

    fn site() -> Site {
        Site::new("127.0.0.1:8080".parse().unwrap(), None)
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn on_loopback_only_loopback_names_are_answered() {
        let answered = |host| site().check_host(&headers(&[("host", host)]), &Uri::from_static("/")).is_ok();
        for host in ["localhost:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "lab.localhost:8080"] {
            assert!(answered(host), "{host}");
        }
        for host in ["evil.example:8080", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!answered(host), "{host}");
        }
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let accepted = |pairs: &[(&'static str, &'static str)]| {
            let mut all = vec![("host", "localhost:8080")];
            all.extend_from_slice(pairs);
            site().check_origin(&Method::POST, &headers(&all), &Uri::from_static("/labs/x")).is_ok()
        };
        assert!(accepted(&[]));
        assert!(accepted(&[("sec-fetch-site", "same-origin")]));
        assert!(accepted(&[("origin", "http://localhost:8080")]));
        assert!(accepted(&[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")]));
        assert!(!accepted(&[("sec-fetch-site", "cross-site")]));
        assert!(!accepted(&[("sec-fetch-site", "same-site")]));
        assert!(!accepted(&[("origin", "http://evil.example")]));
        assert!(!accepted(&[("origin", "http://localhost:9999")]));
        assert!(!accepted(&[("origin", "null")]));
    }
}
