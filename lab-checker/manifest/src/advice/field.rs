//! The API server's findings in friendlier words, with what to try.

use std::net::IpAddr;

use serde_json::Value;

use super::cluster_policy;
use super::words::Words;
use crate::admission::{FieldError, FieldErrorKind};
use crate::nearest::nearest;
use crate::schema::{Shape, UnknownField, WrongType};
use crate::text::{Position, Positions, TextProblem};

/// A validation error where it stands.
pub(crate) fn on(error: &FieldError, object: &Value, positions: &Positions) -> TextProblem {
    let field = error.field.as_str();
    let position = match error.kind {
        // What is missing is reported at the name of what should hold it.
        FieldErrorKind::Required => positions.key_at(field),
        _ => label(error, object, positions),
    };
    let (message, help) = match friendly(error) {
        Some((message, help)) => (message, Some(help)),
        None => (plain(error), None),
    };
    TextProblem { help, ..TextProblem::error(position, message) }.field(field).api_server(error.to_string())
}

/// Errors about labels name the mapping; the key or value that is wrong stands inside it.
fn label(error: &FieldError, object: &Value, positions: &Positions) -> Position {
    let mut value = object;
    for part in error.field.split('.') {
        let (name, indexes) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
        value = &value[name];
        for index in indexes.split(['[', ']']).filter_map(|text| text.parse::<usize>().ok()) {
            value = &value[index];
        }
    }
    let path = |key: &String| format!("{}[{key}]", error.field);
    let entries = || value.as_object().into_iter().flatten();
    if let Some((key, _)) = entries().find(|(key, _)| error.bad_value == **key) {
        return positions.key_at(&path(key));
    }
    match entries().find(|(_, value)| error.bad_value == **value) {
        Some((key, _)) => positions.value_at(&path(key)),
        None => positions.value_at(&error.field),
    }
}

/// The API server's sentence with the field's own name in front.
fn plain(error: &FieldError) -> String {
    let name = error.field.rsplit('.').next().unwrap_or_default();
    let body = error.body();
    match error.kind {
        FieldErrorKind::Required if error.detail.is_empty() => format!("`{name}` is missing"),
        _ if name.is_empty() => body,
        _ => format!("`{name}`: {}{}", body[..1].to_lowercase(), &body[1..]),
    }
}

fn friendly(error: &FieldError) -> Words {
    let given = match &error.bad_value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    about_peers(error, &given)
        .or_else(|| cluster_policy::words(error))
        .or_else(|| about_ports(error, &given))
        .or_else(|| about_names(error, &given))
        .or_else(|| supported(error, &given))
}

fn about_peers(error: &FieldError, given: &str) -> Words {
    let (message, help) = match error.detail.as_str() {
        "must specify a peer" => (
            "this peer is empty".to_owned(),
            "`{}` is no peer: write podSelector, namespaceSelector or ipBlock, or leave the whole list out to mean everybody".to_owned(),
        ),
        "may not specify both ipBlock and another peer" => (
            "ipBlock cannot stand together with a selector in one peer".to_owned(),
            "make two items of the list: they are alternatives".to_owned(),
        ),
        "must be a strict subset of `cidr`" => (
            format!("{given} is not a smaller network inside the block's cidr"),
            "`except` takes addresses out of `cidr`, so each must lie inside it and have a longer prefix".to_owned(),
        ),
        "must not have bits set beyond the prefix length" => {
            let network: ipnet::IpNet = given.parse().ok()?;
            let (whole, one) = (network.trunc(), single(network.addr()));
            (
                format!("{given} is not the beginning of a network"),
                format!("write {whole} for the network, or {one} for the one address"),
            )
        }
        detail if detail.contains("must be a valid CIDR value") => {
            let help = match given.parse() {
                Ok(address) => format!("write {} for this one address", single(address)),
                Err(_) if is_name(given) => {
                    "policies see addresses, not names: pick pods by their labels, or write the network that the name \
                     leads to"
                        .to_owned()
                }
                Err(_) => "write a network such as 10.9.8.0/24 or 2001:db8::/64".to_owned(),
            };
            (format!("`{given}` is not a network in CIDR notation"), help)
        }
        _ => return None,
    };
    Some((message, help))
}

