//! What the server does for learners and instructors, whoever asks: a page and a program get the same.

pub(crate) mod analysis;
pub(crate) mod appeals;
pub(crate) mod apply;
pub(crate) mod brought;
pub(crate) mod difference;
pub(crate) mod draft;
pub(crate) mod editor;
pub(crate) mod enrolment;
pub(crate) mod explanation;
pub(crate) mod gradebook;
pub(crate) mod gradebook_files;
pub(crate) mod hand_in;
pub(crate) mod lab_state;
pub(crate) mod named;
pub(crate) mod objects;
pub(crate) mod preview;
pub(crate) mod probe;
pub(crate) mod progress;
pub(crate) mod regrade;
pub(crate) mod roster;
pub(crate) mod spreadsheet;
pub(crate) mod started;
pub(crate) mod terminal;
pub(crate) mod told;
pub(crate) mod words;
