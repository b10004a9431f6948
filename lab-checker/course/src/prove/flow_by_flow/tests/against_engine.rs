//! Both opinions about every flow of many random clusters. They share the reading of pods and nothing else.

use std::collections::BTreeSet;
use std::net::IpAddr;

use manifest::Source;
use netpol::{Engine, Flow, Verdict};
use serde_json::Value;

use super::super::cluster::Cluster;
use super::super::difference::Reference;
use super::super::endpoint::{Endpoint, Kind};
use super::super::ports::{self, Port};
use super::super::verdict::Judge;
use super::random::{Dice, pods, policies};
use crate::snapshot::apply;

const OUTSIDE: [&str; 5] = ["10.1.0.1", "203.0.113.5", "203.0.113.200", "2001:db8::5", "fd00::1:77"];

/// The pods of a cluster and some addresses outside.
fn endpoints(cluster: &Cluster) -> Vec<Endpoint> {
    let outside = OUTSIDE.iter().map(|text| Endpoint::outside(text.parse().unwrap()));
    cluster.place.pods.iter().cloned().chain(outside).collect()
}

fn ports_of(cluster: &Cluster) -> Vec<Port> {
    let rules = cluster.policies.iter().flat_map(super::super::policy::Policy::all_rules);
    ports::to_try(rules.flat_map(|rule| rule.ports.iter().flatten()), [53, 80].into_iter())
}

fn engine(objects: &[Value]) -> Engine {
    Engine::new(manifest::lower(objects, Source::Files).unwrap())
}

fn verdict_of(engine: &Engine, from: &Endpoint, to: &Endpoint, (number, protocol): Port) -> bool {
    let to = match to.address {
        IpAddr::V6(address) if to.kind == Kind::Outside => format!("[{address}]"),
        _ => to.to_string(),
    };
    let to = format!("{to}:{number}/{}", protocol.name()).parse().unwrap();
    engine.verdict(&Flow { from: from.to_string().parse().unwrap(), to }).unwrap() == Verdict::Allowed
}

#[test]
fn both_opinions_agree_about_every_flow() {
    let (mut flows, mut blocked) = (0, 0);
    for seed in 1..=200 {
        let mut dice = Dice::new(seed);
        let mut objects = pods(&mut dice);
        objects.extend(policies(&mut dice));
        let engine = engine(&objects);
        let cluster = Cluster::read(&objects).unwrap();
        let (endpoints, ports) = (endpoints(&cluster), ports_of(&cluster));
        for ports in ports.chunks(super::super::verdict::AT_ONCE) {
            let judge = Judge::new(&cluster.policies, &endpoints, ports);
            for (from, source) in endpoints.iter().enumerate() {
                for (to, destination) in endpoints.iter().enumerate().filter(|(_, to)| source.can_call(to)) {
                    let allowed = judge.allowed(from, to);
                    for (bit, port) in ports.iter().enumerate() {
                        let here = allowed & (1 << bit) != 0;
                        let there = verdict_of(&engine, source, destination, *port);
                        assert_eq!(here, there, "seed {seed}: {source} → {destination} {port:?}");
                        flows += 1;
                        blocked += usize::from(!here);
                    }
                }
            }
        }
    }
    assert!(flows > 50_000 && blocked > flows / 10 && blocked < flows * 9 / 10, "{blocked} of {flows} blocked");
}

#[test]
fn what_the_engine_tells_apart_is_a_difference() {
    let (mut same, mut different) = (0, 0);
    for seed in 1..=80 {
        let mut dice = Dice::new(seed);
        let base = pods(&mut dice);
        let mut side = || -> Vec<Value> { base.iter().cloned().chain(policies(&mut dice)).collect() };
        let (right, other) = (side(), side());
        let engines = (engine(&right), engine(&other));
        let clusters = (Cluster::read(&right).unwrap(), Cluster::read(&other).unwrap());
        let endpoints = endpoints(&clusters.0);
        let ports: BTreeSet<Port> = ports_of(&clusters.0).into_iter().chain(ports_of(&clusters.1)).collect();
        let seen = endpoints.iter().find_map(|from| {
            let callable = endpoints.iter().filter(|to| from.can_call(to));
            let mut flows = callable.flat_map(|to| ports.iter().map(move |port| (to, *port)));
            let (to, port) = flows.find(|(to, port)| {
                verdict_of(&engines.0, from, to, *port) != verdict_of(&engines.1, from, to, *port)
            })?;
            Some(format!("{from} → {to} {port:?}"))
        });
        let found = Reference::of(&right).unwrap().first_difference(&other, &|_, _, _| false);
        match (seen, found) {
            (Some(seen), None) => panic!("seed {seed}: no difference found, but {seen}"),
            (_, Some(_)) => different += 1,
            (None, None) => same += 1,
        }
    }
    assert!(same > 2 && different > 30, "{same} same, {different} different");
}

/// The engine's comparison works with classes, this one with examples: they must find a difference in the same pairs.
#[test]
fn both_comparisons_find_the_same_clusters_different() {
    let (mut same, mut different) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let base = pods(&mut dice);
        let right: Vec<Value> = policies(&mut dice);
        // One object of the other side is another; mostly it makes a difference, and sometimes none.
        let more = policies(&mut dice);
        let other = apply(&right, &more[..more.len().min(1)]);
        let whole = |policies: &[Value]| -> Vec<Value> { base.iter().chain(policies).cloned().collect() };
        let (right, other) = (whole(&right), whole(&other));
        let snapshot = |objects: &[Value]| manifest::lower(objects, Source::Files).unwrap();
        let comparison = netpol::compare(&snapshot(&right), &snapshot(&other), &[]);
        let classes = comparison.differences.first();
        let flow = classes.and_then(|class| comparison.flows(class).next());
        let found = Reference::of(&right).unwrap().first_difference(&other, &|_, _, _| false);
        assert_eq!(found.is_some(), classes.is_some(), "seed {seed}: here {found:?}, there {flow:?}");
        same += usize::from(found.is_none());
        different += usize::from(found.is_some());
    }
    assert!(same > 10 && different > 50, "{same} same, {different} different");
}
