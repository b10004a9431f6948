//! Strict decoding: unknown fields and wrong JSON types, worded as Go's decoder words them, and the
//! object as it looks after a round trip through the Go types.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::cluster_network_policy::is_custom;
use super::shape::{self, Kind, Shape, Struct};

/// What to do with fields that a kind does not have (`?fieldValidation=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them and warn; the default of the API.
    #[default]
    Warn,
    /// Refuse the request; what kubectl asks for.
    Strict,
}

/// A request that cannot be decoded, in the API server's words. Answered with 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadRequest {
    /// What is wrong.
    pub message: String,
}

/// A decoded object.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The object without `null`s, without unknown fields, and without empty lists and mappings
    /// where the API leaves them out.
    pub value: Value,
    /// What stands in `Warning` headers.
    pub warnings: Vec<String>,
}

/// Everything that decoding finds wrong, for those who want more than the first of it.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) unknown: Vec<UnknownField>,
    pub(crate) wrong: Vec<WrongType>,
}

/// A field that its struct does not have.
#[derive(Debug)]
pub(crate) struct UnknownField {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) owner: &'static Struct,
    /// The kind that the struct is a part of.
    pub(crate) kind: &'static Kind,
}

/// A value of another JSON type.
#[derive(Debug)]
pub(crate) struct WrongType {
    pub(crate) path: String,
    /// What stands there: `number`, `string`, …
    pub(crate) found: String,
    /// What must stand there.
    pub(crate) wanted: Shape,
    /// Go's sentence.
    pub(crate) sentence: String,
}

/// Decodes an object as the API server does. Objects of kinds that are not known here come back
/// unchanged.
///
/// # Errors
/// When a value has another JSON type than its field; with [`FieldValidation::Strict`] also when a
/// field is unknown.
pub fn decode(object: &Value, validation: FieldValidation) -> Result<Decoded, BadRequest> {
    let Some((value, findings)) = inspect(object) else {
        return Ok(Decoded { value: object.clone(), warnings: Vec::new() });
    };
    if let Some(wrong) = findings.wrong.first() {
        return Err(bad_request(object, &wrong.sentence));
    }
    let unknown: Vec<_> = findings.unknown.iter().map(|field| format!("unknown field {:?}", field.path)).collect();
    match validation {
        FieldValidation::Strict if !unknown.is_empty() => {
            Err(bad_request(object, &format!("strict decoding error: {}", unknown.join(", "))))
        }
        FieldValidation::Warn => Ok(Decoded { value, warnings: unknown }),
        _ => Ok(Decoded { value, warnings: Vec::new() }),
    }
}

fn bad_request(object: &Value, sentence: &str) -> BadRequest {
    let kind = object["kind"].as_str().unwrap_or_default();
    let version = object["apiVersion"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    BadRequest { message: format!("{kind} in version {version:?} cannot be handled as a {kind}: {sentence}") }
}

/// Decodes without stopping. `None` for kinds that are not known.
pub(crate) fn inspect(object: &Value) -> Option<(Value, Findings)> {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let kind = shape::find(api_version, object["kind"].as_str().unwrap_or_default())?;
    let mut decoder = Decoder {
        kind,
        findings: Findings::default(),
        path: String::new(),
        go_path: Vec::new(),
        // The types of a custom resource are checked by its schema, not by Go.
        lenient: is_custom(api_version),
    };
    let value = decoder.fields(kind.root(), object.as_object()?);
    Some((Value::Object(value), decoder.findings))
}

struct Decoder {
    kind: &'static Kind,
    findings: Findings,
    path: String,
    /// The names of the fields on the way, without indexes and keys of maps, as Go reports them.
    go_path: Vec<&'static str>,
    lenient: bool,
}

impl Decoder {
    fn fields(&mut self, owner: &'static Struct, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut decoded = Map::new();
        for (name, value) in fields {
            let length = self.path.len();
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(name);
            match owner.fields.get_key_value(name) {
                None => self.findings.unknown.push(UnknownField {
                    path: self.path.clone(),
                    name: name.clone(),
                    owner,
                    kind: self.kind,
                }),
                Some((known, shape)) => {
                    self.go_path.push(known);
                    let value = self.value(owner, name, shape, value);
                    self.go_path.pop();
                    let keep = |value: &Value| owner.required.contains(name) || !is_left_out(name, shape, value);
                    if let Some(value) = value.filter(keep) {
                        decoded.insert(name.clone(), value);
                    }
                }
            }
            self.path.truncate(length);
        }
        decoded
    }

    fn value(&mut self, owner: &'static Struct, field: &str, shape: &Shape, value: &Value) -> Option<Value> {
        match (shape, value) {
            (_, Value::Null) => None,
            (Shape::Struct(name), Value::Object(fields)) => match self.kind.find(name) {
                Some(found) => Some(Value::Object(self.fields(found, fields))),
                None => Some(value.clone()),
            },
            (Shape::List(shape), Value::Array(items)) => Some(self.items(owner, field, shape, items)),
            (Shape::Map(shape), Value::Object(entries)) => Some(self.entries(owner, field, shape, entries)),
            (Shape::Text | Shape::Bytes | Shape::Time | Shape::IntOrString | Shape::Quantity, Value::String(_))
            | (Shape::Bool, Value::Bool(_))
            | (Shape::Float, Value::Number(_))
            | (Shape::Any, _) => Some(value.clone()),
            (Shape::Quantity, Value::Number(number)) => Some(Value::String(number.to_string())),
            (Shape::Integer(name), Value::Number(_)) if fits(name, value) => Some(value.clone()),
            (Shape::IntOrString, Value::Number(_)) if fits("int32", value) => Some(value.clone()),
            _ => {
                self.wrong(owner, field, shape, value);
                self.lenient.then(|| value.clone())
            }
        }
    }

    fn items(&mut self, owner: &'static Struct, field: &str, shape: &Shape, items: &[Value]) -> Value {
        let mut decoded = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let length = self.path.len();
            let _ = write!(self.path, "[{index}]");
            decoded.push(self.value(owner, field, shape, item).unwrap_or_else(|| zero(shape)));
            self.path.truncate(length);
        }
        Value::Array(decoded)
    }

    fn entries(&mut self, owner: &'static Struct, field: &str, shape: &Shape, entries: &Map<String, Value>) -> Value {
        let mut decoded = Map::new();
        for (key, value) in entries {
            let length = self.path.len();
            let _ = write!(self.path, ".{key}");
            let value = self.value(owner, field, shape, value).unwrap_or_else(|| zero(shape));
            decoded.insert(key.clone(), value);
            self.path.truncate(length);
        }
        Value::Object(decoded)
    }

    fn wrong(&mut self, owner: &'static Struct, field: &str, shape: &Shape, value: &Value) {
        if self.lenient {
            return;
        }
        let found = found(shape, value);
        let wanted = match shape {
            // It reads a text or, this being none, an int32.
            Shape::IntOrString => "int32".to_owned(),
            Shape::Text => named_text(&owner.name, field).unwrap_or("string").to_owned(),
            shape => self.kind.go_type(shape),
        };
        let sentence = match shape {
            Shape::Quantity => "quantities must match the regular expression \
                '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                .to_owned(),
            _ => {
                let go_path = self.go_path.join(".");
                format!("json: cannot unmarshal {found} into Go struct field {}.{go_path} of type {wanted}", owner.name)
            }
        };
        self.findings.wrong.push(WrongType { path: self.path.clone(), found, wanted: shape.clone(), sentence });
    }
}

