//! One module a command: its arguments, and what it does with them.

pub(crate) mod appeal;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod clean;
pub(crate) mod cluster;
pub(crate) mod completions;
pub(crate) mod course;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod exposure;
pub(crate) mod grades;
pub(crate) mod hint;
pub(crate) mod join;
pub(crate) mod labs;
pub(crate) mod lint;
pub(crate) mod login;
pub(crate) mod mdbook_preprocessor;
pub(crate) mod quiz;
pub(crate) mod reach;
pub(crate) mod serve;
pub(crate) mod solution;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod token;
