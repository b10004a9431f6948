//! What is true today, written as expectations: in labels, so that they are true of the pods of tomorrow too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use netpol::{Engine, LabelScope, PortStretch, Protocol, Snapshot, Stranger, Survey, SurveyEnd, Verdict};
use serde_json::Value;

use super::describe::{Described, Describer, scope_words};
use super::ends::{Known, Owned};
use super::model::Expectations;
use super::pattern::{EndPattern, PortPattern, ToPattern};

/// Ends or kinds of ends, by their numbers.
type Numbers = BTreeSet<usize>;

/// Ports of flows, and where they go: by what they come from.
type Joined = BTreeMap<(Numbers, Vec<PortPattern>), Numbers>;

/// The lists of a file.
#[derive(Clone, Debug)]
struct Lists {
    default: Verdict,
    allowed: Vec<String>,
    blocked: Vec<String>,
    free: Vec<String>,
}

/// So often what is not true yet is added.
const MOST_ROUNDS: usize = 3;

impl Expectations {
    /// What is true today, as a text to read expectations from.
    #[must_use]
    pub fn of_today(engine: &Engine, objects: &[Value]) -> String {
        text(engine, objects)
    }
}

/// The shorter one of both defaults.
fn text(engine: &Engine, objects: &[Value]) -> String {
    let owners = Owned::new();
    let today = Today::new(engine, &owners);
    let [blocked, allowed] = [Verdict::Blocked, Verdict::Allowed].map(|default| today.lists(default));
    let mut lists = if allowed.len() < blocked.len() { allowed } else { blocked };
    for _ in 0..MOST_ROUNDS {
        if !lists.add_what_is_wrong(engine, objects) {
            break;
        }
    }
    lists.text()
}

/// What can be said of today.
struct Today<'a> {
    survey: Survey,
    known: Known<'a>,
    scopes: Vec<LabelScope>,
    snapshot: &'a Snapshot,
}

impl<'a> Today<'a> {
    fn new(engine: &'a Engine, owners: &'a Owned) -> Self {
        let snapshot = engine.snapshot();
        let scopes = LabelScope::all(snapshot);
        let survey = Survey::new(engine, &scope_words(&scopes, snapshot));
        Self { survey, known: Known::new(snapshot, owners), scopes, snapshot }
    }

    fn lists(&self, default: Verdict) -> Lists {
        let described = self.survey.ends.iter().map(|end| Described::of(end, self.snapshot, &self.scopes)).collect();
        let describer = Describer { survey: &self.survey, known: &self.known, scopes: &self.scopes, described };
        let plain = self.lines(&describer, &self.plain(default));
        let named = self.lines(&describer, &self.named());
        let (mut allowed, blocked) = match default {
            Verdict::Blocked => (plain, Vec::new()),
            Verdict::Allowed => (Vec::new(), plain),
        };
        allowed.extend(named);
        Lists { default, allowed, blocked, free: Vec::new() }
    }

    fn lines(&self, describer: &Describer<'_>, joined: &Joined) -> Vec<String> {
        let mut lines = BTreeSet::new();
        for ((sources, ports), destinations) in joined {
            // Between two addresses nothing is judged.
            let is_open =
                |others: &Numbers, at: usize| others.iter().all(|other| self.is_address(*other)) && self.is_address(at);
            let from = describer
                .patterns(&|at| sources.contains(&at), &|at| sources.contains(&at) || is_open(destinations, at));
            let to = describer
                .patterns(&|at| destinations.contains(&at), &|at| destinations.contains(&at) || is_open(sources, at));
            for (from, to) in from.iter().flat_map(|from| to.iter().map(move |to| (from, to))) {
                lines.insert(line(from, ToPattern { end: to.clone(), ports: ports.clone() }));
            }
        }
        lines.into_iter().collect()
    }

    fn is_address(&self, end: usize) -> bool {
        matches!(self.survey.ends[end], SurveyEnd::Address(_))
    }

    /// The ends that are described: pods that could be there, whose ports have no names, and addresses.
    fn ends(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        let ends = self.survey.ends.iter().enumerate();
        let ends = ends.filter(|(_, end)| match end {
            SurveyEnd::Pod(_) => false,
            SurveyEnd::Stranger(stranger) => stranger.port_names.is_empty(),
            SurveyEnd::Address(_) => true,
        });
        ends.map(|(at, _)| at)
    }

    /// The ends of each kind.
    fn by_kind(&self) -> BTreeMap<usize, Numbers> {
        let mut kinds: BTreeMap<usize, Numbers> = BTreeMap::new();
        for at in self.ends() {
            kinds.entry(self.survey.kinds[at]).or_default().insert(at);
        }
        kinds
    }

    /// What is not as the default says, but for ports by their names.
    fn plain(&self, default: Verdict) -> Joined {
        let kinds = self.by_kind();
        let is_outside = |kind: &usize| kinds[kind].iter().all(|end| self.is_address(*end));
        let mut rows: BTreeMap<usize, BTreeMap<Numbers, Vec<PortStretch>>> = BTreeMap::new();
        for port in &self.survey.ports {
            let said = self.survey.at(*port);
            for to in kinds.keys() {
                let other = |from: &&usize| {
                    !(is_outside(from) && is_outside(to))
                        && said.sides(**from, *to).verdict().is_some_and(|verdict| verdict != default)
                };
                let from: Numbers = kinds.keys().filter(other).copied().collect();
                if !from.is_empty() {
                    rows.entry(*to).or_default().entry(from).or_default().push(*port);
                }
            }
        }
        let mut joined = Joined::new();
        for (to, by_source) in rows {
            for (from, ports) in by_source {
                let from = from.iter().flat_map(|kind| &kinds[kind]).copied().collect();
                joined.entry((from, patterns_of(&ports))).or_default().extend(&kinds[&to]);
            }
        }
        joined
    }

