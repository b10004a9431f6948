//! Label selectors, of policies and of peers.

use serde_json::{Value, json};

use super::edit::Edits;
use super::places::{escaped, selectors};
use super::surroundings::Surroundings;

pub(super) fn change(edits: &mut Edits<'_>, surroundings: &Surroundings) {
    for selector in selectors(edits) {
        edits.set("selector emptied", &selector, "made {}", json!({}));
        change_labels(edits, &selector, surroundings);
        for expression in edits.items(&format!("{selector}/matchExpressions")) {
            change_expression(edits, &expression, surroundings);
        }
        add_labels(edits, &selector);
    }
}

fn change_labels(edits: &mut Edits<'_>, selector: &str, surroundings: &Surroundings) {
    let labels = edits.get(&format!("{selector}/matchLabels")).as_object();
    for (key, value) in labels.into_iter().flatten() {
        let place = format!("{selector}/matchLabels/{}", escaped(key));
        let value = value.as_str().unwrap_or_default();
        edits.remove("label dropped", &place, "left out");
        let namespaces = key == "kubernetes.io/metadata.name";
        let others = if namespaces {
            surroundings.other_namespaces(value).map(str::to_owned).collect()
        } else {
            surroundings.other_values(key, value)
        };
        for other in others {
            edits.set("label changed", &place, format!("{other} instead of {value}"), other);
        }
        for operator in ["NotIn", "Exists", "DoesNotExist"] {
            as_expression(edits, selector, key, value, operator);
        }
        let wider = surroundings.other_values(key, value).swap_remove(0);
        let expression = json!({"key": key, "operator": "In", "values": [value, wider]});
        edits.edit("label widened", selector, format!("{key} in ({value}, {wider})"), move |selector| {
            to_expression(selector, key, expression);
        });
    }
}

fn as_expression(edits: &mut Edits<'_>, selector: &str, key: &str, value: &str, operator: &str) {
    let mut expression = json!({"key": key, "operator": operator});
    if operator == "NotIn" {
        expression["values"] = json!([value]);
    }
    let what = format!("{operator} instead of {key}={value}");
    edits.edit("label made an expression", selector, what, move |selector| to_expression(selector, key, expression));
}

/// Writes an expression in the place of a label.
pub(super) fn to_expression(selector: &mut Value, key: &str, expression: Value) {
    if let Some(labels) = selector.get_mut("matchLabels").and_then(Value::as_object_mut) {
        labels.remove(key);
    }
    match selector.get_mut("matchExpressions").and_then(Value::as_array_mut) {
        Some(expressions) => expressions.push(expression),
        None => selector["matchExpressions"] = json!([expression]),
    }
}

fn change_expression(edits: &mut Edits<'_>, expression: &str, surroundings: &Surroundings) {
    edits.remove("expression dropped", expression, "left out");
    let operator = edits.get(&format!("{expression}/operator")).as_str().unwrap_or_default();
    let opposite = match operator {
        "In" => "NotIn",
        "NotIn" => "In",
        "Exists" => "DoesNotExist",
        _ => "Exists",
    };
    let place = format!("{expression}/operator");
    edits.set("operator changed", &place, format!("{opposite} instead of {operator}"), opposite);
    let key = edits.get(&format!("{expression}/key")).as_str().unwrap_or_default();
    let values = format!("{expression}/values");
    for item in edits.items(&values) {
        let value = edits.get(&item).as_str().unwrap_or_default();
        edits.remove("value dropped", &item, "left out");
        for other in surroundings.other_values(key, value) {
            edits.set("value changed", &item, format!("{other} instead of {value}"), other);
        }
    }
    if matches!(operator, "In" | "NotIn") {
        let known = surroundings.values.get(key).into_iter().flatten().cloned();
        for value in known.chain(["one-more".to_owned()]) {
            edits.append("value added", &values, format!("{value} added"), value.into());
        }
    }
}

fn add_labels(edits: &mut Edits<'_>, selector: &str) {
    edits.edit("label added", selector, "one-more=label added", |selector| {
        selector["matchLabels"]["one-more"] = "label".into();
    });
    edits.edit("expression added", selector, "DoesNotExist one-more added", |selector| {
        let expression = json!({"key": "one-more", "operator": "DoesNotExist"});
        to_expression(selector, "", expression);
    });
}
