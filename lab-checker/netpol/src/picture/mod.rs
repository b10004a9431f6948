//! Reachability as a picture.

pub(crate) mod canvas;
pub(crate) mod circle;
pub(crate) mod dot;
pub(crate) mod grid;
pub(crate) mod readable_matrix;
pub(crate) mod svg;
