//! Everything this server answers, and what surrounds each answer.

use std::{any::Any, convert::Infallible, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use percent_encoding::percent_decode_str;
use practice_cluster::{Status, log_panic, request_span};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_http::{
    catch_panic::{CatchPanicLayer, ResponseForPanic},
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
    csrf::ProtectionError,
};
use tracing::Instrument;

use crate::{
    api,
    app::{App, limits},
    around::{in_own_words, log_access, record},
    gate_keeper::keep_gate,
    pages,
    problem::Problem,
    request::{Teaching, find_way, way},
};

/// What pages may load: nothing that is not ours, no script that stands in a page.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// How long a browser that has come by TLS does not come without.
const HALF_A_YEAR: &str = "max-age=15552000";

/// The whole server.
pub(crate) fn router(app: App) -> Router {
    let compressed = SizeAbove::new(512).and(NotForContentType::SSE);
    let ours = Router::new()
        .merge(api::router())
        .merge(pages::router())
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(pages::not_found)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(app.clone(), measure))
                .layer(middleware::from_fn_with_state(app.clone(), harden))
                .layer(middleware::from_fn(answer_always))
                .layer(middleware::from_fn(limit_time))
                .layer(middleware::from_fn_with_state(app.clone(), miss_database))
                .layer(middleware::from_fn_with_state(app.clone(), guard))
                .layer(middleware::from_fn_with_state(app.clone(), refuse_forged))
                .layer(middleware::from_fn_with_state(app.clone(), record))
                .layer(DefaultBodyLimit::max(limits::BODY))
                .layer(CompressionLayer::new().compress_when(compressed))
                .layer(middleware::from_fn_with_state(app.clone(), pages::remember))
                .layer(middleware::from_fn(in_own_words)),
        )
        .with_state(app.clone());
    // Practice clusters keep their own rules: kubectl streams, watches, and sends what it wants. Only the
    // host name is looked at, because a page of another site could otherwise reach a local one.
    let clusters = app.clusters.router().layer(
        ServiceBuilder::new()
            .layer(middleware::from_fn_with_state(app.clone(), miss_clusters_database))
            .layer(middleware::from_fn_with_state(app.clone(), guard_clusters))
            .layer(middleware::from_fn_with_state(app.clone(), keep_gate)),
    );
    let found = ServiceBuilder::new().layer(middleware::from_fn_with_state(app, find_way));
    ours.merge(clusters).layer(found.layer(middleware::from_fn(log_access)))
}

async fn ready(State(app): State<App>) -> Response {
    if !app.readiness.writes_work().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database cannot write\n").into_response();
    }
    match app.book.missing() {
        None => "ok\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

/// Figures are for who runs the server: for a program on its machine, or with an instructor's token.
async fn metrics(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let way = way(&parts);
    if (!way.client.is_loopback() || way.by_a_stranger)
        && let Err(problem) = Teaching::from_request_parts(&mut parts, &app).await
    {
        return problem.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match app.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Err(_) => Problem::failed().into_response(),
    }
}

/// Refuse what comes under a wrong name, or by a way that it must not.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match checked(&app, request) {
        Ok(request) => next.run(request).await,
        Err(problem) => pages::problem_for(&path, problem),
    }
}

fn checked(app: &App, request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    app.addresses.check(&parts.headers, &parts.uri, &way(&parts))?;
    if percent_decode_str(parts.uri.path()).decode_utf8().is_err() {
        return Err(Problem::bad_request("the address is not in UTF-8"));
    }
    Ok(Request::from_parts(parts, body))
}

