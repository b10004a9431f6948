//! A set of fields, and its form in `managedFields`: `{"f:spec":{"f:ingress":{}}}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A field or a map's key.
    Field(String),
    /// An item of a list by its keys, as canonical JSON.
    Key(String),
    /// An item of a set, as JSON.
    Value(String),
}

/// A set of fields, as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldSet {
    children: BTreeMap<Step, FieldSet>,
    /// Whether the path to here is itself in the set.
    member: bool,
}

impl FieldSet {
    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }

    /// Adds a path.
    pub(crate) fn insert(&mut self, path: &[Step]) {
        match path {
            [] => self.member = true,
            [step, rest @ ..] => self.children.entry(step.clone()).or_default().insert(rest),
        }
    }

    /// Whether this path or anything below it is in the set.
    pub(crate) fn reaches(&self, path: &[Step]) -> bool {
        match path {
            [] => !self.is_empty(),
            [step, rest @ ..] => self.children.get(step).is_some_and(|child| child.reaches(rest)),
        }
    }

    /// Every path, in order.
    pub(crate) fn paths(&self) -> Vec<Vec<Step>> {
        let mut all = Vec::new();
        self.collect(&mut Vec::new(), &mut all);
        all
    }

    fn collect(&self, prefix: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
        if self.member {
            all.push(prefix.clone());
        }
        for (step, child) in &self.children {
            prefix.push(step.clone());
            child.collect(prefix, all);
            prefix.pop();
        }
    }

    /// Both together.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut result = self.clone();
        result.member |= other.member;
        for (step, child) in &other.children {
            let merged = result.children.get(step).map_or_else(|| child.clone(), |mine| mine.union(child));
            result.children.insert(step.clone(), merged);
        }
        result
    }

    /// What is in both.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let shared = self.children.iter().filter_map(|(step, child)| {
            let both = child.intersection(other.children.get(step)?);
            (!both.is_empty()).then(|| (step.clone(), both))
        });
        Self { member: self.member && other.member, children: shared.collect() }
    }

    /// What is only in the first.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let kept = self.children.iter().filter_map(|(step, child)| {
            let left = other.children.get(step).map_or_else(|| child.clone(), |theirs| child.difference(theirs));
            (!left.is_empty()).then(|| (step.clone(), left))
        });
        Self { member: self.member && !other.member, children: kept.collect() }
    }

    /// The set as `fieldsV1`.
    pub(crate) fn to_value(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".into(), json!({}));
        }
        for (step, child) in &self.children {
            let name = match step {
                Step::Field(name) => format!("f:{name}"),
                Step::Key(keys) => format!("k:{keys}"),
                Step::Value(value) => format!("v:{value}"),
            };
            map.insert(name, child.to_value());
        }
        Value::Object(map)
    }

    /// Reads `fieldsV1`; what is unknown in it is skipped.
    pub(crate) fn from_value(value: &Value) -> Self {
        let mut set = Self::default();
        let Value::Object(map) = value else { return set };
        set.member = map.is_empty() || map.contains_key(".");
        for (name, child) in map {
            let step = match name.split_once(':') {
                Some(("f", name)) => Step::Field(name.to_owned()),
                Some(("k", keys)) => Step::Key(keys.to_owned()),
                Some(("v", value)) => Step::Value(value.to_owned()),
                _ => continue,
            };
            set.children.insert(step, Self::from_value(child));
        }
        set
    }
}

/// A path as messages show it: `.spec.containers[name="c"].image`.
pub(crate) fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Value(value) => text.push_str(&format!("[={value}]")),
            Step::Key(keys) => {
                let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
                let pairs: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                text.push_str(&format!("[{}]", pairs.join(",")));
            }
        }
    }
    text
}
