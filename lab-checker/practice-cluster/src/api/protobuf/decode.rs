//! Messages to JSON.

use std::collections::HashMap;
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::wire::{Broken, Field, Reader, packed};
use crate::status::Status;

/// The content type of protobuf bodies.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

pub(super) const MAGIC: &[u8] = b"k8s\0";

/// Numbers and flags that Go writes even when they are zero, and leaves out of JSON.
const OMITTED_WHEN_ZERO: &[&str] = &[
    "minReadySeconds",
    "observedGeneration",
    "availableReplicas",
    "readyReplicas",
    "updatedReplicas",
    "unavailableReplicas",
    "fullyLabeledReplicas",
    "currentReplicas",
    "terminatingReplicas",
    "nodePort",
    "hostPort",
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "count",
    "generation",
    "paused",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "tty",
    "stdin",
    "stdinOnce",
    "readOnly",
    "publishNotReadyAddresses",
    "healthCheckNodePort",
    "unschedulable",
    "active",
    "succeeded",
    "failed",
    "expectedPods",
    "isImage",
];

/// Empty messages that Go writes because the field is no pointer, and that mean nothing.
const OMITTED_WHEN_EMPTY: &[&str] = &["status", "strategy", "updateStrategy", "creationTimestamp", "deletionTimestamp"];

/// Reads a body.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, Status> {
    let broken = || Status::bad_request("the protobuf body cannot be decoded");
    let unknown = bytes.strip_prefix(MAGIC).ok_or_else(|| {
        Status::bad_request("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    })?;
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    let mut reader = Reader::new(unknown);
    while let Some((number, field)) = reader.next().map_err(|_| broken())? {
        match (number, field) {
            (1, Field::Bytes(meta)) => {
                let mut meta = Reader::new(meta);
                while let Some((number, field)) = meta.next().map_err(|_| broken())? {
                    match (number, field) {
                        (1, Field::Bytes(text)) => api_version = text_of(text).ok_or_else(broken)?,
                        (2, Field::Bytes(text)) => kind = text_of(text).ok_or_else(broken)?,
                        _ => {}
                    }
                }
            }
            (2, Field::Bytes(object)) => raw = object,
            _ => {}
        }
    }
    let mut object = Map::new();
    object.insert("kind".into(), kind.clone().into());
    object.insert("apiVersion".into(), api_version.clone().into());
    let message = find(&api_version, &kind).ok_or_else(|| {
        Status::bad_request(format!("no kind \"{kind}\" is registered for version \"{api_version}\""))
    })?;
    fill(&mut object, message, raw).map_err(|_| broken())?;
    Ok(Value::Object(object))
}

struct Message {
    fields: HashMap<u64, (&'static str, Type)>,
}

#[derive(Debug, Clone, Copy)]
struct Type {
    shape: Shape,
    item: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    One,
    List,
    Map,
}

fn messages() -> &'static HashMap<String, Message> {
    static MESSAGES: OnceLock<HashMap<String, Message>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut all = HashMap::new();
        let mut current: Option<&mut Message> = None;
        for line in include_str!("messages.txt").lines() {
            let mut words = line.split(' ');
            match (words.next(), words.next(), words.next()) {
                (Some(number), Some(name), Some(kind)) => {
                    if let (Some(message), Ok(number)) = (current.as_deref_mut(), number.parse()) {
                        message.fields.insert(number, (name, type_of(kind)));
                    }
                }
                (Some(name), ..) => {
                    let entry: &mut Message =
                        all.entry(name.to_ascii_lowercase()).or_insert(Message { fields: HashMap::new() });
                    current = Some(entry);
                }
                _ => {}
            }
        }
        all
    })
}

fn type_of(text: &'static str) -> Type {
    match text.split_once(':') {
        Some(("list", item)) => Type { shape: Shape::List, item },
        Some(("map", item)) => Type { shape: Shape::Map, item },
        _ => Type { shape: Shape::One, item: text },
    }
}

/// The message of a kind: `networking.k8s.io/v1` objects are `networking.v1` messages.
fn find(api_version: &str, kind: &str) -> Option<&'static Message> {
    let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
    let group = group.split('.').next()?;
    let groups = [group, "meta"];
    groups.iter().find_map(|group| messages().get(&format!("{group}.{version}.{kind}").to_ascii_lowercase()))
}

/// Reads a message into `target`. No message holds itself (a test says so), so messages inside messages come to an
/// end, however deep a body is nested.
fn fill(target: &mut Map<String, Value>, message: &Message, bytes: &[u8]) -> Result<(), Broken> {
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        let Some(&(name, kind)) = message.fields.get(&number) else { continue };
        if name == "=" {
            let inner = messages().get(&kind.item.to_ascii_lowercase()).ok_or(Broken)?;
            let Field::Bytes(bytes) = field else { return Err(Broken) };
            fill(target, inner, bytes)?;
            continue;
        }
        match kind.shape {
            Shape::Map => {
                let (key, value) = entry(kind.item, field)?;
                if let Value::Object(map) = target.entry(name).or_insert_with(|| json!({})) {
                    map.insert(key, value);
                }
            }
            Shape::List => {
                let items = list_items(kind.item, field)?;
                if let Value::Array(list) = target.entry(name).or_insert_with(|| json!([])) {
                    list.extend(items);
                }
            }
            Shape::One => {
                let value = one(kind.item, field)?;
                if !omitted(name, &value) {
                    target.insert(name.to_owned(), value);
                }
            }
        }
    }
    Ok(())
}

