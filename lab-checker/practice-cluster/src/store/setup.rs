//! What decides how a fresh cluster looks. Clusters of the same setup share what they begin with, in memory and in
//! the database; clusters of different setups never do, however close in time they are made.

use jiff::Timestamp;

use crate::settings::Enforcement;

/// How a cluster is set up, and since when it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Setup {
    /// To the second.
    second: i64,
    /// How many nodes there are.
    pub(crate) nodes: u16,
    /// What its network plugin does.
    pub(crate) enforcement: Enforcement,
}

impl Setup {
    /// A cluster created at `created`.
    pub(crate) fn new(created: Timestamp, nodes: u16, enforcement: Enforcement) -> Self {
        Self { second: created.as_second(), nodes, enforcement }
    }

    /// When a cluster of this setup was created.
    pub(crate) fn created(&self) -> Timestamp {
        Timestamp::from_second(self.second).unwrap_or_default()
    }

    /// As it stands in the database.
    pub(crate) fn to_text(self) -> String {
        let enforcement = match self.enforcement {
            Enforcement::Enforcing => "enforcing",
            Enforcement::Rejecting => "rejecting",
            Enforcement::None => "none",
        };
        format!("{} {} {enforcement}", self.second, self.nodes)
    }

    /// The setup that [`to_text`](Self::to_text) wrote.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (second, nodes) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let enforcement = match words.next()? {
            "enforcing" => Enforcement::Enforcing,
            "rejecting" => Enforcement::Rejecting,
            "none" => Enforcement::None,
            _ => return None,
        };
        Some(Self { second, nodes, enforcement })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_is_read_as_it_was_written() {
        for enforcement in [Enforcement::Enforcing, Enforcement::Rejecting, Enforcement::None] {
            let setup = Setup::new(Timestamp::from_second(1_764_000_000).unwrap(), 3, enforcement);
            assert_eq!(Setup::from_text(&setup.to_text()), Some(setup));
        }
        assert_eq!(Setup::from_text("1764000000 1 sometimes"), None);
    }
}
