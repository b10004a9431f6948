//! Proving labs: the start fails, the solution and every other right answer passes, every mistake fails and is known
//! again.

use std::collections::BTreeSet;
use std::sync::Arc;

use manifest::Source;
use netpol::Verdict;
use serde_json::Value;

use crate::book::Course;
use crate::check::Checker;
use crate::files::Problem;
use crate::labs::{Goal, Lab};
use crate::snapshot;

/// What is wrong with the labs of a course.
pub(crate) fn prove(course: &Course) -> Vec<Problem> {
    let mut problems = Vec::new();
    for lab in &course.labs {
        let proof = Proof { checker: Checker::new(Arc::clone(lab)), lab, file: format!("labs/{}/lab.yaml", lab.name) };
        problems.extend(proof.of_start());
        problems.extend(proof.of_solution());
        problems.extend(proof.of_other_right_answers());
        problems.extend(proof.of_worlds());
        problems.extend(proof.of_mistakes());
        problems.extend(proof.of_goal());
        problems.extend(proof.of_attack());
        problems.extend(proof.of_words());
        problems.extend(namespaces_not_made(lab, lab.start_objects()).map(|name| {
            let message = format!("the start does not make the namespace `{name}`");
            proof.problem(message, "add it to start/")
        }));
        problems.extend(proof.of_foreign_objects());
    }
    problems
}

struct Proof<'a> {
    lab: &'a Lab,
    checker: Checker,
    file: String,
}

