//! Decoding: what Go leaves out, refuses, and says.

use serde_json::json;

use super::*;

fn policy(spec: Value) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": spec})
}

#[test]
fn the_round_trip_leaves_out_what_go_leaves_out() {
    let given = policy(json!({"podSelector": {"matchLabels": {}}, "ingress": [], "egress": [{}], "policyTypes": null}));
    let decoded = decode(&given, FieldValidation::Strict).unwrap();
    assert_eq!(decoded.value["spec"], json!({"podSelector": {}, "egress": [{}]}));
}

#[test]
fn pointers_keep_their_zeros() {
    let given = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {
        "replicas": 0,
        "paused": false,
        "template": {"spec": {"automountServiceAccountToken": false, "hostNetwork": false, "containers": [{"name": "a", "resources": {}, "args": []}]}},
    }});
    let decoded = decode(&given, FieldValidation::Strict).unwrap();
    assert_eq!(
        decoded.value["spec"],
        json!({"replicas": 0, "template": {"spec": {"automountServiceAccountToken": false, "containers": [{"name": "a", "resources": {}}]}}})
    );
}

#[test]
fn unknown_fields_are_refused_warned_of_or_dropped() {
    let given = policy(json!({"podSelector": {}, "ingres": [{}], "ingress": [{"form": []}]}));
    let strict = decode(&given, FieldValidation::Strict).unwrap_err();
    assert_eq!(
        strict.message,
        "NetworkPolicy in version \"v1\" cannot be handled as a NetworkPolicy: strict decoding error: unknown field \"spec.ingres\", unknown field \"spec.ingress[0].form\""
    );
    let warned = decode(&given, FieldValidation::Warn).unwrap();
    assert_eq!(warned.warnings, ["unknown field \"spec.ingres\"", "unknown field \"spec.ingress[0].form\""]);
    assert_eq!(warned.value["spec"], json!({"podSelector": {}, "ingress": [{}]}));
    assert!(decode(&given, FieldValidation::Ignore).unwrap().warnings.is_empty());
}

#[track_caller]
fn refused(spec: Value, sentence: &str) {
    let message = decode(&policy(spec), FieldValidation::Ignore).unwrap_err().message;
    assert_eq!(
        message,
        format!(
            "NetworkPolicy in version \"v1\" cannot be handled as a NetworkPolicy: json: cannot unmarshal {sentence}"
        )
    );
}

#[test]
fn wrong_types_are_worded_as_go_words_them() {
    refused(
        json!({"podSelector": ["a"]}),
        "array into Go struct field NetworkPolicySpec.spec.podSelector of type v1.LabelSelector",
    );
    refused(
        json!({"podSelector": {"matchLabels": {"on": true}}}),
        "bool into Go struct field LabelSelector.spec.podSelector.matchLabels of type string",
    );
    refused(
        json!({"ingress": [{"ports": [{"port": 80.5}]}]}),
        "number 80.5 into Go struct field NetworkPolicyPort.spec.ingress.ports.port of type int32",
    );
    refused(
        json!({"egress": [{"ports": [{"endPort": "80"}]}]}),
        "string into Go struct field NetworkPolicyPort.spec.egress.ports.endPort of type int32",
    );
    refused(
        json!({"policyTypes": [1]}),
        "number into Go struct field NetworkPolicySpec.spec.policyTypes of type v1.PolicyType",
    );
    refused(json!("x"), "string into Go struct field NetworkPolicy.spec of type v1.NetworkPolicySpec");
}

#[test]
fn a_custom_resource_keeps_its_wrong_types_for_its_schema() {
    let given = json!({"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "a"},
        "spec": {"tier": "Admin", "priority": "high", "subjects": {}, "subject": {"namespaces": {}}}});
    let strict = decode(&given, FieldValidation::Strict).unwrap_err();
    assert!(strict.message.ends_with("strict decoding error: unknown field \"spec.subjects\""), "{}", strict.message);
    let decoded = decode(&given, FieldValidation::Ignore).unwrap();
    let errors: Vec<_> = crate::admission::validate(&decoded.value).iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["spec.priority: Invalid value: \"string\": spec.priority in body must be of type integer: \"string\""]
    );
}
