//! Reachability as a picture, for a browser (SVG) and for Graphviz.

mod canvas;
mod circle;
mod dot;
mod grid;
mod readable_matrix;
mod svg;

pub use dot::dot;
pub use svg::svg;