impl Proof<'_> {
    fn problem(&self, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem::new(&self.file, message).with_help(help)
    }

    fn of_start(&self) -> Option<Problem> {
        let report = self.checker.check_files(&[]);
        if report.passed {
            return Some(self.problem(
                "the start passes already",
                "a lab must have something to do; compare start/ with `reachability`",
            ));
        }
        let violations = report.checks.iter().find(|check| !check.passed && check.message.contains("cannot be judged"));
        violations.map(|check| self.problem(format!("in the start, {}", check.message), "fix the pods in start/"))
    }

    /// What a lab puts outside of its namespaces may be in the way of others.
    fn of_foreign_objects(&self) -> Option<Problem> {
        let objects: Vec<String> = self.lab.foreign_objects().iter().map(ToString::to_string).collect();
        (!self.lab.foreign && !objects.is_empty()).then(|| {
            self.problem(
                format!("the start puts objects outside of the lab's own namespaces: {}", objects.join(", ")),
                "put them into a namespace of the lab; if they must stand there, write `foreign: true`, and people are \
                 asked before such objects go into a cluster of theirs",
            )
        })
    }

    fn of_solution(&self) -> Vec<Problem> {
        let report = self.checker.check_files(&self.lab.solution.objects);
        let failed = report.checks.iter().filter(|check| !check.passed).take(5);
        failed
            .map(|check| {
                self.problem(
                    format!("the solution fails the check \"{}\": {}", check.name, check.message),
                    "fix solution/, or what `reachability` asks for",
                )
            })
            .collect()
    }

    fn of_other_right_answers(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for answer in &self.lab.also_right {
            let report = self.checker.check_files(&answer.objects);
            let file = format!("labs/{}/also-right/{}.yaml", self.lab.name, answer.name);
            problems.extend(report.groups().iter().filter(|group| !group.passed).map(|group| {
                let example = group.checks.first().map_or("", |check| &check.message);
                Problem::new(&file, format!("the answer fails the check \"{}\": {example}", group.name))
                    .with_help("make it right, or take it away; a right answer that fails is a fault of the lab")
            }));
        }
        problems
    }

    /// A world must be a cluster in which the lab can begin, and to which its solution can be applied.
    fn of_worlds(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for world in &self.lab.worlds {
            let folder = format!("labs/{}/worlds/{}/", self.lab.name, world.name);
            if matches!(self.lab.goal, Goal::Findings(_)) {
                let problem = Problem::new(&folder, "a list is right in one cluster, so this lab has no other worlds");
                problems.push(problem.with_help("take the folder away"));
                continue;
            }
            let start = world.start(self.lab.start_objects());
            problems.extend(namespaces_not_made(self.lab, &start).map(|name| {
                let problem = Problem::new(&folder, format!("nothing makes the namespace `{name}`"));
                problem.with_help("add it to the world")
            }));
            if let Err(refused) = applied(&start, &self.lab.solution.objects) {
                let problem = Problem::new(&folder, format!("the solution cannot be applied there: {refused}"));
                problems.push(problem.with_help("make the world one in which the solution is right"));
            }
        }
        problems
    }

    fn of_mistakes(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for mistake in &self.lab.mistakes {
            let report = self.checker.check_mistake(&mistake.objects);
            let file = format!("labs/{}/mistakes/{}.yaml", self.lab.name, mistake.name);
            if report.passed {
                problems.push(
                    Problem::new(file, "the mistake passes, so it is none")
                        .with_help("make it wrong, or make `reachability` stricter"),
                );
                continue;
            }
            match report.mistake {
                Some(found) if found.name == mistake.name => {}
                Some(found) => problems.push(
                    Problem::new(file, format!("the mistake looks exactly like `{}`", found.name))
                        .with_help("two mistakes with the same effect are one; merge their hints"),
                ),
                None => problems.push(
                    Problem::new(file, "the mistake is not known again")
                        .with_help("it does exactly what the start does, with the same objects"),
                ),
            }
        }
        problems
    }

    fn of_goal(&self) -> Option<Problem> {
        let Goal::Reachability(goal) = &self.lab.goal else {
            return match &self.lab.goal {
                Goal::Findings(goal) if goal.reachable.is_empty() => {
                    Some(self.problem("the pod reaches nothing, so there is nothing to find", "change the start"))
                }
                _ => None,
            };
        };
        let some = |verdict| goal.expected.iter().any(|expected| expected.verdict == verdict);
        [Verdict::Allowed, Verdict::Blocked].into_iter().find(|verdict| !some(*verdict)).map(|verdict| {
            self.problem(
                format!("no flow must be {verdict}: the lab asks for one thing only"),
                "an exact matrix has flows of both kinds; add pods or ports to the start",
            )
        })
    }

    /// The attack succeeds where the learner begins, and fails where the solution stands.
    fn of_attack(&self) -> Vec<Problem> {
        let Some(attack) = &self.lab.attack else { return Vec::new() };
        let start = snapshot::apply(snapshot::baseline(), self.lab.start_objects());
        let solved = snapshot::apply(&start, &self.lab.solution.objects);
        let told = |objects: &[Value], wrong: Verdict, words: &str, help: &str| {
            let cells = self.checker.cells(objects, Source::Files);
            let cell = cells.iter().find(|cell| cell.flow == attack.flow);
            let is_right = cell.is_some_and(|cell| cell.actual.is_some_and(|actual| actual != wrong));
            let message = format!("the attack {} {words}", attack.flow);
            (!is_right).then(|| self.problem(message, help).at_line(attack.line).of_field("attack"))
        };
        let open = told(
            &start,
            Verdict::Blocked,
            "does not get through at the start",
            "name a flow that is open until the learner closes it",
        );
        let closed = told(
            &solved,
            Verdict::Allowed,
            "still gets through with the solution",
            "name a flow that the solution closes",
        );
        open.into_iter().chain(closed).collect()
    }

    fn of_words(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.lab.hints.is_empty() {
            problems.push(self.problem("there is no hint", "add `hints`, the gentlest first"));
        }
        if self.lab.mistakes.is_empty() {
            problems.push(self.problem("there is no mistake", "add wrong answers that learners really give"));
        }
        problems
    }
}

/// A cluster has no place for objects whose namespaces nobody makes.
fn namespaces_not_made<'a>(lab: &'a Lab, start: &'a [Value]) -> impl Iterator<Item = &'a str> {
    let made: BTreeSet<&str> = snapshot::baseline()
        .iter()
        .chain(start)
        .filter(|object| snapshot::kind(object) == "Namespace")
        .filter_map(|object| object["metadata"]["name"].as_str())
        .collect();
    let used = start.iter().filter_map(|object| object["metadata"]["namespace"].as_str()).chain([&*lab.namespace]);
    let missing: BTreeSet<&str> = used.filter(|name| !made.contains(name)).collect();
    missing.into_iter()
}

/// Whether an API server takes these objects, and a cluster with this start then makes sense.
fn applied(start: &[Value], objects: &[Value]) -> Result<(), String> {
    let mut admitted = Vec::new();
    for object in objects {
        let refused =
            |refusals: Vec<snapshot::Refusal>| refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        admitted.push(snapshot::admit(object).map_err(refused)?);
    }
    let everything = snapshot::apply(snapshot::baseline(), start.iter().chain(&admitted));
    manifest::lower(&everything, Source::Files).map(drop).map_err(|error| error.to_string())
}
