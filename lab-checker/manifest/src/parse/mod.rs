//! From a text to Kubernetes objects, with everything that is wrong said at once.

mod template;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::advice;
use crate::object::{Object, ObjectId, Origin};
use crate::text::{self, Diagnostic, Document, Inside, Lines, Positions, Severity, TextProblem};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The objects that can be used, in the order of the text.
    pub objects: Vec<Object>,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Files of a folder that hold no Kubernetes object.
    pub skipped: Vec<String>,
}

/// What becomes of a text in which nothing looks like a Kubernetes object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// It is wrong: somebody named it.
    Wrong,
    /// It is nothing: it stands in a folder beside others.
    Skipped,
}

impl Parsed {
    /// Whether anything is wrong that makes an object unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Puts what was read of another text behind this.
    pub fn add(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.diagnostics.extend(other.diagnostics);
        self.skipped.extend(other.skipped);
    }

    /// The objects alone, without where they came from.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        self.objects.into_iter().map(|object| object.value).collect()
    }
}

/// After so many problems in one text the rest of its objects is not looked at, and left out.
const MAX_PROBLEMS: usize = 1000;

/// Of JSON that is longer than this, the places of fields are not looked for unless something is wrong with it: then
/// it is a dump of a cluster, and nobody wrote it.
const LONG_JSON: usize = 256 * 1024;

/// Reads all documents of a YAML or JSON stream. Lists (`kind: List`, `PodList`, …) are unfolded.
///
/// It never fails: an object that an API server would refuse is left out of the objects and explained
/// in the diagnostics, and so is a text that is no object at all.
#[must_use]
pub fn parse(file_name: &str, text: &str) -> Parsed {
    parse_with(file_name, text, Stranger::Wrong)
}

/// The same, where a text may be no manifest at all.
pub(crate) fn parse_with(file_name: &str, text: &str, stranger: Stranger) -> Parsed {
    let file: Arc<str> = file_name.into();
    let place = |documents| if text.len() > LONG_JSON { documents } else { placed(documents, text) };
    let from_json = text::read_json(text).map(|documents| examine(place(documents), &file, stranger));
    let from_json = match from_json {
        Some((objects, problems)) if problems.is_empty() => return Parsed { objects, ..Parsed::default() },
        other => other,
    };
    let lines = Lines::new(file_name, text);
    let read = text::read(text);
    let (objects, mut problems) = match from_json {
        // JSON documents without separators are no YAML: their fields have no places.
        Some(examined) if !read.problems.is_empty() => examined,
        _ if read.problems.iter().any(|problem| problem.severity == Severity::Error) && template::is_one(text) => {
            (Vec::new(), vec![template::problem(text)])
        }
        _ => {
            let is_skipped = is_skipped(&read.documents, stranger);
            let (objects, mut problems) = examine(read.documents, &file, stranger);
            // What is odd about a text that is no manifest is not our affair, unless it may be one that is broken.
            let told = read.problems.into_iter().filter(|problem| !is_skipped || problem.severity == Severity::Error);
            problems.extend(told);
            (objects, problems)
        }
    };
    problems.sort_by_key(|problem| problem.position);
    let diagnostics = problems.into_iter().map(|problem| lines.diagnostic(problem)).collect();
    Parsed { objects, diagnostics, skipped: Vec::new() }
}

/// JSON documents as YAML, which knows places, where it says the same.
fn placed(documents: Vec<Document>, text: &str) -> Vec<Document> {
    let read = text::read(text);
    let is_same = read.problems.is_empty()
        && read.documents.iter().map(|document| &document.value).eq(documents.iter().map(|document| &document.value));
    if is_same { read.documents } else { documents }
}

/// The objects that can be used, and what is wrong with the others.
fn examine(documents: Vec<Document>, file: &Arc<str>, stranger: Stranger) -> (Vec<Object>, Vec<TextProblem>) {
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    if is_skipped(&documents, stranger) {
        return (objects, problems);
    }
    for Document { value, positions } in documents {
        for (value, positions) in unfold(value, positions, &mut problems) {
            let before = problems.len();
            if before >= MAX_PROBLEMS {
                break;
            }
            advice::object(&value, &positions, &mut problems);
            if problems[before..].iter().all(|problem| problem.severity < Severity::Error) {
                objects.push(Object { value, origin: Origin { file: Arc::clone(file), positions } });
            }
        }
    }
    repeated(&objects, &mut problems);
    (objects, problems)
}

/// Whether documents are none of ours, where that may be.
fn is_skipped(documents: &[Document], stranger: Stranger) -> bool {
    stranger == Stranger::Skipped && !documents.iter().any(|document| looks_like_one(&document.value))
}

/// Whether a value is probably meant as a Kubernetes object: it has at least two of the fields that all of them have.
/// A kustomization looks like one, and no server takes it.
fn looks_like_one(value: &Value) -> bool {
    let has = |field: &&str| value.get(*field).is_some_and(|field| !field.is_null());
    let fields = ["apiVersion", "kind", "metadata", "spec"].iter().filter(|field| has(field)).count();
    let version = value["apiVersion"].as_str().unwrap_or_default();
    let of_kustomize = version.starts_with("kustomize.config.k8s.io/");
    (fields >= 2 || value["items"].is_array() && fields > 0) && !of_kustomize
}

/// Warns of objects that are given twice: the later one replaces the earlier.
fn repeated(objects: &[Object], problems: &mut Vec<TextProblem>) {
    let mut seen = HashMap::new();
    for object in objects {
        let id = ObjectId::of(&object.value);
        let position = object.origin.positions.value_at("metadata.name");
        if let Some(first) = seen.insert(id.clone(), position.line) {
            let message = format!("{id} stands here a second time, first in line {first}; the later one replaces it");
            problems.push(TextProblem::warning(position, message).field("metadata.name"));
        }
    }
}

/// Takes lists apart. Items of a typed list (`NetworkPolicyList`) may leave out what the list says.
fn unfold(mut value: Value, mut positions: Positions, problems: &mut Vec<TextProblem>) -> Vec<(Value, Positions)> {
    if !value.is_object() {
        let message = format!("a Kubernetes object is a mapping, and this is {}", text::what(&value));
        problems.push(TextProblem::error(positions.start(), message));
        return Vec::new();
    }
    let kind = value["kind"].as_str().unwrap_or_default().to_owned();
    let Some(item_kind) = kind.strip_suffix("List").filter(|_| value["items"].is_array()) else {
        return vec![(value, positions)];
    };
    let api_version = value["apiVersion"].clone();
    let Value::Array(items) = value["items"].take() else { return Vec::new() };
    let mut objects = Vec::with_capacity(items.len());
    let whole = Positions { inside: Inside::Nothing, ..positions.clone() };
    let spots = item_positions(&mut positions).into_iter().chain(std::iter::repeat(whole));
    for (mut item, spots) in items.into_iter().zip(spots) {
        if let Some(fields) = item.as_object_mut().filter(|_| !item_kind.is_empty()) {
            fields.entry("apiVersion").or_insert_with(|| api_version.clone());
            fields.entry("kind").or_insert_with(|| item_kind.into());
        }
        objects.extend(unfold(item, spots, problems));
    }
    objects
}

fn item_positions(positions: &mut Positions) -> Vec<Positions> {
    let Inside::Fields(fields) = &mut positions.inside else { return Vec::new() };
    let items = fields.iter_mut().find(|(name, _)| name == "items");
    match items.map(|(_, spot)| std::mem::take(&mut spot.inside)) {
        Some(Inside::Items(spots)) => spots,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
