//! What was found as SARIF 2.1.0 (OASIS), in which code scanning shows it where it stands.

use netpol::Place;
use serde_json::{Value, json};

/// How serious something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// It fails.
    Error,
    /// It is probably wrong.
    Warning,
    /// It is worth knowing.
    Note,
}

/// A kind of results.
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    pub(crate) about: &'static str,
    pub(crate) level: Level,
}

/// One result.
pub(crate) struct Found {
    /// By its number.
    pub(crate) rule: usize,
    pub(crate) level: Level,
    pub(crate) message: String,
    /// Where it stands in the files.
    pub(crate) place: Option<Place>,
    /// Where it stands in words.
    pub(crate) logical: String,
    /// What it has to do with.
    pub(crate) related: Option<(Place, String)>,
    /// Whether it was there before.
    pub(crate) known: bool,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The log of one run.
pub(crate) fn log(rules: &[Rule], found: &[Found]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "lab-checker",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": found.iter().map(|found| result(rules, found)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(Rule { id, about, level }: &Rule) -> Value {
    json!({"id": id, "shortDescription": {"text": about}, "defaultConfiguration": {"level": level.word()}})
}

fn result(rules: &[Rule], found: &Found) -> Value {
    let mut location = json!({"logicalLocations": [{"fullyQualifiedName": found.logical}]});
    if let Some(place) = &found.place {
        location["physicalLocation"] = physical(place);
    }
    let mut result = json!({
        "ruleId": rules[found.rule].id,
        "ruleIndex": found.rule,
        "level": found.level.word(),
        "message": {"text": found.message},
        "locations": [location],
    });
    if let Some((place, words)) = &found.related {
        result["relatedLocations"] = json!([{"physicalLocation": physical(place), "message": {"text": words}}]);
    }
    if found.known {
        result["baselineState"] = "unchanged".into();
        result["suppressions"] = json!([{"kind": "external"}]);
    }
    result
}

fn physical(place: &Place) -> Value {
    json!({
        "artifactLocation": {"uri": uri(place.file.as_deref().unwrap_or("-"))},
        "region": {"startLine": place.line, "startColumn": place.column},
    })
}

/// A path as a reference to a URI.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path).replace('\\', "/");
    percent_encoding::utf8_percent_encode(&path, PATH).to_string()
}

/// What stands in a path as it is.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
