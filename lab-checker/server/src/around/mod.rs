//! What surrounds every answer, whatever is asked: its name and its line in the log, that there is one in any case, its
//! headers, errors in our own words, forms of other sites, and the record of what instructors do.

mod access_log;
mod any_case;
mod arrival;
mod audit;
pub(crate) mod forgery;
mod hardening;
mod own_words;

pub(crate) use any_case::{answer_in_any_case, answer_unless_silent};
pub(crate) use arrival::arrive;
pub(crate) use audit::record;
pub(crate) use hardening::Hardening;
pub(crate) use own_words::in_own_words;
