//! Findings that need the compiled policies: rules that others make redundant.

use std::collections::{BTreeSet, HashMap, HashSet};

use ipnet::IpNet;

use super::catalogue::Lint;
use super::finding::{Finding, finding, full_name, rule_field};
use crate::classes::{Compiled, CompiledRule, RulePort};
use crate::compare::compare;
use crate::engine::Engine;
use crate::model::{Direction, NetworkPolicy, Pod, Snapshot, around};
use crate::placements::placements;

/// More comparisons than these are not made: what was not looked at is not claimed.
const MOST_COMPARISONS: usize = 256;

/// Of one rule, so many others that seem to cover it are looked at.
const MOST_OTHERS: usize = 6;

/// A rule, by its policy and its place in the list of the direction.
type Place = (usize, usize);

/// Rules that admit nothing that another rule does not admit for the same pods too, whatever pods come. Rules that
/// do so today are found by their sets of classes, and only these are compared exactly.
pub(crate) fn redundant_rules(engine: &Engine) -> Vec<Finding> {
    let (compiled, policies) = (engine.compiled(), &engine.snapshot().policies);
    let mut cover = Cover::new(engine);
    let mut findings = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules: Vec<(Place, &CompiledRule)> = all_rules(compiled, direction).collect();
        for &(place, rule) in &rules {
            if rule.peers(0).is_clear() || compiled.policies[place.0].selected.is_clear() {
                continue;
            }
            let covers_today = rules.iter().filter(|(other, over)| {
                *other != place && selects_all_of(compiled, other.0, place.0) && covers(compiled, over, rule)
            });
            let mut others: Vec<Place> = covers_today.map(|(other, _)| *other).collect();
            // The likeliest first: its neighbours.
            others.sort_by_key(|other| (other.0 != place.0, *other));
            let by = others.into_iter().take(MOST_OTHERS).find(|other| {
                cover.always(direction, *other, place)
                    // Of two rules that cover each other the first one stays.
                    && (*other < place || !cover.always(direction, place, *other))
            });
            if let Some((other, at)) = by {
                let by = match other == place.0 {
                    true => format!("{direction} rule {}", at + 1),
                    false => format!("{direction} rule {} of {}", at + 1, full_name(&policies[other])),
                };
                let message = format!("everything that it admits is admitted by {by} too");
                let field = rule_field(direction, place.1);
                let help = Some("remove it: that changes nothing, for pods that come later either".to_owned());
                findings.push(Finding { help, ..finding(&policies[place.0], field, Lint::RedundantRule, message) });
            }
        }
    }
    findings
}

/// Whether rules cover others for all pods that there could be.
struct Cover<'a> {
    policies: &'a [NetworkPolicy],
    /// A cluster in which policies can tell the same apart, without any.
    cluster: Snapshot,
    known: HashMap<(Direction, Place, Place), bool>,
}

impl<'a> Cover<'a> {
    fn new(engine: &'a Engine) -> Self {
        let snapshot = engine.snapshot();
        let mut of_class: HashMap<u32, usize> = HashMap::new();
        let mut networks: HashSet<Vec<IpNet>> = HashSet::new();
        let pods = snapshot.pods.iter().zip(&engine.compiled().classes.of_pod).filter(|(pod, class)| {
            let seen = of_class.entry(**class).or_default();
            *seen += 1;
            // Two of each class, since a pod and another one of its kind are not one pod.
            networks.insert(pod_networks(pod)) || *seen <= 2
        });
        let mut pods: Vec<Pod> = pods.map(|(pod, _)| pod.clone()).collect();
        // Where nobody has told a pod's address, it may lie wherever policies can tell addresses apart.
        for (way, placed) in placements(snapshot.clone()).into_iter().enumerate() {
            let elsewhere = placed.pods.into_iter().filter(|pod| pod.assumed && networks.insert(pod_networks(pod)));
            pods.extend(elsewhere.map(|pod| Pod { name: format!("{}.{way}", pod.name), ..pod }));
        }
        let cluster = Snapshot { namespaces: snapshot.namespaces.clone(), pods, ..Snapshot::default() };
        Self { policies: &snapshot.policies, cluster, known: HashMap::new() }
    }

    /// Whether one rule admits all that another admits, for all pods of the other's policy. What these two do not
    /// differ in, they do not differ in beside further policies.
    fn always(&mut self, direction: Direction, over: Place, rule: Place) -> bool {
        if let Some(known) = self.known.get(&(direction, over, rule)) {
            return *known;
        }
        if self.known.len() >= MOST_COMPARISONS {
            return false;
        }
        let side = |places: &[Place]| {
            let names = BTreeSet::from([over.0, rule.0]);
            let policies = names.into_iter().map(|at| self.alone(direction, at, places)).collect();
            Snapshot { policies, ..self.cluster.clone() }
        };
        let comparison = compare(&side(&[over, rule]), &side(&[over]), &[]);
        let covers = comparison.is_empty() && comparison.limits.is_empty();
        self.known.insert((direction, over, rule), covers);
        covers
    }

    /// A policy with some of its rules of one direction.
    fn alone(&self, direction: Direction, policy: usize, places: &[Place]) -> NetworkPolicy {
        let policy_at = policy;
        let policy = &self.policies[policy];
        let rules = policy.rules(direction).into_iter().flatten().enumerate();
        let rules = rules.filter(|(at, _)| places.contains(&(policy_at, *at))).map(|(_, rule)| rule.clone()).collect();
        let (ingress, egress) = match direction {
            Direction::Ingress => (Some(rules), None),
            Direction::Egress => (None, Some(rules)),
        };
        NetworkPolicy { ingress, egress, ..policy.clone() }
    }
}

fn pod_networks(pod: &Pod) -> Vec<IpNet> {
    pod.addresses.iter().map(|address| around(*address)).collect()
}

fn all_rules(compiled: &Compiled, direction: Direction) -> impl Iterator<Item = (Place, &CompiledRule)> {
    let policies = compiled.policies.iter().enumerate();
    policies.flat_map(move |(at, policy)| {
        let rules = policy.rules[direction.slot()].iter().flatten().enumerate();
        rules.map(move |(rule_at, rule)| ((at, rule_at), rule))
    })
}

fn selects_all_of(compiled: &Compiled, policy: usize, other: usize) -> bool {
    policy == other || compiled.policies[other].selected.is_subset(&compiled.policies[policy].selected)
}

/// Whether one rule admits all that another admits.
fn covers(compiled: &Compiled, over: &CompiledRule, rule: &CompiledRule) -> bool {
    let ports = over.ports.is_empty()
        || !rule.ports.is_empty()
            && rule.ports.iter().all(|port| over.ports.iter().any(|wide| covers_port(wide, port)));
    ports && (0..compiled.planes).all(|plane| rule.peers(plane).is_subset(over.peers(plane)))
}

fn covers_port(wide: &RulePort, port: &RulePort) -> bool {
    match (wide, port) {
        (RulePort::Range(a, from, to), RulePort::Range(b, first, last)) => a == b && from <= first && last <= to,
        (RulePort::Range(a, 0, u16::MAX), RulePort::Named(Some(b), _)) => a == b,
        (RulePort::Named(..), RulePort::Named(..)) => wide == port,
        _ => false,
    }
}
