//! What is done with every request first of all.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::access_log::log_access;
use crate::{app::App, request::find_way};

/// Find out by which way a request came, and name it.
pub(crate) async fn arrive(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let way = find_way(&app, &request);
    request.extensions_mut().insert(way);
    log_access(request, next).await
}
