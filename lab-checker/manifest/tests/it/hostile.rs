//! Texts that are not manifests, or want to hurt.

use manifest::parse;
use proptest::prelude::*;

#[test]
fn empty_texts_hold_nothing() {
    for text in ["", "\n\n", "---\n---\n", "# a comment\n", "\u{feff}"] {
        let parsed = parse("x", text);
        assert!(parsed.objects.is_empty() && parsed.diagnostics.is_empty(), "{text:?}: {parsed:?}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
        assert!(parse("x", &text).has_errors());
    }
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a, namespace: b, labels: {x: y1}}
spec:
  podSelector: {matchLabels: {app: web}, matchExpressions: [{key: a, operator: In, values: [b]}]}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 80, endPort: 90, protocol: TCP}, {port: http}]
  egress: [{}]
";

#[test]
fn a_huge_number_of_problems_takes_no_time() {
    let many = |line: fn(usize) -> String| (0..3_000).map(line).collect::<String>();
    let texts = [
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n{}", many(|n| format!("  f{n}: 1\n"))),
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n{}",
            many(|n| format!("    -{n}: x\n"))
        ),
        format!("a:\n{}{}", many(|n| format!("  f{n}: 1\n")), many(|n| format!("  f{n}: 1\n"))),
        many(|n| format!("- {n}\n---\n")),
        many(|n| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: A{n}}}\n---\n")),
    ];
    for text in texts {
        let parsed = parse("x", &text);
        assert!(parsed.has_errors() && parsed.diagnostics.len() <= 3_000);
    }
}

#[test]
fn what_cannot_be_counted_in_one_network_still_gets_addresses() {
    let pods = (0..31_000)
        .map(|n| serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{n}")}}));
    let snapshot = manifest::lower(&pods.collect::<Vec<_>>(), manifest::Source::Files).unwrap();
    let addresses: std::collections::HashSet<_> = snapshot.pods.iter().map(|pod| pod.addresses[0]).collect();
    assert_eq!(addresses.len(), 31_000);
}

/// Texts that are easily read as something else.
fn awkward() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("on".to_owned()),
        Just("y".to_owned()),
        Just("No".to_owned()),
        Just("~".to_owned()),
        Just("null".to_owned()),
        Just("0755".to_owned()),
        Just("1e3".to_owned()),
        Just("0x1F".to_owned()),
        Just("1_000".to_owned()),
        Just("-".to_owned()),
        Just("<<".to_owned()),
        Just("a: b".to_owned()),
        Just("# no comment".to_owned()),
        Just("two\nlines\n".to_owned()),
        Just(" spaces ".to_owned()),
        Just("2026-11-23".to_owned()),
        ".{0,20}",
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        awkward().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((awkward(), inner), 0..5)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in json()) {
        // A document of nothing is no document.
        let value = serde_json::json!({"value": value});
        let text = manifest::to_yaml(&value);
        let (documents, problems) = manifest::yaml::read("x", &text);
        prop_assert_eq!(&documents[0].value, &value, "{}\n{:?}", text, problems);
    }

    #[test]
    fn any_text_is_read_without_panic(text in ".{0,200}") {
        let _ = parse("x", &text);
    }

    #[test]
    fn a_manifest_with_one_part_replaced_is_read_without_panic(
        at in 0..POLICY.len(), length in 0..40usize, other in "[-a-z0-9:{}\\[\\]&*!|>'\"%@`,#?\n\t ]{0,12}",
    ) {
        let end = (at + length).min(POLICY.len());
        let text = format!("{}{other}{}", &POLICY[..at], &POLICY[end..]);
        let parsed = parse("x", &text);
        for diagnostic in &parsed.diagnostics {
            prop_assert!(diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.length >= 1);
        }
        // What passes without an error also lowers.
        if !parsed.has_errors() {
            prop_assert!(manifest::lower(&parsed.into_values(), manifest::Source::Files).is_ok(), "{text}");
        }
    }
}
