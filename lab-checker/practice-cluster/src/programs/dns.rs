//! Programs that ask the name server: `nslookup`, `dig`, `host`, `getent`.

use std::net::IpAddr;
use std::time::Duration;

use super::reach::{self, lookup_within};
use crate::container::Process;
use crate::network::Lookup;

/// How often BIND's programs ask, and how long they wait each time.
const TRIES: u32 = 3;
const TRY: Duration = Duration::from_secs(5);

/// The name and the server of a command line.
struct Question {
    name: String,
    server: IpAddr,
    /// Whether `+short` was given.
    short: bool,
    /// Whether the search path is used.
    search: bool,
    kind: String,
    tries: u32,
    wait: Duration,
}

async fn question(process: &Process, positional_server: bool) -> Result<Question, String> {
    let network = process.container.network.current();
    let own = network.name_server(&process.container.pod);
    let mut question = Question {
        name: String::new(),
        server: own,
        short: false,
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
            let value = option.split_once('=').and_then(|(_, value)| value.parse::<u32>().ok());
            match (option.split('=').next().unwrap_or_default(), value) {
                ("short", _) => question.short = true,
                ("search", _) => question.search = true,
                ("tries" | "retry", Some(tries)) => question.tries = tries.max(1),
                ("time" | "timeout", Some(seconds)) => question.wait = Duration::from_secs(u64::from(seconds.max(1))),
                _ => {}
            }
        } else if let Some(option) = word.strip_prefix('-') {
            let value = option.split_once('=').map(|(_, value)| value);
            match (option.split('=').next().unwrap_or_default(), value) {
                ("timeout", Some(value)) => question.wait = Duration::from_secs(value.parse().unwrap_or(5)),
                ("retry", Some(value)) => question.tries = value.parse().unwrap_or(TRIES),
                ("type" | "query" | "q", Some(kind)) => question.kind = kind.to_ascii_uppercase(),
                _ => {}
            }
        } else if matches!(upper.as_str(), "A" | "AAAA" | "ANY" | "SRV" | "TXT" | "CNAME" | "PTR" | "NS")
            && !question.name.is_empty()
        {
            question.kind = upper;
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
    let patience = question.wait * question.tries;
    let ask = || container.network.current().lookup_at(&container.pod, question.server, &candidates);
    (lookup_within(patience, ask).await, candidates)
}

pub(super) async fn nslookup(process: &Process) -> u8 {
    let question = match question(process, true).await {
        Ok(question) if !question.name.is_empty() => question,
        Ok(_) => return process.fail(1, "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]").await,
        Err(server) => return process.fail(1, format!("nslookup: bad address '{server}'")).await,
    };
    let bind = process.container.image.has_bind_tools();
    let (lookup, candidates) = ask(process, &question).await;
    let server = question.server;
    let head = match bind {
        true => format!("Server:\t\t{server}\nAddress:\t{server}#53\n"),
        false => format!("Server:\t\t{server}\nAddress:\t{server}:53\n"),
    };
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
    let (lookup, _) = ask(process, &question).await;
    let addresses = match &lookup {
        Lookup::Found { addresses, .. } if question.kind == "A" || question.kind == "ANY" => addresses.clone(),
        Lookup::Found { .. } | Lookup::NoSuchName => Vec::new(),
        Lookup::NoServer | Lookup::ServerRefused => {
            if !question.short {
                process.say(banner(process)).await;
            }
            return silence(process, &question, &lookup, true, 9).await;
        }
    };
    if question.short {
        for address in addresses {
            process.say(address.to_string()).await;
        }
        return 0;
    }
    let asked = match &lookup {
        Lookup::Found { name, .. } => name.clone(),
        _ => question.name.trim_end_matches('.').to_owned(),
    };
    let status = if lookup == Lookup::NoSuchName { "NXDOMAIN" } else { "NOERROR" };
    let id = rand::random::<u16>();
    let answers = addresses.len();
    let mut text = banner(process);
    text.push_str(&format!(
        ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: {id}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {answers}, AUTHORITY: 0, ADDITIONAL: 1\n;; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n;{asked}.\tIN\t{}\n",
        question.kind
    ));
    if answers > 0 {
        text.push_str("\n;; ANSWER SECTION:\n");
        for address in addresses {
            text.push_str(&format!("{asked}. 30\tIN\tA\t{address}\n"));
        }
    }
    let now = jiff::Timestamp::now().strftime("%a %b %d %H:%M:%S UTC %Y");
    let server = question.server;
    text.push_str(&format!(
        "\n;; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {now}\n;; MSG SIZE  rcvd: 91\n"
    ));
    process.say(text).await;
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
