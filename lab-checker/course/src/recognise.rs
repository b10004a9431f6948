//! Recognising: a wrong answer that others have given before is known by what it does to traffic.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use manifest::{ObjectId, Source};
use serde_json::Value;

use crate::check::{Answer, Facts};
use crate::frozen::{Violation, is_same};
use crate::lab::Lab;
use crate::observe::Seen;
use crate::report::RecognisedMistake;

/// What an answer looks like to somebody who sees only what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Appearance {
    /// The sides' verdicts of every cell.
    pub(crate) seen: Vec<Seen>,
    /// The list of a findings lab.
    pub(crate) listed: BTreeSet<String>,
    /// Frozen objects that are not as they were.
    pub(crate) violations: Vec<Violation>,
    /// What the API server refuses, as `Kind field`.
    pub(crate) refused: BTreeSet<String>,
}

/// What the start and every mistake of a lab look like.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) start: Facts,
    pub(crate) mistakes: Vec<Appearance>,
}

impl Lab {
    /// What the start and the mistakes look like.
    pub(crate) fn known(&self) -> &Known {
        self.known.get_or_init(|| Known {
            start: self.look(&self.answer_of_files(&[], Strictness::Anything)),
            mistakes: self.mistakes.iter().map(|mistake| self.look_of_mistake(&mistake.objects)).collect(),
        })
    }

    fn look_of_mistake(&self, objects: &[Value]) -> Appearance {
        self.look(&self.answer_of_files(objects, Strictness::Anything)).appearance
    }

    /// The mistake that an answer shows.
    pub(crate) fn recognise(&self, answer: &Answer, facts: &Facts) -> Option<RecognisedMistake> {
        let known = self.known();
        if facts.appearance == known.start.appearance && self.is_untouched(answer) {
            return None;
        }
        let place =
            self.exact_match(&facts.appearance, known).or_else(|| self.only_similar(&facts.appearance, known))?;
        let mistake = &self.mistakes[place];
        Some(RecognisedMistake { name: mistake.name.clone(), hint: mistake.hint.clone() })
    }

    fn exact_match(&self, appearance: &Appearance, known: &Known) -> Option<usize> {
        known.mistakes.iter().position(|mistake| mistake == appearance)
    }

    /// The only mistake with the same verdicts, whichever side they come from. One that does nothing to
    /// traffic is not among them: anything could be similar to it.
    fn only_similar(&self, appearance: &Appearance, known: &Known) -> Option<usize> {
        let verdicts = |appearance: &Appearance| {
            let verdicts: Vec<_> = appearance.seen.iter().map(|seen| seen.verdict()).collect();
            (verdicts, appearance.listed.clone())
        };
        let wanted = verdicts(appearance);
        if wanted == verdicts(&known.start.appearance) {
            return None;
        }
        let mut similar = known.mistakes.iter().enumerate().filter(|(_, mistake)| {
            let violates_no_more = mistake.violations.iter().all(|violation| appearance.violations.contains(violation));
            violates_no_more && mistake.refused.is_empty() && verdicts(mistake) == wanted
        });
        match (similar.next(), similar.next()) {
            (Some((place, _)), None) => Some(place),
            _ => None,
        }
    }

    /// Whether the learner has not changed anything that the lab lets them change.
    fn is_untouched(&self, answer: &Answer) -> bool {
        // A cluster holds what others have made too; only what the lab reads can be the learner's answer.
        let objects = match answer.from {
            Source::Cluster => Cow::Owned(self.reduced(&answer.objects, answer.from)),
            Source::Files => Cow::Borrowed(&answer.objects),
        };
        let now: HashMap<ObjectId, &Value> = objects.iter().map(|object| (ObjectId::of(object), object)).collect();
        let changeable = |kind: &str| self.may_change.iter().any(|may| may == kind);
        let start: HashMap<ObjectId, &Value> =
            self.start_objects.iter().map(|object| (ObjectId::of(object), object)).collect();
        let same = start
            .iter()
            .filter(|(id, _)| changeable(&id.kind))
            .all(|(id, object)| now.get(id).is_some_and(|now| is_same(object, now)));
        let namespaces: BTreeSet<&str> = start.keys().filter_map(|id| id.namespace.as_deref()).collect();
        let added = now.keys().any(|id| {
            let here = id.namespace.as_deref().is_none_or(|namespace| namespaces.contains(namespace));
            WRITTEN.contains(&id.kind.as_str())
                && changeable(&id.kind)
                && here
                && id.name != "kube-root-ca.crt"
                && !start.contains_key(id)
        });
        answer.refused.is_empty() && same && !added
    }
}

/// Kinds whose objects people write, and controllers do not.
const WRITTEN: [&str; 5] = ["NetworkPolicy", "ClusterNetworkPolicy", "Service", "ConfigMap", "Deployment"];

/// Which objects of files are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Those of kinds that the learner may change.
    MayChange,
    /// All of them, as in a mistake.
    Anything,
}

/// Where a lab's own files come from.
pub(crate) const FILES: Source = Source::Files;
