//! Names for objects that only have a `generateName`.

use rand::RngExt;

/// Letters that cannot spell anything, as the API server uses them.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Names are cut so that five letters fit.
const LONGEST_BASE: usize = 58;

/// `base` and five random letters.
pub(crate) fn generate(base: &str) -> String {
    let mut end = base.len().min(LONGEST_BASE);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{}", &base[..end], suffix(5))
}

/// Random letters.
pub(crate) fn suffix(length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}
