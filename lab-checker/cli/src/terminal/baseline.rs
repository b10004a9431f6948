//! What is known already: the answer of an earlier run, in JSON, whose failures are none any more.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::failure::Advice;

/// What an earlier run has said.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    known: HashSet<String>,
    /// How many flows of one kind were known beside those that are told.
    more: HashMap<String, u64>,
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
        let more = entries.iter().filter_map(|entry| Some((key(entry, fields), entry["more"].as_u64()?)));
        Ok(Self { known: entries.iter().map(|entry| key(entry, fields)).collect(), more: more.collect() })
    }

    /// Whether it has an entry like this; of a number of others, one that is as great.
    pub(crate) fn knows(&self, entry: &Value, fields: &[&str]) -> bool {
        let key = key(entry, fields);
        match entry["more"].as_u64() {
            Some(more) => self.more.get(&key).is_some_and(|known| more <= *known),
            None => self.known.contains(&key),
        }
    }
}

fn key(entry: &Value, fields: &[&str]) -> String {
    let values: Vec<&Value> = fields.iter().map(|field| entry.pointer(field).unwrap_or(&Value::Null)).collect();
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_what_is_not_told_one_by_one_no_more_is_known_than_there_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known.json");
        let flow = json!({"name": "a", "flow": {"from": "x", "to": "y"}, "line": 3});
        let more = |number: usize| json!({"name": "a", "more": number});
        std::fs::write(&file, json!({"checks": [flow, more(50)]}).to_string()).unwrap();
        let fields = ["/name", "/flow/from", "/flow/to"];
        let baseline = Baseline::read(Some(&file), "checks", &fields).unwrap();
        let moved = json!({"name": "a", "flow": {"from": "x", "to": "y"}, "line": 30});
        assert!(baseline.knows(&moved, &fields), "lines move");
        for (number, known) in [(49, true), (50, true), (51, false)] {
            assert_eq!(baseline.knows(&more(number), &fields), known, "{number}");
        }
    }
}
