//! The programs in containers: what they print, how they exit, how long they wait.

mod agnhost;
mod arguments;
mod awk;
mod curl;
mod curl_options;
mod dns;
mod files;
mod filters;
mod grep;
mod identity;
mod install;
mod lines;
mod listen;
mod nc;
mod ping;
mod regular;
mod run_others;
mod sed;
mod start;
mod text;
mod wget;

pub(crate) use start::path;
pub use start::{NotStarted, start};