/// Whether a name of DNS stands where a network should.
fn is_name(given: &str) -> bool {
    let name = given.split_once('/').map_or(given, |(name, _)| name);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && !name.contains(':') && last.chars().any(|character| character.is_ascii_alphabetic())
}

/// The network of one address.
fn single(address: IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}

fn about_ports(error: &FieldError, given: &str) -> Words {
    let in_policy = error.field.starts_with("spec.ingress") || error.field.starts_with("spec.egress");
    let (message, help) = match error.detail.as_str() {
        "must be greater than or equal to `port`" => (
            "endPort is less than port".to_owned(),
            "`port` is the first port of the range and `endPort` the last".to_owned(),
        ),
        "may not be specified when `port` is non-numeric" => (
            "endPort needs a port given as a number".to_owned(),
            "a named port is one port; write the number to begin a range".to_owned(),
        ),
        "may not be specified when `port` is not specified" => (
            "endPort needs a port to begin the range".to_owned(),
            "add `port`, or leave both out to mean every port".to_owned(),
        ),
        "must contain at least one letter (a-z)" => match given.split_once('-') {
            None => (
                format!("\"{given}\" in quotes is a port name, and names need a letter"),
                format!("write {given} without quotes to mean the number"),
            ),
            Some((first, last)) => {
                (format!("`{given}` is no port"), format!("a range is written `port: {first}` and `endPort: {last}`"))
            }
        },
        "must be between 1 and 65535, inclusive" if in_policy => {
            (format!("{given} is not a port"), "ports are 1 to 65535; leave `port` out to mean every port".to_owned())
        }
        "must be between 1 and 65535, inclusive" => {
            (format!("{given} is not a port"), "ports are 1 to 65535".to_owned())
        }
        _ => return None,
    };
    Some((message, help))
}

fn about_names(error: &FieldError, given: &str) -> Words {
    let (message, help) = match error.detail.as_str() {
        "name or generateName is required" => {
            ("the object has no name".to_owned(), "write `name: …` under `metadata`".to_owned())
        }
        "`selector` does not match template `labels`" => (
            "the selector does not pick the pods of the template".to_owned(),
            "the template's labels must have everything that `spec.selector` asks for".to_owned(),
        ),
        detail if detail.contains("lower case alphanumeric") && given != given.to_lowercase() => {
            (format!("`{given}` has capital letters"), "names are lower case letters, digits and `-`".to_owned())
        }
        detail if detail.starts_with("a valid label must be") => (
            format!("`{given}` cannot be the value of a label"),
            "use letters, digits, `-`, `_` and `.`, with a letter or digit at both ends".to_owned(),
        ),
        detail if detail.starts_with("name part must consist of") => (
            format!("`{given}` cannot be the name of a label or annotation"),
            "use letters, digits, `-`, `_` and `.`, with a letter or digit at both ends".to_owned(),
        ),
        _ => return None,
    };
    Some((message, help))
}

/// One of a few words was meant.
fn supported(error: &FieldError, given: &str) -> Words {
    let words: &[&str] = match (&error.kind, error.detail.as_str()) {
        (FieldErrorKind::NotSupported(words), _) => words,
        (_, "not a valid selector operator") => &["In", "NotIn", "Exists", "DoesNotExist"],
        _ => return None,
    };
    let name = error.field.rsplit('.').next().unwrap_or_default().split('[').next().unwrap_or_default();
    let help = match nearest(given, words.iter().copied()) {
        Some(meant) if words.contains(&"TCP") && meant.eq_ignore_ascii_case(given) => {
            format!("write `{meant}` in capitals")
        }
        _ if words.contains(&"TCP") && no_transport(given).is_some() => no_transport(given)?.to_owned(),
        Some(meant) => format!("did you mean `{meant}`?"),
        None if given == "Allow" && words.contains(&"Accept") => {
            "what v1alpha1 called Allow is now called Accept".to_owned()
        }
        None => format!("use {}", words.join(", ")),
    };
    Some((format!("`{given}` is no value of `{name}`"), help))
}

