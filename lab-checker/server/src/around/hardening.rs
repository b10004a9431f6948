//! Headers that keep a browser from doing what nobody asked for.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};

use crate::{app::App, request::way};

/// What pages may load: nothing that is not ours, no script that stands in a page.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// How long a browser that has come by TLS does not come without.
const HALF_A_YEAR: &str = "max-age=15552000";

/// What of a request says how its answer is hardened.
pub(crate) struct Hardening {
    /// Came by TLS, as far as the last proxy.
    is_secure: bool,
    is_strict: bool,
    is_private: bool,
}

impl Hardening {
    pub(crate) fn of(request: &Request, app: &App) -> Self {
        let is_secure = app.addresses.is_secure(&way(request.extensions()));
        let path = request.uri().path();
        Self {
            is_secure,
            // For a loopback name it would hold for everything else that runs there.
            is_strict: is_secure && !app.addresses.is_loopback(request.headers(), request.uri()),
            is_private: !path.starts_with("/book/") && !path.starts_with("/assets/"),
        }
    }

    pub(crate) fn harden(&self, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        set(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::X_FRAME_OPTIONS, "DENY");
        set(header::REFERRER_POLICY, "same-origin");
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
        if self.is_strict {
            set(header::STRICT_TRANSPORT_SECURITY, HALF_A_YEAR);
        }
        if self.is_private {
            // What a learner sees is theirs: no cache on the way keeps it.
            set(header::CACHE_CONTROL, "no-store");
        }
        if self.is_secure {
            bind_cookies_to_tls(headers);
        }
    }
}

/// What came by TLS goes back by TLS alone.
fn bind_cookies_to_tls(headers: &mut HeaderMap) {
    for cookie in headers.iter_mut().filter_map(|(name, value)| (name == header::SET_COOKIE).then_some(value)) {
        if let Ok(bound) = HeaderValue::try_from([cookie.as_bytes(), b"; Secure"].concat()) {
            *cookie = bound;
        }
    }
}
