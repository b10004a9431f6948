//! A ConfigMap with its data.

use serde_json::Value;

use super::page::{Page, sorted_pairs};

pub(super) fn write(page: &mut Page, map: &Value) -> bool {
    let metadata = &map["metadata"];
    page.head(map);
    page.labels("Labels", &metadata["labels"]);
    page.annotations(&metadata["annotations"]);
    page.line(0, "\nData\n====");
    for (key, value) in sorted_pairs(&map["data"]) {
        page.line(0, &format!("{key}:\n----\n{value}\n"));
    }
    page.line(0, "\nBinaryData\n====");
    for (key, value) in sorted_pairs(&map["binaryData"]) {
        // Four characters of base64 are three bytes.
        let bytes = value.trim_end_matches('=').len() * 3 / 4;
        page.line(0, &format!("{key}: {bytes} bytes"));
    }
    page.line(0, "");
    true
}
