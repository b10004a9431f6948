//! A request to a verb, and its answer.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::api::http::negotiation::Wanted;
use crate::api::http::path::ObjectPath;
use crate::api::http::query::Query;
use crate::clusters::cluster::Cluster;
use crate::clusters::standing::Seat;
use crate::status::Status;
use crate::store::state::Revision;
use crate::store::transaction::Transaction;

/// A request to a collection, an object or a subresource.
pub(crate) struct Call {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) seat: Seat,
    pub(crate) context: Context,
    pub(crate) bytes: Bytes,
}

/// What a request says besides its body.
pub(crate) struct Context {
    pub(crate) path: ObjectPath,
    pub(crate) query: Query,
    pub(crate) wanted: Wanted,
    pub(crate) media_type: String,
    pub(crate) field_manager: String,
    /// No object is shown as older than this.
    pub(crate) floor: Revision,
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) value: Value,
    pub(crate) wanted: Wanted,
    pub(crate) warnings: Vec<String>,
}

impl Call {
    /// Whether a GET is a watch.
    pub(crate) fn is_watch(&self) -> bool {
        self.context.path.subresource.is_none() && self.context.query.flag("watch")
    }

    /// Runs a write, unless the gate has come to lead to another world.
    pub(crate) async fn store<R>(&self, work: impl FnOnce(&mut Transaction) -> Result<R, Status>) -> Result<R, Status> {
        self.cluster.write_from_gate(self.seat.highest(), work).await
    }

    /// Runs a write, or pretends to when the client asked for a dry run.
    pub(crate) async fn write<R>(&self, work: impl FnOnce(&mut Transaction) -> Result<R, Status>) -> Result<R, Status> {
        if self.context.query.dry_run()? { self.cluster.dry_run(work) } else { self.store(work).await }
    }
}
