//! Programs that ask the name server: `nslookup`, `dig`, `host`, `getent`.

use std::net::IpAddr;
use std::time::Duration;

use super::arguments::{count, duration};
use crate::network::{Lookup, reverse_name};
use crate::process::Process;
use crate::reach::{self, lookup_within};

/// How often BIND's programs ask, and how long they wait each time.
const TRIES: u32 = 3;
const TRY: Duration = Duration::from_secs(5);

/// How often a program asks at most, whatever it is told.
const MOST_TRIES: u32 = 100;

/// How often to ask, as a command line says it.
fn tries(text: &str) -> Option<u32> {
    Some(u32::try_from(count(text)?).map_or(MOST_TRIES, |tries| tries.clamp(1, MOST_TRIES)))
}

/// The name and the server of a command line.
struct Question {
    name: String,
    server: IpAddr,
    /// Whether `+short` was given.
    short: bool,
    /// The parts of dig's answer that are not printed.
    hidden: Vec<&'static str>,
    /// Whether the search path is used.
    search: bool,
    kind: String,
    tries: u32,
    wait: Duration,
}

/// The parts of dig's answer, which `+PART` shows and `+noPART` hides.
const PARTS: [&str; 5] = ["cmd", "comments", "question", "answer", "stats"];

impl Question {
    /// `+noall`, `+answer` and their like.
    fn show_or_hide(&mut self, option: &str) {
        let (name, hide) = match option.strip_prefix("no") {
            Some(name) => (name, true),
            None => (option, false),
        };
        let meant = PARTS.into_iter().filter(|part| name == "all" || *part == name);
        for part in meant {
            self.hidden.retain(|hidden| *hidden != part);
            self.hidden.extend(hide.then_some(part));
        }
    }

    fn shows(&self, part: &str) -> bool {
        !self.hidden.contains(&part)
    }

    /// Takes over how long to wait for an answer; at least a second.
    fn waits(&mut self, value: &str) {
        if let Some(wait) = duration(value) {
            self.wait = wait.max(Duration::from_secs(1));
        }
    }

    /// How long all tries take together.
    fn patience(&self) -> Duration {
        self.wait.saturating_mul(self.tries)
    }
}

async fn question(process: &Process, positional_server: bool) -> Result<Question, String> {
    let network = process.container.network.current();
    let own = network.name_server(&process.container.pod);
    let mut question = Question {
        name: String::new(),
        server: own,
        short: false,
        hidden: Vec::new(),
        search: positional_server,
        kind: "A".to_owned(),
        tries: TRIES,
        wait: TRY,
    };
    for word in process.rest() {
        let upper = word.to_ascii_uppercase();
        let at = word.strip_prefix('@').or_else(|| {
            let second = positional_server && !question.name.is_empty() && !word.starts_with('-');
            second.then_some(word.as_str())
        });
        if let Some(server) = at {
            let host = reach::look_up(&process.container, server).await;
            question.server = host.map_err(|_| server.to_owned())?.address;
        } else if let Some(option) = word.strip_prefix('+') {
            let (option, value) = option.split_once('=').unwrap_or((option, ""));
            match option {
                "short" => question.short = true,
                "search" => question.search = true,
                "tries" | "retry" => question.tries = tries(value).unwrap_or(question.tries),
                "time" | "timeout" => question.waits(value),
                part => question.show_or_hide(part),
            }
        } else if word == "-t" {
            // The type is the next word.
        } else if word == "-x" {
            question.kind = "PTR".to_owned();
        } else if let Some(option) = word.strip_prefix('-') {
            match option.split_once('=').unwrap_or((option, "")) {
                ("timeout", value) => question.waits(value),
                ("retry", value) => question.tries = tries(value).unwrap_or(question.tries),
                ("type" | "query" | "q", kind) if !kind.is_empty() => question.kind = kind.to_ascii_uppercase(),
                _ => {}
            }
        } else if matches!(upper.as_str(), "A" | "AAAA" | "ANY" | "SRV" | "TXT" | "CNAME" | "PTR" | "NS")
            && (!positional_server || !question.name.is_empty())
        {
            question.kind = upper;
        } else if positional_server && question.name.is_empty() && word.parse::<IpAddr>().is_ok() {
            question.kind = "PTR".to_owned();
            question.name.clone_from(word);
        } else if question.name.is_empty() {
            question.name.clone_from(word);
        }
    }
    Ok(question)
}

/// Asks, and names the names that were asked for.
async fn ask(process: &Process, question: &Question) -> (Lookup, Vec<String>) {
    let container = &process.container;
    let network = container.network.current();
    let candidates = if question.search {
        network.candidates(&container.pod, &question.name)
    } else {
        vec![question.name.trim_end_matches('.').to_owned()]
    };
    let ask = || container.network.current().lookup_at(&container.pod, question.server, &candidates);
    (lookup_within(question.patience(), ask).await, candidates)
}

