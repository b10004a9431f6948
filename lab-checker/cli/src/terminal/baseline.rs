//! What is known already: the answer of an earlier run, in JSON, whose failures are none any more.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::failure::Advice;

/// What an earlier run has said.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    known: HashSet<String>,
}

impl Baseline {
    /// Reads the list under a key of an earlier answer, and keeps of each entry what these fields say.
    pub(crate) fn read(file: Option<&Path>, list: &str, fields: &[&str]) -> Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
        let answer: Option<Value> = serde_json::from_str(&text).ok();
        let entries = answer.as_ref().and_then(|answer| answer[list].as_array()).ok_or_else(|| {
            let advice = "a baseline is what the same command has written with -o json";
            Advice::new(format!("{name} is no baseline: it has no list `{list}`"), advice)
        })?;
        Ok(Self { known: entries.iter().map(|entry| key(entry, fields)).collect() })
    }

    /// Whether it has an entry like this.
    pub(crate) fn knows(&self, entry: &Value, fields: &[&str]) -> bool {
        self.known.contains(&key(entry, fields))
    }
}

fn key(entry: &Value, fields: &[&str]) -> String {
    let values: Vec<&Value> = fields.iter().map(|field| entry.pointer(field).unwrap_or(&Value::Null)).collect();
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
