//! What an explanation says of pods whose addresses nobody has told, and of nodes: that the verdict depends on them,
//! where it does, and never an address that exists nowhere.

use std::net::IpAddr;

use memchr::memmem::Finder;

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
}

/// What is said of a flow where pods have certain addresses.
#[derive(Clone, Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) explanation: Explanation,
    /// The ends whose addresses nobody has told.
    pub(crate) unknown: Vec<UnknownAddress>,
    pub(crate) engine: &'a Engine,
}

impl Placed<'_> {
    /// Where a pod's address lies among the blocks that policies name.
    fn block_of(&self, name: &str) -> Option<String> {
        self.address_of(name).map(|address| self.engine.block_in_words(address))
    }

    /// What stands in for the address of a pod; none, when it is told.
    fn address_of(&self, name: &str) -> Option<IpAddr> {
        self.unknown.iter().find(|known| known.name == name).map(|known| known.address)
    }

    /// What nobody knows of the node that a destination is, or runs on as a host-network pod.
    fn node_in_words(to: &str) -> [String; 2] {
        match to.parse::<IpAddr>() {
            Ok(_) => [format!("which node {to} is, if any"), format!("above as if {to} were no node's address")],
            Err(_) => {
                let one = format!("above for one of the nodes that {to} may run on; spec.nodeName tells which");
                [format!("which node {to} runs on"), one]
            }
        }
    }
}

/// The ends of a route whose addresses nobody has told.
pub(crate) fn of(route: &Route<'_>) -> Vec<UnknownAddress> {
    let mut found: Vec<UnknownAddress> = Vec::new();
    for end in route.paths.iter().flat_map(|path| [&path.source, &path.destination]) {
        let Some(pod) = end.pod.filter(|pod| pod.assumed && !pod.host_network) else { continue };
        let name = format!("{}/{}", pod.namespace, pod.name);
        if !found.iter().any(|known| known.name == name) {
            found.push(UnknownAddress { name, address: pod.addresses[0] });
        }
    }
    found
}

/// Says what depends on addresses, and takes those out that stand in. `others` are the same with pods elsewhere.
pub(crate) fn tell(here: Placed<'_>, others: &[Placed<'_>]) -> Explanation {
    let Placed { mut explanation, unknown, engine } = here;
    let backends = std::mem::take(&mut explanation.backends).into_iter().enumerate().map(|(at, backend)| {
        let there = others.iter().filter_map(|other| {
            let explanation = other.explanation.backends.get(at)?.clone();
            Some(Placed { explanation, unknown: other.unknown.clone(), engine: other.engine })
        });
        tell(Placed { explanation: backend, unknown: unknown.clone(), engine }, &there.collect::<Vec<_>>())
    });
    explanation.backends = backends.collect();
    for UnknownAddress { name, address } in &unknown {
        let address = address.to_string();
        let (finder, words) = (Finder::new(&address), format!("the address of {name}"));
        each_text(&mut explanation, &|text| replace(text, (&finder, address.len()), &words));
    }
    let mut here = Placed { explanation, unknown, engine };
    if here.explanation.backends.is_empty() {
        tell_path(&mut here, others);
    } else {
        tell_service(&mut here);
    }
    here.explanation
}

fn tell_service(here: &mut Placed<'_>) {
    let is_sure = |backend: &Explanation| backend.depends_on.is_empty();
    let backends = &here.explanation.backends;
    if backends.iter().all(is_sure) || backends.iter().any(|one| is_sure(one) && !one.verdict.is_allowed()) {
        return;
    }
    let mut on: Vec<String> = backends.iter().flat_map(|backend| backend.depends_on.clone()).collect();
    on.sort();
    on.dedup();
    let (pods, nodes): (Vec<String>, Vec<String>) =
        on.iter().cloned().partition(|name| here.address_of(name).is_some());
    let what = [("the addresses of", pods), ("the nodes of", nodes)].into_iter().filter(|(_, names)| !names.is_empty());
    let what: Vec<String> = what.map(|(of, names)| format!("{of} {}", all_of(&names))).collect();
    let explanation = &mut here.explanation;
    explanation.summary = format!("{} depends on {}, which the files do not name.", explanation.flow, all_of(&what));
    explanation.depends_on = on;
}

