//! Labs and quizzes as HTML that can stand in a page.

mod lab;
mod markdown;
mod quiz;

pub use markdown::{markdown_to_html, markdown_to_inline_html};
