//! What was found as SARIF 2.1.0 (OASIS), in which code scanning shows it where it stands.

use std::path::{Component, Path, PathBuf};

use netpol::Place;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

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
    /// What it is recognised by when lines have moved.
    pub(crate) identity: String,
    /// Whether it was there before.
    pub(crate) known: bool,
}

/// What is told of one run.
pub(crate) struct Run<'a> {
    /// The command: results of one are not taken for those of another.
    pub(crate) command: &'static str,
    pub(crate) rules: &'a [Rule],
    pub(crate) found: &'a [Found],
    /// What was not looked at, a sentence each.
    pub(crate) incomplete: Vec<&'a str>,
}

/// Code scanning takes no run with more results.
const MOST: usize = 25_000;

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
pub(crate) fn log(run: &Run<'_>) -> Value {
    let Run { command, rules, found, incomplete } = run;
    // What is new and serious comes first where there is too much.
    let mut told: Vec<&Found> = found.iter().collect();
    if told.len() > MOST {
        told.sort_by_key(|found| (found.known, found.level != Level::Error, found.level != Level::Warning));
        told.truncate(MOST);
    }
    let left_out = found.len() - told.len();
    let left_out = (left_out > 0).then(|| format!("{left_out} more results are left out: code scanning takes {MOST}"));
    let notes = incomplete.iter().map(|sentence| (*sentence).to_owned()).chain(left_out);
    let notes: Vec<Value> = notes.map(|text| json!({"level": "warning", "message": {"text": text}})).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "lab-checker",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("lab-checker-{command}/")},
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notes}],
            "columnKind": "unicodeCodePoints",
            "results": told.into_iter().map(|found| result(rules, found)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(Rule { id, about, level }: &Rule) -> Value {
    let text = json!({"text": about});
    json!({
        "id": id, "shortDescription": text, "fullDescription": text, "help": text,
        "defaultConfiguration": {"level": level.word()},
    })
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
        "partialFingerprints": fingerprints(rules[found.rule].id, &found.identity),
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

/// What a result is recognised by, in the name that GitHub asks for too.
fn fingerprints(rule: &str, identity: &str) -> Value {
    let hash = Sha256::digest(format!("{rule}\n{identity}"));
    let hash: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    json!({"primaryLocationLineHash": format!("{hash}:1"), "labChecker/v1": hash})
}

fn physical(place: &Place) -> Value {
    let folder = std::env::current_dir().unwrap_or_default();
    json!({
        "artifactLocation": artifact(place.file.as_deref().unwrap_or("-"), &folder),
        "region": {"startLine": place.line.max(1), "startColumn": place.column.max(1)},
    })
}

/// A file as it is called from the folder that one is in, which is where a repository begins; elsewhere as it is called
/// from the root.
fn artifact(file: &str, folder: &Path) -> Value {
    let mut parts: Vec<Component<'_>> = Vec::new();
    let whole = folder.join(file);
    for part in whole.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    let whole: PathBuf = parts.into_iter().collect();
    match whole.strip_prefix(folder) {
        Ok(inside) => json!({"uri": encoded(inside), "uriBaseId": "%SRCROOT%"}),
        Err(_) => json!({"uri": format!("file://{}", encoded(&whole))}),
    }
}

/// A path as it stands in a URI.
fn encoded(path: &Path) -> String {
    let path = path.to_string_lossy().replace('\\', "/");
    percent_encoding::utf8_percent_encode(&path, PATH).to_string()
}

/// What stands in a path as it is.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_from_the_repositorys_root() {
        for (file, uri) in [
            ("k8s/a.yaml", "k8s/a.yaml"),
            ("./k8s/a.yaml", "k8s/a.yaml"),
            ("/home/ada/repo/k8s/a.yaml", "k8s/a.yaml"),
            ("k8s/../other/a.yaml", "other/a.yaml"),
            ("../repo/a.yaml", "a.yaml"),
            ("k8s/a b#1?%20ü.yaml", "k8s/a%20b%231%3F%2520%C3%BC.yaml"),
            ("a:b.yaml", "a%3Ab.yaml"),
        ] {
            let expected = json!({"uri": uri, "uriBaseId": "%SRCROOT%"});
            assert_eq!(artifact(file, Path::new("/home/ada/repo")), expected, "{file}");
        }
        for (file, uri) in [("/etc/a b.yaml", "file:///etc/a%20b.yaml"), ("../c/a.yaml", "file:///home/ada/c/a.yaml")] {
            assert_eq!(artifact(file, Path::new("/home/ada/repo")), json!({ "uri": uri }), "{file}");
        }
    }

    #[test]
    fn there_are_never_more_results_than_are_taken_and_what_is_left_out_is_said() {
        let rules = [Rule { id: "a", about: "About.", level: Level::Error }];
        let found = |at: usize| Found {
            rule: 0,
            level: if at.is_multiple_of(2) { Level::Note } else { Level::Error },
            message: String::new(),
            place: Some(Place { file: None, line: 0, column: 0 }),
            logical: String::new(),
            related: None,
            identity: at.to_string(),
            known: at.is_multiple_of(3),
        };
        let all: Vec<Found> = (0..MOST + 7).map(found).collect();
        let log = log(&Run { command: "lint", rules: &rules, found: &all, incomplete: vec!["something is hidden"] });
        let run = &log["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), MOST);
        assert_eq!(run["results"][0]["level"], "error");
        let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region, &json!({"startLine": 1, "startColumn": 1}));
        let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(notes.contains("something is hidden") && notes.contains("7 more results are left out"), "{notes}");
        let prints: std::collections::HashSet<String> =
            run["results"].as_array().unwrap().iter().map(|one| one["partialFingerprints"].to_string()).collect();
        assert_eq!(prints.len(), MOST);
    }
}
