//! Labs and quizzes as HTML that can stand in a page.

#[cfg(feature = "book")]
mod lab;
#[cfg(feature = "book")]
mod markdown;
#[cfg(feature = "book")]
mod quiz;
mod rendered;
mod results;

#[cfg(feature = "book")]
pub(crate) use markdown::markdown_options;
#[cfg(feature = "book")]
pub use markdown::{markdown_to_html, markdown_to_inline_html};
pub use rendered::Rendered;
