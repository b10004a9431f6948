//! The grading server: the book, labs and quizzes as pages, the JSON API, learners, attempts and the
//! gradebook, on SQLite or PostgreSQL, with one practice cluster for each learner in the same process.

pub mod activity;
mod analysis;
mod api;
mod app;
mod apply;
mod book;
pub mod clock;
mod clusters;
mod config;
mod first_secrets;
mod gradebook;
mod grading;
mod hand_in;
mod limits;
mod metrics;
mod pages;
mod private_files;
mod problem;
mod progress;
mod readiness;
mod router;
mod running;
mod serving;
mod signed_in;
mod site;
mod snapshot;
mod spreadsheet;
pub mod store;

pub use config::{Config, StartError};
pub use running::{Audience, Embedded, Running, in_memory, start};
pub use serving::{Limits, Patience, listen, serve};
pub use site::url_on_this_machine;