/// A page of another site must not send forms in a learner's name. Who sends a token sends it on purpose: no
/// browser does so by itself.
async fn refuse_forged(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    let path = request.uri().path().to_owned();
    let refused = move |_: ProtectionError| {
        pages::problem_for(&path, Problem::forbidden("this request comes from a page of another site"))
    };
    let guard = app.csrf.clone().with_rejection_response(refused);
    if request.headers().contains_key(header::SEC_WEBSOCKET_KEY) {
        // Whoever has a socket writes through it, though it is asked for with GET.
        let mut asked = Request::new(Body::empty());
        *asked.method_mut() = Method::POST;
        asked.headers_mut().clone_from(request.headers());
        let passed = async |_: Request| Ok::<_, Infallible>(StatusCode::OK.into_response());
        match guard.clone().layer(service_fn(passed)).oneshot(asked).await {
            Ok(answer) if answer.status() == StatusCode::OK => {}
            Ok(refused) => return refused,
            Err(never) => match never {},
        }
    }
    match guard.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn guard_clusters(State(app): State<App>, request: Request, next: Next) -> Response {
    match checked(&app, request) {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Headers that keep a browser from doing what nobody asked for.
async fn harden(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_secure = app.addresses.is_secure(&way(&parts));
    // For a loopback name it would hold for everything else that runs there.
    let is_strict = is_secure && !app.addresses.is_loopback(&parts.headers, &parts.uri);
    let request = Request::from_parts(parts, body);
    let is_private = !request.uri().path().starts_with("/book/") && !request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    if is_strict {
        set(header::STRICT_TRANSPORT_SECURITY, HALF_A_YEAR);
    }
    if is_private {
        // What a learner sees is theirs: no cache on the way keeps it.
        set(header::CACHE_CONTROL, "no-store");
    }
    if is_secure {
        bind_cookies_to_tls(headers);
    }
    response
}

/// What came by TLS goes back by TLS alone.
fn bind_cookies_to_tls(headers: &mut HeaderMap) {
    for cookie in headers.iter_mut().filter_map(|(name, value)| (name == header::SET_COOKIE).then_some(value)) {
        if let Ok(bound) = HeaderValue::try_from([cookie.as_bytes(), b"; Secure"].concat()) {
            *cookie = bound;
        }
    }
}

/// A request that takes too long is answered all the same.
async fn limit_time(request: Request, next: Next) -> Response {
    if may_take_its_time(request.uri().path()) {
        return next.run(request).await;
    }
    match tokio::time::timeout(limits::REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::busy().into_response(),
    }
}

/// Nobody waits for a database that does not answer: whatever has to wait has it felt for now and then.
async fn answered(app: &App, request: Request, next: Next) -> Option<Response> {
    let mut answer = std::pin::pin!(next.run(request));
    loop {
        if let Ok(response) = tokio::time::timeout(limits::UNTIL_FELT, &mut answer).await {
            return Some(response);
        }
        tokio::select! {
            response = &mut answer => return Some(response),
            felt = app.store.answers() => if !felt { return None },
        }
    }
}

async fn miss_database(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    answered(&app, request, next).await.unwrap_or_else(|| pages::problem_for(&path, Problem::silent()))
}

async fn miss_clusters_database(State(app): State<App>, request: Request, next: Next) -> Response {
    answered(&app, request, next).await.unwrap_or_else(|| Status::unavailable().into_response())
}

/// Streams, and what is done for a whole class: what is answered to that must be what came of it.
fn may_take_its_time(path: &str) -> bool {
    ["/events", "/regrade", "/roster", "/invitations"].iter().any(|end| path.ends_with(end))
}

/// A method that HTTP has, or `other`: clients may invent as many as they like.
fn among_known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = among_known(request.method());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let took = started.elapsed();
    let route = route.as_deref().unwrap_or("none");
    app.metrics.answered(method, route, response.status().as_u16(), took);
    tracing::debug!(method, route, status = response.status().as_u16(), ?took, "answered");
    response
}

/// What is answered instead, at this path.
#[derive(Clone)]
struct Failed {
    path: String,
}

impl ResponseForPanic for Failed {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, panic: Box<dyn Any + Send>) -> Response {
        log_panic(panic.as_ref());
        pages::problem_for(&self.path, Problem::failed())
    }
}

/// Answer even when a handler has a bug; everything that is logged meanwhile says what was asked.
async fn answer_always(request: Request, next: Next) -> Response {
    let span = request_span(&request);
    let failed = Failed { path: request.uri().path().to_owned() };
    match CatchPanicLayer::custom(failed).layer(next).oneshot(request).instrument(span).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

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
        let router = Router::new()
            .route("/api/v1/course", broken.clone())
            .route("/labs/{name}", broken)
            .layer(middleware::from_fn(answer_always));
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
