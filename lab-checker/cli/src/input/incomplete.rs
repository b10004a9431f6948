//! What an answer leaves out: policies that nobody here evaluates, and kinds that a cluster does not show. It is said on
//! stderr with names and places, and in JSON in a sentence each.

use std::io;

use cluster::Reading;
use manifest::{Object, PodMaker, Unevaluated, UnknownNodes};
use netpol::counted;
use serde::Serialize;

use crate::failure::{Advice, Outcome};
use crate::terminal::output;

/// Everything that an answer leaves out; nothing, mostly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incomplete {
    gaps: Vec<Gap>,
    /// What is left out unless somebody says which nodes there are.
    without_nodes: Vec<Gap>,
    /// Files that were named and could not be used.
    unusable: Vec<String>,
    /// Whether an incomplete answer is a failure.
    strict: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Gap {
    /// For programs.
    sentence: String,
    /// For people: with names.
    long: String,
}

impl Incomplete {
    /// What was found in files, and those among them that could not be used.
    pub(crate) fn of_files(objects: &[Object], unusable: Vec<String>) -> Self {
        let left_out = |file: &String| {
            let sentence = format!("{file} has errors and was left out");
            Gap { long: sentence.clone(), sentence }
        };
        let others = Unevaluated::of_objects(objects);
        let makers = makers(&PodMaker::of_objects(objects));
        let nodes = unknown_nodes(&UnknownNodes::of_objects(objects));
        let gaps = unusable.iter().map(left_out).chain(others.iter().map(unevaluated)).chain(makers);
        let gaps = gaps.collect();
        Self { gaps, without_nodes: nodes.into_iter().collect(), unusable, strict: false }
    }

    /// What was found in a cluster, and what it does not show.
    pub(crate) fn of_cluster(reading: &Reading) -> Self {
        let hidden = reading
            .unread
            .iter()
            .map(|unread| format!("the cluster does not show its {} objects: {}", unread.kind, unread.message));
        let unseen = hidden.chain(reading.others.unseen.iter().cloned());
        let unseen = unseen.map(|sentence| Gap { long: sentence.clone(), sentence });
        Self { gaps: reading.others.unevaluated.iter().map(unevaluated).chain(unseen).collect(), ..Self::default() }
    }

    /// What two readings leave out together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for gap in other.gaps {
            if !self.gaps.contains(&gap) {
                self.gaps.push(gap);
            }
        }
        let more = other.without_nodes.into_iter().filter(|gap| !self.without_nodes.contains(gap)).collect::<Vec<_>>();
        self.without_nodes.extend(more);
        self.unusable.extend(other.unusable);
        self
    }

    /// Says of policies about nodes that nobody has told what they are, unless nodes are told.
    pub(crate) fn about_nodes(&mut self, are_told: bool) -> io::Result<()> {
        let gaps = std::mem::take(&mut self.without_nodes);
        if are_told {
            return Ok(());
        }
        gaps.iter().try_for_each(|gap| output::warn(&gap.long))?;
        self.gaps.extend(gaps);
        Ok(())
    }

    /// How a command ends that has answered: as it would, unless a file that was named could not be used.
    pub(crate) fn end(&self, outcome: Outcome) -> Result<Outcome, Advice> {
        match self.unusable.as_slice() {
            [] if self.strict && !self.gaps.is_empty() => Ok(Outcome::ChecksFailed),
            [] => Ok(outcome),
            files => {
                let files = counted(files.len(), "file");
                let advice = "mend what is wrong above, or name the other files alone";
                Err(Advice::new(format!("the answer is without {files} that cannot be used"), advice))
            }
        }
    }

    /// The same, where an incomplete answer is a failure.
    pub(crate) fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Whether nothing is left out.
    pub(crate) fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// A warning each, on stderr.
    pub(crate) fn warn(&self) -> io::Result<()> {
        self.gaps.iter().try_for_each(|gap| output::warn(&gap.long))
    }

    /// A sentence each.
    pub(crate) fn sentences(&self) -> Vec<&str> {
        let mut sentences: Vec<&str> = Vec::new();
        for gap in &self.gaps {
            if !sentences.contains(&gap.sentence.as_str()) {
                sentences.push(&gap.sentence);
            }
        }
        sentences
    }

    /// Adds what the answer itself says that it leaves out.
    pub(crate) fn also(&mut self, sentences: Vec<String>) {
        self.gaps.extend(sentences.into_iter().map(|sentence| Gap { long: sentence.clone(), sentence }));
    }

    /// An answer for programs, with what it leaves out when that is anything.
    pub(crate) fn mark<'a, T: Serialize>(&'a self, answer: &'a T) -> Marked<'a, T> {
        Marked { answer, incomplete: self.sentences() }
    }
}

/// So many objects are named.
const NAMED: usize = 5;

/// What makes pods out of sight, by kind.
fn makers(makers: &[PodMaker]) -> Vec<Gap> {
    let mut kinds: Vec<&str> = makers.iter().map(|maker| maker.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let gap = |kind: &str| {
        let own: Vec<&PodMaker> = makers.iter().filter(|maker| maker.kind == kind).collect();
        let verb = if own.len() == 1 { "makes" } else { "make" };
        let sentence = format!("{} {kind} {verb} pods that are not looked at", own.len());
        let mut names: Vec<String> =
            own.iter().take(NAMED).map(|maker| format!("{} ({})", maker.name, maker.place)).collect();
        names.extend(own.len().checked_sub(NAMED).filter(|more| *more > 0).map(|more| format!("and {more} more")));
        Gap { long: format!("{sentence}: {}", names.join(", ")), sentence }
    };
    kinds.into_iter().map(gap).collect()
}

/// Policies about nodes that nobody has named.
fn unknown_nodes(policies: &[UnknownNodes]) -> Option<Gap> {
    let count = counted(policies.len(), "ClusterNetworkPolicy");
    let count = if policies.len() == 1 { count } else { format!("{} ClusterNetworkPolicies", policies.len()) };
    let verb = if policies.len() == 1 { "names" } else { "name" };
    let sentence = format!(
        "{count} {verb} nodes by labels, and no file says which nodes there are: whether a flow from \
                            or to a node gets through depends on them"
    );
    let mut names: Vec<String> =
        policies.iter().take(NAMED).map(|policy| format!("{} ({})", policy.name, policy.place)).collect();
    names.extend(policies.len().checked_sub(NAMED).filter(|more| *more > 0).map(|more| format!("and {more} more")));
    let advice =
        "`kubectl get nodes -o yaml >nodes.yaml` writes a file to name beside the others, and --node names one";
    (!policies.is_empty()).then(|| Gap { long: format!("{sentence}: {}; {advice}", names.join(", ")), sentence })
}

fn unevaluated(found: &Unevaluated) -> Gap {
    Gap { sentence: found.sentence(), long: found.to_string() }
}

/// An answer with what it leaves out.
#[derive(Debug, Serialize)]
pub(crate) struct Marked<'a, T> {
    #[serde(flatten)]
    answer: &'a T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    incomplete: Vec<&'a str>,
}
