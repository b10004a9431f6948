//! Everything this server answers, and what surrounds each answer.

use std::time::Instant;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State},
    http::{Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use percent_encoding::percent_decode_str;
use practice_cluster::Status;
use tower::ServiceBuilder;
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::{
    api,
    app::{App, limits},
    around::{Hardening, answer_in_any_case, answer_unless_silent, arrive, forgery, in_own_words, record},
    gate_keeper::keep_gate,
    pages,
    problem::Problem,
    request::{Teaching, way},
};

/// The whole server.
pub(crate) fn router(app: App) -> Router {
    let compressed = SizeAbove::new(512).and(NotForContentType::SSE);
    // Each layer costs every request: what need not stand between others is part of one.
    let ours = Router::new()
        .merge(api::router())
        .merge(pages::router())
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(pages::not_found)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(app.clone(), surround))
                .layer(middleware::from_fn_with_state(app.clone(), answer_in_any_case))
                .layer(middleware::from_fn_with_state(app.clone(), admit))
                .layer(DefaultBodyLimit::max(limits::BODY))
                .layer(CompressionLayer::new().compress_when(compressed))
                .layer(middleware::from_fn_with_state(app.clone(), in_own_words)),
        )
        .with_state(app.clone());
    // Practice clusters keep their own rules: kubectl streams, watches, and sends what it wants. Only the
    // host name is looked at, because a page of another site could otherwise reach a local one.
    let clusters = app.clusters.router().layer(
        ServiceBuilder::new()
            .layer(middleware::from_fn_with_state(app.clone(), surround_clusters))
            .layer(middleware::from_fn_with_state(app.clone(), keep_gate)),
    );
    ours.merge(clusters).layer(middleware::from_fn_with_state(app, arrive))
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
    let way = way(&parts.extensions);
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
fn check(app: &App, request: &Request) -> Result<(), Problem> {
    app.addresses.check(request.headers(), request.uri(), &way(request.extensions()))?;
    match percent_decode_str(request.uri().path()).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::bad_request("the address is not in UTF-8")),
    }
}

/// Check what comes, and harden and count what goes.
async fn surround(State(app): State<App>, request: Request, next: Next) -> Response {
    let (counted, hardening) = (Counted::new(&request), Hardening::of(&request, &app));
    let checked = check(&app, &request);
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => pages::problem_for(request.uri().path(), problem),
    };
    hardening.harden(response.headers_mut());
    counted.answered(&app, response.status());
    response
}

async fn surround_clusters(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Err(problem) = check(&app, &request) {
        return problem.into_response();
    }
    let answer = answer_unless_silent(&app, next.run(request)).await;
    answer.unwrap_or_else(|| Status::unavailable().into_response())
}

/// Refuse what is forged, and write down what an instructor does.
async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(suspect) = forgery::suspect(&request)
        && let Some(refusal) = forgery::refusal(&app, suspect).await
    {
        return refusal;
    }
    record(&app, request, next).await
}

/// A request that is counted with its answer.
struct Counted {
    began: Instant,
    method: &'static str,
    route: Option<MatchedPath>,
}

impl Counted {
    fn new(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().cloned();
        Self { began: Instant::now(), method: among_known(request.method()), route }
    }

    fn answered(&self, app: &App, status: StatusCode) {
        let (took, status) = (self.began.elapsed(), status.as_u16());
        let (method, route) = (self.method, self.route.as_ref().map_or("none", MatchedPath::as_str));
        app.metrics.answered(method, route, status, took);
        tracing::debug!(method, route, status, ?took, "answered");
    }
}

/// A method that HTTP has, or `other`: clients may invent as many as they like.
fn among_known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}
