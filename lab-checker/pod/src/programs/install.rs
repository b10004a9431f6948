//! `apk add`, `apt-get install`: people install curl into a pod when it is missing. It works when the pod
//! may reach the distribution's servers.

use netpol::Protocol;

use crate::process::Process;
use crate::reach;

/// The programs that a package brings.
const PACKAGES: &[(&str, &[&str])] = &[
    ("curl", &["curl"]),
    ("wget", &["wget"]),
    ("bind-tools", &["dig", "nslookup", "host"]),
    ("dnsutils", &["dig", "nslookup", "host"]),
    ("bind9-dnsutils", &["dig", "nslookup", "host"]),
    ("netcat-openbsd", &["nc"]),
    ("netcat", &["nc"]),
    ("iputils-ping", &["ping"]),
    ("iputils", &["ping"]),
    ("iproute2", &["ip"]),
    ("busybox-extras", &["telnet"]),
    ("telnet", &["telnet"]),
    ("procps", &["ps", "watch"]),
    ("bash", &["bash"]),
];

pub(super) async fn run(process: &Process) -> u8 {
    let words: Vec<&str> = process.rest().iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let alpine = process.name() == "apk";
    let server = if alpine { "dl-cdn.alpinelinux.org" } else { "deb.debian.org" };
    let Some((&verb, packages)) = words.split_first() else {
        return process.fail(1, format!("{}: usage: {} update | add PACKAGE…", process.name(), process.name())).await;
    };
    if !matches!(verb, "add" | "install" | "update" | "upgrade") {
        return 0;
    }
    let port = if alpine { 443 } else { 80 };
    if let Err(failure) = reach::by_name(&process.container, server, port, Protocol::Tcp, None).await {
        return refuse(process, alpine, server, failure, packages).await;
    }
    for package in packages {
        let Some((_, programs)) = PACKAGES.iter().find(|(name, _)| name == package) else {
            let text = if alpine {
                format!(
                    "ERROR: unable to select packages:\n  {package} (no such package):\n    required by: world[{package}]"
                )
            } else {
                format!("E: Unable to locate package {package}")
            };
            return process.fail(if alpine { 1 } else { 100 }, text).await;
        };
        for program in *programs {
            process.container.install(program);
        }
    }
    if alpine {
        for (index, package) in packages.iter().enumerate() {
            process.say(format!("({}/{}) Installing {package}", index + 1, packages.len())).await;
        }
        process.say("OK: 14 MiB in 24 packages").await;
    } else {
        process.say("Reading package lists... Done").await;
        for package in packages {
            process.say(format!("Setting up {package} ...")).await;
        }
    }
    0
}

async fn refuse(process: &Process, alpine: bool, server: &str, failure: reach::Failure, packages: &[&str]) -> u8 {
    let name = matches!(failure, reach::Failure::Name(_));
    if alpine {
        let why = if name { "DNS: transient error (try again later)" } else { "temporary error (try again later)" };
        let text = format!("WARNING: fetching https://{server}/alpine/v3.22/main: {why}");
        process.streams.stderr.line(text).await;
        let missing = packages.first().copied().unwrap_or("packages");
        return process.fail(1, format!("ERROR: unable to select packages:\n  {missing} (no such package):\n    required by: world[{missing}]")).await;
    }
    let why = if name {
        format!("Temporary failure resolving '{server}'")
    } else {
        format!("Could not connect to {server}:80, {}", failure.reason().to_lowercase())
    };
    process.fail(100, format!("E: Failed to fetch http://{server}/debian/dists/trixie/InRelease  {why}")).await
}
