//! Checking: a learner's snapshot against what the lab asks for, cell by cell.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{ObjectId, Scope, Source};
use serde_json::Value;

use crate::findings::{FindingsGoal, LIST};
use crate::goal::ReachabilityGoal;
use crate::lab::{Goal, Lab};
use crate::matrix_checks::MatrixChecks;
use crate::names::suggestion;
use crate::objects;
use crate::observe::Observation;
use crate::progress::rounded;
use crate::recognise::{Appearance, FILES, Strictness};
use crate::report::{Cell, Check, Report};

/// A check that fails in more cells than these tells of the rest as a number.
pub(crate) const MOST_CELLS: usize = 24;

/// What a learner hands in, ready to be looked at.
pub(crate) struct Answer {
    pub(crate) objects: Vec<Value>,
    pub(crate) from: Source,
    /// Objects that are no part of the snapshot, and why: `Kind field` and a sentence.
    pub(crate) refused: BTreeMap<String, String>,
}

/// What was found in an answer.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) appearance: Appearance,
    /// Sentences about objects that count for nothing.
    pub(crate) complaints: Vec<String>,
    /// For a matrix: which cells are right. For a list: nothing.
    right: Vec<bool>,
    /// For a list: entries that are right, and wrong.
    entries: (usize, usize),
}

impl Lab {
    /// Checks a whole snapshot: what a cluster holds, or files that describe one.
    #[must_use]
    pub fn check(&self, snapshot: &[Value], from: Source) -> Report {
        self.report(&self.answer_of_snapshot(snapshot, from))
    }

    /// Checks a learner's files alone, applied on the lab's start.
    #[must_use]
    pub fn check_files(&self, files: &[Value]) -> Report {
        self.report(&self.answer_of_files(files, Strictness::MayChange))
    }

    /// What a check of this lab reads of these objects, and nothing else: what may be sent to a class server,
    /// and what one keeps. A check says the same of it.
    #[must_use]
    pub fn reduced(&self, objects: &[Value], from: Source) -> Vec<Value> {
        let mut scope = Scope::new(&self.start_objects, &self.namespace);
        match &self.goal {
            Goal::Reachability(goal) if goal.options.dns => scope = scope.with_dns(),
            Goal::Reachability(_) => {}
            Goal::Findings(goal) => {
                let map = &goal.config_map;
                scope = scope.with_data(&map.namespace, &map.name, LIST);
            }
        }
        if from == Source::Cluster {
            return manifest::reduce(objects, from, &scope);
        }
        let of_interest = objects.iter().map(|object| {
            let mut object = object.clone();
            objects::fill_namespace(&mut object, &self.namespace);
            if self.is_left_out(&object) { manifest::name_alone(&object) } else { object }
        });
        manifest::reduce(&of_interest.collect::<Vec<_>>(), from, &scope)
    }

    /// Whether an object of a learner's file is left out whatever it says.
    fn is_left_out(&self, object: &Value) -> bool {
        self.frozen.repeats(object).is_none() && !self.may_change.iter().any(|kind| kind == objects::kind(object))
    }

    /// The cells of the lab in a snapshot; none in a lab that asks for a list.
    #[must_use]
    pub fn cells(&self, snapshot: &[Value], from: Source) -> Vec<Cell> {
        let Goal::Reachability(goal) = &self.goal else { return Vec::new() };
        let answer = self.answer_of_snapshot(snapshot, from);
        let observation = Observation::new(&goal.space, &answer.objects, answer.from);
        let cells = goal.space.cells.iter().zip(&goal.expected).zip(&observation.seen);
        cells
            .map(|((cell, expected), seen)| Cell {
                flow: goal.space.flow(cell),
                expected: expected.verdict,
                actual: seen.verdict(),
                check: goal.checks[expected.check].name.clone(),
            })
            .collect()
    }

