//! Servers that somebody starts in a running container: `nc -l`, `httpd`, `agnhost netexec`. Others reach
//! them, as far as policies allow, for as long as the program runs.

use crate::image::opened_by;
use crate::network::Heard;
use crate::process::Process;

use super::nc_options::{Options, openbsd};

/// Runs a web server until it is stopped.
pub(super) async fn run(process: &Process) -> u8 {
    let network = process.container.network.current();
    let mut ports = Vec::new();
    for listener in opened_by(&process.arguments) {
        match network.listen(&process.container.pod, listener) {
            Some(port) => ports.push(port),
            None => return process.fail(1, format!("{}: bind: Address already in use", process.name())).await,
        }
    }
    // The network at this moment is not the one of the next.
    drop(network);
    std::future::pending().await
}

/// Runs `nc -l`: prints what clients send, and ends with the first of them unless `-k` is given.
pub(super) async fn netcat(process: &Process, options: &Options) -> u8 {
    let network = process.container.network.current();
    let Some(listener) = opened_by(&process.arguments).into_iter().next() else {
        return process.fail(1, "usage: nc -l [-kv] [-p] port").await;
    };
    let number = listener.port;
    let Some(mut port) = network.listen(&process.container.pod, listener) else {
        let text = if openbsd(process) { "nc: Address already in use" } else { "nc: bind: Address already in use" };
        return process.fail(1, text).await;
    };
    drop(network);
    let bsd = openbsd(process);
    if options.verbose {
        let text =
            if bsd { format!("Listening on 0.0.0.0 {number}") } else { format!("listening on [::]:{number} ...") };
        process.streams.stderr.line(text).await;
    }
    loop {
        let next = match options.wait.filter(|_| !bsd) {
            Some(wait) => match tokio::time::timeout(wait, port.next()).await {
                Ok(next) => next,
                Err(_) => return process.fail(1, "nc: timed out").await,
            },
            None => port.next().await,
        };
        match next {
            Some(Heard::Opened(client)) if options.verbose => {
                let text = match bsd {
                    true => format!("Connection received on {client} 41822"),
                    false => format!("connect to [::]:{number} from [::ffff:{client}]:41822 ([::ffff:{client}]:41822)"),
                };
                process.streams.stderr.line(text).await;
            }
            Some(Heard::Opened(_)) => {}
            Some(Heard::Text(text)) => process.streams.stdout.write(text).await,
            Some(Heard::Closed) if options.keep => {}
            Some(Heard::Closed) | None => return 0,
        }
    }
}
