//! `nmap`: which ports of a host are open, closed or filtered, as far as its plain scans go.

use std::net::IpAddr;
use std::time::Duration;

use netpol::Protocol;
use tokio::time::sleep;

use super::arguments::{Argument, parse};
use crate::network::Outcome;
use crate::process::Process;
use crate::reach;

/// The ports that a scan without `-p` looks at here: of the thousand of the real one, those that have a name below, and
/// the lowest.
const LOW: u16 = 1024;

/// What well-known ports are for.
const SERVICES: [(u16, &str); 26] = [
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (53, "domain"),
    (80, "http"),
    (110, "pop3"),
    (111, "rpcbind"),
    (143, "imap"),
    (443, "https"),
    (3000, "ppp"),
    (3306, "mysql"),
    (5000, "upnp"),
    (5432, "postgresql"),
    (5672, "amqp"),
    (6379, "redis"),
    (6443, "sun-sr-https"),
    (8000, "http-alt"),
    (8080, "http-proxy"),
    (8081, "blackice-icecap"),
    (8443, "https-alt"),
    (9000, "cslistener"),
    (9090, "zeus-admin"),
    (9200, "wap-wsp"),
    (10_250, "unknown"),
    (27_017, "mongod"),
];

/// What a scan asks for.
struct Options {
    hosts: Vec<String>,
    ports: Vec<u16>,
    given: bool,
    protocol: Protocol,
    skip_discovery: bool,
    only_discovery: bool,
    only_open: bool,
}

pub(super) async fn run(process: &Process) -> u8 {
    let options = read(process.rest());
    if options.hosts.is_empty() {
        let text = "Nmap 7.97 ( https://nmap.org )\nUsage: nmap [Scan Type(s)] [Options] {target specification}";
        process.say(text).await;
        return 0;
    }
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    process.say(format!("Starting Nmap 7.97 ( https://nmap.org ) at {now}")).await;
    let (mut scanned, mut up) = (0, 0);
    for host in &options.hosts {
        let Ok(found) = reach::look_up(&process.container, host).await else {
            process.streams.stderr.line(format!("Failed to resolve \"{host}\".")).await;
            continue;
        };
        scanned += 1;
        if scan(process, &options, host, found.address).await {
            up += 1;
        }
    }
    if scanned == 0 {
        process.streams.stderr.line("WARNING: No targets were specified, so 0 hosts scanned.").await;
    } else if up == 0 {
        let text = "Note: Host seems down. If it is really up, but blocking our ping probes, try -Pn";
        process.say(text).await;
    }
    let addresses = if scanned == 1 { "IP address" } else { "IP addresses" };
    let hosts = if up == 1 { "host" } else { "hosts" };
    process.say(format!("Nmap done: {scanned} {addresses} ({up} {hosts} up) scanned in 0.11 seconds")).await;
    0
}

fn read(words: &[String]) -> Options {
    let mut options = Options {
        hosts: Vec::new(),
        ports: Vec::new(),
        given: false,
        protocol: Protocol::Tcp,
        skip_discovery: false,
        only_discovery: false,
        only_open: false,
    };
    // Scan types and timings are words of their own, such as `-sT` and `-T4`.
    let (kinds, rest): (Vec<String>, Vec<String>) = words
        .iter()
        .cloned()
        .partition(|word| word.starts_with("-s") || word.starts_with("-P") || word.starts_with("-T"));
    for kind in kinds {
        match kind.as_str() {
            "-sU" => options.protocol = Protocol::Udp,
            "-sn" | "-sP" => options.only_discovery = true,
            "-Pn" | "-PN" | "-P0" => options.skip_discovery = true,
            _ => {}
        }
    }
    let long = ["host-timeout", "max-retries", "min-rate", "max-rate", "top-ports"];
    for argument in parse(&rest, "poDegi", &long) {
        match argument {
            Argument::Operand(host) => options.hosts.push(host),
            Argument::Value(name, value) if name == "p" => {
                options.given = true;
                options.ports = ports(&value);
            }
            Argument::Flag(name) if name == "open" => options.only_open = true,
            Argument::Flag(name) if name == "F" => {}
            _ => {}
        }
    }
    if !options.given {
        options.ports = (1..=LOW).chain(SERVICES.iter().map(|(port, _)| *port).filter(|port| *port > LOW)).collect();
    }
    options
}

