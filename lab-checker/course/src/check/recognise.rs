//! Recognising: a wrong answer that others have given before is known by what it does to traffic.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use manifest::kinds::{self, Learner};
use manifest::{ObjectId, Source};
use serde_json::Value;

use super::answer::{Answer, Strictness};
use super::facts::{Appearance, Facts};
use super::report::RecognisedMistake;
use super::violations::is_same;
use crate::labs::Lab;

/// What the start and every mistake of a lab look like.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) start: Facts,
    pub(crate) mistakes: Vec<Appearance>,
}

impl Known {
    /// Looks at the start and the mistakes of a lab.
    pub(crate) fn of(lab: &Lab) -> Self {
        let facts = |files: &[Value]| Facts::of(lab, &Answer::of_files(lab, files, Strictness::Anything));
        Self {
            start: facts(&[]),
            mistakes: lab.mistakes.iter().map(|mistake| facts(&mistake.objects).appearance).collect(),
        }
    }

    /// The mistake that an answer shows.
    pub(crate) fn recognise(&self, lab: &Lab, answer: &Answer, facts: &Facts) -> Option<RecognisedMistake> {
        if facts.appearance == self.start.appearance && is_untouched(lab, answer) {
            return None;
        }
        let place = self.exact_match(&facts.appearance).or_else(|| self.only_similar(&facts.appearance))?;
        let mistake = &lab.mistakes[place];
        Some(RecognisedMistake { name: mistake.name.clone(), hint: mistake.hint.clone() })
    }

    fn exact_match(&self, appearance: &Appearance) -> Option<usize> {
        self.mistakes.iter().position(|mistake| mistake == appearance)
    }

    /// The only mistake with the same verdicts, whichever direction they come from. One that does nothing to
    /// traffic is not among them: anything could be similar to it.
    fn only_similar(&self, appearance: &Appearance) -> Option<usize> {
        let verdicts = |appearance: &Appearance| {
            let verdicts: Vec<_> = appearance.seen.iter().map(|seen| seen.verdict()).collect();
            (verdicts, appearance.listed.clone())
        };
        let wanted = verdicts(appearance);
        if wanted == verdicts(&self.start.appearance) {
            return None;
        }
        let mut similar = self.mistakes.iter().enumerate().filter(|(_, mistake)| {
            let violates_no_more = mistake.violations.iter().all(|violation| appearance.violations.contains(violation));
            violates_no_more && mistake.refused.is_empty() && verdicts(mistake) == wanted
        });
        match (similar.next(), similar.next()) {
            (Some((place, _)), None) => Some(place),
            _ => None,
        }
    }
}

/// Whether the learner has not changed anything that the lab lets them change.
fn is_untouched(lab: &Lab, answer: &Answer) -> bool {
    // A cluster holds what others have made too; only what the lab reads can be the learner's answer.
    let objects = match answer.from {
        Source::Cluster => Cow::Owned(lab.reduced(&answer.objects, answer.from)),
        Source::Files => Cow::Borrowed(&answer.objects),
    };
    let now: HashMap<ObjectId, &Value> = objects.iter().map(|object| (ObjectId::of(object), object)).collect();
    let changeable = |kind: &str| lab.may_change.iter().any(|may| may == kind);
    let start: HashMap<ObjectId, &Value> =
        lab.start_objects().iter().map(|object| (ObjectId::of(object), object)).collect();
    let same = start
        .iter()
        .filter(|(id, _)| changeable(&id.kind))
        .all(|(id, object)| now.get(id).is_some_and(|now| is_same(object, now)));
    let namespaces: BTreeSet<&str> = start.keys().filter_map(|id| id.namespace.as_deref()).collect();
    let added = now.keys().any(|id| {
        let here = id.namespace.as_deref().is_none_or(|namespace| namespaces.contains(namespace));
        kinds::find(&id.group, &id.kind).is_some_and(|kind| kind.learner == Learner::Writes)
            && changeable(&id.kind)
            && here
            && id.name != "kube-root-ca.crt"
            && !start.contains_key(id)
    });
    answer.refused.is_empty() && same && !added
}
