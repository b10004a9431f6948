//! Option ids that tell nothing about the key, and an order that depends on the learner.
//!
//! An id is a hash of the quiz, the question and the option's own text: never of its place or of
//! whether it is right. It stays the same when the key is corrected, so that stored attempts can be
//! graded again.

use sha2::{Digest, Sha256};

/// A short id for what these parts name together.
pub(crate) fn opaque_id(parts: &[&str]) -> String {
    short_id(&digest(parts.iter().map(|part| part.as_bytes())))
}

/// The beginning of a digest, as text.
pub(crate) fn short_id(digest: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = digest.iter().take(6).flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Where an id stands in the order of a seed.
pub(crate) fn order_key(seed: u64, id: &str) -> [u8; 32] {
    digest([seed.to_be_bytes().as_slice(), id.as_bytes()].into_iter())
}

/// Each part is hashed with its length, so that no two lists of parts are the same text.
fn digest<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
