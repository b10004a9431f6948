//! What every object has: a name, labels, annotations; and label selectors, which many have.

use serde_json::Value;

use super::field_error::FieldError;
use super::names;
use crate::kinds::{self, Names};
use crate::object::ObjectId;

/// The items of a list; none when there is no list.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The entries of a mapping; none when there is no mapping.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// A text; empty when there is none.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One error for each sentence.
pub(super) fn invalid_each(
    field: &str,
    value: &str,
    wrongs: impl IntoIterator<Item = String>,
) -> impl Iterator<Item = FieldError> {
    wrongs.into_iter().map(move |wrong| FieldError::invalid(field, value, wrong))
}

/// `metadata` of any object.
pub(super) fn validate(object: &Value, errors: &mut Vec<FieldError>) {
    let metadata = &object["metadata"];
    let id = ObjectId::of(object);
    let check = name_rule(object);
    let generated = text(&metadata["generateName"]);
    if !generated.is_empty() {
        // What follows the prefix ends in a letter or digit.
        errors.extend(invalid_each("metadata.generateName", generated, check(&format!("{generated}x"))));
    }
    if !id.name.is_empty() {
        errors.extend(invalid_each("metadata.name", &id.name, check(&id.name)));
    } else if generated.is_empty() {
        errors.push(FieldError::required("metadata.name", "name or generateName is required"));
    }
    let namespace = text(&metadata["namespace"]);
    // Of what stands in no namespace, a server clears the field before it looks.
    if id.namespace.is_some() && !namespace.is_empty() {
        errors.extend(invalid_each("metadata.namespace", namespace, names::dns_label(namespace)));
    }
    labels(&metadata["labels"], "metadata.labels", errors);
    annotations(&metadata["annotations"], "metadata.annotations", errors);
    owners(&metadata["ownerReferences"], errors);
    for (index, finalizer) in items(&metadata["finalizers"]).iter().enumerate() {
        let (finalizer, field) = (text(finalizer), format!("metadata.finalizers[{index}]"));
        errors.extend(invalid_each(&field, finalizer, names::qualified_name(finalizer)));
        if !finalizer.contains('/') && !matches!(finalizer, "kubernetes" | "orphan" | "foregroundDeletion") {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.push(FieldError::invalid(field, finalizer, detail));
        }
    }
}

/// The rule of an object's name. Kinds that do not stand in the table, those of custom resources too, have the usual.
fn name_rule(object: &Value) -> fn(&str) -> Vec<String> {
    match kinds::of(object).map_or(Names::Subdomain, |kind| kind.names) {
        Names::Subdomain => names::dns_subdomain,
        Names::Label => names::dns_label,
        Names::Rfc1035Label => names::rfc_1035_label,
        Names::PathSegment => path_segment,
        Names::Address => canonical_address,
    }
}

fn canonical_address(name: &str) -> Vec<String> {
    let canonical = names::address(name).is_ok_and(|address| address.to_string() == name);
    if canonical { Vec::new() } else { vec!["must be a canonical format IP address".to_owned()] }
}

fn path_segment(name: &str) -> Vec<String> {
    match name {
        "." | ".." => vec![format!("may not be '{name}'")],
        _ => ["/", "%"]
            .iter()
            .filter(|part| name.contains(**part))
            .map(|part| format!("may not contain '{part}'"))
            .collect(),
    }
}

/// A mapping of labels.
pub(super) fn labels(labels: &Value, field: &str, errors: &mut Vec<FieldError>) {
    for (key, value) in entries(labels) {
        errors.extend(invalid_each(field, key, names::qualified_name(key)));
        errors.extend(invalid_each(field, text(value), names::label_value(text(value))));
    }
}

/// A mapping of annotations.
pub(super) fn annotations(annotations: &Value, field: &str, errors: &mut Vec<FieldError>) {
    const LIMIT: usize = 256 * 1024;
    for (key, _) in entries(annotations) {
        errors.extend(invalid_each(field, key, names::qualified_name(&key.to_lowercase())));
    }
    if entries(annotations).map(|(key, value)| key.len() + text(value).len()).sum::<usize>() > LIMIT {
        errors.push(FieldError::too_long(field, LIMIT));
    }
}

fn owners(owners: &Value, errors: &mut Vec<FieldError>) {
    for (index, owner) in items(owners).iter().enumerate() {
        for (name, sentence) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if text(&owner[name]).is_empty() {
                errors.push(FieldError::invalid(format!("metadata.ownerReferences[{index}].{name}"), "", sentence));
            }
        }
    }
}

/// What must not change in `metadata` between two states of an object.
pub(super) fn validate_update(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    for field in ["name", "namespace", "uid", "creationTimestamp"] {
        let (before, after) = (&old["metadata"][field], &new["metadata"][field]);
        if !before.is_null() && !after.is_null() && before != after {
            errors.push(FieldError::invalid(format!("metadata.{field}"), after.clone(), "field is immutable"));
        }
    }
}

/// A label selector.
pub(super) fn selector(selector: &Value, field: &str, errors: &mut Vec<FieldError>) {
    labels(&selector["matchLabels"], &format!("{field}.matchLabels"), errors);
    for (index, expression) in items(&selector["matchExpressions"]).iter().enumerate() {
        requirement(expression, &format!("{field}.matchExpressions[{index}]"), errors);
    }
}

fn requirement(expression: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let values = items(&expression["values"]);
    match text(&expression["operator"]) {
        "In" | "NotIn" if values.is_empty() => {
            let detail = "must be specified when `operator` is 'In' or 'NotIn'";
            errors.push(FieldError::required(format!("{field}.values"), detail));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(FieldError::forbidden(format!("{field}.values"), detail));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => errors.push(FieldError::invalid(format!("{field}.operator"), other, "not a valid selector operator")),
    }
    let key = text(&expression["key"]);
    errors.extend(invalid_each(&format!("{field}.key"), key, names::qualified_name(key)));
    for (index, value) in values.iter().enumerate() {
        let value = text(value);
        errors.extend(invalid_each(&format!("{field}.values[{index}]"), value, names::label_value(value)));
    }
}
