//! The crate against an API of a few lines: what it asks, and what it makes of the answers.

#![expect(clippy::unwrap_used, reason = "a test that unwraps nothing is a failed test")]

mod api;
mod clean;
mod connect;
mod enforcement;
mod lab;
mod lent;
mod proxy;
mod read;
mod watch;
mod watched;
