//! A token itself: what a program or a browser shows to be believed. It never stands in a log or a database.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;
use sha2::{Digest, Sha256};

/// A fresh or presented token. It does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// 256 random bits with a prefix that says what they are.
    #[must_use]
    pub fn fresh(prefix: &str) -> Self {
        let mut bits = [0_u8; 32];
        rand::rng().fill_bytes(&mut bits);
        Self(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// Another secret, which nobody finds without this one, and which is always the same.
    #[must_use]
    pub fn derived(&self, prefix: &str) -> Self {
        let bits = Sha256::digest(format!("{prefix} of {}", self.0).as_bytes());
        Self(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// A token as it came in.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The token itself, to be handed out once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
