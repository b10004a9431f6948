//! What is drawn of a picture: flows of one pair become one arrow, and where there are too many arrows their ends are
//! the boxes instead of the nodes. Boxes that the reader opens stay as they are.

use std::collections::{BTreeMap, HashMap};

use super::model::{Picture, PictureFlow, Standing};
use super::port_words;

/// More arrows than these are folded.
const MOST_ARROWS: usize = 40;
/// More than these cannot be told apart even then: numbers are written into the boxes instead.
const MOST_FOLDED: usize = 150;
/// More nodes than these are not shown one by one, but where a box is open.
const MOST_NODES: usize = 40;
/// A box with more nodes than these stays closed.
const MOST_IN_A_BOX: usize = 100;

/// Where an arrow begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum End {
    /// A node, by the place of its box and its own.
    Node(usize, usize),
    /// A whole box.
    Group(usize),
}

/// How far a picture is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// Every arrow goes from node to node.
    Nothing,
    /// Sources are boxes.
    Sources,
    /// Sources and destinations are boxes.
    Both,
    /// No arrows but those of open boxes: there would be too many.
    Dense,
}

/// An arrow.
#[derive(Clone, Debug)]
pub(super) struct Arrow<'a> {
    pub(super) from: End,
    pub(super) to: End,
    pub(super) standing: Standing,
    pub(super) changed: bool,
    pub(super) unsure: bool,
    /// Its different ports, in order.
    pub(super) ports: Vec<&'a str>,
    /// How many flows it stands for.
    pub(super) flows: usize,
    pub(super) href: Option<&'a str>,
}

/// What is drawn.
#[derive(Debug)]
pub(super) struct Folded<'a> {
    pub(super) fold: Fold,
    /// For each box, whether its nodes are shown.
    pub(super) shown: Vec<bool>,
    /// For each box, whether its arrows go to its nodes, however far the rest is folded.
    pub(super) open: Vec<bool>,
    pub(super) arrows: Vec<Arrow<'a>>,
    /// For each box, to how many boxes its flows go, and from how many flows come.
    pub(super) reach: Vec<(usize, usize)>,
}

/// Folds as far as needed.
pub(super) fn fold<'a>(picture: &'a Picture, open: &[String]) -> Folded<'a> {
    let places = places(picture);
    let flows: Vec<(End, End, &PictureFlow)> = picture
        .flows
        .iter()
        .filter_map(|flow| Some((*places.get(flow.from.as_str())?, *places.get(flow.to.as_str())?, flow)))
        .collect();
    let nodes: usize = picture.groups.iter().map(|group| group.nodes.len()).sum();
    let fits = |at: usize| picture.groups[at].nodes.len() <= MOST_IN_A_BOX;
    let all: Vec<usize> = (0..picture.groups.len()).collect();
    let open: Vec<bool> =
        all.iter().map(|&at| fits(at) && open.iter().any(|name| name == picture.groups[at].name())).collect();
    let shown: Vec<bool> = all.iter().map(|&at| nodes <= MOST_NODES || open[at]).collect();
    let levels = if nodes <= MOST_NODES { &[Fold::Nothing, Fold::Sources, Fold::Both][..] } else { &[Fold::Both] };
    let closed = vec![false; open.len()];
    for &fold in levels {
        let most = if fold == Fold::Both { MOST_FOLDED } else { MOST_ARROWS };
        // What is open does not count: opening one box leaves the others as they are.
        if arrows(&flows, fold, &closed, picture).len() <= most {
            let arrows = arrows(&flows, fold, &open, picture);
            return Folded { fold, shown, open, arrows, reach: Vec::new() };
        }
    }
    let mut arrows = arrows(&flows, Fold::Both, &open, picture);
    let reach = reach(&arrows, picture.groups.len());
    arrows.retain(|arrow| is_of_open(arrow, &open));
    Folded { fold: Fold::Dense, shown, open, arrows, reach }
}

fn places(picture: &Picture) -> HashMap<&str, End> {
    let groups = picture.groups.iter().enumerate();
    groups
        .flat_map(|(at, group)| {
            group.nodes.iter().enumerate().map(move |(node, one)| (one.id.as_str(), End::Node(at, node)))
        })
        .collect()
}

fn is_of_open(arrow: &Arrow<'_>, open: &[bool]) -> bool {
    open[arrow.from.group()] || open[arrow.to.group()]
}

/// One arrow for all flows of the same two ends that are told in the same way.
fn arrows<'a>(
    flows: &[(End, End, &'a PictureFlow)],
    fold: Fold,
    open: &[bool],
    picture: &'a Picture,
) -> Vec<Arrow<'a>> {
    let mut arrows: BTreeMap<(End, End, Standing, bool, bool), Arrow<'a>> = BTreeMap::new();
    for &(from, to, flow) in flows {
        let from = if fold == Fold::Nothing { from } else { from.folded(open, picture) };
        let to = if matches!(fold, Fold::Nothing | Fold::Sources) { to } else { to.folded(open, picture) };
        let (standing, changed, unsure) = (flow.standing, flow.changed, flow.unsure);
        let key = (from, to, standing, changed, unsure);
        let arrow = arrows.entry(key).or_insert_with(|| {
            let (ports, flows, href) = (Vec::new(), 0, flow.href.as_deref());
            Arrow { from, to, standing, changed, unsure, ports, flows, href }
        });
        arrow.flows += 1;
        arrow.ports.push(&flow.port);
    }
    let mut arrows: Vec<Arrow<'a>> = arrows.into_values().collect();
    for arrow in &mut arrows {
        if let Some(group) = arrow.closed_group() {
            arrow.href = picture.groups[group].href.as_deref();
        }
        arrow.ports.sort_by(|one, other| port_words::order(one, other));
        arrow.ports.dedup();
    }
    // What matters most is drawn last, above the others.
    arrows.sort_by_key(|arrow| arrow.standing);
    arrows
}

fn reach(arrows: &[Arrow<'_>], groups: usize) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = arrows
        .iter()
        .filter(|arrow| arrow.standing.flows())
        .map(|arrow| (arrow.from.group(), arrow.to.group()))
        .filter(|(from, to)| from != to)
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut reach = vec![(0, 0); groups];
    for (from, to) in pairs {
        reach[from].0 += 1;
        reach[to].1 += 1;
    }
    reach
}

impl Arrow<'_> {
    /// The box that has to be opened to see what it is made of.
    pub(super) fn closed_group(&self) -> Option<usize> {
        [self.from, self.to].into_iter().find_map(|end| match end {
            End::Group(group) => Some(group),
            End::Node(..) => None,
        })
    }
}

impl End {
    /// The box that it is or stands in.
    pub(super) fn group(self) -> usize {
        match self {
            Self::Node(group, _) | Self::Group(group) => group,
        }
    }

    /// The box in place of its nodes, unless it is open or has one alone.
    fn folded(self, open: &[bool], picture: &Picture) -> Self {
        let group = self.group();
        if open[group] || picture.groups[group].nodes.len() == 1 { self } else { Self::Group(group) }
    }
}
