//! YAML as a tree with a line for every value, so that a course file can be read field by field and every mistake in
//! it reported with its place: serde stops at the first. `toml_tree` makes the same tree of TOML.

use manifest::Positions;
use serde_json::{Map, Value};

use super::problem::Problem;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column, counted from 1; of TOML it is not known, and 1.
    pub(crate) column: usize,
    /// What stands there.
    pub(crate) data: Data,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    /// Null, a boolean, a number or text.
    Scalar(Value),
    /// A list.
    List(Vec<Node>),
    /// Keys with the lines they stand on, in order.
    Map(Vec<(String, usize, Node)>),
}

impl Node {
    /// The only document of a YAML text.
    pub(crate) fn from_yaml(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let (documents, diagnostics) = manifest::yaml::read(file, text);
        if !diagnostics.is_empty() {
            return Err(diagnostics.into_iter().map(Problem::from).collect());
        }
        let mut documents = documents.into_iter();
        match (documents.next(), documents.next()) {
            (Some(document), None) => Ok(Self::new(&document.value, &document.positions)),
            (Some(_), Some(second)) => {
                let problem = Problem::new(file, "there is a second document").at_line(second.positions.start().line);
                Err(vec![problem.with_help("take the `---` away")])
            }
            (None, _) => Err(vec![Problem::new(file, "there is nothing in it").at_line(1)]),
        }
    }

    fn new(value: &Value, positions: &Positions) -> Self {
        let start = positions.start();
        let (line, column) = (start.line, start.column);
        let inside = |path: String, value: &Value| match positions.at(&path) {
            Some(positions) => Self::new(value, positions),
            None => Self { line, column, data: Data::Scalar(value.clone()) },
        };
        let data = match value {
            Value::Array(items) => {
                Data::List(items.iter().enumerate().map(|(at, item)| inside(format!("[{at}]"), item)).collect())
            }
            Value::Object(entries) => Data::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let path = format!("[{key}]");
                        (key.clone(), positions.key_at(&path).line, inside(path, value))
                    })
                    .collect(),
            ),
            scalar => Data::Scalar(scalar.clone()),
        };
        Self { line, column, data }
    }

    /// The same data without lines.
    pub(crate) fn to_value(&self) -> Value {
        match &self.data {
            Data::Scalar(value) => value.clone(),
            Data::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Data::Map(entries) => {
                let entries = entries.iter().map(|(key, _, node)| (key.clone(), node.to_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

/// Where the lines of a text begin.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    /// Finds the lines of a text.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line, counted from 1, of a byte.
    pub(crate) fn of(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|&end| end < byte)
    }
}
