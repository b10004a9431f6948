//! Forms of other sites' pages.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::csrf::ProtectionError;

use crate::{app::App, pages, problem::Problem};

/// A request that a browser may have been made to send, without its body: a page of another site must not write in a
/// learner's name. Who sends a token sends it on purpose: no browser does so by itself.
pub(crate) fn suspect(request: &Request) -> Option<Request> {
    let headers = request.headers();
    // Whoever has a socket writes through it, though it is asked for with GET.
    let opens_socket = headers.contains_key(header::SEC_WEBSOCKET_KEY);
    if headers.contains_key(header::AUTHORIZATION) || !opens_socket && request.method().is_safe() {
        return None;
    }
    let mut suspect = Request::new(Body::empty());
    *suspect.method_mut() = if opens_socket { Method::POST } else { request.method().clone() };
    *suspect.uri_mut() = request.uri().clone();
    suspect.headers_mut().clone_from(headers);
    Some(suspect)
}

/// The refusal of one that was forged.
pub(crate) async fn refusal(app: &App, suspect: Request) -> Option<Response> {
    let uri = suspect.uri().clone();
    let refused = move |_: ProtectionError| {
        pages::problem_for(uri.path(), Problem::forbidden("this request comes from a page of another site"))
    };
    let passed = service_fn(async |_: Request| Ok::<_, Infallible>(StatusCode::OK.into_response()));
    match app.csrf.clone().with_rejection_response(refused).layer(passed).oneshot(suspect).await {
        Ok(answer) if answer.status() == StatusCode::OK => None,
        Ok(refused) => Some(refused),
        Err(never) => match never {},
    }
}