/// What to try where something else than a transport protocol was written.
fn no_transport(given: &str) -> Option<&'static str> {
    match given.to_ascii_lowercase().as_str() {
        "icmp" | "icmpv6" | "icmp6" | "ping" => {
            Some("policies know TCP, UDP and SCTP; what happens to ICMP is left to the network plugin")
        }
        "http" | "https" | "grpc" | "tls" | "http2" | "ws" => {
            Some("policies see ports, not what is spoken there: write TCP")
        }
        "dns" => Some("DNS asks over UDP and over TCP: write an item for each"),
        "any" | "all" | "*" | "" => {
            Some("write an item for each of TCP, UDP and SCTP, or leave `ports` out to mean every port")
        }
        _ => None,
    }
}

/// What to try about a field that does not exist.
pub(crate) fn unknown_field(field: &UnknownField) -> String {
    let owner = field.owner;
    let known = owner.fields.keys().map(String::as_str);
    match (field.name.as_str(), owner.name.as_str()) {
        ("to", "NetworkPolicyIngressRule") => "an ingress rule has `from`; `to` belongs into egress rules".to_owned(),
        ("from", "NetworkPolicyEgressRule") => "an egress rule has `to`; `from` belongs into ingress rules".to_owned(),
        ("from" | "to" | "ports", "NetworkPolicySpec") => {
            format!("`{}` belongs into a rule: write it below `ingress: -` or `egress: -`", field.name)
        }
        ("podSelector" | "namespaceSelector" | "ipBlock", "NetworkPolicyIngressRule") => {
            format!("`{}` belongs into `from`, which is a list of peers", field.name)
        }
        ("podSelector" | "namespaceSelector" | "ipBlock", "NetworkPolicyEgressRule") => {
            format!("`{}` belongs into `to`, which is a list of peers", field.name)
        }
        ("port" | "protocol" | "endPort", "NetworkPolicyIngressRule" | "NetworkPolicyEgressRule") => {
            format!("`{}` belongs into `ports`, which is a list", field.name)
        }
        (name, "LabelSelector") => match nearest(name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("labels belong below `matchLabels`: write `matchLabels: {{{name}: …}}`"),
        },
        (name, _) => match (nearest(name, known.clone()), below(field)) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, Some(child)) => format!("`{name}` belongs below `{child}`: indent it"),
            (None, None) => {
                format!("here can stand: {}", known.filter(|name| *name != "status").collect::<Vec<_>>().join(", "))
            }
        },
    }
}

/// The field of the same struct that has such a field inside.
fn below(field: &UnknownField) -> Option<&'static str> {
    let mut fields = field.owner.fields.iter().filter(|(name, _)| *name != "status");
    fields.find_map(|(name, shape)| match shape {
        Shape::Struct(inner) => field.kind.find(inner)?.fields.contains_key(&field.name).then_some(name.as_str()),
        _ => None,
    })
}

/// Whether the field that this error misses was written with a slip of the pen.
pub(crate) fn is_meant(field: &UnknownField, error: &FieldError) -> bool {
    let parent = |path: &str| path.rfind('.').map_or(0, |dot| dot);
    if cluster_policy::is_empty_choice(error) && field.path[..parent(&field.path)] == *error.field {
        return true;
    }
    let same_parent = field.path[..parent(&field.path)] == error.field[..parent(&error.field)];
    let missing = error.field.rsplit('.').next().unwrap_or_default();
    error.kind == FieldErrorKind::Required && same_parent && nearest(&field.name, std::iter::once(missing)).is_some()
}

/// What to try about a value of another type.
pub(crate) fn wrong_type(wrong: &WrongType) -> Option<String> {
    let found = wrong.found.as_str();
    match (&wrong.wanted, found) {
        (Shape::Text, "bool") => Some(
            "without quotes, YAML reads y, yes, on, true, n, no, off and false as booleans: put the value in quotes"
                .to_owned(),
        ),
        (Shape::Text, "number") => Some("put the number in quotes to make it a text".to_owned()),
        (Shape::List(_), "object") => Some("begin each item of the list with `- `".to_owned()),
        (Shape::List(_), "string" | "number") => {
            Some("write it as a list: `[…]`, or `- …` on a line of its own".to_owned())
        }
        (Shape::Struct(_), "array") => Some("this is one mapping, not a list: leave the `- ` out".to_owned()),
        (Shape::Map(_), "string") => Some("write `key: value` on a line of its own, one level deeper".to_owned()),
        (Shape::Integer(_), "string") => Some("write the number without quotes".to_owned()),
        _ => None,
    }
}
