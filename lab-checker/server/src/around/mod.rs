//! What surrounds every answer, whatever is asked: its name and its line in the log, errors in our own words, and the
//! record of what instructors do.

mod access_log;
mod audit;
mod own_words;

pub(crate) use access_log::log_access;
pub(crate) use audit::record;
pub(crate) use own_words::in_own_words;
