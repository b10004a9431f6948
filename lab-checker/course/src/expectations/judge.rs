//! Judging: what the policies do with every flow of the universe, held against what is expected of it.

use std::collections::{BTreeMap, HashMap};

use netpol::{Engine, ObjectName, PortStretch, Survey, counted};
use serde_json::Value;

use super::ends::{Groups, Known, Owned, Wrong, words};
use super::model::{Expectations, Rule, Verified, VerifiedCheck};
use super::tell::Teller;

use crate::check::Check;
use crate::files::{CourseErrors, Problem, suggestion};
use crate::snapshot::{self, Owners};

/// So many flows are told of one check; of the rest, the number.
const MOST_TOLD: usize = 200;

/// What is wrong with a rule's flows, and what cannot be known.
#[derive(Default)]
struct Found {
    wrong: Vec<Wrong>,
    unknown: Vec<Wrong>,
    /// How many kinds of flows it speaks of.
    spoken: usize,
}

impl Expectations {
    /// Judges a snapshot, made of these objects.
    ///
    /// # Errors
    /// When a pod is named that is not there.
    pub fn verify(&self, engine: &Engine, objects: &[Value]) -> Result<Verified, CourseErrors> {
        judge(self, engine, objects)
    }
}

fn judge(expectations: &Expectations, engine: &Engine, objects: &[Value]) -> Result<Verified, CourseErrors> {
    let owners = owners(objects);
    let known = Known::new(engine.snapshot(), &owners);
    let rules: Vec<&Rule> = expectations.rules.iter().chain(&expectations.free).collect();
    let mut verified = Verified::default();
    complain(expectations, engine, &known, &mut verified)?;
    let survey = Survey::new(engine, &words(rules.iter().copied(), engine.snapshot()));
    let groups = Groups::new(&survey, &known, &rules);
    let found = Search { expectations, survey: &survey, groups: &groups }.all();
    let teller = Teller::new(engine, &survey, &groups);
    for (at, found) in found.iter().enumerate() {
        let rule = expectations.rules.get(at).unwrap_or(&expectations.default);
        verified.checks.extend(checks(rule, found, &teller));
        verified.incomplete.extend(teller.unknown(&found.unknown));
    }
    verified.incomplete.extend(survey.limits.iter().cloned());
    if engine.snapshot().pods.iter().any(|pod| pod.host_network && pod.is_endpoint()) {
        verified
            .incomplete
            .push("what policies do to host-network pods is undefined, so their flows were not judged".to_owned());
    }
    Ok(verified)
}

fn checks(rule: &Rule, found: &Found, teller: &Teller<'_>) -> Vec<VerifiedCheck> {
    let plain = |check: Check| VerifiedCheck::of(rule, check);
    if found.wrong.is_empty() {
        let message = match found.spoken {
            0 => "no flow is left for it: others name all of them".to_owned(),
            _ if !found.unknown.is_empty() => format!("all that can be known are {}, as they must be", rule.verdict),
            _ => format!("all of its flows are {}, as they must be", rule.verdict),
        };
        return vec![plain(Check::passed(&rule.name, message))];
    }
    let (mut told, more) = teller.wrong(rule, &found.wrong, MOST_TOLD);
    if more > 0 {
        let message = format!("and {}, which must be {}", counted(more, "more flow"), rule.verdict);
        told.push(VerifiedCheck { more: Some(more), ..plain(Check::failed(&rule.name, message)) });
    }
    told
}

/// The workload of each pod that has one.
fn owners(objects: &[Value]) -> Owned {
    let owners = Owners::new(objects);
    let pods = objects.iter().filter(|object| snapshot::kind(object) == "Pod");
    pods.filter_map(|pod| Some((snapshot::object_name(pod), owners.of(pod)?))).collect()
}

