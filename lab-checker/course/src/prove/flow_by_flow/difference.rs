//! Whether two answers differ, and at which flow.

use super::cluster::Cluster;
use super::endpoint::Endpoint;
use super::policy::{Direction, Policy};
use super::ports::Port;
use super::universe::Universe;
use super::verdict::{AT_ONCE, Judge, PortBits};

use serde_json::Value;

/// A cluster that others are compared with.
#[derive(Debug)]
pub(in crate::prove) struct Reference(Cluster);

impl Reference {
    /// Reads a cluster; of the same object twice, both would count. `None` when pods or namespaces cannot be read.
    pub(in crate::prove) fn of(objects: &[Value]) -> Option<Self> {
        Cluster::read(objects).map(Self)
    }

    /// The first flow, in words, that gets through here or in another cluster alone, those aside that are free;
    /// `None` when there is none.
    pub(in crate::prove) fn first_difference(
        &self,
        other: &[Value],
        is_free: &dyn Fn(&Endpoint, &Endpoint, Port) -> bool,
    ) -> Option<String> {
        let Some(other) = self.0.read_beside(other) else { return Some("the objects cannot be read".to_owned()) };
        let universe = Universe::of(&self.0, &other);
        let place = |policy: &Policy| self.0.policies.iter().position(|known| known == policy);
        let kept: Vec<Option<usize>> = other.policies.iter().map(place).collect();
        universe.ports.chunks(AT_ONCE).find_map(|ports| {
            let comparison = Comparison {
                universe: &universe,
                ports,
                a: Judge::new(&self.0.policies, &universe.a, ports),
                b: Judge::new(&other.policies, &universe.b, ports),
                kept: &kept,
            };
            comparison.first_difference(is_free)
        })
    }
}

struct Comparison<'a> {
    universe: &'a Universe,
    ports: &'a [Port],
    a: Judge<'a>,
    b: Judge<'a>,
    /// For each policy of the second side its place in the first, when it is there as it is.
    kept: &'a [Option<usize>],
}

/// What may have changed for an endpoint: between two that are as they were and have the policies that they had,
/// no flow can differ.
#[derive(Clone, Copy)]
struct Touched {
    itself: bool,
    egress: bool,
    ingress: bool,
}

impl Comparison<'_> {
    fn first_difference(&self, is_free: &dyn Fn(&Endpoint, &Endpoint, Port) -> bool) -> Option<String> {
        let endpoints = &self.universe.a;
        let touched: Vec<Touched> = (0..endpoints.len()).map(|endpoint| self.touched(endpoint)).collect();
        for (from, source) in touched.iter().enumerate() {
            for (to, destination) in touched.iter().enumerate() {
                let itself = source.itself || destination.itself;
                let (egress, ingress) = (itself || source.egress, itself || destination.ingress);
                if !egress && !ingress || !endpoints[from].can_call(&endpoints[to]) {
                    continue;
                }
                let [a, b] = self.allowed(from, to, egress, ingress);
                if let Some(flow) = self.flow(from, to, a, a ^ b, is_free) {
                    return Some(flow);
                }
            }
        }
        None
    }

    fn touched(&self, endpoint: usize) -> Touched {
        let has_changed = |direction| {
            let before = self.a.policies_of(endpoint, direction).map(Some);
            !before.eq(self.b.policies_of(endpoint, direction).map(|policy| self.kept[policy]))
        };
        Touched {
            itself: self.universe.a[endpoint] != self.universe.b[endpoint],
            egress: has_changed(Direction::Egress),
            ingress: has_changed(Direction::Ingress),
        }
    }

    /// What each side lets through, as far as it can differ: a direction that was not touched is the same on both.
    fn allowed(&self, from: usize, to: usize, egress: bool, ingress: bool) -> [PortBits; 2] {
        let sides = |direction| [self.a.side(direction, from, to), self.b.side(direction, from, to)];
        let mut allowed = [PortBits::MAX; 2];
        for (direction, _) in [(Direction::Egress, egress), (Direction::Ingress, ingress)].iter().filter(|(_, on)| *on)
        {
            let [a, b] = sides(*direction);
            allowed = [allowed[0] & a, allowed[1] & b];
        }
        if allowed[0] == allowed[1] || egress && ingress {
            return allowed;
        }
        let untouched = if egress { Direction::Ingress } else { Direction::Egress };
        allowed.map(|bits| bits & self.a.side(untouched, from, to))
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
