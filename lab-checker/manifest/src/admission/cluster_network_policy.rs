//! ClusterNetworkPolicy is a custom resource: a schema validates it, and a few rules of its own.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::field_error::{FieldError, FieldErrorKind};
use super::metadata::{self, entries, items, text};
use super::names;
use crate::schema::CLUSTER_NETWORK_POLICY;

/// The shape of every `$ref` to a LabelSelector.
static LABEL_SELECTOR: LazyLock<Value> = LazyLock::new(|| {
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": text});
    let requirement = json!({
        "type": "object",
        "required": ["key", "operator"],
        "properties": {"key": text, "operator": text, "values": texts},
    });
    json!({
        "type": "object",
        "properties": {
            "matchLabels": {"type": "object", "additionalProperties": text},
            "matchExpressions": {"type": "array", "items": requirement},
        },
    })
});

pub(super) fn validate(policy: &Value, errors: &mut Vec<FieldError>) {
    let before = errors.len();
    match &policy["spec"] {
        Value::Null => errors.push(FieldError::required("spec", "")),
        spec => check(spec, &CLUSTER_NETWORK_POLICY["properties"]["spec"], "spec", errors),
    }
    // Rules are only looked at when the shape is right.
    if errors.len() == before {
        rules(policy, errors);
    }
}

/// Holds a value against its schema.
fn check(value: &Value, schema: &Value, field: &str, errors: &mut Vec<FieldError>) {
    if let Some(reference) = schema["$ref"].as_str() {
        if reference.ends_with("LabelSelector") {
            let before = errors.len();
            check(value, &LABEL_SELECTOR, field, errors);
            if errors.len() == before {
                metadata::selector(value, field, errors);
            }
        }
        return;
    }
    let Some(wanted) = schema["type"].as_str() else { return };
    if !has_type(value, wanted) {
        let detail = format!("{field} in body must be of type {wanted}: {:?}", json_type(value));
        errors.push(FieldError::new(field, FieldErrorKind::TypeInvalid, json_type(value).into(), detail));
        return;
    }
    match value {
        Value::Object(fields) => {
            check_size("Properties", fields.len(), schema, field, errors);
            for name in items(&schema["required"]).iter().filter(|name| value[text(name)].is_null()) {
                errors.push(FieldError::required(format!("{field}.{}", text(name)), ""));
            }
            for (name, schema) in entries(&schema["properties"]).filter(|(name, _)| !value[*name].is_null()) {
                check(&value[name], schema, &format!("{field}.{name}"), errors);
            }
            if let Some(schema) = schema.get("additionalProperties") {
                for (name, value) in fields {
                    check(value, schema, &format!("{field}.{name}"), errors);
                }
            }
        }
        Value::Array(list) => {
            check_size("Items", list.len(), schema, field, errors);
            for (index, item) in list.iter().enumerate() {
                check(item, &schema["items"], &format!("{field}[{index}]"), errors);
            }
        }
        Value::Number(number) => check_range(number.as_i64().unwrap_or_default(), schema, field, errors),
        Value::String(given) => check_text(given, schema, field, errors),
        _ => {}
    }
}

fn has_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "integer" => value.is_i64() || value.is_u64(),
        wanted => json_type(value) == wanted,
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_size(what: &str, size: usize, schema: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let limit = |name: &str| schema[format!("{name}{what}")].as_u64().and_then(|limit| usize::try_from(limit).ok());
    if let Some(most) = limit("max").filter(|most| size > *most) {
        errors.push(FieldError::new(field, FieldErrorKind::TooMany(most), size.into(), ""));
    }
    if let Some(least) = limit("min").filter(|least| size < *least) {
        let detail = format!("{field} in body should have at least {least} {}", what.to_lowercase());
        errors.push(FieldError::invalid(field, size, detail));
    }
}

