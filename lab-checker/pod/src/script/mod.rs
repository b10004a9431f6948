//! The language of scripts: text to tokens, tokens to a tree. A shell runs the tree, and what an image listens on
//! is read off it.

mod error;
mod lexer;
mod parser;
pub(crate) mod syntax;

pub(crate) use error::ParseError;
pub(crate) use parser::{awaits_document, parse};
