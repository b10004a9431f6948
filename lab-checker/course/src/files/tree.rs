//! YAML and TOML as one tree with a line for every value, so that a course file can be read field by
//! field and every mistake in it reported with its place: serde stops at the first.

use manifest::Positions;
use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

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

    /// A TOML document.
    pub(crate) fn from_toml(file: &str, text: &str) -> Result<Self, Problem> {
        let lines = Lines::new(text);
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { line: 1, column: 1, data: from_table(table.get_ref(), &lines) }),
            Err(error) => {
                let line = error.span().map(|span| lines.of(span.start));
                Err(Problem::new(file, format!("not valid TOML: {}", error.message())).at_line(line))
            }
        }
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

fn from_table(table: &DeTable<'_>, lines: &Lines) -> Data {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| {
            let node =
                Node { line: lines.of(value.span().start), column: 1, data: from_toml_value(value.get_ref(), lines) };
            (key.get_ref().to_string(), lines.of(key.span().start), node)
        })
        .collect();
    entries.sort_by_key(|(_, line, _)| *line);
    Data::Map(entries)
}

fn from_toml_value(value: &DeValue<'_>, lines: &Lines) -> Data {
    match value {
        DeValue::Table(table) => from_table(table, lines),
        DeValue::Array(items) => Data::List(
            items
                .iter()
                .map(|item| Node {
                    line: lines.of(item.span().start),
                    column: 1,
                    data: from_toml_value(item.get_ref(), lines),
                })
                .collect(),
        ),
        DeValue::String(text) => Data::Scalar(text.as_ref().into()),
        DeValue::Boolean(value) => Data::Scalar((*value).into()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            Data::Scalar(i64::from_str_radix(&digits, number.radix()).map_or(Value::Null, Value::from))
        }
        DeValue::Float(number) => {
            let number = number.as_str().replace('_', "").parse().ok().and_then(Number::from_f64);
            Data::Scalar(number.map_or(Value::Null, Value::Number))
        }
        DeValue::Datetime(datetime) => Data::Scalar(datetime.to_string().into()),
    }
}
