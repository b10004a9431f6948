//! What logs say of a request: what was asked, without the name of the cluster, which may open it.

use std::any::Any;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::{Layer, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, Span};

use crate::status::Status;
use crate::store::cluster_id::ClusterId;

/// Where the clusters of a server are.
const CLUSTERS: &str = "/clusters/";

/// What everything that is logged while a request is answered stands in: its method and its path. The query is
/// left out, and for the name of a cluster stands what stands for it in all logs.
pub fn request_span(request: &Request) -> Span {
    tracing::error_span!("request", method = %request.method(), path = path_in_logs(request.uri().path()))
}

/// A path as it may stand in a log.
pub fn path_in_logs(path: &str) -> String {
    let Some(rest) = path.strip_prefix(CLUSTERS) else { return path.to_owned() };
    let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // What is no name opens nothing, but may be one with a slip of the pen.
    let name = ClusterId::parse(name).map_or_else(|| "?".to_owned(), |id| id.in_logs());
    format!("{CLUSTERS}{name}{rest}")
}

/// Logs a panic that was caught, in its own words. What was asked, the span of the request says.
pub fn log_panic(panic: &(dyn Any + Send)) {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = words.unwrap_or_default(), "a handler panicked");
}

/// Answers a request, even when the server has a bug.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let span = request_span(&request);
    match CatchPanicLayer::custom(failed).layer(next).oneshot(request).instrument(span).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}

fn failed(panic: Box<dyn Any + Send>) -> Response {
    log_panic(panic.as_ref());
    Status::internal("the practice cluster failed on this request").into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::any;
    use http::StatusCode;

    use super::*;
    use crate::testing::log;

    #[test]
    fn a_path_does_not_open_a_cluster() {
        let id = ClusterId::random();
        let hash = id.in_logs();
        assert_eq!(path_in_logs(&format!("/clusters/{id}")), format!("/clusters/{hash}"));
        assert_eq!(path_in_logs(&format!("/clusters/{id}/api/v1/pods")), format!("/clusters/{hash}/api/v1/pods"));
        assert_eq!(path_in_logs("/clusters/NO%20NAME/api"), "/clusters/?/api");
        assert_eq!(path_in_logs("/clusters/"), "/clusters/?");
        assert_eq!(path_in_logs("/api/v1/course"), "/api/v1/course");
    }

    #[tokio::test]
    async fn a_panic_is_answered_and_logged_with_what_was_asked() {
        let log = log();
        let broken = any(async || -> StatusCode { panic!("out of {}", "cheese") });
        let router = Router::new().route("/clusters/{id}/{*rest}", broken).layer(from_fn(answer));
        let id = ClusterId::random();
        let request = Request::post(format!("/clusters/{id}/api/v1/pods?token=secret")).body(Body::empty());
        let response = router.oneshot(request.expect("a request")).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let hash = id.in_logs();
        let line = log.line_with(&hash);
        for told in ["a handler panicked", "out of cheese", "POST", &format!("/clusters/{hash}/api/v1/pods")] {
            assert!(line.contains(told), "{told:?} is not in {line:?}");
        }
        assert!(!log.text().contains(id.as_str()) && !log.text().contains("secret"), "{}", log.text());
    }
}
