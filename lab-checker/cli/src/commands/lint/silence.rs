//! Findings that somebody has seen and means: silenced on the command line, in a file of settings, or by a comment
//! in the YAML itself.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context as _, Result};
use netpol::{Lint, Place};
use serde_json::Value;

use super::told::Told;
use crate::failure::Advice;

/// The file of settings that is read where it is there.
const SETTINGS: &str = ".lab-checker.yaml";

/// What a comment begins with that silences lints by their ids.
const MARK: &str = "lab-checker: ignore";

/// What is silenced.
pub(super) struct Silence {
    lints: BTreeSet<Lint>,
}

impl Silence {
    /// What the command line and the settings say.
    pub(super) fn new(ignored: &[Lint], settings: Option<&Path>) -> Result<Self> {
        let mut lints: BTreeSet<Lint> = ignored.iter().copied().collect();
        match settings {
            Some(file) => lints.extend(of_settings(file)?),
            None if Path::new(SETTINGS).exists() => lints.extend(of_settings(Path::new(SETTINGS))?),
            None => {}
        }
        Ok(Self { lints })
    }

    /// The findings that are left, and how many are silenced.
    pub(super) fn part(&self, findings: Vec<Told>) -> (Vec<Told>, usize) {
        let mut texts = Texts::default();
        let all = findings.len();
        let left: Vec<Told> = findings
            .into_iter()
            .filter(|told| !self.lints.contains(&told.finding.lint) && !texts.silence(told))
            .collect();
        let silenced = all - left.len();
        (left, silenced)
    }
}

/// The lints that a file of settings silences: `lint: {ignore: [ID]}`.
fn of_settings(file: &Path) -> Result<Vec<Lint>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
    let (documents, wrong) = manifest::yaml::read(&name, &text);
    if let Some(wrong) = wrong.first() {
        return Err(refused(&format!("{name}:{}: {}", wrong.line, wrong.message)));
    }
    let Some(document) = documents.first() else { return Ok(Vec::new()) };
    let at = |path: &str| format!("{name}:{}", document.positions.key_at(path).line);
    known(&document.value, &["lint"]).map_err(|key| refused(&format!("{}: unknown field `{key}`", at(&key))))?;
    let lint = &document.value["lint"];
    known(lint, &["ignore"])
        .map_err(|key| refused(&format!("{}: unknown field `{key}`", at(&format!("lint.{key}")))))?;
    let ignore = match &lint["ignore"] {
        Value::Null => return Ok(Vec::new()),
        Value::Array(ids) => ids,
        _ => return Err(refused(&format!("{}: `ignore` must be a list of ids", at("lint.ignore")))),
    };
    let lints = ignore.iter().enumerate().map(|(number, id)| {
        let id = id.as_str().unwrap_or_default();
        id.parse().map_err(|wrong| refused(&format!("{}: {wrong}", at(&format!("lint.ignore[{number}]")))))
    });
    lints.collect()
}

fn refused(problem: &str) -> anyhow::Error {
    Advice::new(problem, "settings look like this: `lint: {ignore: [redundant-rule]}`").into()
}

/// The first key of an object that is none of these; anything but an object has the wrong form.
fn known(value: &Value, keys: &[&str]) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        Value::Object(fields) => match fields.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(key.clone()),
            None => Ok(()),
        },
        other => Err(other.to_string()),
    }
}

/// The lines of the files in which findings stand.
#[derive(Default)]
struct Texts {
    files: HashMap<String, Vec<String>>,
}

impl Texts {
    /// Whether a comment at the finding or at its policy silences it.
    fn silence(&mut self, told: &Told) -> bool {
        let places = [told.place.as_ref(), told.policy.as_ref()].into_iter().flatten();
        let Some(Place { file: Some(file), .. }) = told.place.as_ref() else { return false };
        let lines = self.files.entry(file.clone()).or_insert_with(|| {
            // A file that is gone by now has no comments to say anything.
            let text = std::fs::read_to_string(file).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        });
        places.into_iter().any(|place| comments_at(lines, place.line).any(|comment| names(comment, told.finding.lint)))
    }
}

/// The comment of a line, and the lines of comments right above it.
fn comments_at(lines: &[String], line: usize) -> impl Iterator<Item = &str> {
    let own = line.checked_sub(1).and_then(|at| lines.get(at)).into_iter();
    let above = lines.iter().take(line.saturating_sub(1)).rev();
    let above = above.take_while(|line| line.trim_start().starts_with('#'));
    own.chain(above).filter_map(|line| line.split_once('#').map(|(_, comment)| comment.trim()))
}

fn names(comment: &str, lint: Lint) -> bool {
    comment.split_once(MARK).is_some_and(|(_, ids)| ids.split([' ', ',', ':']).any(|id| id == lint.id()))
}
