//! Findings as SARIF 2.1.0 (OASIS), in which code scanning shows them where they stand.

use netpol::{Lint, Severity};
use serde_json::{Value, json};

use super::told::Told;

/// The log of one run.
pub(super) fn log(findings: &[Told]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "lab-checker",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": Lint::ALL.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn rule(lint: &Lint) -> Value {
    json!({
        "id": lint.id(),
        "shortDescription": {"text": lint.about()},
        "defaultConfiguration": {"level": level(lint.severity())},
    })
}

fn result(told: &Told) -> Value {
    let finding = &told.finding;
    let help = finding.help.as_ref().map(|help| format!(" Help: {help}.")).unwrap_or_default();
    let mut location = json!({
        "logicalLocations": [{"fullyQualifiedName": format!("{}: {}", finding.policy, finding.field)}],
    });
    if let Some(place) = &told.place {
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(place.file.as_deref().unwrap_or("-"))},
            "region": {"startLine": place.line, "startColumn": place.column},
        });
    }
    json!({
        "ruleId": finding.lint.id(),
        "ruleIndex": Lint::ALL.iter().position(|lint| *lint == finding.lint),
        "level": level(finding.severity),
        "message": {"text": format!("{}: {}.{help}", finding.policy, finding.message)},
        "locations": [location],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

/// A path as a reference to a URI.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path).replace('\\', "/");
    percent_encoding::utf8_percent_encode(&path, PATH).to_string()
}

/// What stands in a path as it is.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
