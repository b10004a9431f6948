//! Everything that a server must not forget, in one file, and back again.
//!
//! The file is the same whichever database it comes from, so what one SQLite has outgrown goes on in PostgreSQL. It
//! holds the rows of every table, whatever tables there are: a table that a later version adds cannot be forgotten.
//!
//! Each database is read in one transaction, so that a backup made while the server runs is of one moment. (SQLite has
//! the practice clusters in a file of their own, which is read first; PostgreSQL has all in one.)

mod contents;
mod error;
mod format;
mod parts;
mod restoring;
mod tables;
mod writing;

pub use contents::Contents;
pub use error::BackupError;
pub use restoring::{Target, restore};
pub use writing::back_up;
