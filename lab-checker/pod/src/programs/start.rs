//! From a name to a running program.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{
    agnhost, awk, curl, dns, files, filters, grep, identity, install, kubectl, listen, nc, ping, run_others, sed, text,
    wget,
};
use crate::process::{NotStarted, Process};
use crate::program::{Program, find};
use crate::session;
use crate::shell;

/// Starts the program that a process names.
///
/// # Errors
/// When the container has no such program, or the word is a directory.
pub fn start(mut process: Process) -> Result<BoxFuture<'static, u8>, NotStarted> {
    let word = process.arguments.first().cloned().unwrap_or_default();
    let (name, program) = find(&process.container, &word)?;
    let name = name.to_owned();
    process.depth += 1;
    if process.depth > session::DEPTH {
        return Ok(async move { process.fail(2, format!("{name}: maximum nesting level exceeded")).await }.boxed());
    }
    Ok(run(name, program, process))
}

/// Runs a program. Each is boxed: programs run programs, and what one level takes of the stack limits their
/// number.
fn run(name: String, program: Program, process: Process) -> BoxFuture<'static, u8> {
    async move {
        let name = name.as_str();
        match program {
            Program::NotSimulated => {
                // The real image has it: that must not read as if it were not there.
                process.fail(127, format!("{name}: this program is not simulated in a practice cluster")).await
            }
            Program::Agnhost => agnhost::run(&process).boxed().await,
            Program::Awk => awk::run(&process).boxed().await,
            Program::Curl => curl::run(&process).boxed().await,
            Program::Dig => dns::dig(&process).boxed().await,
            Program::Env => run_others::env(process, start).boxed().await,
            Program::File => files::run(name, &process).boxed().await,
            Program::Filter => filters::run(name, &process).boxed().await,
            Program::Getent => dns::getent(&process).boxed().await,
            Program::Grep => grep::run(&process).boxed().await,
            Program::Host => dns::host(&process).boxed().await,
            Program::Httpd => listen::run(&process).boxed().await,
            Program::Identity => identity::run(name, &process).boxed().await,
            Program::Install => install::run(&process).boxed().await,
            Program::Kubectl => kubectl::run(&process).boxed().await,
            Program::Nc => nc::run(&process).boxed().await,
            Program::Nslookup => dns::nslookup(&process).boxed().await,
            Program::Ping => ping::run(&process).boxed().await,
            Program::Plain => run_others::plain(process, start).boxed().await,
            Program::Sed => sed::run(&process).boxed().await,
            Program::Shell => shell::run(process, start).boxed().await,
            Program::Telnet => nc::telnet(&process).boxed().await,
            Program::Text => text::run(name, &process).boxed().await,
            Program::Timeout => run_others::timeout(process, start).boxed().await,
            Program::Traceroute => ping::traceroute(&process).boxed().await,
            Program::Watch => run_others::watch(process, start).boxed().await,
            Program::Wget => wget::run(&process).boxed().await,
            Program::Xargs => run_others::xargs(process, start).boxed().await,
        }
    }
    .boxed()
}
