//! Who owns which field: managed fields and server-side apply.

mod field_set;
pub(crate) mod managed;
mod merge;
pub(crate) mod server_side;
mod walk;
