//! Reading a tree field by field: each wrong field becomes a problem, and reading goes on.

use std::cell::RefCell;

use serde_json::Value;

use super::names::suggestion;
use super::problem::Problem;
use super::tree::{Data, Node};

/// Collects the problems of one file while it is read.
pub(crate) struct Reader<'a> {
    file: &'a str,
    /// Added to every line: where the text begins in the file that the author sees.
    first_line: usize,
    problems: RefCell<Vec<Problem>>,
}

/// A value with its path.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    reader: &'a Reader<'a>,
    path: String,
    node: &'a Node,
}

/// A map whose keys are known.
pub(crate) struct Fields<'a> {
    field: Field<'a>,
    entries: &'a [(String, usize, Node)],
}

impl<'a> Reader<'a> {
    /// A reader of a file.
    pub(crate) fn new(file: &'a str) -> Self {
        Self { file, first_line: 1, problems: RefCell::default() }
    }

    /// A reader of a text that begins at a line of a file.
    pub(crate) fn starting_at(file: &'a str, first_line: usize) -> Self {
        Self { file, first_line, problems: RefCell::default() }
    }

    /// The top of the file.
    pub(crate) fn root(&'a self, node: &'a Node) -> Field<'a> {
        Field { reader: self, path: String::new(), node }
    }

    /// What was wrong.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }
}

impl<'a> Field<'a> {
    /// The line in the file.
    pub(crate) fn line(&self) -> usize {
        self.node.line + self.reader.first_line - 1
    }

    /// The column in the file.
    pub(crate) fn column(&self) -> usize {
        self.node.column
    }

    /// Whether it is text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(&self.node.data, Data::Scalar(Value::String(_)))
    }

    /// The value without lines.
    pub(crate) fn to_value(&self) -> Value {
        self.node.to_value()
    }

    /// Reports that this field is wrong.
    pub(crate) fn wrong(&self, message: impl Into<String>, help: impl Into<String>) {
        let mut problem = Problem::new(self.reader.file, message).at_line(self.line()).with_help(help);
        if !self.path.is_empty() {
            problem = problem.of_field(&self.path);
        }
        self.reader.report(problem);
    }

    fn child(&self, key: &str, node: &'a Node) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { reader: self.reader, path, node }
    }

    /// The fields of a map, of which only these keys exist.
    pub(crate) fn fields(&self, known: &[&str]) -> Option<Fields<'a>> {
        let Data::Map(entries) = &self.node.data else {
            self.wrong("it must be a map", format!("with the keys {}", known.join(", ")));
            return None;
        };
        for (key, line, node) in entries.iter().filter(|(key, ..)| !known.contains(&key.as_str())) {
            let mut child = self.child(key, node);
            let at_key = Node { line: *line, column: 1, data: Data::Scalar(Value::Null) };
            child.node = &at_key;
            Field { reader: self.reader, path: child.path, node: &at_key }
                .wrong("there is no such key", suggestion(key, known.iter().copied()));
        }
        Some(Fields { field: self.clone(), entries })
    }

    /// The keys and values of a map with any keys.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Field<'a>)> {
        match &self.node.data {
            Data::Map(entries) => entries.iter().map(|(key, _, node)| (key.as_str(), self.child(key, node))).collect(),
            _ => {
                self.wrong("it must be a map", "write `name: value` lines");
                Vec::new()
            }
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Vec<Self> {
        match &self.node.data {
            Data::List(items) => {
                let item = |(at, node)| Self { reader: self.reader, path: format!("{}[{at}]", self.path), node };
                items.iter().enumerate().map(item).collect()
            }
            Data::Scalar(Value::Null) => Vec::new(),
            _ => {
                self.wrong("it must be a list", "write one `- item` a line");
                Vec::new()
            }
        }
    }

    /// One item, or the items of a list.
    pub(crate) fn one_or_more(&self) -> Vec<Self> {
        match &self.node.data {
            Data::List(_) => self.items(),
            _ => vec![self.clone()],
        }
    }

    /// A text that is not empty. A number is taken as it is written.
    pub(crate) fn text(&self) -> Option<String> {
        match &self.node.data {
            Data::Scalar(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            Data::Scalar(Value::Number(number)) => Some(number.to_string()),
            Data::Scalar(Value::String(_) | Value::Null) => {
                self.wrong("it is empty", "write some text");
                None
            }
            _ => {
                self.wrong("it must be text", "put it in quotes when YAML reads it as something else");
                None
            }
        }
    }

    /// A number in a range.
    pub(crate) fn number(&self, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        match &self.node.data {
            Data::Scalar(Value::Number(number)) => {
                let number = number.as_f64().filter(|number| range.contains(number));
                if number.is_none() {
                    self.wrong("the number is out of range", format!("from {} to {}", range.start(), range.end()));
                }
                number
            }
            _ => {
                self.wrong("it must be a number", format!("from {} to {}", range.start(), range.end()));
                None
            }
        }
    }

    /// Whether it is a map with this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        matches!(&self.node.data, Data::Map(entries) if entries.iter().any(|(name, ..)| name == key))
    }

    /// True or false.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match &self.node.data {
            Data::Scalar(Value::Bool(value)) => Some(*value),
            _ => {
                self.wrong("it must be true or false", "write `true` or `false`");
                None
            }
        }
    }
}

impl<'a> Fields<'a> {
    /// The field under a key, when it is there.
    pub(crate) fn get(&self, key: &str) -> Option<Field<'a>> {
        let (_, _, node) = self.entries.iter().find(|(name, ..)| name == key)?;
        Some(self.field.child(key, node))
    }

    /// The field under a key; a problem when it is not there.
    pub(crate) fn required(&self, key: &str) -> Option<Field<'a>> {
        let field = self.get(key);
        if field.is_none() {
            self.field.wrong(format!("`{key}` is missing"), "add it; see FORMATS.md");
        }
        field
    }

    /// The text under a required key.
    pub(crate) fn required_text(&self, key: &str) -> Option<String> {
        self.required(key)?.text()
    }

    /// The text under a key, when it is there.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.text()
    }
}
