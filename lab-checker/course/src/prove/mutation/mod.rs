//! Answers that are a lab's solution changed in one place: what a check is tried on.
//!
//! | file | what is changed |
//! |---|---|
//! | `policies` | a policy dropped, added, moved to another namespace; its types |
//! | `rules` | a rule dropped, added, narrowed; its peers or ports emptied |
//! | `ports` | a port dropped, widened, narrowed, moved; its protocol; its name written as a number and back |
//! | `peers` | a peer dropped, added, widened; AND written as OR and back; another namespace |
//! | `blocks` | a block or a hole in it dropped, added, widened, narrowed, halved, shifted |
//! | `selectors` | a selector emptied; a label dropped, added, changed; an expression's operator and values |
//! | `cluster_policies` | tier, priority, actions, order, subject, networks and protocols of a ClusterNetworkPolicy |
//! | `otherwise` | the same thing written otherwise: answers that must pass |
//! | `labels` | the labels of pods |
//! | `lines` | the lines of a list |
//!
//! Whether a change makes a difference is not decided here.

mod blocks;
mod cluster_policies;
mod edit;
mod labels;
mod lines;
mod otherwise;
mod peers;
mod places;
mod policies;
mod ports;
mod rules;
mod selectors;
mod surroundings;

use serde_json::Value;

pub(super) use edit::Change;
use edit::Edits;
use surroundings::Surroundings;

/// Every change of an answer that these operators know, each once, whether an API server accepts it or not.
pub(super) fn changes(answer: &[Value], start: &[Value]) -> Vec<Change> {
    let surroundings = Surroundings::of(start, answer);
    let mut edits = Edits::new(answer);
    for (at, object) in answer.iter().enumerate() {
        edits.turn_to(at);
        match crate::snapshot::kind(object) {
            "NetworkPolicy" => {
                policies::change(&mut edits, &surroundings);
                rules::change(&mut edits);
                ports::change(&mut edits, &surroundings);
                peers::change(&mut edits, &surroundings);
                blocks::change(&mut edits);
                selectors::change(&mut edits, &surroundings);
                otherwise::change(&mut edits);
            }
            "ClusterNetworkPolicy" => {
                cluster_policies::change(&mut edits);
                selectors::change(&mut edits, &surroundings);
            }
            "ConfigMap" => lines::change(&mut edits, &surroundings),
            _ => labels::change(&mut edits, &surroundings),
        }
    }
    edits.into_changes()
}

#[cfg(test)]
mod tests;
