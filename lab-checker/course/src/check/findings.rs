//! The list that a learner has written against the right one.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use netpol::ObjectName;
use serde_json::Value;

use super::report::Check;
use crate::labs::{FindingsGoal, LIST, entry};
use crate::reachability::parse_port;
use crate::snapshot;

/// More lines than these are not read.
const MOST_LINES: usize = 2000;

/// More wrong entries than these are not told.
const MOST_TOLD: usize = 20;

/// A learner's list.
pub(crate) struct Findings<'a> {
    goal: &'a FindingsGoal,
    pub(crate) listed: BTreeSet<String>,
    /// Lines of the learner's that name nothing.
    garbled: Vec<String>,
}

impl<'a> Findings<'a> {
    /// Reads the list in the objects of an answer.
    pub(crate) fn read(goal: &'a FindingsGoal, objects: &[impl Borrow<Value>]) -> Self {
        let config_map = objects
            .iter()
            .map(Borrow::borrow)
            .find(|object| snapshot::kind(object) == "ConfigMap" && snapshot::object_name(object) == goal.config_map);
        let text = config_map.and_then(|map| map["data"][LIST].as_str()).unwrap_or_default();
        let mut findings = Self { goal, listed: BTreeSet::new(), garbled: Vec::new() };
        for written in text.lines().take(MOST_LINES) {
            let written = written.split('#').next().unwrap_or_default().trim().trim_start_matches("- ").trim();
            match normal(written) {
                _ if written.is_empty() => {}
                Some(entry) => _ = findings.listed.insert(entry),
                None => findings.garbled.push(written.chars().take(80).collect()),
            }
        }
        findings
    }

    /// How many entries are right, and how many are wrong.
    pub(crate) fn score(&self) -> (usize, usize) {
        let right = self.listed.intersection(&self.goal.reachable).count();
        (right, self.listed.len() - right + self.garbled.len())
    }

    /// The checks of a report. What is missing is counted, not told.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let mut checks = vec![self.complete()];
        checks.extend(self.nothing_else());
        checks
    }

    fn complete(&self) -> Check {
        let FindingsGoal { from, config_map, reachable } = self.goal;
        let found = self.listed.intersection(reachable).count();
        let all = reachable.len();
        Check {
            name: "everything reachable is listed".to_owned(),
            passed: found == all,
            message: match all - found {
                0 => format!("all {all} are listed"),
                missing => format!(
                    "{found} of {all} are listed in ConfigMap {config_map}, {missing} more can be reached from {from}: \
                     try every pod of every namespace, on every port that it declares"
                ),
            },
            flow: None,
            decided_by: Vec::new(),
        }
    }

    /// One check that passes, or one that fails for each wrong entry.
    fn nothing_else(&self) -> Vec<Check> {
        const NAME: &str = "nothing else is listed";
        let FindingsGoal { from, reachable, .. } = self.goal;
        let wrong = self
            .listed
            .difference(reachable)
            .map(|entry| format!("{entry} is listed, but {from} cannot reach it, or no pod of this lab listens there"));
        let garbled = self.garbled.iter().map(|line| {
            format!("`{line}` is not an entry: write namespace/pod:port, and /UDP after it when it is not TCP")
        });
        let failed: Vec<Check> =
            wrong.chain(garbled).take(MOST_TOLD).map(|message| Check::failed(NAME, message)).collect();
        if failed.is_empty() { vec![Check::passed(NAME, "no wrong entry")] } else { failed }
    }
}

/// An entry in the form in which entries are compared.
fn normal(written: &str) -> Option<String> {
    let (endpoint, port) = written.rsplit_once(':')?;
    let port = parse_port(port.trim()).ok()?;
    let name: ObjectName = endpoint.trim().parse().ok()?;
    Some(entry(&name.to_string(), port))
}
