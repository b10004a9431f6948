//! Proving labs: the start fails, the solution passes, every mistake fails and is known again.

use std::collections::BTreeSet;
use std::sync::Arc;

use netpol::Verdict;

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
        problems.extend(proof.of_mistakes());
        problems.extend(proof.of_goal());
        problems.extend(proof.of_words());
        problems.extend(proof.of_namespaces());
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

    /// A cluster has no place for objects whose namespaces the start does not make.
    fn of_namespaces(&self) -> Vec<Problem> {
        let start = self.lab.start_objects();
        let made: BTreeSet<&str> = snapshot::baseline()
            .iter()
            .chain(start)
            .filter(|object| snapshot::kind(object) == "Namespace")
            .filter_map(|object| object["metadata"]["name"].as_str())
            .collect();
        let used: BTreeSet<&str> = start
            .iter()
            .filter_map(|object| object["metadata"]["namespace"].as_str())
            .chain([&*self.lab.namespace])
            .collect();
        used.difference(&made)
            .map(|name| self.problem(format!("the start does not make the namespace `{name}`"), "add it to start/"))
            .collect()
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
