//! Label selectors: which labels a selector matches. One rule for `matchLabels` and
//! `matchExpressions`, because the API gives them one meaning.

use std::collections::BTreeMap;

/// The labels of an object.
pub type Labels = BTreeMap<String, String>;

/// A label selector: all requirements must hold. Without requirements it matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// What must hold, all of it. A `matchLabels` entry is an [`Requirement::In`] with one value.
    pub requirements: Vec<Requirement>,
}

/// One condition on one label key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Requirement {
    /// The key is there with one of these values.
    In {
        /// The label's key.
        key: String,
        /// The values that match; never empty.
        values: Vec<String>,
    },
    /// The key is absent, or has none of these values.
    NotIn {
        /// The label's key.
        key: String,
        /// The values that do not match; never empty.
        values: Vec<String>,
    },
    /// The key is there, with any value.
    Exists {
        /// The label's key.
        key: String,
    },
    /// The key is absent.
    DoesNotExist {
        /// The label's key.
        key: String,
    },
}

impl Selector {
    /// The selector `{}`.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// The selector whose `matchLabels` are these pairs.
    pub fn labels<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let requirements = pairs
            .into_iter()
            .map(|(key, value)| Requirement::In { key: key.into(), values: vec![value.into()] })
            .collect();
        Self { requirements }
    }

    /// The requirements that these labels do not meet.
    pub(crate) fn unmet(&self, labels: &Labels) -> Vec<&Requirement> {
        self.requirements.iter().filter(|requirement| !requirement.matches(labels)).collect()
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    /// The label's key.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::In { key, .. } | Self::NotIn { key, .. } | Self::Exists { key } | Self::DoesNotExist { key } => key,
        }
    }

    /// The values that it names.
    #[must_use]
    pub fn values(&self) -> &[String] {
        match self {
            Self::In { values, .. } | Self::NotIn { values, .. } => values,
            Self::Exists { .. } | Self::DoesNotExist { .. } => &[],
        }
    }

    /// Whether these labels meet the requirement. An absent key meets `NotIn` and `DoesNotExist`.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(self.key());
        match self {
            Self::In { values, .. } => value.is_some_and(|value| values.contains(value)),
            Self::NotIn { values, .. } => value.is_none_or(|value| !values.contains(value)),
            Self::Exists { .. } => value.is_some(),
            Self::DoesNotExist { .. } => value.is_none(),
        }
    }
}
