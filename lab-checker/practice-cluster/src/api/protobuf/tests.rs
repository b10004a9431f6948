//! Bodies as kubectl sends them, and bodies that nobody should.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::decode::{MAGIC, decode, inner_messages};

fn bytes_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2, u8::try_from(bytes.len()).expect("short")];
    field.extend_from_slice(bytes);
    field
}

fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [bytes_field(1, api_version.as_bytes()), bytes_field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), bytes_field(1, &meta), bytes_field(2, raw), bytes_field(3, b""), bytes_field(4, b"")].concat()
}

#[test]
fn a_namespace_as_kubectl_creates_it() {
    let metadata = [bytes_field(1, b"shop"), bytes_field(3, b""), bytes_field(8, b"")].concat();
    let raw = [bytes_field(1, &metadata), bytes_field(2, b""), bytes_field(3, &bytes_field(1, b""))].concat();
    let object = decode(&envelope("v1", "Namespace", &raw)).expect("decodes");
    assert_eq!(object, json!({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "shop"}, "spec": {}}));
}

#[test]
fn a_service_port_keeps_its_target() {
    let by_name = [vec![8, 1, 16, 0], bytes_field(3, b"http")].concat();
    let port = [vec![24, 80], bytes_field(4, &by_name)].concat();
    let raw = bytes_field(2, &bytes_field(1, &port));
    let object = decode(&envelope("v1", "Service", &raw)).expect("decodes");
    assert_eq!(object["spec"]["ports"], json!([{"port": 80, "targetPort": "http"}]));
}

#[test]
fn a_secret_is_base64() {
    let entry = [bytes_field(1, b"k"), bytes_field(2, &[0, 255])].concat();
    let object = decode(&envelope("v1", "Secret", &bytes_field(2, &entry))).expect("decodes");
    assert_eq!(object["data"], json!({"k": "AP8="}));
}

#[test]
fn broken_bodies_are_refused() {
    let truncated = envelope("v1", "Pod", &[10, 200]);
    for body in [&b""[..], b"k8s", b"{}", b"k8s\0\x0a\xff", &truncated, &envelope("v9", "Pod", b"")] {
        let status = decode(body).expect_err("refused");
        assert_eq!(status.code, 400, "{body:?}");
    }
}

/// A field of any length.
fn long_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    field.push(u8::try_from(length).expect("seven bits"));
    field.extend_from_slice(bytes);
    field
}

/// The body of a kind whose object is `inner`, however long.
fn long_envelope(api_version: &str, kind: &str, inner: &[u8]) -> Vec<u8> {
    let meta = [bytes_field(1, api_version.as_bytes()), bytes_field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), bytes_field(1, &meta), long_field(2, inner)].concat()
}

#[test]
fn no_message_holds_itself() {
    let messages: BTreeMap<&str, Vec<&str>> = inner_messages();
    assert!(messages.len() > 200, "{} messages: the table is broken", messages.len());
    // Again and again, what holds only messages that come to an end comes to an end itself.
    let mut ending: BTreeSet<&str> = BTreeSet::new();
    for depth in 0.. {
        let next: BTreeSet<&str> = messages
            .iter()
            .filter(|(_, inner)| inner.iter().all(|message| ending.contains(message)))
            .map(|(name, _)| *name)
            .collect();
        if next.len() == ending.len() {
            let endless: Vec<_> = messages.keys().filter(|name| !ending.contains(*name)).collect();
            assert!(endless.is_empty(), "messages that hold themselves: {endless:?}");
            assert!(depth < 32, "messages inside messages are {depth} deep: too much for the stack");
            return;
        }
        ending = next;
    }
}

#[test]
fn an_endless_nesting_ends_where_the_kinds_end() {
    for number in 1..=15 {
        let mut nested = Vec::new();
        for _ in 0..10_000 {
            nested = long_field(number, &nested);
        }
        for (api_version, kind) in
            [("v1", "Pod"), ("v1", "Namespace"), ("batch/v1", "CronJob"), ("apps/v1", "Deployment")]
        {
            match decode(&long_envelope(api_version, kind, &nested)) {
                Ok(object) => assert!(depth(&object) < 32, "{kind} {number}: {object}"),
                Err(status) => assert_eq!(status.code, 400, "{kind} {number}"),
            }
        }
    }
    // JSON inside of a message.
    for levels in [10, 100_000] {
        let json = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let raw = long_field(2, &long_field(1, json.as_bytes()));
        let decoded = decode(&long_envelope("apps/v1", "ControllerRevision", &raw));
        match levels {
            10 => assert_eq!(depth(&decoded.expect("decodes")["data"]), 10),
            _ => assert_eq!(decoded.expect_err("is refused").code, 400),
        }
    }
}

/// How many mappings and lists stand inside each other.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
