//! The proof of a check: a lab's solution is changed in one place, in every way that is known. A change that makes
//! a difference must not pass, and one that makes none must; a second opinion that shares nothing with the check
//! says which it is.

use std::collections::{BTreeMap, BTreeSet};

use manifest::ObjectId;
use netpol::ObjectName;
use serde::Serialize;
use serde_json::Value;

use super::flow_by_flow::Reference;
use super::mutation::{self, Change};
use crate::check::Checker;
use crate::files::Problem;
use crate::labs::{Goal, LIST, Lab};
use crate::snapshot;

/// What came of changing the solution of a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// The lab.
    pub lab: String,
    /// How many changed solutions were tried, without those that an API server refuses.
    pub changed: usize,
    /// How many of them make a difference.
    pub differ: usize,
    /// How many of those do not pass.
    pub caught: usize,
    /// How many make no difference.
    pub equal: usize,
    /// How many of those pass.
    pub passed: usize,
    /// Where the check was wrong.
    pub misses: Vec<Miss>,
}

/// A changed solution about which the check is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// The kind of change.
    pub operator: &'static str,
    /// The change in words.
    pub what: String,
    /// The difference that was not seen; `None` when there is none, and the check saw one.
    pub difference: Option<String>,
    /// What the check said, when it refused a right answer.
    pub said: Option<String>,
}

impl Changes {
    /// The misses as problems of the lab.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let file = format!("labs/{}/solution", self.lab);
        self.misses.iter().map(|miss| miss.problem(&file)).collect()
    }

    /// Both together, as a total.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.changed += other.changed;
        self.differ += other.differ;
        self.caught += other.caught;
        self.equal += other.equal;
        self.passed += other.passed;
        self.misses.extend(other.misses.iter().cloned());
        self
    }
}

impl Miss {
    fn problem(&self, file: &str) -> Problem {
        let Self { operator, what, .. } = self;
        match (&self.difference, &self.said) {
            (Some(difference), _) => {
                Problem::new(file, format!("a wrong answer passes ({operator}: {what}): {difference}"))
                    .with_help("the check must look at this flow, or the lab must say that it is free")
            }
            (None, said) => {
                let said = said.as_deref().unwrap_or("it does not pass");
                Problem::new(file, format!("a right answer is refused ({operator}: {what}): {said}"))
                    .with_help("the same flows get through as with the solution, so it must pass")
            }
        }
    }
}

/// Tries every changed solution of a checker's lab.
#[must_use]
pub fn prove_changes(checker: &Checker) -> Changes {
    let proof = Proof::of(checker);
    let mut changes = Changes { lab: checker.lab().name.clone(), ..Changes::default() };
    for change in mutation::changes(&proof.lab.solution.objects, proof.lab.start_objects()) {
        if !proof.is_accepted(&change) {
            continue;
        }
        changes.changed += 1;
        let difference = proof.difference(&change);
        let report = checker.check_files(&change.objects);
        if difference.is_some() {
            changes.differ += 1;
            changes.caught += usize::from(!report.passed);
        } else {
            changes.equal += 1;
            changes.passed += usize::from(report.passed);
        }
        if difference.is_some() == report.passed {
            let failed = report.checks.iter().find(|check| !check.passed);
            let said = failed.map(|check| format!("{}: {}", check.name, check.message));
            changes.misses.push(Miss { operator: change.operator, what: change.what, difference, said });
        }
    }
    changes
}

/// What is right: the flows of a cluster, or the entries of a list.
enum Right<'a> {
    Flows(Option<Reference>),
    List(BTreeSet<String>, &'a ObjectName),
}

struct Proof<'a> {
    lab: &'a Lab,
    /// A fresh cluster with the lab's start.
    base: Vec<Value>,
    right: Right<'a>,
    solution: BTreeMap<ObjectId, &'a Value>,
    frozen: BTreeSet<&'a ObjectId>,
}

impl<'a> Proof<'a> {
    fn of(checker: &'a Checker) -> Self {
        let lab = checker.lab();
        let base = snapshot::apply(snapshot::baseline(), lab.start_objects());
        let solved = snapshot::apply(&base, &lab.solution.objects);
        let right = match &lab.goal {
            Goal::Reachability(_) => Right::Flows(Reference::of(&solved)),
            Goal::Findings(goal) => Right::List(entries(&solved, &goal.config_map), &goal.config_map),
        };
        let solution = lab.solution.objects.iter().map(|object| (ObjectId::of(object), object)).collect();
        let frozen = lab.frozen.objects.iter().map(|(id, _)| id).collect();
        Self { lab, base, right, solution, frozen }
    }

    /// Whether an API server takes all of it, one after the other, and none of it stands where a frozen object does.
    fn is_accepted(&self, change: &Change) -> bool {
        let mut seen = BTreeSet::new();
        change.objects.iter().all(|object| {
            let id = ObjectId::of(object);
            let is_known = self.solution.get(&id).is_some_and(|known| *known == object);
            (is_known || !self.frozen.contains(&id) && snapshot::admit(object).is_ok()) && seen.insert(id)
        })
    }

    /// The difference that a change makes, in words.
    fn difference(&self, change: &Change) -> Option<String> {
        let changed = snapshot::apply(&self.base, &change.objects);
        match &self.right {
            Right::Flows(reference) => reference.as_ref()?.first_difference(&changed, &|_, _, _| false),
            Right::List(right, config_map) => {
                let other = entries(&changed, config_map);
                let missing = right.difference(&other).map(|line| format!("{line} is missing"));
                missing.chain(other.difference(right).map(|line| format!("{line} is wrong"))).next()
            }
        }
    }
}

/// The entries of a list, in one form.
fn entries(objects: &[Value], config_map: &ObjectName) -> BTreeSet<String> {
    let is_list =
        |object: &&Value| snapshot::kind(object) == "ConfigMap" && snapshot::object_name(object) == *config_map;
    let text = objects.iter().find(is_list).and_then(|map| map["data"][LIST].as_str()).unwrap_or_default();
    let lines = text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or_default().trim().trim_start_matches("- ").trim();
        let port = line.rsplit(':').next()?;
        (!line.is_empty()).then(|| if port.contains('/') { line.to_owned() } else { format!("{line}/TCP") })
    });
    lines.collect()
}
