//! Proving a YAML block of a lesson: it is what its marks say it is.

use manifest::ObjectId;
use serde_json::{Map, Value, json};

use crate::book::YamlBlock;
use crate::files::{CourseFiles, Node, Problem, resolve, suggestion};
use crate::snapshot::{self, admit};

const MARKS: [&str; 4] = ["fragment", "fragment=PLACE", "refused", "other"];

/// Where a fragment of a NetworkPolicy can stand.
const PLACES: [&str; 8] =
    ["spec", "metadata", "ingress", "egress", "ingress.from", "ingress.ports", "egress.to", "egress.ports"];

/// What a block is proved to be.
#[derive(Clone, Debug, Default)]
struct Marks {
    fragment: Option<String>,
    refused: bool,
    other: bool,
}

/// A block of a lesson.
pub(crate) struct Block<'a> {
    pub(crate) files: &'a CourseFiles,
    /// The lesson's path.
    pub(crate) lesson: &'a str,
    pub(crate) block: &'a YamlBlock,
}

impl Block<'_> {
    /// The objects of the block, which claims may apply: none of a fragment. What is wrong with it goes to
    /// the problems.
    pub(crate) fn prove(&self, problems: &mut Vec<Problem>) -> Vec<Value> {
        let marks = self.marks(problems);
        let text = self.text(problems);
        if marks.other {
            problems.extend(self.shifted(Node::from_yaml(self.lesson, &text).err().unwrap_or_default()));
            return Vec::new();
        }
        let mut found = Vec::new();
        let values = match &marks.fragment {
            Some(place) => {
                self.fragment(place, &text, &mut found);
                Vec::new()
            }
            None => self.objects(&text, &mut found),
        };
        if !marks.refused {
            problems.extend(found);
            return values;
        }
        if found.is_empty() {
            problems.push(
                Problem::new(self.lesson, "the block is marked `refused`, and the API server accepts it")
                    .at_line(self.block.line)
                    .with_help("take the mark away, or make the block wrong"),
            );
        }
        Vec::new()
    }

    fn marks(&self, problems: &mut Vec<Problem>) -> Marks {
        let mut marks = Marks::default();
        for mark in &self.block.marks {
            match mark.split_once('=') {
                None if mark == "fragment" => marks.fragment = Some("spec".to_owned()),
                None if mark == "refused" => marks.refused = true,
                None if mark == "other" => marks.other = true,
                Some(("fragment", place)) if PLACES.contains(&place) => marks.fragment = Some(place.to_owned()),
                Some(("fragment", place)) => problems.push(self.problem(
                    format!("`{place}` is no place of a fragment"),
                    format!("there is {}", PLACES.join(", ")),
                )),
                _ => {
                    problems.push(self.problem(format!("`{mark}` is no mark of a YAML block"), suggestion(mark, MARKS)))
                }
            }
        }
        marks
    }

    /// The block with the files that mdBook will include.
    fn text(&self, problems: &mut Vec<Problem>) -> String {
        let mut out = String::new();
        for line in self.block.text.lines() {
            let include = line.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"));
            match include.map(str::trim) {
                None => out.push_str(line),
                Some(path) => match resolve(self.lesson, path).and_then(|path| self.files.text(&path)) {
                    Some(text) => out.push_str(text.trim_end()),
                    None => problems.push(self.problem(
                        format!("there is no file `{path}` to include"),
                        "include whole files, by their path relative to the lesson",
                    )),
                },
            }
            out.push('\n');
        }
        out
    }

    fn objects(&self, text: &str, problems: &mut Vec<Problem>) -> Vec<Value> {
        let before = problems.len();
        let objects = snapshot::parse_manifests(self.lesson, text, self.block.line, problems);
        if objects.is_empty() && problems.len() == before {
            problems.push(self.problem("the block holds no object", "write one, or mark the block `other`"));
        }
        objects.into_iter().map(|(object, _)| object).collect()
    }

    /// A piece of a NetworkPolicy, put where it belongs.
    fn fragment(&self, place: &str, text: &str, problems: &mut Vec<Problem>) {
        let piece = match Node::from_yaml(self.lesson, text) {
            Ok(node) => node.to_value(),
            Err(wrong) => {
                problems.extend(self.shifted(wrong));
                return;
            }
        };
        let policy = wrapped(place, piece);
        if let Err(wrong) = admit(&policy) {
            let id = ObjectId::of(&policy);
            problems.extend(wrong.iter().map(|wrong| {
                let message = format!("put into a NetworkPolicy under `{place}`, {id} is invalid: {wrong}");
                self.problem(message, "fix the block, or name another place with `fragment=PLACE`")
            }));
        }
    }

    fn problem(&self, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem::new(self.lesson, message).at_line(self.block.line).with_help(help)
    }

    fn shifted(&self, problems: Vec<Problem>) -> Vec<Problem> {
        problems.into_iter().map(|problem| problem.below(self.block.line)).collect()
    }
}

fn wrapped(place: &str, piece: Value) -> Value {
    let mut metadata = json!({ "name": "fragment" });
    let mut spec = match place {
        "metadata" => {
            metadata = merged(metadata, piece);
            json!({})
        }
        "ingress" | "egress" => json!({ place: piece }),
        _ => match place.split_once('.') {
            Some((direction, part)) => json!({ direction: [{ part: piece }] }),
            None => piece,
        },
    };
    if let Some(spec) = spec.as_object_mut() {
        spec.entry("podSelector").or_insert_with(|| Value::Object(Map::new()));
    }
    json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec })
}

fn merged(mut base: Value, piece: Value) -> Value {
    match (&mut base, piece) {
        (Value::Object(base), Value::Object(piece)) => base.extend(piece),
        (_, piece) => return piece,
    }
    base
}
