//! Label selectors as they stand in JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::snapshot::list;

/// The label that every namespace has, with its name.
pub(super) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Labels by their keys.
pub(crate) type Labels = BTreeMap<String, String>;

/// All conditions must hold; without any, everything is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) conditions: Vec<Condition>,
}

/// One condition on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) key: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<String>,
}

/// What a condition asks of the key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`. An unknown operator selects nothing.
    pub(super) fn read(value: &Value) -> Self {
        let labels = value["matchLabels"].as_object().into_iter().flatten().map(|(key, value)| Condition {
            key: key.clone(),
            operator: Operator::In,
            values: vec![text(value)],
        });
        let expressions = list(&value["matchExpressions"]).map(|expression| Condition {
            key: text(&expression["key"]),
            operator: match expression["operator"].as_str() {
                Some("NotIn") => Operator::NotIn,
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                _ => Operator::In,
            },
            values: list(&expression["values"]).map(text).collect(),
        });
        Self { conditions: labels.chain(expressions).collect() }
    }

    /// Whether something with these labels is selected.
    pub(super) fn selects(&self, labels: &Labels) -> bool {
        self.conditions.iter().all(|condition| {
            let value = labels.get(&condition.key);
            let listed = value.is_some_and(|value| condition.values.contains(value));
            match condition.operator {
                Operator::In => listed,
                Operator::NotIn => !listed,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
