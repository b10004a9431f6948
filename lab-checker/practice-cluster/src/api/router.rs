//! The API over HTTP.

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::any;

use crate::api::handler;
use crate::api::log;
use crate::clusters::practice_clusters::PracticeClusters;
use crate::store::cluster_id::ClusterId;

impl PracticeClusters {
    /// The API of every cluster, at `/clusters/{id}/…`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/clusters/{id}", any(handler::serve))
            .route("/clusters/{id}/", any(handler::serve))
            .route("/clusters/{id}/{*rest}", any(handler::serve))
            .layer(from_fn(log::answer))
            .with_state(self.clone())
    }

    /// The API of one cluster at the root, for a server that has no other: then `kubectl get --raw /readyz`
    /// works too, which drops the path of a kubeconfig's server.
    pub fn root_router(&self, id: &ClusterId) -> Router {
        Router::new().fallback(handler::serve_alone).layer(from_fn(log::answer)).with_state((self.clone(), id.clone()))
    }
}
