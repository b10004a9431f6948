//! A few endpoints on a circle, namespace by namespace, with an arrow for every allowed flow.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use super::canvas::{open, text_width};
use super::escape::escape_html;
use crate::model::phrases;
use crate::reachability::{Cell, Group, Matrix};

/// Fill colours of the namespaces' boxes, in order.
const NAMESPACES: [&str; 6] = ["#dbeafe", "#fce7f3", "#dcfce7", "#fef3c7", "#ede9fe", "#e0f2fe"];
const BOX_HEIGHT: f64 = 40.0;

struct Node {
    x: f64,
    y: f64,
    width: f64,
}

pub(crate) fn draw(matrix: &Matrix) -> String {
    let widest = matrix.sources.iter().map(box_width).fold(80.0, f64::max);
    let radius = f64::max(110.0, matrix.sources.len() as f64 * 34.0);
    let (width, height) = (2.0 * (radius * 1.25 + widest * 0.5 + 16.0), 2.0 * (radius + BOX_HEIGHT) + 44.0);
    let nodes = place(matrix, width / 2.0, (height - 28.0) / 2.0, radius);
    let mut text = open(width, height, matrix);
    text.push_str(
        "<defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" fill=\"context-stroke\"/></marker></defs>",
    );
    arrows(&mut text, matrix, &nodes);
    boxes(&mut text, matrix, &nodes);
    let _ = write!(
        text,
        "<text class=\"muted\" x=\"12\" y=\"{:.0}\">arrows: allowed · dashed: some ports only · no arrow: blocked</text></svg>",
        height - 10.0
    );
    text
}

fn box_width(group: &Group) -> f64 {
    let namespace = group.namespace.as_deref().unwrap_or("outside");
    // Names are bold, which takes more room.
    (1.1 * text_width(&name(group))).max(text_width(namespace)) + 20.0
}

fn name(group: &Group) -> String {
    match group.count {
        1 => group.name.clone(),
        count => format!("{} +{}", group.name, count - 1),
    }
}

/// An ellipse, wider than high because texts are.
fn place(matrix: &Matrix, x: f64, y: f64, radius: f64) -> Vec<Node> {
    let count = matrix.sources.len() as f64;
    let at = |(at, group): (usize, &Group)| {
        let angle = TAU * (at as f64 / count) - TAU / 4.0;
        Node { x: x + radius * 1.25 * angle.cos(), y: y + radius * angle.sin(), width: box_width(group) }
    };
    matrix.sources.iter().enumerate().map(at).collect()
}

fn boxes(text: &mut String, matrix: &Matrix, nodes: &[Node]) {
    let mut namespaces: Vec<&Option<String>> = Vec::new();
    for (group, node) in matrix.sources.iter().zip(nodes) {
        if !namespaces.contains(&&group.namespace) {
            namespaces.push(&group.namespace);
        }
        let number = namespaces.iter().position(|one| *one == &group.namespace).unwrap_or(0);
        let fill = if group.namespace.is_some() { NAMESPACES[number % NAMESPACES.len()] } else { "#f3f4f6" };
        let (left, top) = (node.x - node.width / 2.0, node.y - BOX_HEIGHT / 2.0);
        let _ = write!(
            text,
            "<g text-anchor=\"middle\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{BOX_HEIGHT}\" \
             rx=\"8\" class=\"pod\" style=\"fill:{fill}\"/><text x=\"{x:.1}\" y=\"{:.1}\" style=\"fill:#4b5563;\
             font-size:10px\">{}</text><text x=\"{x:.1}\" y=\"{:.1}\" style=\"fill:#111827;font-weight:600\">{}</text></g>",
            node.width,
            node.y - 5.0,
            escape_html(group.namespace.as_deref().unwrap_or("outside")),
            node.y + 12.0,
            escape_html(&name(group)),
            x = node.x,
        );
    }
}

fn arrows(text: &mut String, matrix: &Matrix, nodes: &[Node]) {
    for (from, row) in matrix.cells.iter().enumerate() {
        for (to, cell) in row.iter().enumerate() {
            let (class, ports) = match cell {
                Cell::Allowed => ("arrow", String::new()),
                Cell::Partly(ports) => ("arrow partly", format!(" at {}", phrases::all_of(ports))),
                Cell::Blocked | Cell::Unasked => continue,
            };
            if from == to {
                continue;
            }
            let (source, destination) = (&nodes[from], &nodes[to]);
            // A little to the right of the straight line, so that both directions can be seen.
            let (dx, dy) = (destination.x - source.x, destination.y - source.y);
            let length = dx.hypot(dy).max(1.0);
            let (aside_x, aside_y) = (-dy / length * 4.0, dx / length * 4.0);
            let (x1, y1) = edge(source, dx, dy);
            let (x2, y2) = edge(destination, -dx, -dy);
            let title = format!("{} → {}{ports}", matrix.sources[from], matrix.destinations[to]);
            let _ = write!(
                text,
                "<path class=\"{class}\" marker-end=\"url(#end)\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"><title>{}</title></path>",
                x1 + aside_x,
                y1 + aside_y,
                x2 + aside_x,
                y2 + aside_y,
                escape_html(&title)
            );
        }
    }
}

/// Where a line from the middle of a box leaves it.
fn edge(node: &Node, dx: f64, dy: f64) -> (f64, f64) {
    let (half_width, half_height) = (node.width / 2.0 + 3.0, BOX_HEIGHT / 2.0 + 3.0);
    let scale = f64::min(half_width / dx.abs().max(0.001), half_height / dy.abs().max(0.001));
    (node.x + dx * scale, node.y + dy * scale)
}
