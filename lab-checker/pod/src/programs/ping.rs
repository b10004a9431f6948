//! `ping` and `traceroute`.

use std::time::Duration;

use super::arguments::{Argument, count, duration, parse};
use crate::process::Process;
use crate::reach;

/// What a round trip takes here, in milliseconds.
const ROUND_TRIP: f64 = 0.087;

pub(super) async fn run(process: &Process) -> u8 {
    let (mut wanted, mut wait, mut deadline, mut pause) =
        (usize::MAX, Duration::from_secs(10), None, Duration::from_secs(1));
    let mut hosts = Vec::new();
    let mut quiet = false;
    for argument in parse(process.rest(), "cWwisItT", &[]) {
        match argument {
            Argument::Operand(host) => hosts.push(host),
            Argument::Value(name, value) => match (name.as_str(), duration(&value)) {
                ("c", _) => wanted = count(&value).unwrap_or(wanted),
                ("W", Some(time)) => wait = time,
                ("w", time) => deadline = time,
                ("i", Some(time)) => pause = time.max(Duration::from_millis(10)),
                _ => {}
            },
            Argument::Flag(name) => quiet |= name == "q",
            Argument::Missing(_) => {}
        }
    }
    let Some(host) = hosts.first() else { return process.fail(1, "Usage: ping [OPTIONS] HOST").await };
    let iputils = process.container.image.has_iputils() || process.container.has_installed("ping");
    if wanted == 0 {
        if iputils {
            let text = "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807";
            return process.fail(1, text).await;
        }
        // For busybox that is as often as it can.
        wanted = usize::MAX;
    }
    let Ok(found) = reach::look_up(&process.container, host).await else {
        return match iputils {
            true => process.fail(2, format!("ping: {host}: Name or service not known")).await,
            false => process.fail(1, format!("ping: bad address '{host}'")).await,
        };
    };
    let address = found.address;
    let size = if iputils { "56(84) bytes of data." } else { ": 56 data bytes" };
    process.say(format!("PING {host} ({address}){}{size}", if iputils { " " } else { "" })).await;
    let started = tokio::time::Instant::now();
    let end = deadline.map(|deadline| started + deadline);
    let (mut sent, mut received) = (0_usize, 0_usize);
    while sent < wanted {
        let answered = process.container.network.current().ping(&process.container.pod, address);
        sent += 1;
        if answered {
            received += 1;
            if !quiet {
                let number = if iputils { format!("icmp_seq={sent}") } else { format!("seq={}", sent - 1) };
                let time = if iputils { ROUND_TRIP.to_string() } else { format!("{ROUND_TRIP:.3}") };
                process.say(format!("64 bytes from {address}: {number} ttl=63 time={time} ms")).await;
            }
        }
        // The last packet is waited for until it is answered.
        let rest = match (sent < wanted, answered) {
            (true, _) => pause,
            (false, false) => wait,
            (false, true) => break,
        };
        let now = tokio::time::Instant::now();
        tokio::time::sleep(end.map_or(rest, |end| rest.min(end.saturating_duration_since(now)))).await;
        if end.is_some_and(|end| tokio::time::Instant::now() >= end) {
            break;
        }
    }
    let loss = (sent - received).saturating_mul(100) / sent.max(1);
    let (packets, spent) = match iputils {
        // From the first packet to the last.
        true => ("", format!(", time {}ms", pause.as_millis().saturating_mul(sent.saturating_sub(1) as u128))),
        false => (" packets", String::new()),
    };
    process.say(format!("\n--- {host} ping statistics ---\n{sent} packets transmitted, {received}{packets} received, {loss}% packet loss{spent}")).await;
    if received > 0 {
        let (head, tail) = if iputils { ("rtt min/avg/max/mdev", "/0.000") } else { ("round-trip min/avg/max", "") };
        process.say(format!("{head} = {ROUND_TRIP:.3}/{ROUND_TRIP:.3}/{ROUND_TRIP:.3}{tail} ms")).await;
    }
    u8::from(received == 0)
}

/// `traceroute HOST`: one hop when the host answers, thirty rows of stars when it does not.
pub(super) async fn traceroute(process: &Process) -> u8 {
    let (mut hops, mut wait, mut words) = (30, Duration::from_secs(5), Vec::new());
    for argument in parse(process.rest(), "mwqpsifgtz", &[]) {
        match argument {
            Argument::Operand(word) => words.push(word),
            Argument::Value(name, value) if name == "m" => {
                hops = count(&value).unwrap_or(hops).clamp(1, 255);
            }
            Argument::Value(name, value) if name == "w" => wait = duration(&value).unwrap_or(wait),
            _ => {}
        }
    }
    let Some(host) = words.first() else { return process.fail(1, "Usage: traceroute HOST").await };
    let Ok(found) = reach::look_up(&process.container, host).await else {
        return process.fail(1, format!("traceroute: bad address '{host}'")).await;
    };
    let address = found.address;
    process.say(format!("traceroute to {host} ({address}), {hops} hops max, 46 byte packets")).await;
    if process.container.network.current().ping(&process.container.pod, address) {
        process
            .say(format!(" 1  {address} ({address})  {ROUND_TRIP:.3} ms  {ROUND_TRIP:.3} ms  {ROUND_TRIP:.3} ms"))
            .await;
        return 0;
    }
    for hop in 1..=hops {
        // Three packets a hop.
        tokio::time::sleep(wait * 3).await;
        process.say(format!("{hop:2}  *  *  *")).await;
    }
    0
}
