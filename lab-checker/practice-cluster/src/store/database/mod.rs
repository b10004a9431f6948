//! Where clusters are kept: in memory alone, or in a database (SQLite or PostgreSQL) too. A write is answered
//! once it is durable.

mod baseline_text;
mod gates;
mod migrations;
mod news;
mod rows;
mod shared;
mod storage;
mod tables;
mod writers;

pub use migrations::{VERSIONS, migrate_to, newest_schema};
pub(crate) use shared::Around;
pub use storage::Backend;
pub(crate) use storage::{Storage, Turn};
pub(crate) use tables::Stored;
pub use writers::{Writers, Writing, is_about_the_row};
