//! What can be done with stored objects: one file a verb, and what several of them share.

pub(crate) mod call;
pub(crate) mod create;
pub(crate) mod delete;
mod form;
mod listing;
pub(crate) mod patch;
pub(crate) mod read;
pub(crate) mod replace;
mod reviews;
mod scale;
mod sent;
mod server_side_apply;
pub(crate) mod update;
pub(crate) mod watch;