    fn answer_of_snapshot(&self, snapshot: &[Value], from: Source) -> Answer {
        let mut objects = snapshot.to_vec();
        if from == Source::Files {
            objects.iter_mut().for_each(|object| objects::fill_namespace(object, &self.namespace));
            objects = objects::apply(objects::baseline(), &objects);
        }
        Answer { objects, from, refused: BTreeMap::new() }
    }

    /// Files applied on the start, as far as they can be.
    pub(crate) fn answer_of_files(&self, files: &[Value], strictness: Strictness) -> Answer {
        let mut refused = BTreeMap::new();
        let mut accepted = Vec::new();
        let namespaces = self.namespaces_with(files);
        for file in files {
            let mut object = file.clone();
            objects::fill_namespace(&mut object, &self.namespace);
            if let Some(message) = self.not_this_lab(&object, strictness) {
                if !message.is_empty() {
                    refused.insert(ObjectId::of(&object).to_string(), message);
                }
                continue;
            }
            if let Some(message) = unknown_namespace(&object, &namespaces) {
                refused.insert(format!("{} metadata.namespace", objects::kind(&object)), message);
                continue;
            }
            match crate::validity::admit(&object) {
                Ok(object) => accepted.push(object),
                Err(wrong) => {
                    let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
                    let key = format!("{} {}", objects::kind(&object), fields.join(", "));
                    let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                    let id = ObjectId::of(&object);
                    refused.insert(key, format!("the API server refuses {id}: {}", told.join("; ")));
                }
            }
        }
        let base = objects::apply(objects::baseline(), &self.start_objects);
        Answer { objects: objects::apply(&base, &accepted), from: FILES, refused }
    }

