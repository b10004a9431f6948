//! TOML as the tree that YAML is read into.

use serde_json::{Number, Value};
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::tree::{Data, Lines, Node};

impl Node {
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
