//! HTTP in, HTTP out: from a request to the verb that answers it.

mod absent;
pub(crate) mod body;
mod handler;
pub(crate) mod negotiation;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod respond;

use axum::Router;
use axum::routing::any;
use tower_http::catch_panic::CatchPanicLayer;

use crate::clusters::practice_clusters::{ClusterId, PracticeClusters};

/// Serves one cluster at the root, as a server that has no other.
pub(crate) fn root_router(clusters: PracticeClusters, id: ClusterId) -> Router {
    Router::new()
        .fallback(handler::serve_alone)
        .layer(CatchPanicLayer::custom(handler::panicked))
        .with_state((clusters, id))
}

/// Serves every cluster at `/clusters/{id}/…`.
pub(crate) fn router(clusters: PracticeClusters) -> Router {
    Router::new()
        .route("/clusters/{id}", any(handler::serve))
        .route("/clusters/{id}/", any(handler::serve))
        .route("/clusters/{id}/{*rest}", any(handler::serve))
        .layer(CatchPanicLayer::custom(handler::panicked))
        .with_state(clusters)
}
