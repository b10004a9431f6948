//! All verdicts at one class of ports: for every list of policies the set of other endpoints that it lets
//! through. A flow is allowed when its source lets it out and its destination lets it in.

use fixedbitset::FixedBitSet;

use crate::classes::{Compiled, CompiledRule, PolicyList, PortClass, RulePort, plane};
use crate::model::{Action, Direction, Tier};

/// All verdicts at one class of ports.
#[derive(Clone, Debug)]
pub(crate) struct ClassVerdicts {
    /// Per plane, `[egress, ingress]`: the rows of the direction's lists.
    rows: Vec<[Vec<FixedBitSet>; 2]>,
}

impl ClassVerdicts {
    pub(crate) fn new(compiled: &Compiled, port: PortClass) -> Self {
        let plane = |plane| {
            [Direction::Egress, Direction::Ingress].map(|direction| {
                let builder = RowBuilder { compiled, port, direction, plane };
                compiled.policy_lists[direction.slot()].distinct.iter().map(|list| builder.row(list)).collect()
            })
        };
        Self { rows: (0..compiled.planes).map(plane).collect() }
    }

    /// The other endpoints that a list of policies lets through.
    pub(crate) fn row(&self, plane: usize, direction: Direction, list: u32) -> &FixedBitSet {
        &self.rows[plane][direction.slot()][list as usize]
    }

    /// Whether flows from one class to another get through.
    pub(crate) fn allows(&self, compiled: &Compiled, source: u32, destination: u32) -> bool {
        self.sides(compiled, source, destination) == [true, true]
    }

    /// Whether the source lets flows to the destination out, and the destination lets them in.
    pub(crate) fn sides(&self, compiled: &Compiled, source: u32, destination: u32) -> [bool; 2] {
        let classes = &compiled.classes.list;
        let plane = match compiled.planes {
            1 => 0,
            _ => plane(&classes[source as usize], &classes[destination as usize]),
        };
        let [egress, ingress] = &self.rows[plane];
        [
            egress[compiled.policy_lists[0].of_class[source as usize] as usize].contains(destination as usize),
            ingress[compiled.policy_lists[1].of_class[destination as usize] as usize].contains(source as usize),
        ]
    }
}

/// Which other endpoints a rule's ports leave.
enum PortHit {
    Nothing,
    All,
    Some(FixedBitSet),
}

struct RowBuilder<'a> {
    compiled: &'a Compiled,
    port: PortClass,
    direction: Direction,
    plane: usize,
}

impl RowBuilder<'_> {
    /// Asks the tiers in order: Admin, NetworkPolicies, Baseline; what is left is allowed.
    fn row(&self, list: &PolicyList) -> FixedBitSet {
        let mut allowed = FixedBitSet::with_capacity(self.compiled.classes.len());
        let mut open = FixedBitSet::with_capacity(self.compiled.classes.len());
        open.insert_range(..);
        self.tier(list, Tier::Admin, &mut open, &mut allowed);
        if list.policies.is_empty() {
            self.tier(list, Tier::Baseline, &mut open, &mut allowed);
        } else {
            open.intersect_with(&self.policies(list));
        }
        allowed.union_with(&open);
        allowed
    }

    /// What the NetworkPolicies of a list admit, all together.
    fn policies(&self, list: &PolicyList) -> FixedBitSet {
        let mut admitted = FixedBitSet::with_capacity(self.compiled.classes.len());
        for policy in &list.policies {
            for rule in self.compiled.policies[*policy as usize].rules[self.direction.slot()].iter().flatten() {
                match self.port_hit(rule, list) {
                    PortHit::Nothing => {}
                    PortHit::All => admitted.union_with(rule.peers(self.plane)),
                    PortHit::Some(mut endpoints) => {
                        endpoints.intersect_with(rule.peers(self.plane));
                        admitted.union_with(&endpoints);
                    }
                }
            }
        }
        admitted
    }

    /// Asks one tier's rules in order about the open endpoints; those that it decides are no longer open.
    fn tier(&self, list: &PolicyList, tier: Tier, open: &mut FixedBitSet, allowed: &mut FixedBitSet) {
        let mut passed = FixedBitSet::with_capacity(open.len());
        let policies = list.cluster_policies.iter().map(|at| &self.compiled.cluster_policies[*at as usize]);
        for policy in policies.filter(|policy| policy.tier == tier) {
            for rule in &policy.rules[self.direction.slot()] {
                let mut matched = match self.port_hit(rule, list) {
                    PortHit::Nothing => continue,
                    PortHit::All => open.clone(),
                    PortHit::Some(mut endpoints) => {
                        endpoints.intersect_with(open);
                        endpoints
                    }
                };
                matched.intersect_with(rule.peers(self.plane));
                open.difference_with(&matched);
                match rule.action {
                    Action::Accept => allowed.union_with(&matched),
                    Action::Deny => {}
                    Action::Pass => passed.union_with(&matched),
                }
            }
        }
        open.union_with(&passed);
    }

    fn port_hit(&self, rule: &CompiledRule, list: &PolicyList) -> PortHit {
        if rule.ports.is_empty() {
            return PortHit::All;
        }
        let mut some: Option<FixedBitSet> = None;
        for port in &rule.ports {
            match port {
                RulePort::Range(protocol, from, to) => {
                    if *protocol == self.port.protocol && (*from..=*to).contains(&self.port.first) {
                        return PortHit::All;
                    }
                }
                RulePort::Named(protocol, name) => {
                    if protocol.is_some_and(|protocol| protocol != self.port.protocol) {
                        continue;
                    }
                    match self.direction {
                        Direction::Ingress if list.ports.is_some_and(|ports| self.declares(ports, name)) => {
                            return PortHit::All;
                        }
                        Direction::Ingress => {}
                        Direction::Egress => {
                            let endpoints = self.compiled.classes.filter(|class| self.declares(class.ports, name));
                            some.get_or_insert_with(|| FixedBitSet::with_capacity(endpoints.len()))
                                .union_with(&endpoints);
                        }
                    }
                }
            }
        }
        some.map_or(PortHit::Nothing, PortHit::Some)
    }

    /// Whether a list of named ports calls the port at hand by this name.
    fn declares(&self, ports: u32, name: &str) -> bool {
        let ports = &self.compiled.classes.port_names[ports as usize];
        ports.iter().any(|(declared, protocol, number)| {
            declared == name && *protocol == self.port.protocol && *number == self.port.first
        })
    }
}
