//! The names of clusters.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::store::world::World;

/// The name of a cluster in its address. Whoever knows it may use the cluster, unless it has a token too.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterId(String);

impl ClusterId {
    /// A name that nobody can guess.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// A name made of 1 to 64 lower-case letters, digits and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The name of one world of a gate, which no request can name: it has characters that [`parse`](Self::parse)
    /// refuses. `beginning` tells apart what was there before the world was begun anew.
    pub(crate) fn of_world(&self, world: &World, beginning: u64) -> Self {
        Self(format!("{self}/{}/{beginning}", world.stored()))
    }

    /// The name as it stands in the database.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The gate that the world of this name belongs to.
    pub(crate) fn gate(&self) -> Self {
        Self(self.0.split('/').next().unwrap_or_default().to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for the name in logs: the same for the same cluster, and of no use to whoever reads it.
    pub fn in_logs(&self) -> String {
        Sha256::digest(self.0.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What is written for developers ends in logs: it stands for the name.
impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClusterId").field(&self.in_logs()).finish()
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClusterId, World};
    use crate::store::error::ClusterError;

    #[test]
    fn no_request_names_a_world_by_its_stored_name() {
        let gate = ClusterId::random();
        let world = gate.of_world(&World::named("default-deny").unwrap(), 3);
        assert_eq!((ClusterId::parse(world.as_str()), world.gate()), (None, gate));
    }

    #[test]
    fn logs_tell_clusters_apart_and_give_none_away() {
        let (one, other) = (ClusterId::random(), ClusterId::random());
        assert_eq!(one.in_logs(), one.clone().in_logs());
        assert_ne!(one.in_logs(), other.in_logs());
        assert!(!one.as_str().contains(&one.in_logs()) && !one.in_logs().contains(one.as_str()));
        let unknown = ClusterError::Unknown(one.clone());
        for text in [format!("{one:?}"), format!("{unknown:?}"), unknown.to_string()] {
            assert!(text.contains(&one.in_logs()) && !text.contains(one.as_str()), "{text}");
        }
    }
}