    /// The namespaces of the lab, of a fresh cluster, and of these files.
    fn namespaces_with<'a>(&'a self, files: &'a [Value]) -> BTreeSet<&'a str> {
        let all = objects::baseline().iter().chain(&self.start_objects).chain(files);
        let names = all.filter(|object| objects::kind(object) == "Namespace");
        let declared = names.filter_map(|object| object["metadata"]["name"].as_str());
        let used = self.start_objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str());
        declared.chain(used).chain([self.namespace.as_str()]).collect()
    }

    /// Why an object of a learner's file is left out: nothing when it repeats the start.
    fn not_this_lab(&self, object: &Value, strictness: Strictness) -> Option<String> {
        let id = ObjectId::of(object);
        if id.kind.is_empty() || id.name.is_empty() {
            let what = if id.kind.is_empty() { "an object".to_owned() } else { format!("a {}", id.kind) };
            return Some(format!("{what} without a kind or a name is left out: every object needs both"));
        }
        if strictness == Strictness::Anything {
            return None;
        }
        match self.frozen.repeats(object) {
            Some(true) => return Some(String::new()),
            Some(false) => return Some(format!("{id} must stay as it is in this lab; your version of it is left out")),
            None => {}
        }
        if self.may_change.contains(&id.kind) {
            return None;
        }
        let may = self.may_change.join(" and ");
        Some(format!("{id} is left out: in this lab you may change objects of kind {may}, and nothing else"))
    }

    /// Looks at an answer.
    pub(crate) fn look(&self, answer: &Answer) -> Facts {
        match &self.goal {
            Goal::Reachability(goal) => {
                let observation = Observation::new(&goal.space, &answer.objects, answer.from);
                self.facts_of_matrix(goal, answer, &observation)
            }
            Goal::Findings(goal) => self.facts_of_list(goal, answer),
        }
    }

    fn facts_of_matrix(&self, goal: &ReachabilityGoal, answer: &Answer, observation: &Observation) -> Facts {
        let right = goal.expected.iter().zip(&observation.seen);
        let right = right.map(|(expected, seen)| seen.verdict() == Some(expected.verdict)).collect();
        let unreadable = observation.unreadable.values().map(|why| format!("an object is left out: {why}"));
        let mut appearance = self.appearance(answer);
        appearance.seen.clone_from(&observation.seen);
        Facts {
            appearance,
            complaints: answer.refused.values().cloned().chain(unreadable).collect(),
            right,
            entries: (0, 0),
        }
    }

    fn facts_of_list(&self, goal: &FindingsGoal, answer: &Answer) -> Facts {
        let result = goal.read(&answer.objects);
        let entries = goal.score(&result);
        let mut appearance = self.appearance(answer);
        appearance.listed = result.listed;
        Facts { appearance, complaints: answer.refused.values().cloned().collect(), right: Vec::new(), entries }
    }

    fn appearance(&self, answer: &Answer) -> Appearance {
        Appearance {
            seen: Vec::new(),
            listed: BTreeSet::new(),
            violations: self.frozen.violations(&answer.objects),
            refused: answer.refused.keys().cloned().collect(),
        }
    }

    /// What an answer is told.
    pub(crate) fn report(&self, answer: &Answer) -> Report {
        let mut checks = Vec::new();
        let facts = match &self.goal {
            Goal::Reachability(goal) => {
                let observation = Observation::new(&goal.space, &answer.objects, answer.from);
                checks.extend(MatrixChecks::new(&self.name, goal, &observation).all());
                self.facts_of_matrix(goal, answer, &observation)
            }
            Goal::Findings(goal) => {
                checks.extend(goal.checks(&goal.read(&answer.objects)));
                self.facts_of_list(goal, answer)
            }
        };
        checks.extend(self.frozen_checks(&facts));
        let complaint = |message: &String| failed("your files", message.clone());
        checks.extend(facts.complaints.iter().take(MOST_CELLS).map(complaint));
        let passed = checks.iter().all(|check| check.passed);
        Report {
            lab: self.name.clone(),
            passed,
            points: if passed { self.points } else { self.partial_points(&facts) },
            max_points: self.points,
            checks,
            mistake: if passed { None } else { self.recognise(answer, &facts) },
        }
    }

    fn frozen_checks(&self, facts: &Facts) -> Vec<Check> {
        const NAME: &str = "everything else is as it was";
        let violations = &facts.appearance.violations;
        if self.frozen.is_empty() {
            return Vec::new();
        }
        if violations.is_empty() {
            let message = "what the lab says to leave alone is untouched".to_owned();
            return vec![Check { name: NAME.to_owned(), passed: true, message, flow: None }];
        }
        violations.iter().take(MOST_CELLS).map(|violation| failed(NAME, violation.message())).collect()
    }

    /// `points × max(0, fixed − broken) / to_fix`; never all of them for something that has not passed.
    fn partial_points(&self, facts: &Facts) -> f64 {
        let violations = facts.appearance.violations.len() + facts.complaints.len();
        let (fixed, broken, to_fix) = match &self.goal {
            Goal::Findings(goal) => (facts.entries.0, facts.entries.1, goal.reachable.len()),
            Goal::Reachability(_) => {
                let start = &self.known().start.right;
                let count = |was: bool, is: bool| {
                    start.iter().zip(&facts.right).filter(|(before, now)| **before == was && **now == is).count()
                };
                (count(false, true), count(true, false), start.iter().filter(|right| !**right).count())
            }
        };
        let earned = fixed.saturating_sub(broken + violations);
        rounded(self.points * earned as f64 / to_fix.max(1) as f64).min(self.points)
    }
}

/// An API server has no place for an object whose namespace does not exist.
fn unknown_namespace(object: &Value, known: &BTreeSet<&str>) -> Option<String> {
    let id = ObjectId::of(object);
    let namespace = id.namespace.as_deref().filter(|namespace| !known.contains(namespace))?;
    let help = suggestion(namespace, known.iter().copied().filter(|name| !name.starts_with("kube-")));
    Some(format!("{id} is left out: there is no namespace `{namespace}`; {help}"))
}

/// A check that fails without a flow.
pub(crate) fn failed(name: &str, message: String) -> Check {
    Check { name: name.to_owned(), passed: false, message, flow: None }
}
