//! Reachability as a picture.

pub(crate) mod circle;
pub(crate) mod dot;
pub(crate) mod grid;
pub(crate) mod svg;
