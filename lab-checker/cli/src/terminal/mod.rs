//! Results in words: tables, reports and pictures for a terminal, and what other programs read.

pub(crate) mod baseline;
pub(crate) mod basis;
pub(crate) mod choice;
pub(crate) mod consent;
pub(crate) mod diagnostics;
pub(crate) mod grid;
pub(crate) mod markdown;
pub(crate) mod markdown_table;
pub(crate) mod next;
pub(crate) mod notices;
pub(crate) mod output;
pub(crate) mod probed;
pub(crate) mod progress;
pub(crate) mod quiz;
pub(crate) mod reachability;
pub(crate) mod report;
pub(crate) mod sarif;
pub(crate) mod table;
