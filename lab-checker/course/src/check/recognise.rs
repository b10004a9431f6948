//! Recognising: a wrong answer that others have given before is known by what it does to traffic.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use manifest::kinds::{self, Learner};
use manifest::{ObjectId, Source};
use netpol::Snapshot;
use serde_json::Value;

use super::answer::{Answer, Strictness};
use super::beyond::are_alike;
use super::facts::{Appearance, Facts};
use super::report::RecognisedMistake;
use super::violations::is_same;
use crate::labs::{Goal, Lab};
use crate::reachability::lower_files;
use crate::snapshot::Base;

/// What the start and every mistake of a lab look like.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) start: Facts,
    mistakes: Vec<KnownMistake>,
}

#[derive(Debug)]
struct KnownMistake {
    appearance: Appearance,
    /// Whether the lab's own flows, its list or what is refused tell this mistake from the start and from what is right.
    /// Otherwise only flows beyond tell what it is.
    tells: bool,
    /// The lab's start with the mistake in it; of a lab that asks for a list, nothing.
    cluster: Snapshot,
}

impl Known {
    /// Looks at the start and the mistakes of a lab.
    pub(crate) fn of(lab: &Lab, start: &Base) -> Self {
        let look = |files: &[Value]| Answer::of_files(lab, start, files, Strictness::Anything);
        let begun = Facts::of(lab, &look(&[]));
        let mistakes = lab.mistakes.iter().map(|mistake| {
            let answer = look(&mistake.objects);
            let facts = Facts::of(lab, &answer);
            let own_flows = facts.appearance.seen != begun.appearance.seen && facts.holding.contains(&false);
            KnownMistake {
                tells: matches!(lab.goal, Goal::Findings(_)) || facts.faults() > 0 || own_flows,
                appearance: facts.appearance,
                cluster: lower_files(&answer.objects),
            }
        });
        let mistakes = mistakes.collect();
        Self { mistakes, start: begun }
    }

    /// The mistake that an answer shows. `in_start` is the answer in the cluster of the lab's start.
    pub(crate) fn recognise(
        &self,
        lab: &Lab,
        answer: &Answer<'_>,
        facts: &Facts,
        in_start: impl FnOnce() -> Option<Snapshot>,
    ) -> Option<RecognisedMistake> {
        if facts.appearance == self.start.appearance && is_untouched(lab, answer) {
            return None;
        }
        let place = self.exact_match(&facts.appearance, in_start).or_else(|| self.only_similar(&facts.appearance))?;
        let mistake = &lab.mistakes[place];
        Some(RecognisedMistake { name: mistake.name.clone(), hint: mistake.hint.clone() })
    }

    /// The mistake that does the same to the lab's own flows. Where several do, or where these tell nothing, it is
    /// the one that does the same to all other flows too.
    fn exact_match(&self, appearance: &Appearance, in_start: impl FnOnce() -> Option<Snapshot>) -> Option<usize> {
        let fits: Vec<usize> =
            (0..self.mistakes.len()).filter(|at| self.mistakes[*at].appearance == *appearance).collect();
        if let [only] = fits.as_slice()
            && self.mistakes[*only].tells
        {
            return Some(*only);
        }
        let first = *fits.first()?;
        let answer = in_start()?;
        let same = fits.into_iter().find(|at| are_alike(&answer, &self.mistakes[*at].cluster));
        same.or(self.mistakes[first].tells.then_some(first))
    }

    /// The only mistake with the same verdicts, whichever direction they come from. One that does nothing to
    /// traffic is not among them: anything could be similar to it. Neither is one that is wrong only beyond the
    /// lab's own flows.
    fn only_similar(&self, appearance: &Appearance) -> Option<usize> {
        let verdicts = |appearance: &Appearance| {
            let verdicts: Vec<_> = appearance.seen.iter().map(|seen| seen.verdict()).collect();
            (verdicts, appearance.listed.clone())
        };
        let wanted = verdicts(appearance);
        if wanted == verdicts(&self.start.appearance) {
            return None;
        }
        let mut similar =
            self.mistakes.iter().enumerate().filter(|(_, KnownMistake { appearance: mistake, tells, .. })| {
                let violates_no_more =
                    mistake.violations.iter().all(|violation| appearance.violations.contains(violation));
                violates_no_more && *tells && mistake.refused.is_empty() && verdicts(mistake) == wanted
            });
        match (similar.next(), similar.next()) {
            (Some((place, _)), None) => Some(place),
            _ => None,
        }
    }
}

/// Whether the learner has not changed anything that the lab lets them change.
fn is_untouched(lab: &Lab, answer: &Answer<'_>) -> bool {
    // A cluster holds what others have made too; only what the lab reads can be the learner's answer.
    let read = (answer.from == Source::Cluster).then(|| {
        let objects: Vec<Value> = answer.objects.iter().map(|object| Value::clone(object)).collect();
        lab.reduced(&objects, answer.from)
    });
    let objects: Vec<&Value> = match &read {
        Some(read) => read.iter().collect(),
        None => answer.objects.iter().map(Cow::as_ref).collect(),
    };
    let now: HashMap<ObjectId, &Value> = objects.into_iter().map(|object| (ObjectId::of(object), object)).collect();
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
