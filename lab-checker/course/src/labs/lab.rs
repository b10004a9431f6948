//! A lab: where the learner starts, what is asked, and what is known about wrong answers.

use std::collections::BTreeMap;

use manifest::ObjectId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attack::Attack;
use super::findings::FindingsGoal;
use super::frozen::Frozen;
use super::goal::ReachabilityGoal;
use crate::snapshot::{self, ManifestFile};

/// A lab.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The name of its folder; a DNS label.
    pub name: String,
    /// The title.
    pub title: String,
    /// The lesson that uses it.
    pub chapter: String,
    /// What it is worth.
    pub points: f64,
    /// How long it takes.
    pub minutes: u32,
    /// The namespace that the learner works in.
    pub namespace: String,
    /// The kinds that the learner may create, change and delete.
    pub may_change: Vec<String>,
    /// Whether the lab wants a practice cluster that ignores policies.
    pub cni: LabCni,
    /// Whether the start may put objects where those of others stand; see [`Lab::foreign_objects`].
    pub foreign: bool,
    /// What to do, Markdown.
    pub task: String,
    /// Hints, the gentlest first, Markdown.
    pub hints: Vec<String>,
    /// A right answer.
    pub solution: Solution,
    /// Wrong answers that learners really give.
    pub mistakes: Vec<Mistake>,
    /// Right answers that are written otherwise than the solution.
    pub also_right: Vec<RightAnswer>,
    /// Other clusters in which the same answer must be right.
    pub worlds: Vec<World>,
    /// The attack of its story, which the solution stops.
    pub attack: Option<Attack>,
    pub(crate) start: Vec<ManifestFile>,
    pub(crate) start_objects: Vec<Value>,
    pub(crate) frozen: Frozen,
    pub(crate) goal: Goal,
}

/// What a lab asks for.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// A verdict for every flow.
    Reachability(ReachabilityGoal),
    /// A list of what a pod reaches.
    Findings(FindingsGoal),
}

/// What a lab wants of the practice cluster's network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabCni {
    /// Policies are enforced.
    #[default]
    Enforcing,
    /// The same, and who is blocked is told at once.
    Rejecting,
    /// Policies are stored and ignored.
    None,
}

impl LabCni {
    /// As it is written in a lab.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enforcing => "enforcing",
            Self::Rejecting => "rejecting",
            Self::None => "none",
        }
    }
}

/// A right answer, shown after passing.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The files.
    pub files: Vec<ManifestFile>,
    /// The objects in them, applied on the start.
    pub objects: Vec<Value>,
    /// Why it is right, Markdown.
    pub explanation: String,
}

/// A wrong answer, and the words that help.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// The stem of its file.
    pub name: String,
    /// The words that help.
    pub hint: String,
    /// The objects in the file, applied on the start.
    pub objects: Vec<Value>,
}

/// A right answer that is written otherwise than the solution.
#[derive(Clone, Debug)]
pub struct RightAnswer {
    /// The stem of its file.
    pub name: String,
    /// The objects in the file, applied on the start.
    pub objects: Vec<Value>,
}

/// Another cluster in which an answer must be right: it tells an answer that is understood from one that is lucky.
#[derive(Clone, Debug)]
pub struct World {
    /// The name of its folder.
    pub name: String,
    /// The objects that are not as in the start: one of the same kind, namespace and name is replaced, others are added.
    pub objects: Vec<Value>,
}

impl World {
    /// What a cluster holds in which a lab with this start begins in this world.
    pub(crate) fn start(&self, start: &[Value]) -> Vec<Value> {
        snapshot::apply(start, &self.objects)
    }
}

impl Lab {
    /// The objects that the learner starts with, the lab's namespaces among them.
    #[must_use]
    pub fn start_objects(&self) -> &[Value] {
        &self.start_objects
    }

    /// The objects of the start that stand where those of others stand too: outside of the lab's own namespaces.
    /// In a cluster that is not for practice alone, somebody may care about them.
    #[must_use]
    pub fn foreign_objects(&self) -> Vec<ObjectId> {
        self.start_objects.iter().map(ObjectId::of).filter(ObjectId::is_among_others).collect()
    }

    /// Whether the answer is what the network makes of policies, found out by trying, so that the network must be
    /// as the lab says.
    #[must_use]
    pub fn asks_the_network(&self) -> bool {
        let is_policy = |object: &Value| snapshot::kind(object).ends_with("NetworkPolicy");
        matches!(self.goal, Goal::Findings(_)) && self.start_objects.iter().any(is_policy)
    }

    /// The files that the learner starts with.
    #[must_use]
    pub fn start_files(&self) -> &[ManifestFile] {
        &self.start
    }

    /// What may be told to somebody who has not passed: no solution, no mistakes.
    #[must_use]
    pub fn public(&self) -> PublicLab {
        PublicLab {
            name: self.name.clone(),
            title: self.title.clone(),
            chapter: self.chapter.clone(),
            points: self.points,
            minutes: self.minutes,
            namespace: self.namespace.clone(),
            may_change: self.may_change.clone(),
            cni: self.cni,
            task: self.task.clone(),
            hints: self.hints.len(),
            start: self.start.clone(),
        }
    }

    /// What the lab leaves to the learner, in its author's sentences.
    pub fn left_to_the_learner(&self) -> impl Iterator<Item = &str> {
        let free = match &self.goal {
            Goal::Reachability(goal) => goal.free.as_slice(),
            Goal::Findings(_) => &[],
        };
        free.iter().map(|rule| rule.why.as_str())
    }

    /// How many objects of each kind the start has, for people.
    #[must_use]
    pub fn start_summary(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for object in &self.start_objects {
            *kinds.entry(snapshot::kind(object).to_owned()).or_default() += 1;
        }
        kinds
    }
}

/// A lab as a learner sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicLab {
    /// The lab's name.
    pub name: String,
    /// The title.
    pub title: String,
    /// The lesson that uses it.
    pub chapter: String,
    /// What it is worth.
    pub points: f64,
    /// How long it takes.
    pub minutes: u32,
    /// The namespace that the learner works in.
    pub namespace: String,
    /// The kinds that the learner may change.
    pub may_change: Vec<String>,
    /// What the lab wants of the cluster's network.
    pub cni: LabCni,
    /// What to do, Markdown.
    pub task: String,
    /// How many hints there are.
    pub hints: usize,
    /// The files that the learner starts with.
    pub start: Vec<ManifestFile>,
}
