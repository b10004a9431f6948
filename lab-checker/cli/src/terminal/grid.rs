//! A reachability laid out as a grid: sources down, destination ports across. Tables read it;
//! it takes one byte a flow.

use std::collections::HashMap;
use std::net::IpAddr;

use netpol::{Protocol, Reachability};

/// The grid.
#[derive(Debug)]
pub(crate) struct Grid<'a> {
    sources: Vec<&'a str>,
    targets: Vec<Target<'a>>,
    /// Where each target's cells stand in a row: rows are filled before targets are sorted.
    places: Vec<usize>,
    rows: Vec<Vec<Cell>>,
    /// Of flows that depend on what files do not name: whether on addresses of pods, and whether on nodes.
    unknown: [bool; 2],
}

/// A port of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target<'a> {
    /// The destination.
    pub(crate) name: &'a str,
    /// Its port.
    pub(crate) port: u16,
    /// The port's protocol.
    pub(crate) protocol: Protocol,
}

/// What the grid says about one flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Cell {
    /// Nothing: it was not asked, or is a pod to itself.
    #[default]
    Empty,
    /// It gets through.
    Allowed,
    /// It is stopped.
    Blocked,
    /// It probably gets through: the standard leaves it undefined.
    ProbablyAllowed,
    /// It is probably stopped: the standard leaves it undefined.
    ProbablyBlocked,
    /// It depends on an address that the files do not name.
    Depends,
}

impl Cell {
    /// Whether it gets through, when it was asked.
    pub(crate) fn is_allowed(self) -> Option<bool> {
        match self {
            Self::Empty | Self::Depends => None,
            Self::Allowed | Self::ProbablyAllowed => Some(true),
            Self::Blocked | Self::ProbablyBlocked => Some(false),
        }
    }

    /// Whether the standard leaves it undefined.
    pub(crate) fn is_undefined(self) -> bool {
        matches!(self, Self::ProbablyAllowed | Self::ProbablyBlocked)
    }
}

impl<'a> Grid<'a> {
    /// Lays out every flow.
    pub(crate) fn new(reachability: &'a Reachability) -> Self {
        let mut grid = Self {
            sources: Vec::new(),
            targets: Vec::new(),
            places: Vec::new(),
            rows: Vec::new(),
            unknown: [false; 2],
        };
        let mut known = HashMap::new();
        for flow in reachability.rows() {
            if grid.sources.last() != Some(&flow.from) {
                grid.sources.push(flow.from);
                grid.rows.push(Vec::with_capacity(grid.targets.len()));
            }
            let target = Target { name: flow.to, port: flow.port, protocol: flow.protocol };
            let place = *known.entry(target).or_insert_with(|| {
                grid.targets.push(target);
                grid.targets.len() - 1
            });
            let row = grid.rows.last_mut().expect("a source comes with its row");
            if row.len() <= place {
                row.resize(place + 1, Cell::Empty);
            }
            if flow.depends.is_any() {
                grid.unknown[usize::from(flow.depends.node)] = true;
            }
            row[place] = match (flow.verdict.is_allowed(), flow.undefined) {
                _ if flow.depends.is_any() => Cell::Depends,
                (true, false) => Cell::Allowed,
                (false, false) => Cell::Blocked,
                (true, true) => Cell::ProbablyAllowed,
                (false, true) => Cell::ProbablyBlocked,
            };
        }
        grid.sorted()
    }

    fn sorted(mut self) -> Self {
        let key = |target: &Target<'a>| (is_address(target.name), target.name, target.protocol, target.port);
        let mut places: Vec<_> = (0..self.targets.len()).collect();
        places.sort_by_key(|place| key(&self.targets[*place]));
        self.targets = places.iter().map(|place| self.targets[*place]).collect();
        self.places = places;
        self
    }

    /// The sources, in order.
    pub(crate) fn sources(&self) -> &[&'a str] {
        &self.sources
    }

    /// The destination ports, in order.
    pub(crate) fn targets(&self) -> &[Target<'a>] {
        &self.targets
    }

    /// What it says about a source and a target, by their places.
    pub(crate) fn cell(&self, source: usize, target: usize) -> Cell {
        self.rows[source].get(self.places[target]).copied().unwrap_or_default()
    }

    /// How many flows there are, and how many get through.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let answers = || self.rows.iter().flatten().filter_map(|cell| cell.is_allowed());
        (answers().count() as u64, answers().filter(|allowed| *allowed).count() as u64)
    }

    /// How many flows depend on addresses that the files do not name.
    pub(crate) fn depending(&self) -> u64 {
        self.rows.iter().flatten().filter(|cell| **cell == Cell::Depends).count() as u64
    }

    /// Whether flows depend on addresses of pods, and on nodes, which files do not name.
    pub(crate) fn unknown(&self) -> [bool; 2] {
        self.unknown
    }

    /// Whether the standard leaves some flow undefined.
    pub(crate) fn has_undefined(&self) -> bool {
        self.rows.iter().flatten().any(|cell| cell.is_undefined())
    }
}

/// Whether an endpoint is an address, not a pod.
pub(crate) fn is_address(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok()
}

/// Namespace and name of an endpoint; an address has no namespace.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("", name))
}
