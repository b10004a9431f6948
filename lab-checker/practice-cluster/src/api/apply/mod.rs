//! Who owns which field: managed fields and server-side apply.

pub(crate) mod field_set;
pub(crate) mod managed;
pub(crate) mod merge;
pub(crate) mod walk;
