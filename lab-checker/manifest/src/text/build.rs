//! From parser events to a JSON value with positions.

use std::collections::HashMap;

use granit_parser::{ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::document::Document;
use super::position::{Inside, Position, Positions};
use super::problem::TextProblem;
use super::scalar;

/// Deeper nesting is refused: no Kubernetes object needs half of it.
pub(super) const MAX_DEPTH: usize = 100;
/// More values in one text are refused.
const MAX_VALUES: usize = 8_000_000;
/// More values copied by aliases (`*name`) in one text are refused: this is how small files become
/// huge ones.
const MAX_COPIED: usize = 50_000;

/// Puts one document after the other together.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    warnings: Vec<TextProblem>,
    values: usize,
    copied: usize,
}

/// A finished value.
#[derive(Clone)]
struct Node {
    value: Value,
    positions: Positions,
    /// How many values it holds, itself included.
    size: usize,
}

/// A list or a mapping that is still being read.
struct Frame {
    anchor: usize,
    start: Position,
    size: usize,
    content: Content,
}

enum Content {
    List(Vec<Value>, Vec<Positions>),
    Fields(Fields),
}

#[derive(Default)]
struct Fields {
    map: Map<String, Value>,
    spots: Vec<(String, Positions)>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// What `<<` brought; it stands behind the mapping's own fields.
    merged: Vec<Node>,
}

/// The name of a field.
struct Key {
    name: String,
    position: Position,
    /// Whether it is an unquoted `<<`, which takes fields from elsewhere.
    merges: bool,
}

/// A document with more surprises than this is no manifest.
const MAX_WARNINGS: usize = 100;

const MERGE: &str = "<<";

impl Builder {
    pub(super) fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        anchor: usize,
        position: Position,
    ) -> Result<(), Box<TextProblem>> {
        let value = scalar::resolve(text, style, tag);
        if self.wants_key() {
            let key = self.key_text(text, &value, position)?;
            self.remember(anchor, || leaf(Value::String(key.clone()), position));
            let merges = style == ScalarStyle::Plain && key == MERGE;
            return self.key(Key { name: key, position, merges });
        }
        self.add(anchor, leaf(value, position))
    }

    pub(super) fn open_list(&mut self, anchor: usize, start: Position) -> Result<(), Box<TextProblem>> {
        self.open(anchor, start, Content::List(Vec::new(), Vec::new()))
    }

    pub(super) fn open_fields(&mut self, anchor: usize, start: Position) -> Result<(), Box<TextProblem>> {
        self.open(anchor, start, Content::Fields(Fields::default()))
    }

    fn open(&mut self, anchor: usize, start: Position, content: Content) -> Result<(), Box<TextProblem>> {
        if self.wants_key() {
            return Err(Box::new(
                TextProblem::error(start, "a list or a mapping cannot be the name of a field")
                    .help("a template must be rendered before it is a manifest (`helm template …`); a value that begins with `{` or `[` needs quotes"),
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Box::new(TextProblem::error(start, format!("this is nested deeper than {MAX_DEPTH} levels"))));
        }
        self.open.push(Frame { anchor, start, size: 1, content });
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Box<TextProblem>> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let (value, inside) = match frame.content {
            Content::List(items, spots) => (Value::Array(items), Inside::Items(spots)),
            Content::Fields(fields) => {
                let (map, spots) = fields.finish();
                (Value::Object(map), Inside::Fields(spots))
            }
        };
        let positions = Positions { key: None, value: frame.start, inside };
        self.add(frame.anchor, Node { value, positions, size: frame.size })
    }

    pub(super) fn alias(&mut self, anchor: usize, position: Position) -> Result<(), Box<TextProblem>> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Box::new(TextProblem::error(
                position,
                "this alias stands inside the anchor that it refers to",
            )));
        };
        self.copied += node.size;
        if self.copied > MAX_COPIED {
            let message = format!("the aliases of this file stand for more than {MAX_COPIED} values");
            return Err(Box::new(TextProblem::error(position, message).help("write the values out").fatal()));
        }
        let node = node.clone();
        if self.wants_key() {
            return match node.value {
                Value::String(name) => self.key(Key { name, position, merges: false }),
                _ => Err(Box::new(TextProblem::error(position, "this alias cannot be the name of a field"))),
            };
        }
        self.add(0, node)
    }

    /// Ends a document. Empty documents are left out, as kubectl leaves them out.
    pub(super) fn finish(&mut self, problems: &mut Vec<TextProblem>) -> Option<Document> {
        problems.append(&mut self.warnings);
        self.anchors.clear();
        let node = self.root.take()?;
        (!node.value.is_null()).then_some(Document { value: node.value, positions: node.positions })
    }

    /// Forgets a broken document.
    pub(super) fn abandon(&mut self) {
        self.open.clear();
        self.root = None;
        self.anchors.clear();
        self.warnings.clear();
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { content: Content::Fields(fields), .. }) if fields.key.is_none())
    }

    /// Names of fields are texts: what reads as something else is written back as JSON would.
    fn key_text(&mut self, text: &str, value: &Value, position: Position) -> Result<String, Box<TextProblem>> {
        match value {
            Value::String(key) => Ok(key.clone()),
            Value::Null => Err(Box::new(TextProblem::error(position, "a field has no name"))),
            value => {
                if scalar::is_surprising_boolean(text) && self.warnings.len() < MAX_WARNINGS {
                    let message = format!("the name `{text}` is read as the boolean {value}");
                    self.warnings.push(TextProblem::warning(position, message).help(format!("write \"{text}\"")));
                }
                Ok(value.to_string())
            }
        }
    }

    fn key(&mut self, key: Key) -> Result<(), Box<TextProblem>> {
        let Some(Frame { content: Content::Fields(fields), .. }) = self.open.last_mut() else { return Ok(()) };
        if fields.map.contains_key(&key.name) {
            let first = fields.spots.iter().find(|(name, _)| *name == key.name);
            let line = first.and_then(|(_, spot)| spot.key).map_or(0, |first| first.line);
            let message =
                format!("`{}` stands here a second time, first in line {line}; only the last one counts", key.name);
            if self.warnings.len() >= MAX_WARNINGS {
                return Err(Box::new(
                    TextProblem::error(key.position, message).help("this document has many such fields").fatal(),
                ));
            }
            self.warnings.push(TextProblem::warning(key.position, message).help("keep one of the two"));
        }
        fields.key = Some(key);
        Ok(())
    }

    fn remember(&mut self, anchor: usize, node: impl FnOnce() -> Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, node());
        }
    }

    fn add(&mut self, anchor: usize, node: Node) -> Result<(), Box<TextProblem>> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("this file holds more than {MAX_VALUES} values");
            return Err(Box::new(TextProblem::error(node.positions.value, message).help("split it").fatal()));
        }
        self.remember(anchor, || node.clone());
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size += node.size;
        match &mut frame.content {
            Content::List(items, spots) => {
                items.push(node.value);
                spots.push(node.positions);
            }
            Content::Fields(fields) => fields.add(node)?,
        }
        Ok(())
    }
}

