//! `--probe`: flows tried with packets, from the pods themselves, beside what the policies say of them. A pod without a tool
//! is lent one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use anyhow::Result;
use cluster::{Connection, Inside, Probe, Target, Transport};
use futures::{StreamExt as _, stream};
use netpol::{Protocol, Reachability, Snapshot, Verdict, counted};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::failure::Advice;
use crate::terminal::progress::ProgressLine;
use crate::terminal::{consent, output};

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

/// Why a flow was not tried: its source can be lent a tool.
const NO_TOOL: &str = "the pod has no tool that can connect";
const NOT_RUN: &str = "the cluster did not run the attempt in the pod";
const FORBIDDEN: &str = "these rights do not let run commands in the pod";

/// The containers that were lent, by their pods.
type Lent = BTreeMap<String, String>;

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
    let mut cells = try_all(connection, snapshot, flows, &Lent::new()).await;
    let without = |cell: &&Cell| cell.how == Some(NO_TOOL);
    let pods: BTreeSet<String> = cells.iter().filter(without).map(|cell| cell.from.clone()).collect();
    if !pods.is_empty() {
        let lent = lend(connection, &pods).await?;
        let (again, mut done): (Vec<_>, Vec<_>) =
            cells.into_iter().enumerate().partition(|(_, cell)| without(&cell) && lent.contains_key(&cell.from));
        let (places, again): (Vec<usize>, Vec<Cell>) = again.into_iter().unzip();
        done.extend(places.into_iter().zip(try_all(connection, snapshot, again, &lent).await));
        done.sort_by_key(|(place, _)| *place);
        cells = done.into_iter().map(|(_, cell)| cell).collect();
    }
    let forbidden: BTreeSet<&str> = cells.iter().filter(|cell| cell.how == Some(FORBIDDEN)).map(namespace_of).collect();
    for namespace in forbidden {
        warn_of_rights(connection, namespace, "commands cannot be run in the pods")?;
    }
    Ok(cells)
}

async fn try_all(connection: &Connection, snapshot: &Snapshot, flows: Vec<Cell>, lent: &Lent) -> Vec<Cell> {
    let line = ProgressLine::new();
    let number = flows.len();
    let attempts = stream::iter(flows).map(async |flow| attempt(connection, snapshot, flow, lent).await);
    let mut attempts = attempts.buffered(TOGETHER);
    let mut cells = Vec::new();
    while let Some(cell) = attempts.next().await {
        cells.push(cell);
        line.say(format!("{} of {number} flows tried", cells.len()));
    }
    cells
}

/// Puts a tool into each of these pods, if whoever watches wants that. Where it is refused, the others go on.
async fn lend(connection: &Connection, pods: &BTreeSet<String>) -> Result<Lent> {
    let names: Vec<&str> = pods.iter().map(String::as_str).collect();
    let what = format!(
        "{} cannot connect by themselves; each is lent an ephemeral container with agnhost, which ends after an hour and \
         is listed in the pod until the pod goes: {}",
        counted(pods.len(), "pod"),
        names.join(", ")
    );
    if let Err(error) = consent::ask_or_go_on(&what, connection.practice) {
        tracing::debug!(error = error.to_string(), "nothing is lent");
        return Ok(Lent::new());
    }
    let line = ProgressLine::new();
    line.say(format!("lending a tool to {}", counted(pods.len(), "pod")));
    let lending = stream::iter(pods).map(async |from| {
        let (namespace, pod) = from.split_once('/').unwrap_or_default();
        (from, cluster::lend_tool(&connection.client, &outside(connection, namespace), pod).await)
    });
    let mut lending = lending.buffered(TOGETHER);
    let (mut lent, mut refused) = (Lent::new(), BTreeSet::new());
    while let Some((from, result)) = lending.next().await {
        match result {
            Ok(container) => _ = lent.insert(from.clone(), container),
            Err(error) if error.code() == Some(403) => _ = refused.insert(from.split('/').next().unwrap_or_default()),
            Err(error) => output::warn(&error.to_string())?,
        }
    }
    drop(line);
    for namespace in refused {
        warn_of_rights(connection, namespace, "no container can be put into the pods")?;
    }
    Ok(lent)
}

/// Says which role grants what attempts from the pods of a namespace take.
fn warn_of_rights(connection: &Connection, namespace: &str, what: &str) -> Result<()> {
    let role = role(&outside(connection, namespace));
    output::warn(&format!("{what} of {namespace}: this grants what it takes, with a RoleBinding:\n{role}"))?;
    Ok(())
}

/// A role that lets attempts be made from the pods of a namespace, as YAML.
fn role(namespace: &str) -> String {
    let rule = |resource: &str, verbs: &[&str]| json!({"apiGroups": [""], "resources": [resource], "verbs": verbs});
    manifest::to_yaml(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "lab-checker-probes", "namespace": namespace},
        "rules": [
            rule("pods", &["get"]),
            rule("pods/exec", &["create", "get"]),
            rule("pods/ephemeralcontainers", &["patch"]),
        ],
    }))
}

/// What a namespace is called in the cluster.
fn outside(connection: &Connection, namespace: &str) -> String {
    connection.prefix.as_ref().map_or_else(|| namespace.to_owned(), |prefix| prefix.outside(namespace))
}

fn namespace_of(cell: &Cell) -> &str {
    cell.from.split('/').next().unwrap_or_default()
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

async fn attempt(connection: &Connection, snapshot: &Snapshot, flow: Cell, lent: &Lent) -> Cell {
    let unknown = |how| Cell { how: Some(how), network: Network::Unknown, ..flow.clone() };
    let Some((namespace, pod)) = flow.from.split_once('/') else { return unknown("only pods can be told to connect") };
    let Some(address) = address(snapshot, &flow.to) else { return unknown("the destination has no address") };
    let transport = match flow.protocol {
        Protocol::Tcp => Transport::Tcp,
        Protocol::Udp => Transport::Udp,
        Protocol::Sctp => return unknown("no tool for SCTP"),
    };
    let target = Target { address, port: flow.port, transport };
    let namespace = &outside(connection, namespace);
    let from = Inside { namespace, pod, container: lent.get(&flow.from).map(String::as_str) };
    let deadline = Instant::now() + CONVERGENCE;
    loop {
        let (network, how) = match cluster::probe(&connection.client, from, target, ATTEMPT).await {
            Ok(Probe::Connected) => (Network::Allowed, None),
            Ok(Probe::Refused) => (Network::Blocked, Some("refused")),
            Ok(Probe::TimedOut) => (Network::Blocked, Some("nothing came back")),
            Ok(Probe::NoTool) => return unknown(NO_TOOL),
            Err(error) if error.code() == Some(403) => return unknown(FORBIDDEN),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "an attempt could not be made");
                return unknown(NOT_RUN);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_grants_what_attempts_take_and_nothing_else() {
        let parsed = manifest::parse("role.yaml", &role("shop"));
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        let role = &parsed.objects[0].value;
        assert_eq!((&role["kind"], &role["metadata"]["namespace"]), (&json!("Role"), &json!("shop")));
        let rules = role["rules"].as_array().unwrap();
        let granted: Vec<_> = rules.iter().map(|rule| rule["resources"][0].as_str().unwrap()).collect();
        assert_eq!(granted, ["pods", "pods/exec", "pods/ephemeralcontainers"]);
        assert!(!role.to_string().contains('*'));
    }
}
