//! YAML as the API server reads it, with places.

use serde_json::{Value, json};

use super::*;

#[track_caller]
fn value(text: &str) -> Value {
    let mut read = read(text);
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    assert_eq!(read.documents.len(), 1);
    read.documents.remove(0).value
}

#[test]
fn plain_scalars_mean_what_they_mean_to_the_api_server() {
    let text = "[on, y, No, TRUE, 'on', 80, 0755, 0x1F, 08, 80.0, 80.5, 1_000, ~, '', 1e3, 2001-01-01, -3, 1.2.3, 0b2]";
    assert_eq!(
        value(text),
        json!([
            true,
            true,
            false,
            true,
            "on",
            80,
            493,
            31,
            8,
            80,
            80.5,
            1000,
            null,
            "",
            1000,
            "2001-01-01",
            -3,
            "1.2.3",
            "0b2"
        ])
    );
}

#[test]
fn merge_keys_bring_what_is_not_there() {
    let text = "base: &b {a: 1, b: 2}\nuse: {<<: *b, b: 3}";
    assert_eq!(value(text), json!({"base": {"a": 1, "b": 2}, "use": {"b": 3, "a": 1}}));
}

#[test]
fn a_bomb_of_aliases_is_refused_at_once() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
    }
    let read = read(&text);
    assert!(read.documents.is_empty());
    assert!(read.problems[0].message.contains("aliases of this file stand for more than"));
}

#[test]
fn a_broken_document_does_not_hide_the_next_one() {
    let read = read("a: [1\n---\nb: 2\n---\nc: \"\n---\nd: 4\n");
    let values: Vec<_> = read.documents.iter().map(|document| document.value.clone()).collect();
    assert_eq!(values, [json!({"b": 2}), json!({"d": 4})]);
    let lines: Vec<_> = read.problems.iter().map(|problem| problem.position.line).collect();
    assert_eq!(lines, [1, 5]);
}

#[test]
fn a_doubled_key_is_a_warning_and_the_last_one_counts() {
    let read = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(read.documents[0].value, json!({"a": 3, "b": 2}));
    assert_eq!(read.problems[0].position.line, 3);
    assert!(read.problems[0].message.contains("first in line 1"));
}

#[test]
fn positions_are_found_by_path() {
    let text = "spec:\n  ingress:\n  - ports:\n    - port: 80\n    - {port: 90}\n  labels: {a.b/c: x}\n";
    let read = read(text);
    let positions = &read.documents[0].positions;
    let at = |path: &str| (positions.value_at(path).line, positions.value_at(path).column);
    assert_eq!(at("spec.ingress[0].ports[1].port"), (5, 14));
    assert_eq!(at("spec.labels[a.b/c]"), (6, 19));
    assert_eq!(at("spec.labels.a.b/c"), (6, 19));
    assert_eq!(at("spec.ingress[0].ports[0].protocol"), (4, 7));
    assert_eq!(positions.key_at("spec.ingress").line, 2);
}

#[test]
fn json_documents_need_no_separator() {
    let read = read_json("{\"a\": 1}\n{\"b\":\n 2}\n---\n---\n\n{\"c\": 3}\n---\n").unwrap();
    let lines: Vec<_> = read.iter().map(|document| document.positions.value.line).collect();
    assert_eq!(lines, [1, 2, 7]);
    assert_eq!(read[2].value, json!({"c": 3}));
    let windows = read_json("\u{feff}---\r\n{\"a\": 1}\r\n{\"b\": 2}\r\n").unwrap();
    assert_eq!(windows[1].positions.value.line, 3);
    for text in ["", "---\n", "[1]", "{} a", "{}\n- a"] {
        assert!(read_json(text).is_none(), "{text}");
    }
}
