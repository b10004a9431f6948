//! The worlds of a gate: what a learner keeps apart. One is the sandbox, the others have names.

use std::fmt;

/// The name that the sandbox goes by.
const SANDBOX: &str = "sandbox";

/// One of the worlds behind a gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct World(String);

impl World {
    /// The one that is there from the beginning, and that is for anything.
    #[must_use]
    pub const fn sandbox() -> Self {
        Self(String::new())
    }

    /// The world of this name, a DNS label; `sandbox` is the sandbox's.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == SANDBOX {
            return Some(Self::sandbox());
        }
        let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let fits = name.len() <= 63
            && is_end(name.as_bytes().first())
            && is_end(name.as_bytes().last())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then(|| Self(name.to_owned()))
    }

    /// Its name, unless it is the sandbox.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|name| !name.is_empty())
    }

    /// As it stands in the database, where the sandbox's name is empty.
    pub(crate) fn stored(&self) -> &str {
        &self.0
    }

    /// The world that [`stored`](Self::stored) wrote.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or(SANDBOX))
    }
}

#[cfg(test)]
mod tests {
    use super::World;

    #[test]
    fn a_name_is_a_dns_label() {
        for name in ["default-deny", "a", "3-tiers", &"a".repeat(63)] {
            assert_eq!(World::named(name).as_ref().and_then(World::name), Some(name));
        }
        assert_eq!(World::named("sandbox"), Some(World::sandbox()));
        for name in ["", "-a", "a-", "A", "a/b", "..", "a b", "ä", &"a".repeat(64)] {
            assert_eq!(World::named(name), None, "{name}");
        }
    }
}
