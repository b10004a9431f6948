//! The language of scripts: text to tokens, tokens to a tree. A shell runs the tree, and what an image listens on
//! is read off it.

mod lexer;
pub(crate) mod parser;
pub(crate) mod syntax;