impl Fields {
    fn add(&mut self, mut node: Node) -> Result<(), Box<TextProblem>> {
        let Some(Key { name: key, position, merges }) = self.key.take() else { return Ok(()) };
        if merges {
            return self.merge(node, position);
        }
        node.positions.key = Some(position);
        if self.map.insert(key.clone(), node.value).is_some() {
            self.spots.retain(|(name, _)| *name != key);
        }
        self.spots.push((key, node.positions));
        Ok(())
    }

    fn merge(&mut self, node: Node, position: Position) -> Result<(), Box<TextProblem>> {
        match (node.value, node.positions.inside) {
            (value @ Value::Object(_), inside) => {
                let positions = Positions { inside, ..node.positions };
                self.merged.push(Node { value, positions, size: node.size });
            }
            (Value::Array(items), Inside::Items(spots)) => {
                for (value, positions) in items.into_iter().zip(spots) {
                    self.merge(Node { value, positions, size: 1 }, position)?;
                }
            }
            _ => return Err(Box::new(TextProblem::error(position, "`<<` needs a mapping to take fields from"))),
        }
        Ok(())
    }

    fn finish(mut self) -> (Map<String, Value>, Vec<(String, Positions)>) {
        for node in self.merged {
            let (Value::Object(map), Inside::Fields(spots)) = (node.value, node.positions.inside) else { continue };
            let mut spots: HashMap<_, _> = spots.into_iter().collect();
            for (key, value) in map {
                if !self.map.contains_key(&key) {
                    self.spots.extend(spots.remove_entry(&key));
                    self.map.insert(key, value);
                }
            }
        }
        (self.map, self.spots)
    }
}

fn leaf(value: Value, position: Position) -> Node {
    Node { value, positions: Positions { key: None, value: position, inside: Inside::Nothing }, size: 1 }
}
