//! exec, attach and logs: a shell inside pods that do not exist, with the network that the policies allow.

mod answer;
mod command;
mod in_process;
mod logs;
mod session;
mod target;
mod websocket;

pub(crate) use answer::handle;
pub use command::{Command, Ran};
pub(crate) use in_process::{join_streams, run};
pub use websocket::Pings;
