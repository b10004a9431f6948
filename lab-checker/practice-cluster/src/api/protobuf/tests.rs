//! Bodies as kubectl sends them, and bodies that nobody should.

use serde_json::json;

use super::decode::{MAGIC, decode};

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

#[test]
fn an_endless_nesting_is_refused() {
    let mut selector = Vec::new();
    for _ in 0..200 {
        let length = selector.len();
        if length > 100 {
            break;
        }
        selector = bytes_field(1, &selector);
    }
    // Whatever it decodes to, it must come back.
    let _ = decode(&envelope("v1", "Pod", &selector));
}