fn fits(integer: &str, value: &Value) -> bool {
    match (integer, value.as_i64()) {
        ("int32", Some(number)) => i32::try_from(number).is_ok(),
        (_, number) => number.is_some(),
    }
}

/// What stands there in Go's words; a number that is merely too large or has a fraction is named.
fn found(shape: &Shape, value: &Value) -> String {
    match value {
        Value::Number(number) if matches!(shape, Shape::Integer(_) | Shape::IntOrString) => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) | Value::Null => "object".to_owned(),
    }
}

/// What `null` is among the items of a list or the values of a map.
fn zero(shape: &Shape) -> Value {
    match shape {
        Shape::Struct(_) | Shape::Map(_) => Value::Object(Map::new()),
        Shape::Text | Shape::Bytes => Value::String(String::new()),
        Shape::Bool => Value::Bool(false),
        Shape::Integer(_) | Shape::Float | Shape::IntOrString => Value::from(0),
        Shape::Quantity => Value::from("0"),
        Shape::List(_) | Shape::Time | Shape::Any => Value::Null,
    }
}

/// Whether Go leaves this value out when it writes the object (`omitempty` on a field that is no
/// pointer).
fn is_left_out(field: &str, shape: &Shape, value: &Value) -> bool {
    /// Texts that are pointers: there `""` is kept.
    const TEXT_POINTERS: &[&str] = &["storageClassName", "ingressClassName", "hostname", "loadBalancerClass"];
    /// Booleans and numbers that are no pointers: there `false` and 0 are left out.
    const PLAIN: &[&str] = &[
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "stdin",
        "stdinOnce",
        "tty",
        "readOnly",
        "unschedulable",
        "paused",
        "publishNotReadyAddresses",
        "hostPort",
        "nodePort",
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
        "minReadySeconds",
        "healthCheckNodePort",
    ];
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty() && matches!(shape, Shape::Map(_)),
        Value::String(text) => text.is_empty() && !TEXT_POINTERS.contains(&field),
        Value::Bool(false) => PLAIN.contains(&field),
        Value::Number(number) => number.as_i64() == Some(0) && PLAIN.contains(&field),
        _ => false,
    }
}

/// Texts whose Go type has a name of its own; OpenAPI does not tell.
fn named_text(owner: &str, field: &str) -> Option<&'static str> {
    Some(match (owner, field) {
        ("NetworkPolicySpec", "policyTypes") => "v1.PolicyType",
        ("NetworkPolicyPort" | "ContainerPort" | "ServicePort", "protocol") => "v1.Protocol",
        ("LabelSelectorRequirement", "operator") => "v1.LabelSelectorOperator",
        ("ServiceSpec", "type") => "v1.ServiceType",
        ("ServiceSpec", "sessionAffinity") => "v1.ServiceAffinity",
        ("PodSpec", "restartPolicy") => "v1.RestartPolicy",
        ("PodSpec", "dnsPolicy") => "v1.DNSPolicy",
        ("Container", "imagePullPolicy") => "v1.PullPolicy",
        ("Container", "restartPolicy") => "v1.ContainerRestartPolicy",
        ("PodStatus", "phase") => "v1.PodPhase",
        ("OwnerReference", "uid") | ("ObjectMeta", "uid") => "types.UID",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
