//! Counting flows without listing them. Sources with the same egress policies and destinations with
//! the same ingress policies are taken together: what is allowed between two such groups is a product
//! of two sums.

use std::collections::HashMap;

use super::class_verdicts::ClassVerdicts;
use super::own_node::OwnNode;
use super::picked::{EndpointId, Picked, PickedEndpoint};
use crate::classes::{Compiled, PortClass, plane};
use crate::model::Direction;

/// Flows between pods and addresses at the ports of one class.
pub(crate) struct PortCount<'a> {
    pub(crate) compiled: &'a Compiled,
    pub(crate) picked: &'a Picked,
    /// For every pod its place by namespace and name.
    pub(crate) places: &'a [u32],
    pub(crate) verdicts: &'a ClassVerdicts,
    /// How many of each port set's ports are in the class.
    pub(crate) ports_in_class: Vec<u64>,
}

/// How many of each port set's ports fall into each class.
pub(crate) fn ports_by_class(compiled: &Compiled, picked: &Picked) -> HashMap<PortClass, Vec<u64>> {
    let mut classes: HashMap<PortClass, Vec<u64>> = HashMap::new();
    for (at, ports) in picked.port_sets.iter().enumerate() {
        for (protocol, port) in ports {
            let class = compiled.vocabulary.port_class(*protocol, *port);
            classes.entry(class).or_insert_with(|| vec![0; picked.port_sets.len()])[at] += 1;
        }
    }
    classes
}