/// `80,443,8000-8100`, `-`, and either with `T:` before it.
fn ports(text: &str) -> Vec<u16> {
    let number = |text: &str, empty: u16| if text.is_empty() { Some(empty) } else { text.parse::<u16>().ok() };
    let parts = text.split(',').map(|part| part.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ':'));
    let range = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some((number(first, 1)?, number(last, u16::MAX)?)),
        None => part.parse().ok().map(|port| (port, port)),
    };
    let mut all: Vec<u16> = parts.filter_map(range).flat_map(|(first, last)| first..=last).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Scans one host; whether it is up.
async fn scan(process: &Process, options: &Options, host: &str, address: IpAddr) -> bool {
    let network = process.container.network.current();
    let from = &process.container.pod;
    let try_port = |port: u16| network.connect(from, address, port, options.protocol);
    let answers =
        |port: u16| matches!(network.connect(from, address, port, Protocol::Tcp), Outcome::Open(_) | Outcome::Refused);
    let up = options.skip_discovery || network.ping(from, address) || answers(443) || answers(80);
    if !up {
        sleep(Duration::from_secs(3)).await;
        return false;
    }
    let (mut shown, mut filtered, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    for port in if options.only_discovery { &[][..] } else { &options.ports } {
        match try_port(*port) {
            Outcome::Open(_) => shown.push((*port, "open")),
            Outcome::Refused => closed.push(*port),
            Outcome::Dropped | Outcome::NoRoute => filtered.push(*port),
        }
    }
    drop(network);
    if !filtered.is_empty() {
        sleep(Duration::from_secs(2)).await;
    }
    let named = if host == address.to_string() { host.to_owned() } else { format!("{host} ({address})") };
    process.say(format!("Nmap scan report for {named}\nHost is up (0.00011s latency).")).await;
    if !options.only_discovery {
        report(process, options, shown, &closed, &filtered).await;
    }
    true
}

async fn report(process: &Process, options: &Options, mut shown: Vec<(u16, &str)>, closed: &[u16], filtered: &[u16]) {
    let silent = if options.protocol == Protocol::Udp { "open|filtered" } else { "filtered" };
    let reset = if options.protocol == Protocol::Udp { "port-unreach" } else { "reset" };
    // Many ports of a state are counted rather than listed.
    const LISTED: usize = 25;
    let mut hidden = Vec::new();
    for (ports, state, why) in [(closed, "closed", reset), (filtered, silent, "no-response")] {
        if ports.len() > LISTED || options.only_open {
            let kind = if options.protocol == Protocol::Udp { "udp" } else { "tcp" };
            hidden.extend((!ports.is_empty()).then(|| format!("{} {state} {kind} ports ({why})", ports.len())));
        } else {
            shown.extend(ports.iter().map(|port| (*port, state)));
        }
    }
    if !hidden.is_empty() && !options.only_open {
        process.say(format!("Not shown: {}", hidden.join(", "))).await;
    }
    shown.sort_unstable();
    if shown.is_empty() {
        process.say("All scanned ports are in ignored states.\n").await;
        return;
    }
    let protocol = options.protocol.to_string().to_lowercase();
    let ports: Vec<String> = shown.iter().map(|(port, _)| format!("{port}/{protocol}")).collect();
    let width = ports.iter().map(String::len).max().unwrap_or(4).max(4);
    let states = shown.iter().map(|(_, state)| state.len()).max().unwrap_or(5).max(5);
    process.say(format!("\n{:<width$} {:<states$} SERVICE", "PORT", "STATE")).await;
    for ((port, state), named) in shown.iter().zip(&ports) {
        let service = SERVICES.iter().find(|(known, _)| known == port).map_or("unknown", |(_, service)| service);
        process.say(format!("{named:<width$} {state:<states$} {service}")).await;
    }
    process.say("").await;
}
