//! The patches that an API server takes: JSON patch, merge patch, strategic merge patch. Each makes a new
//! object out of a stored one; what happens to the result is `verbs`'s business.

mod json;
mod strategic;

pub(crate) use json::{json_patch, merge_patch, unprocessable};
pub(crate) use strategic::merge as strategic_merge;
