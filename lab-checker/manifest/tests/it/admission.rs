//! What a real API server (1.36) said about objects, recorded in `tests/data`, against what we say.

use std::path::{Path, PathBuf};

use manifest::admission::{FieldValidation, decode, default, invalid_message, invalid_status, validate};
use serde_json::{Map, Value, json};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The answer of the API to an object, as kubectl prints it.
fn answer(object: &Value) -> String {
    let decoded = match decode(object, FieldValidation::Strict) {
        Ok(decoded) => decoded,
        Err(refused) => return refused.message,
    };
    let mut object = decoded.value;
    default(&mut object);
    let errors = validate(&object);
    match errors.len() {
        0 => "created".to_owned(),
        _ => invalid_message(&object, &errors),
    }
}

/// The recorded line, without kubectl's own words around the server's.
fn recorded(line: &str) -> Option<String> {
    if line.ends_with(" created") {
        return Some("created".to_owned());
    }
    if let Some((_, message)) = line.split_once("error when creating \"STDIN\": ") {
        // Whether a namespace exists is for a cluster to say.
        return (!message.starts_with("namespaces ")).then(|| message.to_owned());
    }
    let rest = line.strip_prefix("The NetworkPolicy ")?;
    let (name, causes) = rest.split_once(" is invalid: ")?;
    let causes: Vec<_> = causes.split(" ⏎ * ").map(str::trim).filter(|cause| !cause.is_empty()).collect();
    Some(match causes.as_slice() {
        [one] => format!("NetworkPolicy.networking.k8s.io {name} is invalid: {one}"),
        many => format!("NetworkPolicy.networking.k8s.io {name} is invalid: [{}]", many.join(", ")),
    })
}

#[test]
fn every_recorded_manifest_gets_the_recorded_answer() {
    let manifests: Map<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(data().join("refused.json")).unwrap()).unwrap();
    let answers = std::fs::read_to_string(data().join("refused.txt")).unwrap();
    let mut compared = 0;
    for line in answers.lines() {
        let (name, line) = line.split_once(' ').unwrap();
        let text = manifests[name].as_str().unwrap();
        let parsed = manifest::parse(name, text);
        let line = line.trim().split_once(' ').unwrap().1;
        let Some(expected) = recorded(line) else {
            // kubectl refuses these itself; a namespace that is missing is no fault of the manifest.
            assert!(parsed.has_errors() || name == "ns-missing", "{name} is not refused");
            continue;
        };
        let object = read(text);
        assert_eq!(answer(&object), expected, "{name}");
        assert_eq!(parsed.has_errors(), expected != "created", "{name}: {:?}", parsed.diagnostics);
        compared += 1;
    }
    assert_eq!(compared, 36);
}

/// The manifest as kubectl sends it, diagnostics or not.
fn read(text: &str) -> Value {
    let (mut documents, _) = manifest::yaml::read("refused", text);
    documents.remove(0).value
}

#[test]
fn recorded_status_bodies_are_matched_whole() {
    let mut compared = 0;
    for entry in std::fs::read_dir(data().join("http")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (request, body) = text.split_once("\r\n\r\n").unwrap();
        let sent = request.lines().next().unwrap().split_once("--data ").unwrap().1;
        let sent: Value = serde_json::from_str(&sent[..=sent.rfind('}').unwrap()]).unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        match body["code"].as_u64() {
            Some(422) => {
                let mut object = decode(&sent, FieldValidation::Warn).unwrap().value;
                default(&mut object);
                assert_eq!(invalid_status(&object, &validate(&object)), body, "{}", path.display());
            }
            Some(400) => {
                let refused = decode(&sent, FieldValidation::Strict).unwrap_err();
                assert_eq!(json!(refused.message), body["message"], "{}", path.display());
            }
            // Conflicts and missing namespaces are for a cluster to say.
            Some(_) => continue,
            None => {
                let mut object = decode(&sent, FieldValidation::Warn).unwrap().value;
                default(&mut object);
                assert_eq!(object["spec"], body["spec"], "{}", path.display());
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 12);
}
