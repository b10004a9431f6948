//! Pictures of what reaches what: as SVG, for a page or as a document of its own, and for Graphviz. One renderer for
//! all of them; what it draws is plain data ([`Picture`]), made here of a reachability and elsewhere of a lab.

mod dot;
mod draw;
mod escape;
mod fold;
mod labels;
mod layout;
mod legend;
mod model;
mod port_words;
mod reachability;
mod route;
mod styles;
mod words;
mod workload;

pub use dot::dot;
pub use draw::{draw, svg};
pub use escape::escape_html;
pub use model::{Legend, NodeKind, Picture, PictureFlow, PictureForm, PictureGroup, PictureNode, Standing};
pub use styles::PICTURE_STYLES;
