//! One line for each request, and a name for it that its answer, its problems and all other lines carry.
//!
//! No line tells a secret: queries and headers are left out, the name of a practice cluster is hashed, and so is
//! whatever else in a path could open something.

use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};
use practice_cluster::path_in_logs;
use sha2::{Digest, Sha256};
use tracing::{Instrument, Level, enabled};

use crate::request_id::{HEADER, RequestId};

/// A part of a path that is longer than this may be a secret; our ids are shorter.
const LONGEST_NAME: usize = 40;
/// What tokens, sessions and invitations begin with: a word and an underscore, before random letters.
const FEWEST_RANDOM: usize = 20;

/// Name a request, answer it, and log that it was answered.
pub(super) async fn log_access(request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let line = enabled!(target: "access", Level::INFO).then(|| Line::begun(&request));
    let span = tracing::error_span!("answer", request_id = %id);
    let mut response = id.clone().during(next.run(request).instrument(span)).await;
    if let Some(value) = id.value() {
        response.headers_mut().insert(HEADER, value);
    }
    if let Some(line) = line {
        line.ended(response.status(), &id);
    }
    response
}

/// What the log says of one request.
struct Line {
    began: Instant,
    method: Method,
    path: String,
    from: Option<IpAddr>,
}

impl Line {
    fn begun(request: &Request) -> Self {
        let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            began: Instant::now(),
            method: request.method().clone(),
            path: without_secrets(&path_in_logs(request.uri().path())),
            from: from.map(|info| info.0.ip().to_canonical()),
        }
    }

    fn ended(self, status: StatusCode, id: &RequestId) {
        let Self { began, method, path, from } = self;
        let millis = began.elapsed().as_micros() as f64 / 1000.0;
        let (status, from) = (status.as_u16(), from.map(|from| from.to_string()));
        tracing::info!(target: "access", %method, path, status, millis, from, request_id = %id, "answered");
    }
}

/// A path with hashes for what may be secrets.
fn without_secrets(path: &str) -> String {
    let shown = |part: &str| if is_secret(part) { hashed(part) } else { part.to_owned() };
    path.split('/').map(shown).collect::<Vec<_>>().join("/")
}

fn is_secret(part: &str) -> bool {
    let random = part.split_once('_').is_some_and(|(_, random)| random.len() >= FEWEST_RANDOM);
    random || part.len() > LONGEST_NAME
}

fn hashed(part: &str) -> String {
    let digest = Sha256::digest(part.as_bytes());
    digest.iter().take(4).fold("#".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Secret;

    #[test]
    fn a_path_opens_nothing() {
        for prefix in ["learner", "instructor", "session", "invitation"] {
            let secret = Secret::fresh(prefix);
            let shown = without_secrets(&format!("/join/{}/more", secret.reveal()));
            assert!(!shown.contains(&secret.reveal()[10..]), "{shown}");
            assert!(shown.starts_with("/join/#") && shown.ends_with("/more"), "{shown}");
        }
        let long = format!("/api/v1/labs/{}", "x".repeat(2_000));
        assert!(without_secrets(&long).len() < 40);
    }

    #[test]
    fn what_opens_nothing_is_shown() {
        for path in ["/", "/api/v1/labs/default-deny/map", "/api/v1/attempts/0190b0a0-0000-7000-8000-000000000000"] {
            assert_eq!(without_secrets(path), path);
        }
    }
}
