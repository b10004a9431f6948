//! Hiding a quiz's key from whoever looks at its file in passing. It is no secret from somebody who reads this: where a
//! quiz grades itself, all that grading needs stands beside it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

use super::opaque_id::opaque_id;

/// What the key of one question is hidden with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    salt: String,
}

impl Seal {
    /// The seal of a question: always the same, so that a site that is built again is the same.
    pub(crate) fn of(quiz: &str, question: &str) -> Self {
        Self::new(&opaque_id(&["salt", quiz, question]))
    }

    /// The seal with this salt.
    pub(crate) fn new(salt: &str) -> Self {
        Self { salt: salt.to_owned() }
    }

    /// What stands in the file for the seal.
    pub(crate) fn salt(&self) -> &str {
        &self.salt
    }

    /// What stands in the file for a text that is looked for.
    pub(crate) fn hash(&self, text: &str) -> String {
        opaque_id(&["hash", &self.salt, text])
    }

    /// A text that is not to be read before its time.
    pub(crate) fn close(&self, text: &str) -> String {
        STANDARD_NO_PAD.encode(self.turned(text.as_bytes()))
    }

    /// The text again; nothing when something else was sealed.
    pub(crate) fn open(&self, sealed: &str) -> Option<String> {
        String::from_utf8(self.turned(&STANDARD_NO_PAD.decode(sealed).ok()?)).ok()
    }

    /// Each byte mixed with one that follows from the salt and its place: done twice, it is the same again.
    fn turned(&self, bytes: &[u8]) -> Vec<u8> {
        let key = |block: usize| Sha256::digest(format!("{} {block}", self.salt));
        bytes
            .chunks(32)
            .enumerate()
            .flat_map(|(at, block)| block.iter().zip(key(at)).map(|(a, b)| a ^ b).collect::<Vec<_>>())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_closed_opens_with_the_same_salt_alone() {
        let seal = Seal::of("quiz", "question");
        for text in ["", "short", &"long – “ü” ".repeat(40)] {
            let closed = seal.close(text);
            assert_eq!(seal.open(&closed).as_deref(), Some(text));
            assert!(text.is_empty() || !closed.contains(text));
            assert_ne!(Seal::of("quiz", "other").open(&closed).as_deref(), Some(text).filter(|text| !text.is_empty()));
        }
        assert_eq!(seal.open("not base64!"), None);
    }

    #[test]
    fn the_same_text_is_another_hash_in_another_question() {
        assert_ne!(Seal::of("quiz", "a").hash("yes"), Seal::of("quiz", "b").hash("yes"));
        assert_eq!(Seal::of("quiz", "a").hash("yes"), Seal::new(Seal::of("quiz", "a").salt()).hash("yes"));
    }
}
