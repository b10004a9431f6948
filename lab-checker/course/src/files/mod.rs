//! The files of a course as text: where they are found, their values with the lines they stand on, and what is
//! wrong with them.

mod course_files;
#[cfg(feature = "book")]
mod embedded;
mod names;
mod points;
mod problem;
mod reader;
#[cfg(feature = "book")]
mod sources;
#[cfg(feature = "book")]
mod toml_tree;
mod tree;

pub(crate) use course_files::{CourseFiles, resolve};
#[cfg(feature = "book")]
pub(crate) use embedded::embedded_files;
pub(crate) use names::{is_dns_label, is_object_name, suggestion};
pub(crate) use points::points;
pub use points::rounded;
pub use problem::{CourseErrors, Problem};
pub(crate) use reader::{Field, Fields, Reader};
pub(crate) use tree::{Lines, Node};
