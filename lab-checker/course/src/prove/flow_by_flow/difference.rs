//! Whether two answers differ, and at which flow.

use super::cluster::Cluster;
use super::endpoint::Endpoint;
use super::policy::{Direction, Policy};
use super::ports::Port;
use super::universe::Universe;
use super::verdict::{AT_ONCE, Judge, PortBits};

use serde_json::Value;

/// What is compared: whole clusters, as lists of objects. A later object replaces an earlier one of its name, which
/// is the caller's to do.
#[derive(Clone, Copy, Debug)]
pub(in crate::prove) struct Sides<'a> {
    /// The cluster that is right.
    pub(in crate::prove) right: &'a [Value],
    /// The cluster that is compared with it.
    pub(in crate::prove) other: &'a [Value],
}

/// The first flow that gets through in one of two clusters alone, in words, those aside that are free; `None` when
/// there is none, or when a cluster cannot be read.
pub(in crate::prove) fn first_difference(
    sides: Sides<'_>,
    is_free: &dyn Fn(&Endpoint, &Endpoint, Port) -> bool,
) -> Option<String> {
    let (a, b) = (Cluster::read(sides.right)?, Cluster::read(sides.other)?);
    let universe = Universe::of(&a, &b);
    universe.ports.chunks(AT_ONCE).find_map(|ports| {
        let comparison = Comparison {
            universe: &universe,
            ports,
            a: Judge::new(&a.policies, &universe.a, ports),
            b: Judge::new(&b.policies, &universe.b, ports),
        };
        comparison.first_difference(is_free)
    })
}

struct Comparison<'a> {
    universe: &'a Universe,
    ports: &'a [Port],
    a: Judge<'a>,
    b: Judge<'a>,
}

impl Comparison<'_> {
    fn first_difference(&self, is_free: &dyn Fn(&Endpoint, &Endpoint, Port) -> bool) -> Option<String> {
        let endpoints = &self.universe.a;
        let count = endpoints.len();
        // Between two endpoints that are as they were and have the policies that they had, nothing can differ.
        let differs = |endpoint: usize| self.universe.a[endpoint] != self.universe.b[endpoint];
        let moved: Vec<bool> = (0..count).map(differs).collect();
        let egress: Vec<bool> = (0..count).map(|endpoint| self.has_changed(endpoint, Direction::Egress)).collect();
        let ingress: Vec<bool> = (0..count).map(|endpoint| self.has_changed(endpoint, Direction::Ingress)).collect();
        for from in 0..count {
            for to in 0..count {
                let untouched = !(egress[from] || ingress[to] || moved[from] || moved[to]);
                if untouched || !endpoints[from].can_call(&endpoints[to]) {
                    continue;
                }
                let (a, b) = self.allowed(from, to);
                if let Some(flow) = self.flow(from, to, a, a ^ b, is_free) {
                    return Some(flow);
                }
            }
        }
        None
    }

    fn has_changed(&self, endpoint: usize, direction: Direction) -> bool {
        let a: Vec<&Policy> = self.a.policies_of(endpoint, direction).collect();
        let b: Vec<&Policy> = self.b.policies_of(endpoint, direction).collect();
        a != b
    }

    /// What each side lets through; what a direction decides alike for nothing is not asked further.
    fn allowed(&self, from: usize, to: usize) -> (PortBits, PortBits) {
        let side = |direction| (self.a.side(direction, from, to), self.b.side(direction, from, to));
        let (egress, ingress) = (side(Direction::Egress), side(Direction::Ingress));
        (egress.0 & ingress.0, egress.1 & ingress.1)
    }

    /// The first flow among the ports that differ which is not free.
    fn flow(
        &self,
        from: usize,
        to: usize,
        a: PortBits,
        different: PortBits,
        is_free: &dyn Fn(&Endpoint, &Endpoint, Port) -> bool,
    ) -> Option<String> {
        let (source, destination) = (&self.universe.a[from], &self.universe.a[to]);
        let is_different = |index: &usize| different & (1 << index) != 0;
        let mut indexes = (0..self.ports.len()).filter(is_different);
        let index = indexes.find(|index| !is_free(source, destination, self.ports[*index]))?;
        let (number, protocol) = self.ports[index];
        let is = if a & (1 << index) != 0 { "blocked, and must be allowed" } else { "allowed, and must be blocked" };
        Some(format!("{source} → {destination}:{number}/{} is {is}", protocol.name()))
    }
}