fn check_range(number: i64, schema: &Value, field: &str, errors: &mut Vec<FieldError>) {
    for (bound, words, wrong) in [
        ("minimum", "greater than or equal to", std::cmp::Ordering::Less),
        ("maximum", "less than or equal to", std::cmp::Ordering::Greater),
    ] {
        if let Some(bound) = schema[bound].as_i64().filter(|bound| number.cmp(bound) == wrong) {
            errors.push(FieldError::invalid(field, number, format!("{field} in body should be {words} {bound}")));
        }
    }
}

fn check_text(given: &str, schema: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let allowed: Vec<&'static str> = match (text(&schema["enum"][0]), items(&schema["enum"]).len()) {
        ("Admin", _) => vec!["Admin", "Baseline"],
        ("Accept", _) => vec!["Accept", "Deny", "Pass"],
        _ => Vec::new(),
    };
    if !allowed.is_empty() && !allowed.contains(&given) {
        errors.push(FieldError::not_supported(field, given, &allowed));
    }
    let limit = schema["maxLength"].as_u64().and_then(|limit| usize::try_from(limit).ok());
    if let Some(limit) = limit.filter(|limit| given.chars().count() > *limit) {
        errors.push(FieldError::too_long(field, limit));
    }
    if let Some(pattern) = schema["pattern"].as_str().filter(|_| !is_domain_name(given)) {
        errors.push(FieldError::invalid(field, given, format!("{field} in body should match '{pattern}'")));
    }
}

/// What the schema's only pattern says.
fn is_domain_name(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let labels: Vec<_> = name.strip_suffix('.').unwrap_or(name).split('.').collect();
    let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    labels.len() > 1
        && labels.iter().all(|label| {
            let bytes = label.as_bytes();
            let inside = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
            alphanumeric(bytes.first()) && alphanumeric(bytes.last()) && inside
        })
}

/// The rules that a schema cannot say.
fn rules(policy: &Value, errors: &mut Vec<FieldError>) {
    for direction in ["ingress", "egress"] {
        for (index, rule) in items(&policy["spec"][direction]).iter().enumerate() {
            let field = format!("spec.{direction}[{index}]");
            if direction == "egress" {
                egress_rule(rule, &field, errors);
            }
            for (index, protocol) in items(&rule["protocols"]).iter().enumerate() {
                for (name, transport) in entries(protocol) {
                    let range = &transport["destinationPort"]["range"];
                    let (start, end) = (range["start"].as_i64(), range["end"].as_i64());
                    if start.zip(end).is_some_and(|(start, end)| start >= end) {
                        let field = format!("{field}.protocols[{index}].{name}.destinationPort.range");
                        errors.push(FieldError::invalid(field, "object", "Start port must be less than End port"));
                    }
                }
            }
        }
    }
}

fn egress_rule(rule: &Value, field: &str, errors: &mut Vec<FieldError>) {
    const NO_NAMED_PORTS: &str = "networks/nodes/domainNames peer cannot be set with namedPorts since there are no namedPorts for networks/nodes/domainNames";
    let peers = items(&rule["to"]);
    let portless =
        peers.iter().any(|peer| ["networks", "nodes", "domainNames"].iter().any(|name| !peer[*name].is_null()));
    let named = items(&rule["protocols"]).iter().any(|protocol| !protocol["destinationNamedPort"].is_null());
    if portless && named {
        errors.push(FieldError::invalid(field, "object", NO_NAMED_PORTS));
    }
    if text(&rule["action"]) != "Accept" && peers.iter().any(|peer| !peer["domainNames"].is_null()) {
        errors.push(FieldError::invalid(field, "object", "domainNames peer is only supported for Accept rules"));
    }
    for (index, peer) in peers.iter().enumerate() {
        for (network_index, network) in items(&peer["networks"]).iter().enumerate() {
            if names::cidr(text(network)).is_err() {
                let field = format!("{field}.to[{index}].networks[{network_index}]");
                errors.push(FieldError::invalid(field, network.clone(), "Invalid CIDR format provided"));
            }
        }
    }
}
