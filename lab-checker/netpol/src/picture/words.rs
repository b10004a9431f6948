//! A picture in words: a sentence for each arrow, for screen readers and for whoever points at it.

use super::fold::{Arrow, End, Fold, Folded};
use super::model::{Picture, Standing};
use super::port_words;
use crate::model::phrases;

/// More ports than these are a number.
const MOST_PORTS: usize = 4;
/// A description of more sentences than these is cut.
const MOST_SENTENCES: usize = 60;

/// `dev/laptop reaches shop/db on 5432, and must not`.
pub(super) fn sentence(picture: &Picture, arrow: &Arrow<'_>) -> String {
    let (from, to) = (name(picture, arrow.from), name(picture, arrow.to));
    let ports: Vec<&str> = arrow.ports.iter().map(|port| port_words::short(port)).collect();
    let ports = match ports.len() {
        0..=MOST_PORTS => phrases::all_of(&ports),
        count => format!("{count} ports"),
    };
    let flows = if arrow.closed_group().is_some() {
        format!(" ({})", phrases::counted(arrow.flows, "flow"))
    } else {
        String::new()
    };
    format!("{from} {} {to} on {ports}{flows}{}", verb(arrow), judgement(arrow.standing))
}

fn verb(arrow: &Arrow<'_>) -> &'static str {
    match (arrow.standing, arrow.unsure, arrow.changed) {
        (Standing::Gone, ..) | (Standing::Missing, false, true) => "no longer reaches",
        (Standing::Missing, true, _) => "may not reach",
        (Standing::Missing, false, false) => "does not reach",
        (_, true, _) => "may reach",
        (_, false, true) => "now reaches",
        (_, false, false) => "reaches",
    }
}

fn judgement(standing: Standing) -> &'static str {
    match standing {
        Standing::Plain => "",
        Standing::Right | Standing::Gone => ", as it should be",
        Standing::Missing => ", and must",
        Standing::Wrong => ", and must not",
    }
}

/// How an end is called.
pub(super) fn name(picture: &Picture, end: End) -> String {
    match end {
        End::Node(group, node) => picture.groups[group].nodes[node].id.clone(),
        End::Group(group) => match &picture.groups[group].namespace {
            Some(namespace) => format!("namespace {namespace}"),
            None => "the outside".to_owned(),
        },
    }
}

/// How an end is called in attributes: `shop/web`, and `shop/*` for a box.
pub(super) fn pattern(picture: &Picture, end: End) -> String {
    match end {
        End::Node(group, node) => picture.groups[group].nodes[node].id.clone(),
        End::Group(group) => format!("{}/*", picture.groups[group].name()),
    }
}

/// What stands on an arrow.
pub(super) fn label(arrow: &Arrow<'_>) -> String {
    let unsure = if arrow.unsure { "?" } else { "" };
    port_words::label(&arrow.ports, ", ") + unsure
}

/// The whole picture: the boxes, then every arrow, what is wrong first.
pub(super) fn description(picture: &Picture, folded: &Folded<'_>) -> String {
    let mut sentences: Vec<String> = Vec::new();
    sentences.extend(notes(picture, folded).map(str::to_owned));
    sentences.extend(picture.groups.iter().filter(|group| !group.nodes.is_empty()).take(MOST_SENTENCES).map(|group| {
        let labels: Vec<&str> = group.nodes.iter().take(MOST_IN_WORDS).map(|node| node.label.as_str()).collect();
        let more = group.nodes.len() - labels.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = if more.is_empty() { phrases::all_of(&labels) } else { labels.join(", ") };
        match &group.namespace {
            Some(namespace) => format!("Namespace {namespace}: {names}{more}"),
            None => format!("Outside the cluster: {names}{more}"),
        }
    }));
    let arrows = folded.arrows.iter().rev();
    sentences.extend(arrows.take(MOST_SENTENCES).map(|arrow| sentence(picture, arrow)));
    if let more @ 1.. = folded.arrows.len().saturating_sub(MOST_SENTENCES) {
        sentences.push(format!("{} more", phrases::counted(more, "arrow")));
    }
    if folded.arrows.is_empty() && folded.fold != Fold::Dense {
        sentences.push("Nothing gets through".to_owned());
    }
    sentences.join(". ") + "."
}

/// So many nodes of a box are named.
const MOST_IN_WORDS: usize = 12;

/// What the reader has to know about a picture that does not show every flow, and what its maker says of it.
pub(super) fn notes<'a>(picture: &'a Picture, folded: &Folded<'_>) -> impl Iterator<Item = &'a str> {
    let of_folding = match folded.fold {
        Fold::Nothing => None,
        Fold::Sources => Some("Folded: an arrow from a box stands for pods in it"),
        Fold::Both => Some("Folded: an arrow at a box stands for pods in it"),
        Fold::Dense => Some("Too many flows for arrows: ask about fewer pods to see them"),
    };
    let gone = folded.arrows.iter().any(|arrow| arrow.standing == Standing::Gone);
    let gone = gone.then_some("Dotted and struck out: no longer gets through");
    of_folding.into_iter().chain(gone).chain(picture.notes.iter().map(String::as_str))
}
