//! What happened to a cluster lately: the log that watches replay.
//!
//! Only the current version of an object is kept as a value, which the log shares with the state. Versions that
//! are past are kept as text: a value takes about seven times as much, and most of them nobody asks for again.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use crate::settings::Limits;
use crate::store::object;
use crate::store::state::{Change, Key, Revision};

/// The log of one cluster.
pub(crate) struct History {
    entries: VecDeque<Arc<Entry>>,
    /// What the versions of the log take.
    bytes: usize,
    /// Changes up to and including this revision are no longer in the log.
    forgotten: Revision,
}

/// One change.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) revision: Revision,
    pub(crate) key: Key,
    /// The object before; `None` when it was created.
    pub(crate) before: Option<Version>,
    /// The object after; `None` when it was deleted.
    pub(crate) after: Option<Version>,
    /// What watchers see as the last state of a deleted object.
    pub(crate) last: Option<Version>,
}

/// An object at one revision.
#[derive(Clone)]
pub(crate) enum Version {
    /// As it is now.
    Current(Arc<Value>),
    /// As it was: JSON.
    Past(Arc<str>),
}

impl Version {
    fn past(object: &Value) -> Self {
        Self::Past(object.to_string().into())
    }

    /// The object.
    pub(crate) fn value(&self) -> Cow<'_, Value> {
        match self {
            Self::Current(object) => Cow::Borrowed(object),
            Self::Past(text) => Cow::Owned(serde_json::from_str(text).expect("the log holds what was JSON")),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Current(object) => object::size(object),
            Self::Past(text) => text.len(),
        }
    }
}

impl History {
    /// A history that begins after a revision.
    pub(crate) fn after(revision: Revision) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, forgotten: revision }
    }

    /// The oldest revision from which the log can be replayed.
    pub(crate) fn oldest(&self) -> Revision {
        self.forgotten
    }

    /// The changes after `since`, oldest first, or `None` when the log no longer reaches back that far.
    pub(crate) fn since(&self, since: Revision) -> Option<Vec<Arc<Entry>>> {
        if since < self.forgotten {
            return None;
        }
        let start = self.entries.partition_point(|entry| entry.revision <= since);
        Some(self.entries.range(start..).cloned().collect())
    }

    /// Adds changes, and forgets what is too old or too much.
    pub(crate) fn add(&mut self, changes: &[Arc<Change>], limits: &Limits) {
        // Nobody could replay more of a large write than the log holds.
        let (forgotten, changes) = changes.split_at(changes.len().saturating_sub(limits.log));
        if let Some(last) = forgotten.last() {
            self.entries.clear();
            self.bytes = 0;
            self.forgotten = last.revision;
        }
        for change in changes {
            let entry = Entry {
                revision: change.revision,
                key: change.key.clone(),
                before: change.before.as_ref().map(|object| self.overtaken(&change.key, object)),
                after: change.after.clone().map(Version::Current),
                last: change.last.as_deref().map(Version::past),
            };
            self.bytes += entry.bytes();
            self.entries.push_back(Arc::new(entry));
            while self.entries.len() > limits.log || self.bytes > limits.log_bytes {
                let Some(oldest) = self.entries.pop_front() else { break };
                self.bytes -= oldest.bytes();
                self.forgotten = oldest.revision;
            }
        }
    }

    /// Makes a version that was current a past one, here and in the entry that brought it.
    fn overtaken(&mut self, key: &Key, object: &Arc<Value>) -> Version {
        let past = Version::past(object);
        let brought = self.entries.iter_mut().rev().find(|entry| entry.key == *key);
        if let Some(entry) = brought
            && matches!(&entry.after, Some(Version::Current(current)) if Arc::ptr_eq(current, object))
        {
            self.bytes -= entry.bytes();
            *entry = Arc::new(Entry { after: Some(past.clone()), ..Entry::clone(entry) });
            self.bytes += entry.bytes();
        }
        past
    }
}

impl Entry {
    /// What it takes. What was there before has counted with the entry that brought it.
    fn bytes(&self) -> usize {
        [&self.after, &self.last].into_iter().flatten().map(Version::bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource;

    fn versions(count: u64) -> Vec<Arc<Change>> {
        let key = Key::new(resource::known("", "configmaps"), "default", "map");
        let object = |revision: Revision| Arc::new(json!({"metadata": {"resourceVersion": revision.to_string()}}));
        let mut before = None;
        (1..=count)
            .map(|revision| {
                let after = Some(object(revision));
                let before = std::mem::replace(&mut before, after.clone());
                Arc::new(Change { revision, key: key.clone(), before, after, last: None })
            })
            .collect()
    }

    #[test]
    fn only_the_current_version_is_a_value() {
        let mut history = History::after(0);
        history.add(&versions(3), &Limits::default());
        let entries = history.since(0).unwrap();
        let kept = |version: &Option<Version>| match version {
            None => "none".to_owned(),
            Some(version @ Version::Current(_)) => format!("value {}", version.value()["metadata"]["resourceVersion"]),
            Some(version @ Version::Past(_)) => format!("text {}", version.value()["metadata"]["resourceVersion"]),
        };
        let kept: Vec<_> = entries.iter().map(|entry| (kept(&entry.before), kept(&entry.after))).collect();
        let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        let expected =
            [pair("none", "text \"1\""), pair("text \"1\"", "text \"2\""), pair("text \"2\"", "value \"3\"")];
        assert_eq!(kept, expected);
        assert_eq!(history.bytes, entries.iter().map(|entry| entry.bytes()).sum::<usize>());
    }

    #[test]
    fn what_is_too_much_is_forgotten() {
        let mut history = History::after(0);
        history.add(&versions(10), &Limits { log: 4, ..Limits::default() });
        assert_eq!((history.oldest(), history.since(6).map(|all| all.len())), (6, Some(4)));
        assert!(history.since(5).is_none());
        let mut history = History::after(0);
        history.add(&versions(10), &Limits { log_bytes: 0, ..Limits::default() });
        assert_eq!((history.oldest(), history.bytes), (10, 0));
    }
}
