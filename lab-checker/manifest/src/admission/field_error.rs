//! A field that is wrong, rendered as the API server renders it.

use std::fmt;

use serde_json::{Map, Value, json};

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// Its path, such as `spec.ingress[0].ports[0].port`.
    pub field: String,
    /// What kind of wrong.
    pub kind: FieldErrorKind,
    /// What stands there.
    pub bad_value: Value,
    /// The rest of the sentence.
    pub detail: String,
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldErrorKind {
    /// It must be there.
    Required,
    /// Its value is malformed.
    Invalid,
    /// Its value is none of these.
    NotSupported(Vec<&'static str>),
    /// It must not be there.
    Forbidden,
    /// Its value stands there already.
    Duplicate,
    /// It refers to something that does not exist.
    NotFound,
    /// Its text is longer than this many bytes.
    TooLong(usize),
    /// It has more items than this.
    TooMany(usize),
    /// Its value has another JSON type (custom resources).
    TypeInvalid,
}

impl FieldError {
    pub(crate) fn new(
        field: impl Into<String>,
        kind: FieldErrorKind,
        bad_value: Value,
        detail: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), kind, bad_value, detail: detail.into() }
    }

    pub(crate) fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(field, FieldErrorKind::Required, Value::Null, detail)
    }

    pub(crate) fn invalid(field: impl Into<String>, bad_value: impl Into<Value>, detail: impl Into<String>) -> Self {
        Self::new(field, FieldErrorKind::Invalid, bad_value.into(), detail)
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(field, FieldErrorKind::Forbidden, Value::Null, detail)
    }

    pub(crate) fn not_supported(
        field: impl Into<String>,
        bad_value: impl Into<Value>,
        supported: &[&'static str],
    ) -> Self {
        Self::new(field, FieldErrorKind::NotSupported(supported.to_vec()), bad_value.into(), "")
    }

    pub(crate) fn duplicate(field: impl Into<String>, bad_value: impl Into<Value>) -> Self {
        Self::new(field, FieldErrorKind::Duplicate, bad_value.into(), "")
    }

    pub(crate) fn not_found(field: impl Into<String>, bad_value: impl Into<Value>) -> Self {
        Self::new(field, FieldErrorKind::NotFound, bad_value.into(), "")
    }

    pub(crate) fn too_long(field: impl Into<String>, limit: usize) -> Self {
        Self::new(field, FieldErrorKind::TooLong(limit), Value::Null, "")
    }

    /// The sentence without the field, as it stands in a Status' causes.
    #[must_use]
    pub fn body(&self) -> String {
        let value = go_value(&self.bad_value);
        let head = match &self.kind {
            FieldErrorKind::Required => "Required value".to_owned(),
            FieldErrorKind::Forbidden => "Forbidden".to_owned(),
            FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => format!("Invalid value: {value}"),
            FieldErrorKind::Duplicate => format!("Duplicate value: {value}"),
            FieldErrorKind::NotFound => format!("Not found: {value}"),
            FieldErrorKind::NotSupported(supported) => {
                let supported: Vec<_> = supported.iter().map(|value| format!("{value:?}")).collect();
                format!("Unsupported value: {value}: supported values: {}", supported.join(", "))
            }
            FieldErrorKind::TooLong(limit) => {
                format!("Too long: may not be more than {limit} bytes")
            }
            FieldErrorKind::TooMany(limit) => {
                let actual = self.bad_value.as_u64().unwrap_or_default();
                format!("Too many: {actual}: must have at most {limit} items")
            }
        };
        if self.detail.is_empty() { head } else { format!("{head}: {}", self.detail) }
    }

    /// The machine's word for it in a Status.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.kind {
            FieldErrorKind::Required => "FieldValueRequired",
            FieldErrorKind::Invalid => "FieldValueInvalid",
            FieldErrorKind::NotSupported(_) => "FieldValueNotSupported",
            FieldErrorKind::Forbidden => "FieldValueForbidden",
            FieldErrorKind::Duplicate => "FieldValueDuplicate",
            FieldErrorKind::NotFound => "FieldValueNotFound",
            FieldErrorKind::TooLong(_) => "FieldValueTooLong",
            FieldErrorKind::TooMany(_) => "FieldValueTooMany",
            FieldErrorKind::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    /// The entry of a Status' `details.causes`.
    #[must_use]
    pub fn cause(&self) -> Value {
        json!({"reason": self.reason(), "message": self.body(), "field": self.field})
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

/// A value as the API server prints it: texts as Go quotes them, the rest as JSON.
fn go_value(value: &Value) -> String {
    match value {
        Value::String(text) => go_quote(text),
        other => other.to_string(),
    }
}

/// Go's `%q`.
pub(crate) fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", control as u32)),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", control as u32)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The message of the Status for an object that is wrong: `NetworkPolicy.networking.k8s.io "x" is
/// invalid: …`.
#[must_use]
pub fn invalid_message(object: &Value, errors: &[FieldError]) -> String {
    let kind = object["kind"].as_str().unwrap_or_default();
    let name = go_quote(object["metadata"]["name"].as_str().unwrap_or_default());
    let kind = match group(object) {
        "" => kind.to_owned(),
        group => format!("{kind}.{group}"),
    };
    let mut sentences: Vec<String> = Vec::new();
    for error in errors {
        let sentence = error.to_string();
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    match sentences.as_slice() {
        [one] => format!("{kind} {name} is invalid: {one}"),
        many => format!("{kind} {name} is invalid: [{}]", many.join(", ")),
    }
}

/// The whole Status (422) for an object that is wrong.
#[must_use]
pub fn invalid_status(object: &Value, errors: &[FieldError]) -> Value {
    let mut details = Map::new();
    details.insert("name".into(), object["metadata"]["name"].as_str().unwrap_or_default().into());
    if !group(object).is_empty() {
        details.insert("group".into(), group(object).into());
    }
    details.insert("kind".into(), object["kind"].clone());
    details.insert("causes".into(), errors.iter().map(FieldError::cause).collect());
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": invalid_message(object, errors),
        "reason": "Invalid",
        "details": details,
        "code": 422,
    })
}

fn group(object: &Value) -> &str {
    object["apiVersion"].as_str().unwrap_or_default().split_once('/').map_or("", |(group, _)| group)
}
