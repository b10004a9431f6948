//! What other processes did to a cluster, and how a process that keeps the cluster in memory takes it in: as
//! if it had done it itself.

use std::sync::Arc;

use serde_json::Value;

use crate::store::object;
use crate::store::state::{Change, Key, Revision, State};
use crate::store::transaction::Outcome;

/// What other processes did to a cluster.
pub(crate) enum News {
    /// Nothing.
    None,
    /// These changes, the oldest first.
    Changes(Vec<Logged>),
    /// More than the log tells; this is how the cluster is now.
    Everything(State),
}

/// A change as the log keeps it.
pub(crate) struct Logged {
    pub(crate) revision: Revision,
    pub(crate) key: Key,
    /// The object after the change; `None` when it was deleted.
    pub(crate) after: Option<Arc<Value>>,
}

impl News {
    /// What a write of this process that did all this would have left; `None` when nothing was done.
    pub(crate) fn outcome(self, before: State) -> Option<Outcome> {
        let (state, changes) = match self {
            Self::None => return None,
            Self::Changes(log) => replayed(before, log),
            Self::Everything(state) => {
                let changes = differences(&before, &state);
                (state, changes)
            }
        };
        Some(Outcome { state, changes, scheduled: Vec::new() })
    }
}

fn replayed(mut state: State, log: Vec<Logged>) -> (State, Vec<Change>) {
    let mut changes = Vec::with_capacity(log.len());
    for Logged { revision, key, after } in log {
        let before = state.get(&key).cloned();
        match &after {
            Some(object) => state.put(key.clone(), Arc::clone(object)),
            None => state.remove(&key),
        }
        state.set_revision(revision);
        changes.push(change(revision, key, before, after));
    }
    (state, changes)
}

/// What is different now, all of it at the latest revision: when it happened is not known.
fn differences(before: &State, now: &State) -> Vec<Change> {
    let revision = now.revision();
    let gone = before
        .all()
        .filter(|(key, _)| now.get(key).is_none())
        .map(|(key, object)| change(revision, key.clone(), Some(Arc::clone(object)), None));
    let new = now
        .all()
        .filter(|(key, object)| before.get(key) != Some(object))
        .map(|(key, object)| change(revision, key.clone(), before.get(key).cloned(), Some(Arc::clone(object))));
    gone.chain(new).collect()
}

fn change(revision: Revision, key: Key, before: Option<Arc<Value>>, after: Option<Arc<Value>>) -> Change {
    let last = match (&before, &after) {
        (Some(before), None) => {
            let mut last = Value::clone(before);
            object::metadata_mut(&mut last).insert("resourceVersion".into(), revision.to_string().into());
            Some(Arc::new(last))
        }
        _ => None,
    };
    Change { revision, key, before, after, last }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource;

    fn map(name: &str, revision: Revision) -> (Key, Arc<Value>) {
        let key = Key::new(resource::known("", "configmaps"), "default", name);
        (key, Arc::new(json!({"metadata": {"name": name, "resourceVersion": revision.to_string()}})))
    }

    fn state(revision: Revision, objects: &[(Key, Arc<Value>)]) -> State {
        let mut state = State::default();
        objects.iter().cloned().for_each(|(key, object)| state.put(key, object));
        state.set_revision(revision);
        state
    }

    /// What was done, as `REVISION NAME: BEFORE -> AFTER`.
    fn check(news: News, expected: &[&str]) {
        let before = state(7, &[map("changed", 5), map("deleted", 6), map("same", 7)]);
        let outcome = news.outcome(before).unwrap();
        let revision = |object: &Option<Arc<Value>>| {
            object.as_ref().map_or("none".into(), |o| object::metadata_str(o, "resourceVersion").to_owned())
        };
        let done = |change: &Change| {
            let after = change.after.as_ref().or(change.last.as_ref()).cloned();
            let gone = if change.after.is_none() { " (gone)" } else { "" };
            format!(
                "{} {}: {} -> {}{gone}",
                change.revision,
                change.key.name(),
                revision(&change.before),
                revision(&after)
            )
        };
        assert_eq!(outcome.changes.iter().map(done).collect::<Vec<_>>(), expected);
        assert_eq!((outcome.state.revision(), outcome.state.len()), (10, 3));
    }

    #[test]
    fn a_log_is_replayed() {
        let logged = |(key, object): (Key, Arc<Value>), revision, deleted: bool| Logged {
            revision,
            key,
            after: (!deleted).then_some(object),
        };
        let log = vec![
            logged(map("changed", 8), 8, false),
            logged(map("deleted", 6), 9, true),
            logged(map("new", 10), 10, false),
        ];
        check(News::Changes(log), &["8 changed: 5 -> 8", "9 deleted: 6 -> 9 (gone)", "10 new: none -> 10"]);
    }

    #[test]
    fn without_a_log_the_difference_is_taken() {
        let now = state(10, &[map("changed", 8), map("new", 10), map("same", 7)]);
        let all = ["10 deleted: 6 -> 10 (gone)", "10 changed: 5 -> 8", "10 new: none -> 10"];
        check(News::Everything(now), &all);
    }
}
