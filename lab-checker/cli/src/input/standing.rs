//! How far one is, for commands that say so when somebody who knows is there, and do without when nobody is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::input::data::DataFolder;
use crate::input::session::Session;
use crate::input::target::NamedCluster;

/// How far one is with the labs.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// The world that kubectl is in: the name of a lab, or `sandbox`.
    pub(crate) current: Option<String>,
    labs: BTreeMap<String, LabStanding>,
}

/// How far one is with one lab.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LabStanding {
    pub(crate) passed: bool,
    pub(crate) attempts: u64,
    /// Those of the best attempt.
    pub(crate) points: f64,
}

impl Standing {
    /// What is known of it now: from the server, and from the practice cluster that a command would talk to.
    pub(crate) async fn known(data: &DataFolder) -> Self {
        let mut standing = match Session::any(data) {
            Ok(session) => session.get_soon("/api/v1/me").await.map(|me| Self::read(&me)).unwrap_or_default(),
            Err(_) => Self::default(),
        };
        // kubectl may be in another cluster than the one that the server knows of.
        if let Ok(connection) = NamedCluster::unnamed(data).connect().await
            && let Ok(Some(worlds)) = connection.worlds().await
        {
            standing.current = Some(worlds.current);
        }
        standing
    }

    /// What a server's answer says.
    fn read(me: &Value) -> Self {
        let labs = me["labs"].as_array().into_iter().flatten().filter_map(|lab| {
            let standing = LabStanding {
                passed: lab["passed"].as_bool()?,
                attempts: lab["attempts"].as_u64()?,
                points: lab["points"].as_f64()?,
            };
            Some((lab["name"].as_str()?.to_owned(), standing))
        });
        Self { current: me["current"].as_str().map(str::to_owned), labs: labs.collect() }
    }

    /// How far one is with a lab; `None` when nobody knows.
    pub(crate) fn of(&self, lab: &str) -> Option<LabStanding> {
        self.labs.get(lab).copied()
    }

    /// Whether anything is known.
    pub(crate) fn is_known(&self) -> bool {
        self.current.is_some() || !self.labs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_server_says_is_read_and_what_it_does_not_say_is_not_known() {
        let lab = json!({"name": "one", "passed": true, "attempts": 2, "points": 10.0});
        let standing = Standing::read(&json!({"current": "sandbox", "labs": [lab, {"name": "two"}]}));
        assert_eq!(standing.of("one"), Some(LabStanding { passed: true, attempts: 2, points: 10.0 }));
        assert_eq!((standing.of("two"), standing.current.as_deref()), (None, Some("sandbox")));
        assert!(!Standing::read(&json!({"title": "something else"})).is_known());
    }
}
