//! Reachability as a picture, for a browser (SVG) and for Graphviz.

mod canvas;
mod circle;
mod dot;
mod escape;
mod grid;
mod readable_matrix;
mod svg;

pub use dot::dot;
pub use escape::escape_html;
pub use svg::svg;