impl PortCount<'_> {
    /// All flows of the query at these ports: those of a pod to itself and those between two outside
    /// addresses left out.
    pub(crate) fn flows(&self) -> u64 {
        let weight = |endpoint: &PickedEndpoint| self.weight(endpoint);
        let all: u64 = self.picked.destinations.iter().map(weight).sum();
        let pods: u64 = self.picked.destinations.iter().filter(|endpoint| endpoint.id.is_pod()).map(weight).sum();
        let sources = self.picked.sources.iter().filter(|endpoint| endpoint.id.is_pod()).count() as u64;
        let outside = self.picked.sources.len() as u64 - sources;
        sources * all + outside * pods - self.to_themselves(|_| true)
    }

    /// Those of them that get through.
    pub(crate) fn allowed(&self, own_node: &OwnNode<'_>) -> u64 {
        let pods = |endpoint: &&PickedEndpoint| endpoint.id.is_pod();
        let outside = |endpoint: &&PickedEndpoint| !endpoint.id.is_pod();
        let sources = Weights::new(self, self.picked.sources.iter().filter(pods), |_| 1);
        let destinations = Weights::new(self, self.picked.destinations.iter(), |endpoint| self.weight(endpoint));
        let mut allowed = self.between(&sources, &destinations);
        if self.picked.sources.iter().any(|endpoint| !endpoint.id.is_pod()) {
            let sources = Weights::new(self, self.picked.sources.iter().filter(outside), |_| 1);
            let destinations =
                Weights::new(self, self.picked.destinations.iter().filter(pods), |endpoint| self.weight(endpoint));
            allowed += self.between(&sources, &destinations);
        }
        let own = self.to_themselves(|class| self.verdicts.allows(self.compiled, class, class));
        allowed + self.own_node_only(own_node) - own
    }

    fn weight(&self, endpoint: &PickedEndpoint) -> u64 {
        self.ports_in_class[endpoint.ports as usize]
    }

    /// Flows of pods to themselves, for classes of which something holds.
    fn to_themselves(&self, holds: impl Fn(u32) -> bool) -> u64 {
        let (mut sources, mut destinations) = (self.picked.sources.iter(), self.picked.destinations.iter());
        // Both lists hold pods in the same order, so one walk over both finds the common ones.
        let (mut source, mut destination) = (sources.next(), destinations.next());
        let mut count = 0;
        let mut known: HashMap<u32, bool> = HashMap::new();
        while let (Some(a), Some(b)) = (source, destination) {
            let (EndpointId::Pod(from), EndpointId::Pod(to)) = (a.id, b.id) else { break };
            match self.places[from as usize].cmp(&self.places[to as usize]) {
                std::cmp::Ordering::Less => source = sources.next(),
                std::cmp::Ordering::Greater => destination = destinations.next(),
                std::cmp::Ordering::Equal => {
                    if *known.entry(b.class).or_insert_with(|| holds(b.class)) {
                        count += self.weight(b);
                    }
                    source = sources.next();
                    destination = destinations.next();
                }
            }
        }
        count
    }

    /// Flows that are only allowed because they come from the destination's own node.
    fn own_node_only(&self, own_node: &OwnNode<'_>) -> u64 {
        let mut count = 0;
        for source in &self.picked.sources {
            for at in own_node.destinations_of(source) {
                let destination = &self.picked.destinations[at as usize];
                if !self.verdicts.allows(self.compiled, source.class, destination.class) {
                    count += self.weight(destination);
                }
            }
        }
        count
    }

    fn between(&self, sources: &Weights, destinations: &Weights) -> u64 {
        if self.compiled.planes == 1 {
            return self.on_plane(0, sources, destinations);
        }
        let mut count = 0;
        for (from, sources) in sources.by_kind(self.compiled) {
            for (to, destinations) in destinations.by_kind(self.compiled) {
                let classes = &self.compiled.classes.list;
                let plane = plane(&classes[from as usize], &classes[to as usize]);
                count += self.on_plane(plane, &sources, &destinations);
            }
        }
        count
    }

    fn on_plane(&self, plane: usize, sources: &Weights, destinations: &Weights) -> u64 {
        let [egress, ingress] = &self.compiled.policy_lists;
        // For every egress list and ingress list: the weight of the sources that the ingress list lets
        // in, and of the destinations that the egress list lets out.
        let let_in = self.sums(plane, Direction::Ingress, sources, &egress.of_class, egress.distinct.len());
        let let_out = self.sums(plane, Direction::Egress, destinations, &ingress.of_class, ingress.distinct.len());
        let mut count = 0;
        for (e, out) in let_out.chunks(ingress.distinct.len()).enumerate() {
            for (i, weight) in out.iter().enumerate() {
                if *weight > 0 {
                    count += weight * let_in[i * egress.distinct.len() + e];
                }
            }
        }
        count
    }

    /// For every list of one direction: the weights of the classes that it lets through, summed by the
    /// list that they have in the other direction.
    fn sums(&self, plane: usize, direction: Direction, weights: &Weights, lists: &[u32], width: usize) -> Vec<u64> {
        let count = self.compiled.policy_lists[direction.slot()].distinct.len();
        let mut sums = vec![0; count * width];
        for list in 0..count {
            let row = self.verdicts.row(plane, direction, list as u32);
            let sums = &mut sums[list * width..][..width];
            for (class, weight) in &weights.of_class {
                if row.contains(*class as usize) {
                    sums[lists[*class as usize] as usize] += weight;
                }
            }
        }
        sums
    }
}

/// How much each class counts; classes that do not count are left out.
struct Weights {
    of_class: Vec<(u32, u64)>,
}

impl Weights {
    fn new<'e>(
        count: &PortCount<'_>,
        endpoints: impl Iterator<Item = &'e PickedEndpoint>,
        weight: impl Fn(&PickedEndpoint) -> u64,
    ) -> Self {
        let mut sums = vec![0; count.compiled.classes.len()];
        for endpoint in endpoints {
            sums[endpoint.class as usize] += weight(endpoint);
        }
        let some = sums.into_iter().enumerate().filter(|(_, weight)| *weight > 0);
        Self { of_class: some.map(|(class, weight)| (class as u32, weight)).collect() }
    }

    /// Apart by address families, which decide about the plane: one class of each kind, and the kind's
    /// weights.
    fn by_kind(&self, compiled: &Compiled) -> Vec<(u32, Self)> {
        let mut kinds: HashMap<(bool, bool, bool), (u32, Self)> = HashMap::new();
        for (number, weight) in &self.of_class {
            let class = &compiled.classes.list[*number as usize];
            let kind = (class.addresses[0].is_some(), class.addresses[1].is_some(), class.prefers_v6);
            let entry = kinds.entry(kind).or_insert_with(|| (*number, Self { of_class: Vec::new() }));
            entry.1.of_class.push((*number, *weight));
        }
        kinds.into_values().collect()
    }
}
