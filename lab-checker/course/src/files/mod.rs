//! The files of a course as text: where they are found, their values with the lines they stand on, and what is
//! wrong with them.

mod course_files;
mod embedded;
mod names;
mod points;
mod problem;
mod reader;
mod tree;

pub(crate) use course_files::{CourseFiles, Origin, resolve};
pub(crate) use embedded::embedded_files;
pub(crate) use names::{is_dns_label, is_object_name, suggestion};
pub(crate) use points::points;
pub use points::rounded;
pub use problem::{CourseErrors, Problem};
pub(crate) use reader::{Field, Fields, Reader};
pub(crate) use tree::{Lines, Node};
