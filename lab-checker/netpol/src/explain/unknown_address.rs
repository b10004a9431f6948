//! What an explanation says of pods whose addresses nobody has told: that the verdict depends on them, where it does,
//! and never an address that exists nowhere.

use std::net::IpAddr;

use super::explanation::{Explanation, SideExplanation};
use crate::engine::Engine;
use crate::flow::Route;
use crate::model::phrases::all_of;
use crate::model::{Depends, Sides, Verdict};

/// An end of a flow whose address stands in for one that nobody has told.
#[derive(Clone, Debug)]
pub(crate) struct UnknownAddress {
    /// The pod.
    name: String,
    address: IpAddr,
    /// Where the address lies among the blocks that policies name.
    block: String,
}

/// The ends of a route whose addresses nobody has told.
pub(crate) fn of(route: &Route<'_>, engine: &Engine) -> Vec<UnknownAddress> {
    let mut found: Vec<UnknownAddress> = Vec::new();
    for end in route.paths.iter().flat_map(|path| [&path.source, &path.destination]) {
        let Some(pod) = end.pod.filter(|pod| pod.assumed && !pod.host_network) else { continue };
        let name = format!("{}/{}", pod.namespace, pod.name);
        if !found.iter().any(|known| known.name == name) {
            let address = pod.addresses[0];
            found.push(UnknownAddress { name, address, block: engine.block_in_words(address) });
        }
    }
    found
}

/// Says what depends on addresses, and takes those out that stand in. `others` are the same with pods elsewhere.
pub(crate) fn tell(
    explanation: &mut Explanation,
    unknown: &[UnknownAddress],
    others: &[(Explanation, Vec<UnknownAddress>)],
) {
    for (at, backend) in explanation.backends.iter_mut().enumerate() {
        let of_backend = |(other, unknown): &(Explanation, Vec<UnknownAddress>)| {
            Some((other.backends.get(at)?.clone(), unknown.clone()))
        };
        tell(backend, unknown, &others.iter().filter_map(of_backend).collect::<Vec<_>>());
    }
    each_text(explanation, &|text| {
        for UnknownAddress { name, address, .. } in unknown {
            *text = without(text, &address.to_string(), &format!("the address of {name}"));
        }
    });
    if explanation.backends.is_empty() {
        tell_path(explanation, unknown, others);
    } else {
        tell_service(explanation);
    }
}

fn tell_service(explanation: &mut Explanation) {
    let is_sure = |backend: &Explanation| backend.depends_on.is_empty();
    let backends = &explanation.backends;
    if backends.iter().all(is_sure) || backends.iter().any(|one| is_sure(one) && !one.verdict.is_allowed()) {
        return;
    }
    let mut on: Vec<String> = backends.iter().flat_map(|backend| backend.depends_on.clone()).collect();
    on.sort();
    on.dedup();
    explanation.summary =
        format!("{} depends on the addresses of {}, which the files do not name.", explanation.flow, all_of(&on));
    explanation.depends_on = on;
}

fn tell_path(explanation: &mut Explanation, unknown: &[UnknownAddress], others: &[(Explanation, Vec<UnknownAddress>)]) {
    let all = others.iter().map(|(other, _)| sides(other)).fold(sides(explanation), Sides::or);
    let depends = all.depends();
    let (from, to) = (explanation.flow.from.clone(), explanation.flow.to.clone());
    if !depends.is_any() {
        let unclear = [(all.egress, "let out by its source", &to), (all.ingress, "let in by its destination", &from)];
        for (_, what, pod) in unclear.into_iter().filter(|(side, ..)| side.is_none()) {
            let flow = &explanation.flow;
            let note = format!("whether {flow} is {what} depends on the address of {pod}, which the files do not name");
            explanation.notes.push(note);
        }
        return;
    }
    let ends = [(depends.source, &from), (depends.destination, &to)];
    explanation.depends_on = ends.iter().filter(|(depends, _)| *depends).map(|(_, name)| (*name).clone()).collect();
    let whose = match explanation.depends_on.as_slice() {
        [_] => "the pod's address",
        _ => "the pods' addresses",
    };
    let where_it_is = blocks(explanation, depends, unknown, others);
    explanation.summary = format!("{} depends on {whose}, which the files do not name{where_it_is}.", explanation.flow);
    explanation.nearest_misses.clear();
    for name in &explanation.depends_on {
        if let Some(UnknownAddress { block, .. }) = unknown.iter().find(|known| known.name == *name) {
            explanation.notes.push(format!(
                "above as if the address of {name} were in {block}; --pod-cidr tells where pods have their addresses"
            ));
        }
    }
}

/// Where the address must be for what: told where it is one pod's.
fn blocks(
    explanation: &Explanation,
    depends: Depends,
    unknown: &[UnknownAddress],
    others: &[(Explanation, Vec<UnknownAddress>)],
) -> String {
    let name = match (depends.source, depends.destination) {
        (true, false) => &explanation.flow.from,
        (false, true) => &explanation.flow.to,
        _ => return String::new(),
    };
    let mut found: [Vec<String>; 2] = Default::default();
    let ways = std::iter::once((sides(explanation), unknown));
    let ways = ways.chain(others.iter().map(|(other, unknown)| (sides(other), unknown.as_slice())));
    for (sides, unknown) in ways {
        let allowed = sides.verdict() == Some(Verdict::Allowed);
        let list = &mut found[usize::from(allowed)];
        let block = unknown.iter().find(|known| known.name == *name).map(|known| known.block.clone());
        list.extend(block.filter(|block| !list.contains(block)));
    }
    let [blocked, allowed] = found.map(|blocks| all_of(&blocks));
    format!(": it is allowed where that is in {allowed}, and blocked where it is in {blocked}")
}

fn sides(explanation: &Explanation) -> Sides {
    Sides { egress: Some(explanation.egress.verdict), ingress: Some(explanation.ingress.verdict) }
}

fn each_text(explanation: &mut Explanation, change: &impl Fn(&mut String)) {
    let side = |side: &mut SideExplanation| {
        change(&mut side.reason);
        for policy in &mut side.policies {
            change(&mut policy.reason);
            policy.rules.iter_mut().for_each(|rule| change(&mut rule.reason));
        }
    };
    side(&mut explanation.egress);
    side(&mut explanation.ingress);
    change(&mut explanation.summary);
    explanation.nearest_misses.iter_mut().for_each(change);
    explanation.notes.iter_mut().for_each(change);
}

/// A text without an address: not where the address is only the beginning or the end of another one.
fn without(text: &str, address: &str, words: &str) -> String {
    let is_part = |character: char| character.is_ascii_hexdigit() || ".:/".contains(character);
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find(address) {
        let behind = &rest[at + address.len()..];
        let before = rest[..at].chars().next_back().is_some_and(|last| last.is_ascii_alphanumeric() || last == '.');
        let mut after = behind.chars();
        // A full stop ends a sentence, unless digits follow.
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(|next| next.is_ascii_digit()),
            Some(next) => is_part(next),
            None => false,
        };
        out.push_str(&rest[..at]);
        out.push_str(if before || goes_on { address } else { words });
        rest = behind;
    }
    out + rest
}
