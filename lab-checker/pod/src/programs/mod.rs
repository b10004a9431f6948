//! The programs in containers: what they print, how they exit, how long they wait.

mod agnhost;
mod arguments;
mod awk;
mod curl;
mod curl_options;
mod databases;
mod dns;
mod encoded;
mod files;
mod filters;
mod find_files;
mod grep;
mod identity;
mod install;
mod kubectl;
mod lines;
mod listen;
mod nc;
mod nc_options;
mod nmap;
mod ping;
mod regular;
mod run_others;
mod sed;
mod start;
mod tar;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_clients;
mod text;
mod web;
mod wget;

pub use start::start;