/// What a question for SRV or PTR records comes to: the name that was asked for and the records' values.
/// `None` when it asks for addresses.
async fn records(process: &Process, question: &Question) -> Option<Result<(String, Vec<String>), Lookup>> {
    let address = question.name.parse::<IpAddr>().ok();
    let name = match (question.kind.as_str(), address) {
        ("PTR", Some(address)) => reverse_name(address),
        ("SRV" | "PTR", _) => question.name.trim_end_matches('.').to_owned(),
        _ => return None,
    };
    let container = &process.container;
    let ask = || match container.network.current().ask(&container.pod, question.server) {
        Ok(true) => Lookup::Found { name: name.clone(), addresses: Vec::new() },
        Ok(false) => Lookup::NoSuchName,
        Err(silence) => silence,
    };
    match lookup_within(question.patience(), ask).await {
        Lookup::Found { .. } => {}
        Lookup::NoSuchName => return Some(Ok((name, Vec::new()))),
        silence => return Some(Err(silence)),
    }
    let network = container.network.current();
    let values = match address {
        Some(address) => network.pointer(address).into_iter().map(|name| format!("{name}.")).collect(),
        None => {
            let records = network.service_records(&name);
            let weight = 100 / records.len().max(1);
            records.into_iter().map(|(port, host)| format!("0 {weight} {port} {host}.")).collect()
        }
    };
    Some(Ok((name, values)))
}

/// `nslookup` of busybox 1.28 and before, which the documentation of Kubernetes shows.
async fn old_nslookup(process: &Process, question: &Question) -> u8 {
    let network = process.container.network.current();
    let named = |address: IpAddr| network.pointer(address).map_or_else(String::new, |name| format!(" {name}"));
    let lookup = match question.name.parse() {
        Ok(address) => Lookup::Found { name: question.name.clone(), addresses: vec![address] },
        Err(_) => ask(process, question).await.0,
    };
    let server = question.server;
    let known = if matches!(lookup, Lookup::Found { .. } | Lookup::NoSuchName) { named(server) } else { String::new() };
    process.say(format!("Server:    {server}\nAddress 1: {server}{known}\n")).await;
    match lookup {
        Lookup::Found { addresses, .. } => {
            process.say(format!("Name:      {}", question.name)).await;
            for (index, address) in addresses.into_iter().enumerate() {
                process.say(format!("Address {}: {address}{}", index + 1, named(address))).await;
            }
            0
        }
        _ => process.fail(1, format!("nslookup: can't resolve '{}'", question.name)).await,
    }
}

pub(super) async fn nslookup(process: &Process) -> u8 {
    let question = match question(process, true).await {
        Ok(question) if !question.name.is_empty() => question,
        Ok(_) => return process.fail(1, "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]").await,
        Err(server) => return process.fail(1, format!("nslookup: bad address '{server}'")).await,
    };
    let bind = process.container.image.has_bind_tools() || process.container.has_installed("nslookup");
    if process.container.image.has_old_busybox() {
        return old_nslookup(process, &question).await;
    }
    if let Some(result) = records(process, &question).await {
        return told(process, &question, bind, result).await;
    }
    let (lookup, candidates) = ask(process, &question).await;
    let server = question.server;
    let head = heading(server, bind);
    match lookup {
        Lookup::Found { name, addresses } => {
            process.say(head).await;
            for address in addresses {
                process.say(format!("Name:\t{name}\nAddress: {address}")).await;
            }
            process.say("").await;
            0
        }
        Lookup::NoSuchName => {
            process.say(head).await;
            if bind {
                process.say(format!("** server can't find {}: NXDOMAIN\n", question.name)).await;
            } else {
                for candidate in candidates {
                    process.say(format!("** server can't find {candidate}: NXDOMAIN\n")).await;
                }
            }
            1
        }
        Lookup::NoServer | Lookup::ServerRefused => silence(process, &question, &lookup, bind, 1).await,
    }
}

fn heading(server: IpAddr, bind: bool) -> String {
    let mark = if bind { '#' } else { ':' };
    format!("Server:\t\t{server}\nAddress:\t{server}{mark}53\n")
}

/// What `nslookup` prints of SRV and PTR records.
async fn told(process: &Process, question: &Question, bind: bool, result: Result<(String, Vec<String>), Lookup>) -> u8 {
    let (name, values) = match result {
        Ok(found) => found,
        Err(silent) => return silence(process, question, &silent, bind, 1).await,
    };
    process.say(heading(question.server, bind)).await;
    if values.is_empty() {
        process.say(format!("** server can't find {name}: NXDOMAIN\n")).await;
        return 1;
    }
    let what = if question.kind == "PTR" { "name" } else { "service" };
    for value in &values {
        let value = if bind { value.as_str() } else { value.trim_end_matches('.') };
        process.say(format!("{name}\t{what} = {value}")).await;
    }
    process.say("").await;
    0
}