/// A pod that is named must be there, and a namespace should be.
fn complain(
    expectations: &Expectations,
    engine: &Engine,
    known: &Known<'_>,
    verified: &mut Verified,
) -> Result<(), CourseErrors> {
    let pods = &engine.snapshot().pods;
    let names: Vec<ObjectName> =
        pods.iter().flat_map(|pod| known.names(&ObjectName::new(&*pod.namespace, &*pod.name))).collect();
    let written: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut problems = Vec::new();
    let mut warned = std::collections::BTreeSet::new();
    for rule in expectations.rules.iter().chain(&expectations.free) {
        for end in rule.from.iter().chain(rule.to.iter().map(|to| &to.end)) {
            if let Some((namespace, name)) = end.named_pod()
                && !names.iter().any(|it| it.name == name && namespace.is_none_or(|own| own == it.namespace))
            {
                let file = rule.place.file.clone().unwrap_or_default();
                let help = suggestion(&end.to_string(), written.iter().map(String::as_str));
                let problem = Problem::new(file, format!("there is no pod `{end}`")).at_line(rule.place.line);
                problems.push(problem.with_help(help));
            } else if let Some(namespace) = end.namespace()
                && !engine.snapshot().namespaces.iter().any(|known| known.name == namespace)
                && namespace != crate::reachability::SYSTEM
                && warned.insert(namespace.to_owned())
            {
                let spaces = engine.snapshot().namespaces.iter().map(|known| known.name.as_str());
                let help = suggestion(namespace, spaces);
                verified.warnings.push(format!("{}: there is no namespace `{namespace}`; {help}", rule.place));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CourseErrors(problems)) }
}

/// Whose a flow is, and at which ports.
struct Search<'a> {
    expectations: &'a Expectations,
    survey: &'a Survey,
    groups: &'a Groups,
}

impl Search<'_> {
    /// What is found of every rule, and of the default behind them.
    fn all(&self) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        found.resize_with(self.expectations.rules.len() + 1, Found::default);
        let mut wrong: BTreeMap<(usize, bool, usize, usize), Vec<PortStretch>> = BTreeMap::new();
        for port in &self.survey.ports {
            let mut owners: HashMap<(usize, usize), Option<usize>> = HashMap::new();
            let said = self.survey.at(*port);
            for (from, to) in self.pairs() {
                let (source, destination) = (&self.groups.list[from], &self.groups.list[to]);
                let Some(as_source) = source.source else { continue };
                let signatures = (as_source, destination.destination);
                let owner = *owners.entry(signatures).or_insert_with(|| self.owner(signatures, *port));
                let Some(rule) = owner else { continue };
                found[rule].spoken += 1;
                let expected = self.expectations.rules.get(rule).unwrap_or(&self.expectations.default).verdict;
                match said.sides(source.kind, destination.kind).verdict() {
                    Some(verdict) if verdict == expected => {}
                    Some(_) => wrong.entry((rule, true, from, to)).or_default().push(*port),
                    None => wrong.entry((rule, false, from, to)).or_default().push(*port),
                }
            }
        }
        for ((rule, is_sure, from, to), ports) in wrong {
            let list = if is_sure { &mut found[rule].wrong } else { &mut found[rule].unknown };
            list.push(Wrong { from, to, ports });
        }
        found
    }

    /// The pairs of groups that a flow can be between.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let all = 0..self.groups.list.len();
        let pairs = all.clone().flat_map(move |from| all.clone().map(move |to| (from, to)));
        pairs.filter(|(from, to)| {
            let [source, destination] = [from, to].map(|at| &self.groups.list[*at]);
            !(source.is_address && destination.is_address)
        })
    }

    /// The rule that speaks of flows between such ends at a port; none where they are free.
    fn owner(&self, (source, destination): (usize, usize), port: PortStretch) -> Option<usize> {
        let sources = &self.groups.as_source[source];
        let rules = self.expectations.rules.len();
        let holds = |stretch: &PortStretch| {
            stretch.protocol == port.protocol && stretch.first <= port.first && port.last <= stretch.last
        };
        let speaks = |(rule, ports): &&(usize, Vec<PortStretch>)| sources[*rule] && ports.iter().any(holds);
        let speaking = self.groups.as_destination[destination].iter().filter(speaks);
        match speaking.map(|(rule, _)| *rule).max() {
            Some(free) if free >= rules => None,
            Some(rule) => Some(rule),
            None => Some(rules),
        }
    }
}
