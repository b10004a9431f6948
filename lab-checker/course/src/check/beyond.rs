//! Beyond today's cells: whether an answer does what the solution does for pods, ports and addresses that are not here
//! today. Every kind of flow is compared, and none is sampled.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use netpol::{
    ClassDifference, Comparison, Decision, Destination, Endpoint, Engine, Flow, FlowText, NetworkPolicy, PortRef,
    PortStretch, Snapshot, Stranger, Verdict, compare, counted, port_stretches_in_words,
};

use super::references::{Pair, References};
use super::report::Check;
use crate::labs::{FreeEnd, Lab, ReachabilityGoal};
use crate::reachability::{Look, Port};

/// The name of the check.
pub(crate) const BEYOND: &str = "also for pods, ports and addresses that are not here today";

/// What an answer does beyond the lab's cells.
#[derive(Debug, Default)]
pub(crate) struct Beyond {
    /// Flows that are not as in the solution, one of each kind; those that are easiest to understand come first.
    wrong: Vec<WrongFlow>,
    /// Kinds beyond those that are told.
    more: usize,
    /// Where not everything was looked at.
    pub(crate) limits: BTreeSet<String>,
    /// Whether there are flows that the standard leaves undefined.
    undefined: bool,
}

/// A flow that is not as in the solution.
#[derive(Debug)]
pub(crate) struct WrongFlow {
    pub(crate) flow: FlowText,
    pub(crate) message: String,
    decided_by: Vec<Decision>,
}

impl Beyond {
    /// Compares an answer with the solution, in its own cluster and then in every world of the lab, up to the first in
    /// which it is wrong, and tells so many kinds of flows that are wrong there: to put one into words takes as long
    /// as to find many.
    pub(crate) fn of(lab: &Lab, goal: &ReachabilityGoal, references: &References, look: &Look, most: usize) -> Self {
        let words: Vec<NetworkPolicy> = goal.free.iter().flat_map(crate::labs::FreeRule::words).collect();
        let mut beyond = Self { undefined: look.snapshot().pods.iter().any(|pod| pod.host_network), ..Self::default() };
        for pair in references.pairs(lab, look).filter(|pair| pair.answer != pair.solution) {
            let search = Search::new(goal, look, compare(&pair.answer, &pair.solution, &words), pair);
            beyond.limits.extend(search.comparison.limits.iter().cloned());
            let mut found = search.found();
            if !found.is_empty() {
                found.sort_by_key(|found| found.rank);
                beyond.more = found.len().saturating_sub(most);
                beyond.wrong = found.iter().take(most).map(Found::tell).collect();
                break;
            }
        }
        beyond
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The check of a report, once for every kind of flow that is wrong.
    pub(crate) fn checks(&self) -> Vec<Check> {
        if self.is_right() {
            return vec![Check::passed(BEYOND, self.passed())];
        }
        let told = self.wrong.iter().map(|wrong| Check {
            name: BEYOND.to_owned(),
            passed: false,
            message: wrong.message.clone(),
            flow: Some(wrong.flow.clone()),
            decided_by: wrong.decided_by.clone(),
        });
        let mut checks: Vec<Check> = told.collect();
        if self.more > 0 {
            let message = match self.more {
                1 => "and one more kind of flows that is not as it must be".to_owned(),
                more => format!("and {} of flows that are not as they must be", counted(more, "more kind")),
            };
            checks.push(Check::failed(BEYOND, message));
        }
        checks
    }

    fn passed(&self) -> String {
        let mut told = match self.limits.is_empty() {
            true => {
                "every port of TCP, UDP and SCTP, every address and every pod that could be there tomorrow is treated \
                     as in the solution"
            }
            false => "all that was looked at is treated as in the solution; that was not everything",
        }
        .to_owned();
        if self.undefined {
            told.push_str("; what host-network pods reach is undefined, and was not judged");
        }
        told
    }
}

/// Looking through the differences of one pair.
struct Search<'a> {
    goal: &'a ReachabilityGoal,
    look: &'a Look,
    pair: Pair<'a>,
    comparison: Comparison,
    /// The lab's endpoints by their pods; none in another world, where all flows are told here.
    places: HashMap<&'a Endpoint, usize>,
    /// What explains flows in another world; made when the first one is told.
    there: OnceCell<Engine>,
}

/// A difference that is wrong, and a flow that shows it.
struct Found<'a> {
    search: &'a Search<'a>,
    difference: &'a ClassDifference,
    example: Example,
    /// How much a reader has to imagine.
    rank: usize,
}

/// A flow of a difference that is the learner's to answer for.
struct Example {
    from: Endpoint,
    to: Endpoint,
    protocol: netpol::Protocol,
    port: u16,
}

impl<'a> Search<'a> {
    fn new(goal: &'a ReachabilityGoal, look: &'a Look, comparison: Comparison, pair: Pair<'a>) -> Self {
        let places = if pair.world.is_some() { HashMap::new() } else { look.places() };
        Self { goal, look, pair, comparison, places, there: OnceCell::new() }
    }

    /// What explains flows.
    fn engine(&self) -> &Engine {
        match self.pair.world {
            None => &self.look.engine,
            Some(_) => self.there.get_or_init(|| Engine::new(Snapshot::clone(&self.pair.answer))),
        }
    }

