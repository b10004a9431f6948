//! An answer in any case: when a handler has a bug, when it takes too long, and when the database is silent.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use futures::FutureExt;
use practice_cluster::{log_panic, request_span};
use tokio::time::timeout;
use tracing::{Instrument, Span};

use crate::{
    app::{App, limits},
    pages,
    problem::Problem,
};

pub(crate) async fn answer_in_any_case(State(app): State<App>, request: Request, next: Next) -> Response {
    let (span, uri) = (request_span(&request), request.uri().clone());
    let answer = answer_in_time(&app, uri.path(), next.run(request));
    answer_despite_bugs(span, uri.path(), answer).await
}

/// Everything that is logged meanwhile says what was asked.
async fn answer_despite_bugs(
    span: Span,
    path: &str,
    answer: impl Future<Output = Result<Response, Problem>>,
) -> Response {
    let failed = |panic: Box<dyn Any + Send>| {
        log_panic(panic.as_ref());
        Err(Problem::failed())
    };
    let answer = async { AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(failed) };
    answer.instrument(span).await.unwrap_or_else(|problem| pages::problem_for(path, problem))
}

async fn answer_in_time(app: &App, path: &str, answer: impl Future<Output = Response>) -> Result<Response, Problem> {
    let answer = answer_unless_silent(app, answer);
    let answer = match may_take_its_time(path) {
        true => answer.await,
        false => timeout(limits::REQUEST, answer).await.map_err(|_| Problem::busy())?,
    };
    answer.ok_or_else(Problem::silent)
}

/// Nobody waits for a database that does not answer: whatever has to wait has it felt for now and then.
pub(crate) async fn answer_unless_silent(app: &App, answer: impl Future<Output = Response>) -> Option<Response> {
    let mut answer = std::pin::pin!(answer);
    loop {
        if let Ok(response) = timeout(limits::UNTIL_FELT, &mut answer).await {
            return Some(response);
        }
        tokio::select! {
            response = &mut answer => return Some(response),
            felt = app.store.answers() => if !felt { return None },
        }
    }
}

/// Streams, and what is done for a whole class: what is answered to that must be what came of it.
fn may_take_its_time(path: &str) -> bool {
    ["/events", "/regrade", "/roster", "/invitations"].iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use axum::{
        Router,
        body::Body,
        http::{StatusCode, header},
        middleware,
        routing::get,
    };
    use tower::ServiceExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_done_for_a_whole_class_may_take_its_time() {
        for path in ["/api/v1/roster", "/instructor/roster", "/api/v1/regrade", "/api/v1/labs/close/events"] {
            assert!(may_take_its_time(path), "{path}");
        }
        for path in ["/api/v1/roster/x/token", "/api/v1/me", "/instructor/learners/roster-x", "/labs/close"] {
            assert!(!may_take_its_time(path), "{path}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_answered_and_logged_with_what_was_asked() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let _logging = tracing::subscriber::set_default(subscriber);
        let broken = get(async || -> StatusCode { panic!("out of {}", "cheese") });
        let despite_bugs = async |request: Request, next: Next| {
            let (span, uri) = (request_span(&request), request.uri().clone());
            answer_despite_bugs(span, uri.path(), async { Ok(next.run(request).await) }).await
        };
        let router = Router::new()
            .route("/api/v1/course", broken.clone())
            .route("/labs/{name}", broken)
            .layer(middleware::from_fn(despite_bugs));
        for (path, kind) in
            [("/api/v1/course", "application/problem+json"), ("/labs/close", "text/html; charset=utf-8")]
        {
            let request = Request::get(format!("{path}?token=secret")).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers()[header::CONTENT_TYPE], kind);
            let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            let line = text.lines().find(|line| line.contains(path)).unwrap_or_else(|| panic!("{text}"));
            for told in ["a handler panicked", "out of cheese", "GET"] {
                assert!(line.contains(told), "{told:?} is not in {line:?}");
            }
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
