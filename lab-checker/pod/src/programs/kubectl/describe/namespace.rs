//! A namespace. Practice clusters have no quotas and no limit ranges.

use serde_json::Value;

use super::page::{Page, text};

pub(super) fn write(page: &mut Page, namespace: &Value) -> bool {
    let metadata = &namespace["metadata"];
    page.head(namespace);
    page.labels("Labels", &metadata["labels"]);
    page.annotations(&metadata["annotations"]);
    page.field(0, "Status", text(&namespace["status"]["phase"]));
    page.line(0, "\nNo resource quota.\n\nNo LimitRange resource.");
    false
}
