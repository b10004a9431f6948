//! Tests of the grading server: the store on both databases, and the router in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod api;
mod instructors;
mod kept;
mod openapi;
mod pages;
mod postgres;
mod replicas;
mod safety;
mod store;
mod test_app;
