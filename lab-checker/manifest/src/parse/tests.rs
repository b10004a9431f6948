//! Streams of documents and lists of objects.

use super::*;

#[test]
fn lists_are_unfolded_and_typed_lists_lend_their_kind() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - metadata: {name: p}\n";
    let parsed = parse("x.yaml", text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let kinds: Vec<_> = parsed.objects.iter().map(|object| object.value["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Namespace", "ConfigMap"]);
    assert_eq!(parsed.objects[1].origin.positions.value_at("metadata.name").line, 8);
}

#[test]
fn a_missing_kind_is_named_with_its_place() {
    let parsed = parse("x.yaml", "---\n\napiVersion: v1\nmetadata: {name: a}\n---\n- 1\n");
    let lines: Vec<_> = parsed.diagnostics.iter().map(|d| (d.line, d.message.as_str())).collect();
    assert_eq!(lines, [(3, "`kind` is missing"), (6, "a Kubernetes object is a mapping, and this is a list")]);
    assert!(parsed.objects.is_empty());
}

#[test]
fn json_is_read_exactly_when_it_is_short_or_wrong() {
    let namespace = |name: &str| {
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"Namespace\",\n \"metadata\": {{\"name\": \"{name}\"}}}}")
    };
    let right = parse("x.json", &format!("{}\n---\n{}\n", namespace("a"), namespace("b")));
    assert_eq!((right.objects.len(), right.diagnostics.len()), (2, 0));
    assert_eq!(right.objects[1].origin.positions.value_at("metadata.name").line, 5);
    let separated = parse("x.json", &format!("---\n{}\n---\n{}\n", namespace("a"), namespace("b")));
    assert_eq!(separated.objects[1].origin.positions.value_at("metadata.name").line, 6);
    let wrong = parse("x.json", &format!("{}\n---\n{}\n", namespace("a"), namespace("B")));
    assert_eq!(wrong.objects.len(), 1);
    assert_eq!((wrong.diagnostics[0].line, wrong.diagnostics[0].column), (5, 23));
    let list =
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}, {}]}}", namespace("a"), namespace("b"));
    assert_eq!(parse("x.json", &list).objects.len(), 2);
    // A dump is read quickly, and of it is known where each document begins.
    let long = parse("x.json", &format!("{}\n---\n{}{}\n", namespace("a"), " ".repeat(LONG_JSON), namespace("b")));
    assert_eq!(long.objects[1].origin.positions.value_at("metadata.name").line, 4);
}

#[test]
fn json_that_somebody_types_has_places() {
    let policy = |name: &str| {
        format!(
            "{{\"apiVersion\": \"networking.k8s.io/v1\", \"kind\": \"NetworkPolicy\",\n\"metadata\": {{\"name\": \"{name}\"}},\n \"spec\": {{\n  \"podSelector\": {{}}}}}}"
        )
    };
    let list = format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\",\n\"items\": [\n{}]}}", policy("a"));
    for (text, line) in [(policy("a"), 4), (format!("{}\n---\n{}", policy("a"), policy("b")), 9), (list, 6)] {
        let parsed = parse("x.json", &text);
        assert_eq!(parsed, Parsed { objects: parsed.objects.clone(), ..Parsed::default() });
        let last = parsed.objects.last().unwrap();
        assert_eq!(last.origin.positions.key_at("spec.podSelector").line, line, "{text}");
    }
    // Documents that only JSON can tell apart, and keys that only JSON takes twice, are read as they were.
    let twice = policy("a").replacen('{', "{\"kind\": \"Pod\", ", 1);
    for (text, count) in [(format!("{}\n{}", policy("a"), policy("b")), 2), (twice, 1)] {
        let parsed = parse("x.json", &text);
        assert_eq!((parsed.objects.len(), parsed.diagnostics), (count, Vec::new()), "{text}");
        assert!(parsed.objects.iter().all(|object| object.value["kind"] == "NetworkPolicy"), "{text}");
    }
}

#[test]
fn a_carriage_return_alone_ends_a_line() {
    let parsed = parse("x.yaml", "apiVersion: v1\rkind: Poed\r\nmetadata: {name: a}\n");
    let found: Vec<_> = parsed.diagnostics.iter().map(|d| (d.line, d.source_line.as_str())).collect();
    assert_eq!(found, [(2, "kind: Poed")]);
}

#[test]
fn json_documents_without_separators_are_judged_too() {
    let line =
        |kind: &str| format!("{{\"apiVersion\": \"v1\", \"kind\": \"{kind}\", \"metadata\": {{\"name\": \"a\"}}}}\n");
    let parsed = parse("x.json", &format!("{}{}", line("Namespace"), line("Nmespace")));
    assert_eq!(parsed.objects.len(), 1);
    let told: Vec<_> = parsed.diagnostics.iter().map(|found| (found.line, found.message.as_str())).collect();
    assert_eq!(told, [(2, "there is no kind `Nmespace` in `v1`")]);
}
