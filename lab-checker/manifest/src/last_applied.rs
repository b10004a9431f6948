//! What `kubectl apply` writes into an object: the object itself, as its file said it. The next apply compares with
//! that, and warns where it is missing.

use serde_json::{Map, Value, json};

/// The annotation.
pub const KEY: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The object with this annotation, as if `kubectl apply` had brought it. What it says of an earlier time goes.
#[must_use]
pub fn recorded(object: &Value) -> Value {
    let mut object = object.clone();
    let Some(fields) = object.as_object_mut() else { return object };
    let Some(metadata) = fields.entry("metadata").or_insert_with(|| json!({})).as_object_mut() else { return object };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    let Some(annotations) = annotations.as_object_mut() else { return object };
    annotations.shift_remove(KEY);
    let record = format!("{}\n", for_go(&sorted(&object).to_string()));
    object["metadata"]["annotations"][KEY] = record.into();
    object
}

/// The same with its fields in the order of their names, as Go prints maps.
#[must_use]
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let fields: Map<String, Value> =
                names.into_iter().map(|name| (name.clone(), sorted(&fields[name.as_str()]))).collect();
            Value::Object(fields)
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// JSON with the characters escaped that Go's encoder escapes, and others do not.
#[must_use]
pub fn for_go(json: &str) -> String {
    let pairs =
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    pairs.iter().fold(json.to_owned(), |text, (character, escape)| text.replace(*character, escape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_recorded_as_kubectl_does_it() {
        let file = json!({
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": "a", "namespace": "shop"}, "data": {"b": "<1>", "a": "2 & 3"}
        });
        // As kubectl 1.34 wrote it.
        let record = "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"2 \\u0026 3\",\"b\":\"\\u003c1\\u003e\"},\
                      \"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"a\",\"namespace\":\"shop\"}}\n";
        let mut once = recorded(&file);
        assert_eq!(once["metadata"]["annotations"][KEY], record);
        // Recorded once more, it says the same.
        assert_eq!(recorded(&once), once);
        once["metadata"]["annotations"]["mine"] = json!("kept");
        assert_eq!(recorded(&once)["metadata"]["annotations"]["mine"], "kept");
    }

    #[test]
    fn what_is_no_object_stays_as_it_is() {
        for odd in [json!(null), json!([1]), json!({"metadata": 7}), json!({"metadata": {"annotations": []}})] {
            assert_eq!(recorded(&odd), odd);
        }
    }
}
