//! `agnhost connect`, the probe of Kubernetes' own tests, and the few other subcommands people call.

use std::time::Duration;

use netpol::Protocol;

use super::arguments::{Argument, duration, parse};
use crate::process::Process;
use crate::reach::{self, Failure, NameFailure};

pub(super) async fn run(process: &Process) -> u8 {
    let rest = process.rest();
    match rest.first().map(String::as_str) {
        Some("connect") => connect(process, &rest[1..]).await,
        Some("dns-suffix") => {
            let domains = process.container.network.current().search_domains(&process.container.pod);
            process.say(domains.join(",")).await;
            0
        }
        Some("etc-hosts") => {
            let hosts = process.container.read_file("/etc/hosts").unwrap_or_default();
            process.streams.stdout.write(hosts).await;
            0
        }
        Some("pause") | None => std::future::pending().await,
        Some("netexec" | "serve-hostname" | "test-webserver" | "porter") => {
            super::listen::run(process).await
        }
        Some("--version" | "version") => {
            process.say("agnhost version 2.53").await;
            0
        }
        Some("--help" | "help" | "-h") => {
            process.say("Usage:\n  app [command]\n\nAvailable Commands:\n  connect        Attempts a TCP, UDP or SCTP connection and returns useful errors\n  dns-suffix     Prints the host's DNS suffix list\n  etc-hosts      Prints the host's /etc/hosts file\n  netexec        Creates HTTP(S), UDP, and (optionally) SCTP servers with various endpoints\n  pause          Pauses the execution\n  serve-hostname Serves the hostname").await;
            0
        }
        Some(other) => process.fail(1, format!("Error: unknown command \"{other}\" for \"app\"\nRun 'app --help' for usage.\nunknown command \"{other}\" for \"app\"")).await,
    }
}

async fn connect(process: &Process, words: &[String]) -> u8 {
    let mut protocol = Protocol::Tcp;
    let mut patience = None;
    let mut target = None;
    for argument in parse(words, "", &["timeout", "protocol", "udp-data"]) {
        match argument {
            Argument::Value(name, value) if name == "timeout" => patience = duration(&value),
            Argument::Value(name, value) if name == "protocol" => match value.parse() {
                Ok(known) => protocol = known,
                Err(_) => return process.fail(1, format!("OTHER: unsupported protocol '{value}'")).await,
            },
            Argument::Operand(word) => target = Some(word),
            _ => {}
        }
    }
    let Some(target) = target else {
        return process.fail(1, "Error: accepts 1 arg(s), received 0").await;
    };
    let Some((host, port)) = target.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) else {
        return process.fail(1, format!("OTHER: address {target}: missing port in address")).await;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    // Without a timeout a UDP probe would wait for ever for an answer that does not come.
    let patience = patience.filter(|time| !time.is_zero());
    let patience = if protocol == Protocol::Udp { Some(patience.unwrap_or(Duration::from_secs(30))) } else { patience };
    match reach::by_name(&process.container, host, port, protocol, patience).await {
        Ok(_) => 0,
        Err(Failure::Refused(_)) => process.fail(1, "REFUSED").await,
        Err(Failure::TimedOut(_)) => process.fail(1, "TIMEOUT").await,
        Err(Failure::NoRoute(address)) => {
            process.fail(1, format!("OTHER: dial tcp {address}:{port}: connect: no route to host")).await
        }
        Err(Failure::Name(failure)) => {
            let server = process.container.network.current().name_server(&process.container.pod);
            let why = match failure {
                NameFailure::Unknown => "no such host",
                NameFailure::NoAnswer => "i/o timeout",
            };
            process.fail(1, format!("DNS: lookup {host} on {server}:53: {why}")).await
        }
    }
}
