//! The proof of a check: a lab's solution is changed in one place, in every way that is known. A change that makes
//! a difference must not pass, and one that makes none must; a second opinion that shares nothing with the check
//! says which it is.

use std::collections::{BTreeMap, BTreeSet};

use manifest::ObjectId;
use netpol::ObjectName;
use serde::Serialize;
use serde_json::Value;

use super::flow_by_flow::Reference;
use super::free::is_free;
use super::mutation::{self, Change};
use crate::check::Checker;
use crate::files::Problem;
use crate::labs::{FreeRule, Goal, LIST, Lab};
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

/// Right answers of a lab that are not as right as its solution, as the second opinion has it.
pub(super) fn prove_also_right(lab: &Lab) -> Vec<Problem> {
    let proof = Proof::of(lab);
    let differing = proof.lab.also_right.iter().filter_map(|answer| {
        let file = format!("labs/{}/also-right/{}.yaml", proof.lab.name, answer.name);
        let problem =
            Problem::new(file, format!("it is not what the solution is: {}", proof.difference(&answer.objects)?));
        Some(problem.with_help("write it so that the same flows get through, or take it away"))
    });
    differing.collect()
}

/// Tries every changed solution of a checker's lab.
#[must_use]
pub fn prove_changes(checker: &Checker) -> Changes {
    prove_check(checker.lab(), &|answer| {
        checker.first_failure(answer).map(|check| format!("{}: {}", check.name, check.message))
    })
}

/// The same with any check: what it says of an answer that does not pass.
fn prove_check(lab: &Lab, check: &(dyn Fn(&[Value]) -> Option<String> + Sync)) -> Changes {
    let proof = Proof::of(lab);
    let mut changes = Changes { lab: lab.name.clone(), ..Changes::default() };
    let all = mutation::changes(&lab.solution.objects, lab.start_objects());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(cores).max(1));
        let running: Vec<_> = parts.map(|part| scope.spawn(|| proof.tried(check, part))).collect();
        for part in running {
            match part.join() {
                Ok(tried) => changes = std::mem::take(&mut changes).and(&tried),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    changes
}

struct Proof<'a> {
    lab: &'a Lab,
    right: Right<'a>,
    solution: BTreeMap<ObjectId, &'a Value>,
    frozen: BTreeSet<&'a ObjectId>,
}

/// What is right.
enum Right<'a> {
    /// The flows of the solution, in the start and in every other world of the lab.
    Flows(Vec<World>, &'a [FreeRule]),
    /// The entries of a list.
    List(BTreeSet<String>, &'a ObjectName),
}

/// A cluster without the answer, and with the right one.
struct World {
    base: Vec<Value>,
    solved: Reference,
}

impl<'a> Proof<'a> {
    fn of(lab: &'a Lab) -> Self {
        let solution = &lab.solution.objects;
        let right = match &lab.goal {
            Goal::Reachability(goal) => {
                let start = lab.start_objects();
                let starts = std::iter::once(start.to_vec()).chain(lab.worlds.iter().map(|world| world.start(start)));
                Right::Flows(starts.filter_map(|start| World::of(&start, solution)).collect(), &goal.free)
            }
            Goal::Findings(goal) => Right::List(entries(solution, &goal.config_map), &goal.config_map),
        };
        let frozen = lab.frozen.objects.iter().map(|(id, _)| id).collect();
        let solution = solution.iter().map(|object| (ObjectId::of(object), object)).collect();
        Self { lab, right, solution, frozen }
    }

    /// What comes of some changes.
    fn tried(&self, check: &dyn Fn(&[Value]) -> Option<String>, some: &[Change]) -> Changes {
        let mut changes = Changes::default();
        for Change { operator, what, objects } in some.iter().filter(|change| self.is_accepted(change)) {
            let (difference, said) = (self.difference(objects), check(objects));
            changes.changed += 1;
            if difference.is_some() {
                changes.differ += 1;
                changes.caught += usize::from(said.is_some());
            } else {
                changes.equal += 1;
                changes.passed += usize::from(said.is_none());
            }
            if difference.is_some() != said.is_some() {
                changes.misses.push(Miss { operator, what: what.clone(), difference, said });
            }
        }
        changes
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

    /// The difference between an answer and the solution, in words.
    fn difference(&self, answer: &[Value]) -> Option<String> {
        match &self.right {
            Right::Flows(worlds, free) => worlds.iter().find_map(|world| {
                let changed = snapshot::apply(&world.base, answer);
                world.solved.first_difference(&changed, &|from, to, port| is_free(free, from, to, port))
            }),
            Right::List(right, config_map) => {
                let other = entries(&snapshot::apply(self.lab.start_objects(), answer), config_map);
                let missing = right.difference(&other).map(|line| format!("{line} is missing"));
                missing.chain(other.difference(right).map(|line| format!("{line} is wrong"))).next()
            }
        }
    }
}

impl World {
    /// `None` when the cluster cannot be read.
    fn of(start: &[Value], solution: &[Value]) -> Option<Self> {
        let base = snapshot::apply(snapshot::baseline(), start);
        let solved = Reference::of(&snapshot::apply(&base, solution))?;
        Some(Self { base, solved })
    }
}

/// The entries of a list, in one form.
fn entries(objects: &[Value], config_map: &ObjectName) -> BTreeSet<String> {
    let is_list =
        |object: &&Value| snapshot::kind(object) == "ConfigMap" && snapshot::object_name(object) == *config_map;
    let text = objects.iter().find(is_list).and_then(|map| map["data"][LIST].as_str()).unwrap_or_default();
    let lines = text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or_default().trim().trim_start_matches("- ").trim();
        let (endpoint, port) = line.rsplit_once(':')?;
        let (number, protocol) = port.split_once('/').unwrap_or((port, "TCP"));
        Some(format!("{endpoint}:{number}/{}", protocol.to_ascii_uppercase()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests;
