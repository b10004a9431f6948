//! Tests of the grading server: the store on both databases, and the router in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod answers;
mod api;
mod appeals;
mod audit;
mod backups;
mod certificates;
mod connections;
mod counted;
mod credentials;
mod drafts;
mod failing_writes;
mod figures;
mod first_start;
mod forged;
mod instructors;
mod kept;
mod logs;
mod one_server;
mod openapi;
mod pages;
mod postgres;
mod previews;
mod probe;
mod quizzes;
mod reached;
mod regrades;
mod replicas;
mod rosters;
mod safety;
mod small_disk;
mod store;
mod terminal;
mod test_app;
mod worlds;
