//! The defaults of NetworkPolicies.

use serde_json::{Map, Value, json};

/// Fills in what the API server fills in: the protocol, and `policyTypes`.
pub(super) fn network_policy(spec: &mut Map<String, Value>) {
    spec.entry("podSelector").or_insert_with(|| Value::Object(Map::new()));
    for direction in ["ingress", "egress"] {
        let rules = spec.get_mut(direction).and_then(Value::as_array_mut).into_iter().flatten();
        let ports = rules.filter_map(|rule| rule.get_mut("ports").and_then(Value::as_array_mut)).flatten();
        for port in ports.filter_map(Value::as_object_mut) {
            port.entry("protocol").or_insert_with(|| "TCP".into());
        }
    }
    if spec.get("policyTypes").is_none_or(is_empty_list) {
        let egress = spec.get("egress").is_some_and(|rules| !is_empty_list(rules));
        let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
        spec.insert("policyTypes".to_owned(), types);
    }
}

/// Whether no items are in it, or it is no list.
fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_none_or(Vec::is_empty)
}
