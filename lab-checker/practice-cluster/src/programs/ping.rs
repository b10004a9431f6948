//! `ping` and `traceroute`.

use std::time::Duration;

use super::arguments::{Argument, duration, parse};
use super::reach;
use crate::container::Process;

/// What a round trip takes here, in milliseconds.
const ROUND_TRIP: f64 = 0.087;

pub(super) async fn run(process: &Process) -> u8 {
    let (mut count, mut wait, mut deadline, mut pause) =
        (u32::MAX, Duration::from_secs(10), None, Duration::from_secs(1));
    let mut hosts = Vec::new();
    let mut quiet = false;
    for argument in parse(process.rest(), "cWwisItT", &[]) {
        match argument {
            Argument::Operand(host) => hosts.push(host),
            Argument::Value(name, value) => match (name.as_str(), duration(&value)) {
                ("c", _) => count = value.parse().unwrap_or(count),
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
    let Ok(found) = reach::look_up(&process.container, host).await else {
        return process.fail(1, format!("ping: bad address '{host}'")).await;
    };
    let address = found.address;
    process.say(format!("PING {host} ({address}): 56 data bytes")).await;
    let started = tokio::time::Instant::now();
    let (mut sent, mut received) = (0, 0);
    while sent < count {
        let answered = process.container.network.current().ping(&process.container.pod, address);
        sent += 1;
        if answered {
            received += 1;
            if !quiet {
                process.say(format!("64 bytes from {address}: seq={} ttl=63 time={ROUND_TRIP:.3} ms", sent - 1)).await;
            }
        }
        let over = deadline.is_some_and(|deadline| started.elapsed() >= deadline);
        if over {
            break;
        }
        if sent < count {
            tokio::time::sleep(pause).await;
        } else if !answered {
            tokio::time::sleep(wait).await;
        }
    }
    let loss = 100 * (sent - received) / sent.max(1);
    process.say(format!("\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} packets received, {loss}% packet loss")).await;
    if received > 0 {
        process.say(format!("round-trip min/avg/max = {ROUND_TRIP:.3}/{ROUND_TRIP:.3}/{ROUND_TRIP:.3} ms")).await;
    }
    u8::from(received == 0)
}

/// `traceroute HOST`: one hop when the host answers, thirty rows of stars when it does not.
pub(super) async fn traceroute(process: &Process) -> u8 {
    let Some(host) = process.rest().iter().find(|word| !word.starts_with('-')) else {
        return process.fail(1, "Usage: traceroute HOST").await;
    };
    let Ok(found) = reach::look_up(&process.container, host).await else {
        return process.fail(1, format!("traceroute: bad address '{host}'")).await;
    };
    let address = found.address;
    process.say(format!("traceroute to {host} ({address}), 30 hops max, 46 byte packets")).await;
    if process.container.network.current().ping(&process.container.pod, address) {
        process
            .say(format!(" 1  {address} ({address})  {ROUND_TRIP:.3} ms  {ROUND_TRIP:.3} ms  {ROUND_TRIP:.3} ms"))
            .await;
        return 0;
    }
    for hop in 1..=30 {
        tokio::time::sleep(Duration::from_secs(15)).await;
        process.say(format!("{hop:2}  *  *  *")).await;
    }
    0
}
