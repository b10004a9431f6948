//! `--probe`: flows tried with packets, from the pods themselves, beside what the policies say of them.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Result;
use cluster::{Connection, Probe, Target, Transport};
use futures::{StreamExt as _, stream};
use netpol::{Protocol, Reachability, Snapshot, Verdict};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::failure::Advice;
use crate::terminal::progress::ProgressLine;

/// More flows than these take too long, and are a load on a cluster.
const MOST: usize = 2_000;
/// So many are tried together.
const TOGETHER: usize = 8;
/// One attempt, in seconds.
const ATTEMPT: u8 = 1;
/// A network takes a while to do what a new policy says.
const CONVERGENCE: Duration = Duration::from_secs(10);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// A flow, with what the policies say of it and what the network does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    /// The same as `policy`, as without packets.
    pub(crate) verdict: Verdict,
    pub(crate) policy: Verdict,
    pub(crate) network: Network,
    /// Why the network is not known, or how it blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) how: Option<&'static str>,
}

/// What the network does with a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Network {
    Allowed,
    Blocked,
    /// It could not be tried.
    Unknown,
}

impl Cell {
    /// Whether the network does something else than the policies say.
    pub(crate) fn disagrees(&self) -> bool {
        match self.network {
            Network::Allowed => !self.policy.is_allowed(),
            Network::Blocked => self.policy.is_allowed(),
            Network::Unknown => false,
        }
    }
}

/// Tries every flow, again while the network does not do what the policies say, for as long as plugins take.
pub(crate) async fn tried(
    connection: &Connection,
    reachability: &Reachability,
    snapshot: &Snapshot,
) -> Result<Vec<Cell>> {
    let flows: Vec<Cell> = reachability.rows().map(|row| cell(&row)).take(MOST + 1).collect();
    if flows.len() > MOST {
        let problem = format!("these are more than {MOST} flows, too many to try");
        return Err(Advice::new(problem, "ask about fewer: reach has --from, --to and --port").into());
    }
    let line = ProgressLine::new();
    let number = flows.len();
    let attempts = stream::iter(flows).map(async |flow| attempt(connection, snapshot, flow).await);
    let mut attempts = attempts.buffered(TOGETHER);
    let mut cells = Vec::new();
    while let Some(cell) = attempts.next().await {
        cells.push(cell);
        line.say(format!("{} of {number} flows tried", cells.len()));
    }
    Ok(cells)
}

fn cell(row: &netpol::FlowVerdict<'_>) -> Cell {
    Cell {
        from: row.from.to_owned(),
        to: row.to.to_owned(),
        port: row.port,
        protocol: row.protocol,
        verdict: row.verdict,
        policy: row.verdict,
        network: Network::Unknown,
        how: None,
    }
}

async fn attempt(connection: &Connection, snapshot: &Snapshot, flow: Cell) -> Cell {
    let unknown = |how| Cell { how: Some(how), ..flow.clone() };
    let Some((namespace, pod)) = flow.from.split_once('/') else { return unknown("only pods can be told to connect") };
    let Some(address) = address(snapshot, &flow.to) else { return unknown("the destination has no address") };
    let transport = match flow.protocol {
        Protocol::Tcp => Transport::Tcp,
        Protocol::Udp => Transport::Udp,
        Protocol::Sctp => return unknown("no tool for SCTP"),
    };
    let target = Target { address, port: flow.port, transport };
    let outside = connection.prefix.as_ref().map(|prefix| prefix.outside(namespace));
    let namespace = outside.as_deref().unwrap_or(namespace);
    let deadline = Instant::now() + CONVERGENCE;
    loop {
        let (network, how) = match cluster::probe(&connection.client, (namespace, pod), target, ATTEMPT).await {
            Ok(Probe::Connected) => (Network::Allowed, None),
            Ok(Probe::Refused) => (Network::Blocked, Some("refused")),
            Ok(Probe::TimedOut) => (Network::Blocked, Some("nothing came back")),
            Ok(Probe::NoTool) => return unknown("the pod has no tool that can connect"),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "an attempt could not be made");
                return unknown("the cluster did not run the attempt in the pod");
            }
        };
        let tried = Cell { network, how, ..flow.clone() };
        if !tried.disagrees() || Instant::now() >= deadline {
            return tried;
        }
        sleep(PAUSE).await;
    }
}

/// The address of a pod, or what is written as one.
fn address(snapshot: &Snapshot, endpoint: &str) -> Option<IpAddr> {
    if let Ok(address) = endpoint.parse() {
        return Some(address);
    }
    let (namespace, name) = endpoint.split_once('/')?;
    let pod = snapshot.pods.iter().find(|pod| pod.namespace == namespace && pod.name == name)?;
    pod.addresses.first().copied()
}
