//! One kind of objects, as the API server describes it.

/// A kind as discovery tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) singular: String,
    pub(super) short_names: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) namespaced: bool,
    /// Whether it can be listed.
    pub(super) listed: bool,
}

impl Kind {
    /// Where its paths begin.
    pub(super) fn root(&self) -> String {
        match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        }
    }

    /// `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// What stands before the name of an object: `networkpolicy.networking.k8s.io`.
    pub(super) fn qualified(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() { kind } else { format!("{kind}.{}", self.group) }
    }

    /// `networkpolicies.networking.k8s.io`.
    pub(super) fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Whether a word means it: its plural, its short name, with or without its group.
    pub(super) fn is_called(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let (name, rest) = word.split_once('.').map_or((word.as_str(), ""), |(name, rest)| (name, rest));
        let named = name == self.plural
            || name == self.singular
            || self.short_names.iter().any(|short| short == name)
            || name == self.kind.to_lowercase();
        let version = format!("{}.{}", self.version, self.group);
        named && (rest.is_empty() || rest == self.group || rest == version.trim_end_matches('.'))
    }
}