    fn found(&self) -> Vec<Found<'_>> {
        let cells: HashSet<(usize, usize, Port)> =
            self.goal.flows.cells.iter().map(|cell| (cell.from, cell.to, cell.port)).collect();
        let found = self.comparison.differences.iter().filter_map(|difference| {
            let example = self.example(difference, &self.places, &cells)?;
            Some(Found { search: self, difference, rank: rank(&example), example })
        });
        found.collect()
    }

    /// The first flow of a difference that no named check judges and no `free` leaves to the learner.
    fn example(
        &self,
        difference: &ClassDifference,
        places: &HashMap<&Endpoint, usize>,
        cells: &HashSet<(usize, usize, Port)>,
    ) -> Option<Example> {
        let [sources, destinations] = [difference.from, difference.to].map(|at| &self.comparison.endpoints[at]);
        for from in sources.ends() {
            for to in destinations.ends() {
                if from == to && !is_stranger(&from) {
                    continue;
                }
                for stretch in &difference.ports {
                    let named = |port: u16| match (places.get(&from), places.get(&to)) {
                        (Some(from), Some(to)) => cells.contains(&(*from, *to, (port, stretch.protocol))),
                        _ => false,
                    };
                    let port = (stretch.first..=stretch.last).find(|port| !named(*port));
                    let Some(port) = port else { continue };
                    if !self.is_free(&from, &to, (port, stretch.protocol), places) {
                        return Some(Example { from, to, protocol: stretch.protocol, port });
                    }
                }
            }
        }
        None
    }

    fn is_free(&self, from: &Endpoint, to: &Endpoint, port: Port, places: &HashMap<&Endpoint, usize>) -> bool {
        if self.goal.free.is_empty() {
            return false;
        }
        self.with_end(from, places, |from| {
            self.with_end(to, places, |to| self.goal.free.iter().any(|rule| rule.leaves(from, to, port)))
        })
    }

    fn with_end(
        &self,
        endpoint: &Endpoint,
        places: &HashMap<&Endpoint, usize>,
        ask: impl FnOnce(&FreeEnd<'_>) -> bool,
    ) -> bool {
        match endpoint {
            Endpoint::Address(address) => ask(&FreeEnd::Address(*address)),
            Endpoint::Service(_) => false,
            Endpoint::Pod(name) => match Stranger::of_name(name) {
                Some(stranger) => ask(&FreeEnd::Stranger(&stranger)),
                None => {
                    let endpoint = places.get(endpoint).map(|place| &self.goal.flows.endpoints[*place]);
                    let pods = &self.pair.answer.pods;
                    let pod = pods.iter().find(|pod| pod.namespace == name.namespace && pod.name == name.name);
                    let labels = pod.map(|pod| pod.labels.clone()).unwrap_or_default();
                    ask(&FreeEnd::Pod(name, endpoint, &labels))
                }
            },
        }
    }

    fn tell(&self, difference: &ClassDifference, example: &Example) -> WrongFlow {
        let Example { from, to, protocol, port } = example;
        let flow = Flow {
            from: from.clone(),
            to: Destination { endpoint: to.clone(), port: PortRef::Number(*port), protocol: *protocol },
        };
        let name = |endpoint: &Endpoint| match self.places.get(endpoint) {
            Some(place) => self.goal.flows.endpoints[*place].name.clone(),
            None => endpoint.to_string(),
        };
        let text = FlowText { from: name(from), to: name(to), port: *port, protocol: *protocol };
        let expected = match difference.first {
            Verdict::Allowed => Verdict::Blocked,
            Verdict::Blocked => Verdict::Allowed,
        };
        let explanation = self.engine().explain(&flow).ok();
        let decided_by = explanation.as_ref().map(|explanation| explanation.decided_by.clone()).unwrap_or_default();
        let why = explanation.map(|explanation| {
            let why = explanation.summary.replace(&from.to_string(), &text.from);
            why.replace(&to.to_string(), &text.to)
        });
        let mut message = format!("It must be {expected}. {}", why.unwrap_or_else(|| format!("{text} is not.")));
        for end in [from, to] {
            message.extend(self.who(end).map(|who| format!(" {who}.")));
        }
        message.extend(more_ports(&difference.ports).map(|more| format!(" The same goes for {more}.")));
        if let Some(world) = &self.pair.world {
            message = format!("In another cluster of this lab ({world}): {message}");
        }
        WrongFlow { flow: text, message, decided_by }
    }

    /// What a written endpoint stands for, when it is not there today.
    fn who(&self, end: &Endpoint) -> Option<String> {
        match end {
            Endpoint::Pod(name) => {
                let stranger = Stranger::of_name(name)?;
                Some(format!("{stranger} stands for {}", stranger.in_words()))
            }
            Endpoint::Address(address) => self.block_of(*address).map(|block| format!("{address} stands for {block}")),
            Endpoint::Service(_) => None,
        }
    }

    fn block_of(&self, address: IpAddr) -> Option<String> {
        let addresses = self.comparison.endpoints.iter().flat_map(|class| &class.addresses);
        addresses.filter(|one| one.example == address).map(ToString::to_string).next()
    }
}

impl Found<'_> {
    fn tell(&self) -> WrongFlow {
        self.search.tell(self.difference, &self.example)
    }
}

/// How much a reader has to imagine.
fn rank(example: &Example) -> usize {
    let end = |endpoint: &Endpoint| match endpoint {
        Endpoint::Address(_) => 1,
        endpoint if is_stranger(endpoint) => 2,
        _ => 0,
    };
    end(&example.from) + end(&example.to)
}

fn is_stranger(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::Pod(name) if Stranger::is_name(name))
}

/// All ports of a difference, unless it is a single one.
fn more_ports(ports: &[PortStretch]) -> Option<String> {
    match ports {
        [one] if one.first == one.last => None,
        ports => Some(port_stretches_in_words(ports)),
    }
}

/// Whether two clusters treat all flows alike.
pub(crate) fn are_alike(a: &Snapshot, b: &Snapshot) -> bool {
    a == b || compare(a, b, &[]).is_empty()
}
