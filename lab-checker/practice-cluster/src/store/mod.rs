//! What a cluster holds, how a write changes it, and where it is kept.

pub(crate) mod canonical;
pub(crate) mod cluster_id;
pub(crate) mod database;
pub(crate) mod defined;
pub(crate) mod error;
pub(crate) mod floor;
pub(crate) mod gate;
pub(crate) mod history;
mod index;
mod key;
pub(crate) mod object;
pub(crate) mod own_kinds;
pub(crate) mod queue;
pub(crate) mod removal;
pub(crate) mod room;
pub(crate) mod setup;
pub(crate) mod state;
pub(crate) mod task;
pub(crate) mod transaction;
pub(crate) mod world;
