//! Which of them a request asks for.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use crate::api::exec::{logs, session};
use crate::api::http::path::ObjectPath;
use crate::clusters::cluster::Cluster;
use crate::clusters::standing::Seat;
use crate::resource::Subresource;
use crate::status::Status;

/// Answers `…/pods/NAME/{exec,attach,log,portforward}`.
pub(crate) async fn handle(cluster: Arc<Cluster>, seat: Seat, path: ObjectPath, request: Request) -> Response {
    let answer = match path.subresource {
        Some(Subresource::Log) => logs::answer(&cluster, seat, &path, &request),
        Some(Subresource::Exec) => session::exec(cluster, seat, &path, request).await,
        Some(Subresource::Attach) => session::attach(cluster, seat, &path, request).await,
        Some(Subresource::PortForward) => Err(Status::bad_request(
            "port-forward is not available in a practice cluster: exec into a pod and use curl or wget there",
        )),
        _ => Err(Status::no_such_path()),
    };
    answer.unwrap_or_else(IntoResponse::into_response)
}
