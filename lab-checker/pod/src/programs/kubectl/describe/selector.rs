//! Label selectors in words: `app=web,env in (prod,stage)`.

use serde_json::Value;

use super::page::{list, sorted_pairs, text};

/// A selector in words.
pub(super) fn told(selector: &Value) -> String {
    let mut all: Vec<(String, String)> = sorted_pairs(&selector["matchLabels"])
        .into_iter()
        .map(|(key, value)| (key.clone(), format!("{key}={value}")))
        .collect();
    for expression in list(&selector["matchExpressions"]) {
        let key = text(&expression["key"]);
        let mut values: Vec<&str> = list(&expression["values"]).map(text).collect();
        values.sort_unstable();
        let values = values.join(",");
        let told = match text(&expression["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        all.push((key.to_owned(), told));
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    let told: Vec<String> = all.into_iter().map(|(_, told)| told).collect();
    if told.is_empty() { "<none>".to_owned() } else { told.join(",") }
}
