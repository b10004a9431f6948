//! Everything this server answers, and what surrounds each answer.

use std::{any::Any, time::Instant};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};

use crate::{
    api,
    app::{App, limits},
    pages,
    problem::Problem,
};

/// What pages may load: nothing that is not ours, no script that stands in a page.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

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
                .layer(middleware::from_fn(harden))
                .layer(CatchPanicLayer::custom(after_panic))
                .layer(middleware::from_fn(limit_time))
                .layer(middleware::from_fn_with_state(app.clone(), guard))
                .layer(DefaultBodyLimit::max(limits::BODY))
                .layer(CompressionLayer::new().compress_when(compressed)),
        )
        .with_state(app.clone());
    // Practice clusters keep their own rules: kubectl streams, watches, and sends what it wants. Only the
    // host name is looked at, because a page of another site could otherwise reach a local one.
    let clusters = app.clusters.router().layer(middleware::from_fn_with_state(app, guard_host));
    ours.merge(clusters)
}

async fn ready(State(app): State<App>) -> Response {
    if !app.readiness.writes_work().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database cannot write\n").into_response();
    }
    if app.book.is_ready() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the book is being rendered\n").into_response()
    }
}

async fn metrics(State(app): State<App>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match app.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Err(_) => Problem::failed().into_response(),
    }
}

/// Refuse what comes under a wrong name or from a page of another site.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (headers, uri) = (request.headers(), request.uri());
    let allowed = app
        .addresses
        .check_host(headers, uri)
        .and_then(|()| app.addresses.check_origin(request.method(), headers, uri));
    match allowed {
        Ok(()) => next.run(request).await,
        Err(problem) => pages::problem_for(request.uri().path(), problem),
    }
}

async fn guard_host(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.addresses.check_host(request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Headers that keep a browser from doing what nobody asked for.
async fn harden(request: Request, next: Next) -> Response {
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
    if is_private {
        // What a learner sees is theirs: no cache on the way keeps it.
        set(header::CACHE_CONTROL, "no-store");
    }
    response
}

/// A request that takes too long is answered all the same. Streams and regrades may take their time.
async fn limit_time(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.ends_with("/events") || path.ends_with("/regrade") {
        return next.run(request).await;
    }
    match tokio::time::timeout(limits::REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::busy().into_response(),
    }
}

async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let took = started.elapsed();
    let route = route.as_deref().unwrap_or("none");
    app.metrics.answered(method.as_str(), route, response.status().as_u16(), took);
    tracing::debug!(%method, route, status = response.status().as_u16(), ?took, "answered");
    response
}

fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words =
        panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = words.unwrap_or_default(), "a handler panicked");
    Problem::failed().into_response()
}
