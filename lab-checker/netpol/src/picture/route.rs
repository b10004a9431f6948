//! The way of every arrow: an S between the columns, or a bow outside of a column.

use std::collections::HashMap;

use super::fold::{Arrow, End};
use super::layout::{Column, HEADING, Layout, Placed};

/// A cubic curve: from, two points that bend it, to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve(pub(super) [(f64, f64); 4]);

/// The way of an arrow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) curve: Curve,
    /// The tip, and where its two corners are.
    pub(super) tip: [(f64, f64); 3],
}

/// A side of a box or a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
}

/// One end of an arrow at a side.
struct Attached {
    /// How far down its other end is.
    other: f64,
    arrow: usize,
    /// 0 where it leaves, 1 where it arrives.
    end: usize,
}

/// The ways of arrows, in their order.
pub(super) fn ways(arrows: &[Arrow<'_>], layout: &Layout) -> Vec<Way> {
    let sides: Vec<(Side, Side)> = arrows.iter().map(|arrow| sides(arrow, layout)).collect();
    let slots = slots(arrows, &sides, layout);
    let way = |((arrow, sides), ends): ((&Arrow<'_>, &(Side, Side)), &[f64; 2])| {
        let curve = curve(arrow, *sides, *ends, layout);
        // Ways end at sides, so every arrow arrives level.
        let (x, y) = curve.0[3];
        let back = if sides.1 == Side::Left { -8.0 } else { 8.0 };
        Way { curve, tip: [(x, y), (x + back, y - 4.0), (x + back, y + 4.0)] }
    };
    arrows.iter().zip(&sides).zip(&slots).map(way).collect()
}

fn placed(end: End, layout: &Layout) -> Placed {
    match end {
        End::Node(group, node) => layout.nodes[group].get(node).copied().unwrap_or(layout.groups[group]),
        End::Group(group) => layout.groups[group],
    }
}

/// Which sides an arrow leaves and enters: those that face each other, or the outer ones within a column.
fn sides(arrow: &Arrow<'_>, layout: &Layout) -> (Side, Side) {
    let (from, to) = (placed(arrow.from, layout).column, placed(arrow.to, layout).column);
    match (from, to) {
        (Column::Left, Column::Right) => (Side::Right, Side::Left),
        (Column::Right, Column::Left) => (Side::Left, Side::Right),
        (Column::Right, _) | (_, Column::Right) => (Side::Right, Side::Right),
        _ => (Side::Left, Side::Left),
    }
}

/// The heights at which each arrow leaves and arrives: those of one side are spread over it, in the order of where they
/// come from or go to, so that few cross.
fn slots(arrows: &[Arrow<'_>], sides: &[(Side, Side)], layout: &Layout) -> Vec<[f64; 2]> {
    let middle = |end: End| {
        let rect = placed(end, layout).rect;
        rect.y + rect.height / 2.0
    };
    let mut by_side: HashMap<(End, Side), Vec<Attached>> = HashMap::new();
    for (at, (arrow, sides)) in arrows.iter().zip(sides).enumerate() {
        let leaves = Attached { other: middle(arrow.to), arrow: at, end: 0 };
        let arrives = Attached { other: middle(arrow.from), arrow: at, end: 1 };
        by_side.entry((arrow.from, sides.0)).or_default().push(leaves);
        by_side.entry((arrow.to, sides.1)).or_default().push(arrives);
    }
    let mut slots = vec![[0.0; 2]; arrows.len()];
    for ((end, _), mut attached) in by_side {
        attached.sort_by(|a, b| a.other.total_cmp(&b.other).then((a.arrow, a.end).cmp(&(b.arrow, b.end))));
        let rect = placed(end, layout).rect;
        let top = if matches!(end, End::Group(_)) { HEADING / 2.0 } else { 5.0 };
        let room = rect.height - top - 5.0;
        for (place, one) in attached.iter().enumerate() {
            slots[one.arrow][one.end] = rect.y + top + room * (place as f64 + 0.5) / attached.len() as f64;
        }
    }
    for (arrow, slots) in arrows.iter().zip(&mut slots) {
        // From a box to a node in it: a hook, which has to be seen beside its tip.
        if arrow.from == End::Group(arrow.to.group()) && arrow.to != arrow.from {
            slots[0] = slots[1] - 10.0;
        }
    }
    slots
}

fn curve(arrow: &Arrow<'_>, sides: (Side, Side), ends: [f64; 2], layout: &Layout) -> Curve {
    let x = |end: End, side: Side| {
        let rect = placed(end, layout).rect;
        if side == Side::Left { rect.x } else { rect.x + rect.width }
    };
    let (from, to) = ((x(arrow.from, sides.0), ends[0]), (x(arrow.to, sides.1), ends[1]));
    if sides.0 != sides.1 {
        let bend = (to.0 - from.0) * 0.5;
        return Curve([from, (from.0 + bend, from.1), (to.0 - bend, to.1), to]);
    }
    // A bow: the farther apart its ends, the farther out, as far as the picture goes. It comes to three quarters of
    // the way to the points that bend it.
    let out = 22.0 + (to.1 - from.1).abs() * 0.17;
    let side = if sides.0 == Side::Left { from.0.min(to.0) } else { layout.width - from.0.max(to.0) };
    let out = out.min((side - 3.0) / 0.75);
    let edge = if sides.0 == Side::Left { side - out } else { layout.width - side + out };
    Curve([from, (edge, from.1), (edge, to.1), to])
}

impl Curve {
    /// The point at a share of its way.
    pub(super) fn at(&self, share: f64) -> (f64, f64) {
        let [a, b, c, d] = self.0;
        let rest = 1.0 - share;
        let weights = [rest.powi(3), 3.0 * rest.powi(2) * share, 3.0 * rest * share.powi(2), share.powi(3)];
        let sum = |values: [f64; 4]| values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
        (sum([a.0, b.0, c.0, d.0]), sum([a.1, b.1, c.1, d.1]))
    }
}
