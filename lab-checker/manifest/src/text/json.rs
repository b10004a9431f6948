//! Reading JSON: what dumps of clusters are.

use serde_json::Value;

use super::document::Document;
use super::position::{Position, Positions};

/// Reads JSON documents, one after the other or with `---` between them, several times as fast as YAML; each is said to stand where it begins. `None` when anything is no JSON object: then it is for
/// [`read`].
pub(crate) fn read_json(text: &str) -> Option<Vec<Document>> {
    let (mut rest, mut line) = next_json(text.strip_prefix('\u{feff}').unwrap_or(text), 1);
    let mut documents = Vec::new();
    while !rest.is_empty() {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let value = values.next()?.ok().filter(Value::is_object)?;
        let (document, left) = rest.split_at(values.byte_offset());
        let start = Position { line, column: 1, length: 1 };
        documents.push(Document { value, positions: Positions { value: start, ..Positions::default() } });
        (rest, line) = next_json(left, line + document.matches('\n').count());
    }
    (!documents.is_empty()).then_some(documents)
}

/// Skips what may stand before a JSON document: space, and separators on lines of their own. Returns
/// the line where the document begins.
fn next_json(text: &str, line: usize) -> (&str, usize) {
    let mut rest = text;
    loop {
        let begins = rest.trim_start();
        let skipped = &text[..text.len() - begins.len()];
        let own_line = skipped.ends_with('\n') || skipped.is_empty() && line == 1;
        let ends_there = |behind: &&str| behind.is_empty() || behind.starts_with(['\r', '\n']);
        match begins.strip_prefix("---").filter(ends_there) {
            Some(behind) if own_line => rest = behind,
            _ => return (begins, line + skipped.matches('\n').count()),
        }
    }
}
