//! From a name to a running program.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{
    agnhost, awk, curl, databases, dns, encoded, files, filters, find_files, grep, identity, install, kubectl, listen,
    nc, nmap, ping, run_others, sed, tar, text, wget,
};
use crate::container::Unknown;
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
    let found = find(&process.container, &word);
    let missing = match found {
        Ok((_, Program::NotSimulated)) => true,
        Err(NotStarted::NotFound) => !process.container.image.is_base(),
        _ => false,
    };
    match process.container.unknown {
        Unknown::Stay if missing => return Ok(std::future::pending().boxed()),
        Unknown::Complete if missing => return Ok(std::future::ready(0).boxed()),
        Unknown::Refused | Unknown::Stay | Unknown::Complete => {}
    }
    let (name, program) = found?;
    let name = name.to_owned();
    process.depth += 1;
    if process.depth > session::DEPTH {
        return Ok(async move { process.fail(2, format!("{name}: maximum nesting level exceeded")).await }.boxed());
    }
    Ok(run(name, program, process))
}

/// A program about to run. Each is a future of its own: programs run programs, and what one level takes of the stack
/// limits their number.
fn run(name: String, program: Program, process: Process) -> BoxFuture<'static, u8> {
    match program {
        // The real image has it: that must not read as if it were not there.
        Program::NotSimulated => async move {
            process.fail(127, format!("{name}: this program is not simulated in a practice cluster")).await
        }
        .boxed(),
        Program::Agnhost => async move { agnhost::run(&process).await }.boxed(),
        Program::Awk => async move { awk::run(&process).await }.boxed(),
        Program::Curl => async move { curl::run(&process).await }.boxed(),
        Program::Database => async move { databases::run(&name, &process).await }.boxed(),
        Program::Dig => async move { dns::dig(&process).await }.boxed(),
        Program::Env => async move { run_others::env(process, start).await }.boxed(),
        Program::Encoded => async move { encoded::run(&name, &process).await }.boxed(),
        Program::Find => async move { find_files::run(&process).await }.boxed(),
        Program::File => async move { files::run(&name, &process).await }.boxed(),
        Program::Filter => async move { filters::run(&name, &process).await }.boxed(),
        Program::Getent => async move { dns::getent(&process).await }.boxed(),
        Program::Grep => async move { grep::run(&process).await }.boxed(),
        Program::Host => async move { dns::host(&process).await }.boxed(),
        Program::Httpd => async move { listen::run(&process).await }.boxed(),
        Program::Identity => async move { identity::run(&name, &process).await }.boxed(),
        Program::Install => async move { install::run(&process).await }.boxed(),
        Program::Kubectl => async move { kubectl::run(&process).await }.boxed(),
        Program::Nc => async move { nc::run(&process, start).await }.boxed(),
        Program::Nslookup => async move { dns::nslookup(&process).await }.boxed(),
        Program::Ping => async move { ping::run(&process).await }.boxed(),
        Program::Nmap => async move { nmap::run(&process).await }.boxed(),
        Program::Plain => async move { run_others::plain(process, start).await }.boxed(),
        Program::Sed => async move { sed::run(&process).await }.boxed(),
        Program::Shell => async move { shell::run(process, start).await }.boxed(),
        Program::Tar => async move { tar::run(&process).await }.boxed(),
        Program::Telnet => async move { nc::telnet(&process).await }.boxed(),
        Program::Text => async move { text::run(&name, &process).await }.boxed(),
        Program::Timeout => async move { run_others::timeout(process, start).await }.boxed(),
        Program::Traceroute => async move { ping::traceroute(&process).await }.boxed(),
        Program::Watch => async move { run_others::watch(process, start).await }.boxed(),
        Program::Wget => async move { wget::run(&process).await }.boxed(),
        Program::Xargs => async move { run_others::xargs(process, start).await }.boxed(),
    }
}