fn tell_path(here: &mut Placed<'_>, others: &[Placed<'_>]) {
    let all = others.iter().map(|other| sides(&other.explanation)).fold(sides(&here.explanation), Sides::or);
    let depends = all.depends();
    let flow = here.explanation.flow.clone();
    if !depends.is_any() {
        let unclear =
            [(all.egress, "let out by its source", &flow.to), (all.ingress, "let in by its destination", &flow.from)];
        for (_, what, end) in unclear.into_iter().filter(|(side, ..)| side.is_none()) {
            let on = match here.address_of(end) {
                Some(_) => format!("the address of {end}"),
                None => Placed::node_in_words(end)[0].clone(),
            };
            let note = format!("whether {flow} is {what} depends on {on}, which the files do not name");
            here.explanation.notes.push(note);
        }
        return;
    }
    let ends = [(depends.source, &flow.from), (depends.destination, &flow.to)];
    let on: Vec<String> = ends.iter().filter(|(depends, _)| *depends).map(|(_, name)| (*name).clone()).collect();
    let node = (depends.destination && here.address_of(&flow.to).is_none()).then(|| Placed::node_in_words(&flow.to));
    let pods = match on.len() - usize::from(node.is_some()) {
        0 => None,
        1 => Some("the pod's address"),
        _ => Some("the pods' addresses"),
    };
    let what: Vec<&str> = pods.into_iter().chain(node.as_ref().map(|[which, _]| which.as_str())).collect();
    let where_it_is = if node.is_some() { String::new() } else { blocks(here, depends, others) };
    let summary = format!("{flow} depends on {}, which the files do not name{where_it_is}.", all_of(&what));
    let as_if = notes(here, &on, node);
    let explanation = &mut here.explanation;
    explanation.summary = summary;
    explanation.depends_on = on;
    explanation.nearest_misses.clear();
    explanation.notes.extend(as_if);
}

/// What an explanation takes for granted of what nobody has told.
fn notes(here: &Placed<'_>, on: &[String], node: Option<[String; 2]>) -> Vec<String> {
    let blocks = on.iter().filter_map(|name| {
        let block = here.block_of(name)?;
        let telling = "--pod-cidr tells where pods have their addresses";
        Some(format!("above as if the address of {name} were in {block}; {telling}"))
    });
    let node = node.map(|[_, without]| format!("{without}; --node tells which nodes there are"));
    blocks.chain(node).collect()
}

/// Where the address must be for what: told where it is one pod's.
fn blocks(here: &Placed<'_>, depends: Depends, others: &[Placed<'_>]) -> String {
    let name = match (depends.source, depends.destination) {
        (true, false) => &here.explanation.flow.from,
        (false, true) => &here.explanation.flow.to,
        _ => return String::new(),
    };
    let mut found: [Vec<String>; 2] = Default::default();
    for way in std::iter::once(here).chain(others) {
        let allowed = sides(&way.explanation).verdict() == Some(Verdict::Allowed);
        let list = &mut found[usize::from(allowed)];
        list.extend(way.block_of(name).filter(|block| !list.contains(block)));
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

/// Puts words in the place of an address: not where the address is only the beginning or the end of another one.
fn replace(text: &mut String, (finder, length): (&Finder<'_>, usize), words: &str) {
    let Some(first) = finder.find(text.as_bytes()) else { return };
    let is_part = |character: char| character.is_ascii_hexdigit() || ".:/".contains(character);
    let mut rest = text.as_str();
    let mut out = String::with_capacity(text.len());
    let mut next = Some(first);
    while let Some(at) = next {
        let behind = &rest[at + length..];
        let before = rest[..at].chars().next_back().is_some_and(|last| last.is_ascii_alphanumeric() || last == '.');
        let mut after = behind.chars();
        // A full stop ends a sentence, unless digits follow.
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(|next| next.is_ascii_digit()),
            Some(next) => is_part(next),
            None => false,
        };
        out.push_str(&rest[..at]);
        out.push_str(if before || goes_on { &rest[at..at + length] } else { words });
        rest = behind;
        next = finder.find(rest.as_bytes());
    }
    out.push_str(rest);
    *text = out;
}