    /// What is allowed at ports by their names: of a pod that calls every port so, what is allowed at every port and
    /// is not where it has no name.
    fn named(&self) -> Joined {
        let mut twins: HashMap<Stranger, usize> = HashMap::new();
        for at in self.ends() {
            if let SurveyEnd::Stranger(stranger) = &self.survey.ends[at] {
                twins.insert(stranger.clone(), at);
            }
        }
        let mut joined = Joined::new();
        for (at, end) in self.survey.ends.iter().enumerate() {
            let SurveyEnd::Stranger(stranger) = end else { continue };
            let [name] = stranger.port_names.as_slice() else { continue };
            let Some(twin) = twins.get(&Stranger { port_names: Vec::new(), ..stranger.clone() }) else { continue };
            for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
                let sources = self.allowed_everywhere(protocol, at);
                let without = self.allowed_everywhere(protocol, *twin);
                let sources: Numbers = sources.difference(&without).copied().collect();
                if !sources.is_empty() {
                    let port = PortPattern::Named { name: name.clone(), protocol: Some(protocol) };
                    joined.entry((sources, vec![port])).or_default().insert(*twin);
                }
            }
        }
        joined
    }

    /// The ends that reach an end at every port of a protocol.
    fn allowed_everywhere(&self, protocol: Protocol, to: usize) -> Numbers {
        let mut sources: Numbers = self.ends().collect();
        for port in self.survey.ports.iter().filter(|port| port.protocol == protocol) {
            let said = self.survey.at(*port);
            let kind = self.survey.kinds[to];
            sources.retain(|from| said.sides(self.survey.kinds[*from], kind).verdict() == Some(Verdict::Allowed));
        }
        sources
    }
}

fn line(from: &EndPattern, to: ToPattern) -> String {
    format!("{from} -> {to}")
}

/// Stretches as they are written: neighbours together, and nothing for every port of every protocol.
fn patterns_of(ports: &[PortStretch]) -> Vec<PortPattern> {
    let mut joined: Vec<PortStretch> = Vec::new();
    let mut sorted = ports.to_vec();
    sorted.sort();
    for port in sorted {
        match joined.last_mut() {
            Some(before) if before.protocol == port.protocol && before.last.checked_add(1) == Some(port.first) => {
                before.last = port.last;
            }
            _ => joined.push(port),
        }
    }
    let all = |protocol| PortStretch { protocol, first: 1, last: u16::MAX };
    if [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].iter().all(|protocol| joined.contains(&all(*protocol))) {
        return Vec::new();
    }
    let numbers = |PortStretch { protocol, first, last }| PortPattern::Numbers { first, last, protocol };
    joined.into_iter().map(numbers).collect()
}

const HEAD: &str = "\
# What may reach what, by namespace and labels: true when this was written, and to be kept true.
# `default` speaks of everything that no line names: every pod of today and tomorrow, every port and every address.
";

impl Lists {
    fn len(&self) -> usize {
        self.allowed.len() + self.blocked.len()
    }

    /// Adds what labels do not say: what pods do by their addresses or by the names of their ports. Whether there was
    /// anything.
    fn add_what_is_wrong(&mut self, engine: &Engine, objects: &[Value]) -> bool {
        let Ok(expectations) = Expectations::read("", &self.text()) else { return false };
        let Ok(verified) = expectations.verify(engine, objects) else { return false };
        let mut is_new = false;
        for check in verified.checks.iter().filter(|check| !check.check.passed) {
            let Some(flow) = &check.check.flow else { continue };
            let [from, to] = [&flow.from, &flow.to].map(|end| as_pattern(end));
            let Ok(end) = to.parse::<EndPattern>() else { continue };
            // Of pods that are there, each flow; of what could be there, that labels do not say it.
            let is_there = [&flow.from, &flow.to].iter().all(|end| !end.contains('{') && as_pattern(end) == **end);
            let ports = if is_there { patterns_of(&check.stretches) } else { Vec::new() };
            let list = match check.expected {
                _ if !is_there => &mut self.free,
                Verdict::Allowed => &mut self.blocked,
                Verdict::Blocked => &mut self.allowed,
            };
            let line = format!("{from} -> {}", ToPattern { end, ports });
            if !list.contains(&line) {
                list.push(line);
                is_new = true;
            }
        }
        is_new
    }

    fn text(&self) -> String {
        let mut text = format!("{HEAD}default: {}\n", self.default);
        let order = match self.default {
            Verdict::Blocked => [("allowed", &self.allowed), ("blocked", &self.blocked)],
            Verdict::Allowed => [("blocked", &self.blocked), ("allowed", &self.allowed)],
        };
        for (key, lines) in order.into_iter().chain([("free", &self.free)]) {
            if !lines.is_empty() {
                text.push_str(&format!("{key}:\n"));
                lines.iter().for_each(|line| text.push_str(&format!("  - {}\n", quoted(line))));
            }
        }
        text
    }
}

/// An end as a pattern: strangers without what patterns cannot say, and addresses as all that are outside.
fn as_pattern(end: &str) -> String {
    match end.rfind('}') {
        Some(at) => end[..=at].to_owned(),
        None if end.parse::<std::net::IpAddr>().is_ok() => "external".to_owned(),
        None => end.to_owned(),
    }
}

/// A line as YAML: in quotes where it could be read as something else.
fn quoted(line: &str) -> String {
    if line.starts_with(|first: char| first.is_ascii_alphanumeric()) { line.to_owned() } else { format!("\"{line}\"") }
}
