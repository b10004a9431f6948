//! Reachability as a table: sources down, destinations across, in each cell the ports that get
//! through. Pods that behave alike can be taken together, so that thousands of pods stay readable.

use serde::Serialize;
use std::collections::HashMap;

use super::all_flows::{Reachability, is_asked};
use super::picked::{EndpointId, PickedEndpoint};
use crate::model::Protocol;

/// A table of cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The rows.
    pub sources: Vec<Group>,
    /// The columns.
    pub destinations: Vec<Group>,
    /// `cells[row][column]`.
    pub cells: Vec<Vec<Cell>>,
}

/// A pod, several pods of a namespace that behave alike, or an outside address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The namespace; `None` for an address.
    pub namespace: Option<String>,
    /// The name of the pod, or of the first of them; or the address.
    pub name: String,
    /// How many they are.
    pub count: usize,
}

/// What gets from a row to a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "verdict", content = "ports")]
pub enum Cell {
    /// Nobody asks: a pod to itself, two outside addresses, or a pod without ports.
    Unasked,
    /// Every port asked for.
    Allowed,
    /// None of them.
    Blocked,
    /// These of them, written `80/TCP`.
    Partly(Vec<String>),
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        match self.count {
            1 => f.write_str(&self.name),
            count => write!(f, "{} and {} more", self.name, count - 1),
        }
    }
}

/// The table of a reachability, one row and column for every endpoint.
#[must_use]
pub fn matrix(reachability: &Reachability) -> Matrix {
    build(reachability, |endpoint| endpoint.id)
}

/// The table of a reachability, pods of a namespace that behave alike taken together.
#[must_use]
pub fn collapsed_matrix(reachability: &Reachability) -> Matrix {
    let pods = &reachability.engine.snapshot().pods;
    build(reachability, |endpoint| match endpoint.id {
        EndpointId::Pod(pod) => (Some((&pods[pod as usize].namespace, endpoint.class, endpoint.ports)), None),
        EndpointId::Address(address) => (None, Some(address)),
    })
}

/// Some endpoints that share a row or column.
struct Gathered<'a> {
    endpoints: Vec<&'a PickedEndpoint>,
}

fn build<K: std::hash::Hash + Eq>(reachability: &Reachability, key: impl Fn(&PickedEndpoint) -> K) -> Matrix {
    let rows = gather(&reachability.picked.sources, &key);
    let columns = gather(&reachability.picked.destinations, &key);
    let cell = |row: &Gathered<'_>, column: &Gathered<'_>| cell(reachability, row, column);
    Matrix {
        cells: rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect()).collect(),
        sources: rows.iter().map(|row| row.describe(reachability)).collect(),
        destinations: columns.iter().map(|column| column.describe(reachability)).collect(),
    }
}

/// Puts the endpoints with the same key together, in the order of their first.
fn gather<'a, K: std::hash::Hash + Eq>(
    endpoints: &'a [PickedEndpoint],
    key: impl Fn(&PickedEndpoint) -> K,
) -> Vec<Gathered<'a>> {
    let mut groups: Vec<Gathered<'a>> = Vec::new();
    let mut places: HashMap<K, usize> = HashMap::new();
    for endpoint in endpoints {
        let place = *places.entry(key(endpoint)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.endpoints.push(endpoint),
            None => groups.push(Gathered { endpoints: vec![endpoint] }),
        }
    }
    groups
}

impl Gathered<'_> {
    fn describe(&self, reachability: &Reachability) -> Group {
        let count = self.endpoints.len();
        match self.endpoints[0].id {
            EndpointId::Pod(at) => {
                let pod = &reachability.engine.snapshot().pods[at as usize];
                Group { namespace: Some(pod.namespace.clone()), name: pod.name.clone(), count }
            }
            EndpointId::Address(address) => Group { namespace: None, name: address.to_string(), count },
        }
    }
}

/// What gets from one group to another: two members that are not the same pod stand for all.
fn cell(reachability: &Reachability, row: &Gathered<'_>, column: &Gathered<'_>) -> Cell {
    let pairs =
        row.endpoints.iter().flat_map(|source| column.endpoints.iter().map(move |destination| (*source, *destination)));
    let asked = pairs.into_iter().find(|(source, destination)| is_asked(source, destination));
    let Some((source, destination)) = asked else { return Cell::Unasked };
    let ports = reachability.port_verdicts(source, destination);
    let allowed: Vec<String> = ports.iter().filter(|port| port.2).map(|port| text(port.0, port.1)).collect();
    match (ports.len(), allowed.len()) {
        (0, _) => Cell::Unasked,
        (_, 0) => Cell::Blocked,
        (asked, allowed) if asked == allowed => Cell::Allowed,
        _ => Cell::Partly(allowed),
    }
}

fn text(protocol: Protocol, port: u16) -> String {
    format!("{port}/{protocol}")
}
