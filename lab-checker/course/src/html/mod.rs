//! Labs and quizzes as HTML that can stand in a page.

mod lab;
mod markdown;
mod quiz;
mod results;

pub(crate) use markdown::markdown_options;
pub use markdown::{markdown_to_html, markdown_to_inline_html};
