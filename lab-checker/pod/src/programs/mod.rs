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
mod kubectl;
mod lines;
mod listen;
mod nc;
mod nc_options;
mod ping;
mod regular;
mod run_others;
mod sed;
mod start;
#[cfg(test)]
mod tests;
mod text;
mod web;
mod wget;

pub use start::start;
