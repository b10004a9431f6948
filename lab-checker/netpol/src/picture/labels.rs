//! Where the labels of arrows stand: on their line, and on nothing else where there is room. What is known without a
//! label, because the arrow is at all the ports that its node has, goes without one where there is none.

use super::fold::{Arrow, End};
use super::layout::{HEADING, Layout, Rect, text_width};
use super::model::Picture;
use super::route::Way;
use super::words;

const HEIGHT: f64 = 14.0;
/// What a mark takes of a label's width.
pub(super) const MARK: f64 = 15.0;

/// Among more arrows than these, labels that say what the node says already are noise.
const MOST_LABELS: usize = 24;

/// The label of an arrow.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) rect: Rect,
    /// Its ports; nothing where its mark stands alone.
    pub(super) ports: Option<String>,
}

/// The labels of arrows, in their order.
pub(super) fn labels(picture: &Picture, arrows: &[Arrow<'_>], ways: &[Way], layout: &Layout) -> Vec<Option<Label>> {
    let mut taken = obstacles(layout);
    let mut labels = vec![None; arrows.len()];
    let all = arrows.len() <= MOST_LABELS;
    // Those that cannot go without come first, and the worst of them before the others.
    let mut order: Vec<usize> = (0..arrows.len()).rev().collect();
    order.sort_by_key(|&at| (is_clear(picture, &arrows[at]), arrows[at].standing.mark().is_none()));
    for at in order {
        let is_needed = !is_clear(picture, &arrows[at]);
        let wanted = match (is_needed, all || matches!(arrows[at].to, End::Group(_))) {
            (true, _) => Wanted::Always,
            (false, true) => Wanted::WhereThereIsRoom,
            (false, false) => Wanted::Never,
        };
        let label = label(&arrows[at], &ways[at], wanted, &taken, layout);
        taken.extend(label.as_ref().map(|label| label.rect));
        labels[at] = label;
    }
    labels
}

/// Nodes and headings.
fn obstacles(layout: &Layout) -> Vec<Rect> {
    let headings = layout.groups.iter().map(|group| Rect { height: HEADING, ..group.rect });
    headings.chain(layout.nodes.iter().flatten().map(|node| node.rect)).collect()
}

/// Whether its ports are known without a label.
fn is_clear(picture: &Picture, arrow: &Arrow<'_>) -> bool {
    match arrow.to {
        End::Node(group, node) => {
            let ports = &picture.groups[group].nodes[node].ports;
            !arrow.unsure && ports.len() == arrow.ports.len() && ports.iter().all(|port| arrow.ports.contains(&&**port))
        }
        End::Group(_) => true,
    }
}

/// Whether an arrow's ports are written on it; a mark always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Always,
    WhereThereIsRoom,
    Never,
}

fn label(arrow: &Arrow<'_>, way: &Way, wanted: Wanted, taken: &[Rect], layout: &Layout) -> Option<Label> {
    let mark = if arrow.standing.mark().is_some() { MARK } else { 0.0 };
    if wanted != Wanted::Never {
        let ports = words::label(arrow);
        let (covered, rect) = place(way, mark + text_width(&ports) * 0.8 + 4.0, taken, layout);
        if covered == 0.0 || wanted == Wanted::Always {
            return Some(Label { rect, ports: Some(ports) });
        }
    }
    (mark > 0.0).then(|| Label { rect: place(way, mark, taken, layout).1, ports: None })
}

/// The places that are tried on a line: from its middle towards both ends.
const PLACES: usize = 8;

/// The first place where a label covers nothing, or the one where it covers least; and how much it covers.
fn place(way: &Way, width: f64, taken: &[Rect], layout: &Layout) -> (f64, Rect) {
    let at = |share: f64| {
        let (x, y) = way.curve.at(share);
        let x = (x - width / 2.0).clamp(2.0, layout.width - width - 2.0);
        Rect { x, y: y - HEIGHT / 2.0, width, height: HEIGHT }
    };
    let steps = (0..=PLACES).flat_map(|step| {
        let aside = step as f64 * 0.42 / PLACES as f64;
        [0.5 + aside, 0.5 - aside]
    });
    let mut best = (f64::INFINITY, at(0.5));
    for tried in steps.map(at) {
        let covered: f64 = taken.iter().map(|other| tried.covered_by(other)).sum();
        if covered < best.0 {
            best = (covered, tried);
        }
        if covered == 0.0 {
            break;
        }
    }
    best
}