/// What is printed when no server answers.
async fn silence(process: &Process, question: &Question, lookup: &Lookup, bind: bool, code: u8) -> u8 {
    if !bind {
        process.say(";; connection timed out; no servers could be reached\n").await;
        return code;
    }
    let why = if *lookup == Lookup::NoServer { "timed out" } else { "connection refused" };
    for _ in 0..question.tries {
        process.say(format!(";; communications error to {}#53: {why}", question.server)).await;
    }
    process.say(";; no servers could be reached\n").await;
    code
}

pub(super) async fn dig(process: &Process) -> u8 {
    let question = match question(process, false).await {
        Ok(question) => question,
        Err(server) => return process.fail(1, format!("dig: couldn't get address for '{server}': not found")).await,
    };
    let (lookup, values): (Lookup, Vec<String>) = match records(process, &question).await {
        Some(Ok((_, values))) if values.is_empty() => (Lookup::NoSuchName, values),
        Some(Ok((name, values))) => (Lookup::Found { name, addresses: Vec::new() }, values),
        Some(Err(silent)) => (silent, Vec::new()),
        None => {
            let lookup = ask(process, &question).await.0;
            let values = match &lookup {
                Lookup::Found { addresses, .. } if question.kind == "A" || question.kind == "ANY" => {
                    addresses.iter().map(ToString::to_string).collect()
                }
                _ => Vec::new(),
            };
            (lookup, values)
        }
    };
    match &lookup {
        Lookup::Found { .. } | Lookup::NoSuchName => {}
        Lookup::NoServer | Lookup::ServerRefused => {
            if !question.short {
                process.say(banner(process)).await;
            }
            return silence(process, &question, &lookup, true, 9).await;
        }
    }
    if question.short {
        for value in values {
            process.say(value).await;
        }
        return 0;
    }
    let asked = match &lookup {
        Lookup::Found { name, .. } => name.clone(),
        _ => match (question.kind.as_str(), question.name.parse::<IpAddr>()) {
            ("PTR", Ok(address)) => reverse_name(address),
            _ => question.name.trim_end_matches('.').to_owned(),
        },
    };
    let status = if lookup == Lookup::NoSuchName { "NXDOMAIN" } else { "NOERROR" };
    let id = rand::random::<u16>();
    let answers = values.len();
    let mut text = String::new();
    if question.shows("cmd") {
        text.push_str(&banner(process));
    }
    if question.shows("comments") {
        text.push_str(&format!(
            ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: {id}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {answers}, AUTHORITY: 0, ADDITIONAL: 1\n;; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n"
        ));
    }
    let mut section = |name: &str, part: &str, lines: String| {
        if question.shows(part) && !lines.is_empty() {
            if question.shows("comments") {
                text.push_str(&format!(";; {name} SECTION:\n"));
            }
            text.push_str(&lines);
            if question.shows("comments") {
                text.push('\n');
            }
        }
    };
    let kind = if question.kind == "ANY" { "A" } else { question.kind.as_str() };
    section("QUESTION", "question", format!(";{asked}.\tIN\t{}\n", question.kind));
    section("ANSWER", "answer", values.iter().map(|value| format!("{asked}. 30\tIN\t{kind}\t{value}\n")).collect());
    if question.shows("stats") {
        let now = jiff::Timestamp::now().strftime("%a %b %d %H:%M:%S UTC %Y");
        let server = question.server;
        text.push_str(&format!(
            ";; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {now}\n;; MSG SIZE  rcvd: 91\n\n"
        ));
    }
    process.streams.stdout.write(text).await;
    0
}

fn banner(process: &Process) -> String {
    format!("\n; <<>> DiG 9.20.13 <<>> {}\n;; global options: +cmd\n", process.rest().join(" "))
}

pub(super) async fn host(process: &Process) -> u8 {
    let question = match question(process, true).await {
        Ok(question) if !question.name.is_empty() => question,
        _ => return process.fail(1, "Usage: host [-t type] hostname [server]").await,
    };
    if let Some(Ok((name, values))) = records(process, &question).await {
        let what = if question.kind == "PTR" { "domain name pointer" } else { "has SRV record" };
        for value in &values {
            process.say(format!("{name} {what} {value}")).await;
        }
        if values.is_empty() {
            process.say(format!("Host {name} not found: 3(NXDOMAIN)")).await;
        }
        return u8::from(values.is_empty());
    }
    match ask(process, &question).await.0 {
        Lookup::Found { name, addresses } => {
            for address in addresses {
                process.say(format!("{name} has address {address}")).await;
            }
            0
        }
        Lookup::NoSuchName => {
            process.say(format!("Host {} not found: 3(NXDOMAIN)", question.name)).await;
            1
        }
        lookup => silence(process, &question, &lookup, true, 1).await,
    }
}

/// `getent hosts NAME` and `getent ahosts NAME`.
pub(super) async fn getent(process: &Process) -> u8 {
    let [database, name] = process.rest() else { return process.fail(1, "Usage: getent database [key ...]").await };
    if !database.contains("hosts") {
        return 2;
    }
    match reach::look_up(&process.container, name).await {
        Ok(host) => {
            process.say(format!("{:<15} {}", host.address.to_string(), host.name)).await;
            0
        }
        Err(_) => 2,
    }
}
