//! Tests of the grading server: the store on both databases, and the router in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod api;
mod connections;
mod failing_writes;
mod figures;
mod first_start;
mod forged;
mod instructors;
mod kept;
mod logs;
mod openapi;
mod pages;
mod postgres;
mod probe;
mod quizzes;
mod reached;
mod replicas;
mod safety;
mod small_disk;
mod store;
mod terminal;
mod test_app;
mod worlds;
