//! Labs in which the learner finds out what a pod reaches and writes it down in a ConfigMap.

use std::collections::BTreeSet;

use manifest::Source;
use netpol::{ObjectName, Verdict};
use serde_json::Value;

use crate::objects;
use crate::observe::Observation;
use crate::report::Check;
use crate::space::Space;

/// The key of the ConfigMap under which the list stands.
pub(crate) const LIST: &str = "reachable";

/// More lines than these are not read.
const MOST_LINES: usize = 2000;

/// The list that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct FindingsGoal {
    /// The pod that looks around.
    pub(crate) from: ObjectName,
    /// Where the list is written, under `data.reachable`.
    pub(crate) config_map: ObjectName,
    /// What the pod reaches in the start, as the engine says.
    pub(crate) reachable: BTreeSet<String>,
}

/// A learner's list against the right one.
pub(crate) struct FindingsResult {
    pub(crate) listed: BTreeSet<String>,
    /// Lines of the learner's that name nothing.
    garbled: Vec<String>,
}

impl FindingsGoal {
    /// Works out the right list from the lab's start.
    pub(crate) fn new(from: ObjectName, config_map: ObjectName, space: &Space, start: &[Value]) -> Self {
        let observation = Observation::new(space, start, Source::Files);
        let name = from.to_string();
        let reached =
            space.cells.iter().zip(&observation.seen).filter(|(cell, seen)| {
                space.endpoints[cell.from].name == name && seen.verdict() == Some(Verdict::Allowed)
            });
        let reachable = reached.map(|(cell, _)| line(&space.endpoints[cell.to].name, cell.port)).collect();
        Self { from, config_map, reachable }
    }

    /// Reads the learner's list.
    pub(crate) fn read(&self, objects: &[Value]) -> FindingsResult {
        let config_map = objects
            .iter()
            .find(|object| objects::kind(object) == "ConfigMap" && objects::object_name(object) == self.config_map);
        let text = config_map.and_then(|map| map["data"][LIST].as_str()).unwrap_or_default();
        let mut result = FindingsResult { listed: BTreeSet::new(), garbled: Vec::new() };
        for written in text.lines().take(MOST_LINES) {
            let written = written.split('#').next().unwrap_or_default().trim().trim_start_matches("- ").trim();
            match normal(written) {
                _ if written.is_empty() => {}
                Some(line) => _ = result.listed.insert(line),
                None => result.garbled.push(written.chars().take(80).collect()),
            }
        }
        result
    }

    /// How many entries are right, and how many are wrong.
    pub(crate) fn score(&self, result: &FindingsResult) -> (usize, usize) {
        let right = result.listed.intersection(&self.reachable).count();
        (right, result.listed.len() - right + result.garbled.len())
    }

    /// The checks of a report. What is missing is counted, not told.
    pub(crate) fn checks(&self, result: &FindingsResult) -> Vec<Check> {
        let found = result.listed.intersection(&self.reachable).count();
        let all = self.reachable.len();
        let complete = Check {
            name: "everything reachable is listed".to_owned(),
            passed: found == all,
            message: match all - found {
                0 => format!("all {all} are listed"),
                missing => format!(
                    "{found} of {all} are listed in ConfigMap {}, {missing} more can be reached from {}: try every pod of \
                     every namespace, on every port that it declares",
                    self.config_map, self.from
                ),
            },
            flow: None,
        };
        let mut checks = vec![complete];
        let wrong = result.listed.difference(&self.reachable).map(|line| {
            format!("{line} is listed, but {} cannot reach it, or no pod of this lab listens there", self.from)
        });
        let garbled = result.garbled.iter().map(|line| {
            format!("`{line}` is not an entry: write namespace/pod:port, and /UDP after it when it is not TCP")
        });
        let wrong: Vec<String> = wrong.chain(garbled).take(20).collect();
        let name = "nothing else is listed".to_owned();
        if wrong.is_empty() {
            checks.push(Check { name, passed: true, message: "no wrong entry".to_owned(), flow: None });
        } else {
            let failed = |message| Check { name: name.clone(), passed: false, message, flow: None };
            checks.extend(wrong.into_iter().map(failed));
        }
        checks
    }
}

fn line(endpoint: &str, (number, protocol): crate::space::Port) -> String {
    format!("{endpoint}:{number}/{protocol}")
}

/// An entry in the form in which entries are compared.
fn normal(written: &str) -> Option<String> {
    let (endpoint, port) = written.rsplit_once(':')?;
    let port = crate::pattern::parse_port(port.trim()).ok()?;
    let name: ObjectName = endpoint.trim().parse().ok()?;
    Some(line(&name.to_string(), port))
}