/// Repeated numbers may come packed.
fn list_items(item: &str, field: Field<'_>) -> Result<Vec<Value>, Broken> {
    if let (Field::Bytes(bytes), "int32" | "int64") = (field, item) {
        return packed(bytes)?.into_iter().map(|number| one(item, Field::Number(number))).collect();
    }
    Ok(vec![one(item, field)?])
}

fn entry(item: &str, field: Field<'_>) -> Result<(String, Value), Broken> {
    let Field::Bytes(bytes) = field else { return Err(Broken) };
    let (mut key, mut value) = (String::new(), None);
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        match (number, field) {
            (1, Field::Bytes(text)) => key = text_of(text).ok_or(Broken)?,
            (2, field) => value = Some(one(item, field)?),
            _ => {}
        }
    }
    Ok((key, value.unwrap_or_else(|| "".into())))
}

fn one(item: &str, field: Field<'_>) -> Result<Value, Broken> {
    Ok(match (item, field) {
        ("string", Field::Bytes(bytes)) => text_of(bytes).ok_or(Broken)?.into(),
        ("bytes", Field::Bytes(bytes)) => BASE64_STANDARD.encode(bytes).into(),
        ("bool", Field::Number(number)) => (number != 0).into(),
        ("int32" | "int64", Field::Number(number)) => number.cast_signed().into(),
        ("double", Field::Fixed(bits)) => f64::from_bits(bits).into(),
        ("time" | "microtime", Field::Bytes(bytes)) => time(bytes, item == "microtime")?,
        ("quantity", Field::Bytes(bytes)) => quantity(bytes)?,
        ("intorstring", Field::Bytes(bytes)) => int_or_string(bytes)?,
        ("raw", Field::Bytes(bytes)) => raw(bytes)?,
        (message, Field::Bytes(bytes)) => {
            let message = messages().get(&message.to_ascii_lowercase()).ok_or(Broken)?;
            let mut map = Map::new();
            fill(&mut map, message, bytes)?;
            Value::Object(map)
        }
        _ => return Err(Broken),
    })
}

fn omitted(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Bool(false) => OMITTED_WHEN_ZERO.contains(&name),
        Value::Number(number) => number.as_i64() == Some(0) && OMITTED_WHEN_ZERO.contains(&name),
        Value::Object(map) => map.is_empty() && OMITTED_WHEN_EMPTY.contains(&name),
        _ => false,
    }
}

fn time(bytes: &[u8], micro: bool) -> Result<Value, Broken> {
    let numbers = numbers(bytes)?;
    let (seconds, nanoseconds) = (numbers.get(&1).copied().unwrap_or(0), numbers.get(&2).copied().unwrap_or(0));
    if seconds == 0 && nanoseconds == 0 {
        return Ok(Value::Null);
    }
    let nanoseconds = i32::try_from(nanoseconds).map_err(|_| Broken)?;
    let time = Timestamp::new(seconds, nanoseconds).map_err(|_| Broken)?;
    let format = if micro { "%Y-%m-%dT%H:%M:%S.%6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    Ok(time.strftime(format).to_string().into())
}

fn numbers(bytes: &[u8]) -> Result<HashMap<u64, i64>, Broken> {
    let mut found = HashMap::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        if let Field::Number(value) = field {
            found.insert(number, value.cast_signed());
        }
    }
    Ok(found)
}

fn quantity(bytes: &[u8]) -> Result<Value, Broken> {
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        if let (1, Field::Bytes(text)) = (number, field) {
            return Ok(text_of(text).ok_or(Broken)?.into());
        }
    }
    Ok("0".into())
}

fn int_or_string(bytes: &[u8]) -> Result<Value, Broken> {
    let (mut is_text, mut number_value, mut text_value) = (false, 0, String::new());
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        match (number, field) {
            (1, Field::Number(kind)) => is_text = kind == 1,
            (2, Field::Number(value)) => number_value = value.cast_signed(),
            (3, Field::Bytes(text)) => text_value = text_of(text).ok_or(Broken)?,
            _ => {}
        }
    }
    Ok(if is_text { text_value.into() } else { number_value.into() })
}

fn raw(bytes: &[u8]) -> Result<Value, Broken> {
    let mut reader = Reader::new(bytes);
    while let Some((number, field)) = reader.next()? {
        if let (1, Field::Bytes(text)) = (number, field) {
            return serde_json::from_slice(text).map_err(|_| Broken);
        }
    }
    Ok(json!({}))
}

fn text_of(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// For each message, those inside of it.
#[cfg(test)]
pub(super) fn inner_messages() -> std::collections::BTreeMap<&'static str, Vec<&'static str>> {
    let known = |item: &str| messages().get_key_value(&item.to_ascii_lowercase()).map(|(name, _)| name.as_str());
    let inner = |message: &Message| message.fields.values().filter_map(|(_, kind)| known(kind.item)).collect();
    messages().iter().map(|(name, message)| (name.as_str(), inner(message))).collect()
}
