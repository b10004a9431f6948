//! Names that controllers make up, spelled as Kubernetes spells them.

use sha2::{Digest, Sha256};

use crate::store::transaction::Transaction;

/// The letters of generated names: no vowels, so that no words arise, and nothing that looks like another.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Five letters, as behind `generateName`. They follow from the revision at which they are made: never the
/// same twice in a cluster, and the same again when the baseline of a stored cluster is made again.
pub(crate) fn suffix(tx: &Transaction, seed: &str) -> String {
    digest(tx, seed).iter().take(5).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// Up to 64 lower-case hexadecimal digits, made likewise.
pub(crate) fn hexadecimal(tx: &Transaction, seed: &str, digits: usize) -> String {
    let text: String = digest(tx, seed).iter().map(|byte| format!("{byte:02x}")).collect();
    text.chars().take(digits).collect()
}

/// What stands behind the dot in an event's name: it rises, so that events are listed as they came.
pub(crate) fn event_suffix(tx: &Transaction) -> String {
    // Real ones are nanoseconds of Unix time; these begin near them and count revisions.
    format!("{:x}", 0x1879_0000_0000_0000_u64 + (tx.state().revision() << 20))
}

fn digest(tx: &Transaction, seed: &str) -> [u8; 32] {
    Sha256::digest(format!("{}/{seed}", tx.state().revision()).as_bytes()).into()
}

/// A hash of a pod template, ten letters as in `web-75f4bf7c9c`.
pub(crate) fn template_hash(template: &serde_json::Value) -> String {
    let digest = Sha256::digest(sorted(template).to_string().as_bytes());
    digest.iter().take(10).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// The same value whatever the order of its fields.
fn sorted(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_by(|left, right| left.0.cmp(right.0));
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
