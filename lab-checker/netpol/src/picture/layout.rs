//! Where boxes and nodes stand: in two columns, so that every arrow has a way that crosses no node, between the columns
//! or outside of them. It depends on boxes and nodes alone: what flows moves nothing.

use super::model::{NodeKind, Picture, PictureGroup, PictureNode};

/// The height of a node.
pub(super) const NODE: f64 = 38.0;
/// What a box has above its nodes, for its name.
pub(super) const HEADING: f64 = 26.0;
/// The room for arrows between the columns.
const GUTTER: f64 = 110.0;
/// The room for arrows outside of the columns.
const OUTER: f64 = 50.0;
/// Between a box and its nodes.
const PADDING: f64 = 10.0;
/// Between nodes.
const GAP: f64 = 14.0;
/// Between boxes.
const APART: f64 = 18.0;
const TOP: f64 = 8.0;
/// How wide a node is at least and at most.
const NARROWEST: f64 = 84.0;
const WIDEST: f64 = 132.0;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Where a box or a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Left,
    Right,
    /// A box of two columns.
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) rect: Rect,
    pub(super) column: Column,
}

/// Where everything stands.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) groups: Vec<Placed>,
    /// The nodes of each box; one that stands for all of them where they are not shown.
    pub(super) nodes: Vec<Vec<Placed>>,
    /// Where the legend begins.
    pub(super) foot: f64,
}

/// About how wide a text is, in pixels at the size of a node's name; fonts differ, so it is a little more.
pub(super) fn text_width(text: &str) -> f64 {
    7.8 * text.chars().count() as f64
}

/// Places everything.
pub(super) fn place(picture: &Picture, shown: &[bool]) -> Layout {
    let names = picture.groups.iter().flat_map(|group| &group.nodes).map(|node| text_width(&label(node)) + 16.0);
    let headings = picture.groups.iter().map(|group| text_width(group.name()) + 24.0);
    let node_width = names.chain(headings).fold(NARROWEST, f64::max).min(WIDEST);
    let rows: Vec<usize> =
        picture.groups.iter().zip(shown).map(|(group, shown)| if *shown { group.nodes.len() } else { 1 }).collect();
    let mut pen = Pen { node_width, bottoms: [TOP, TOP] };
    let mut groups = vec![Placed { rect: Rect::default(), column: Column::Left }; rows.len()];
    let mut nodes = vec![Vec::new(); rows.len()];
    let wide = widest_group(&rows);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    // The largest first, which fills both columns best; what is outside last.
    order.sort_by_key(|&at| (Some(at) != wide, picture.groups[at].namespace.is_none(), usize::MAX - rows[at]));
    for at in order {
        let column = if Some(at) == wide { Column::Both } else { pen.shorter() };
        (groups[at], nodes[at]) = pen.group(rows[at], column);
    }
    let foot = pen.bottoms[0].max(pen.bottoms[1]);
    Layout { width: pen.width(), groups, nodes, foot }
}

/// The box that gets both columns: the only one, or one with so many nodes that the others do not fill a column.
fn widest_group(rows: &[usize]) -> Option<usize> {
    let all: usize = rows.iter().sum();
    let (at, most) = rows.iter().copied().enumerate().max_by_key(|(at, rows)| (*rows, usize::MAX - at))?;
    (most > 1 && most > 2 * (all - most)).then_some(at)
}

/// What puts boxes below each other.
struct Pen {
    node_width: f64,
    /// Where each column is free.
    bottoms: [f64; 2],
}

impl Pen {
    fn column_width(&self) -> f64 {
        self.node_width + 2.0 * PADDING
    }

    fn width(&self) -> f64 {
        2.0 * (OUTER + self.column_width()) + GUTTER
    }

    fn left(&self, column: Column) -> f64 {
        match column {
            Column::Left | Column::Both => OUTER,
            Column::Right => OUTER + self.column_width() + GUTTER,
        }
    }

    fn shorter(&self) -> Column {
        if self.bottoms[0] <= self.bottoms[1] { Column::Left } else { Column::Right }
    }

    fn group(&mut self, count: usize, column: Column) -> (Placed, Vec<Placed>) {
        let both = column == Column::Both;
        let rows = if both { count.div_ceil(2) } else { count };
        let top = match column {
            Column::Left => self.bottoms[0],
            Column::Right => self.bottoms[1],
            Column::Both => self.bottoms[0].max(self.bottoms[1]),
        };
        let width = if both { 2.0 * self.column_width() + GUTTER } else { self.column_width() };
        let height = HEADING + rows as f64 * (NODE + GAP) - GAP + PADDING;
        let rect = Rect { x: self.left(column), y: top, width, height };
        let nodes = (0..count).map(|at| {
            let column = match column {
                Column::Both if at < rows => Column::Left,
                Column::Both => Column::Right,
                column => column,
            };
            let row = at % rows.max(1);
            let y = top + HEADING + row as f64 * (NODE + GAP);
            let rect = Rect { x: self.left(column) + PADDING, y, width: self.node_width, height: NODE };
            Placed { rect, column }
        });
        let nodes = nodes.collect();
        for (bottom, own) in self.bottoms.iter_mut().zip([Column::Left, Column::Right]) {
            if both || column == own {
                *bottom = top + height + APART;
            }
        }
        (Placed { rect, column }, nodes)
    }
}

/// What is written into a node.
pub(super) fn label(node: &PictureNode) -> String {
    if node.count > 1 { format!("{} ×{}", node.label, node.count) } else { node.label.clone() }
}

impl Rect {
    /// Its middle.
    pub(super) fn center(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// How much of it another one covers.
    pub(super) fn covered_by(&self, other: &Self) -> f64 {
        let overlap = |a: f64, a_size: f64, b: f64, b_size: f64| ((a + a_size).min(b + b_size) - a.max(b)).max(0.0);
        overlap(self.x, self.width, other.x, other.width) * overlap(self.y, self.height, other.y, other.height)
    }
}

/// The label of the node that stands for a whole box.
pub(super) fn summary(group: &PictureGroup) -> String {
    let addresses = group.nodes.iter().filter(|node| node.kind == NodeKind::Outside).count();
    let pods: usize = group.nodes.iter().filter(|node| node.kind != NodeKind::Outside).map(|node| node.count).sum();
    match (pods, addresses) {
        (1, _) => "1 pod".to_owned(),
        (0, 1) => "1 address".to_owned(),
        (0, many) => format!("{many} addresses"),
        (many, _) => format!("{many} pods"),
    }
}
