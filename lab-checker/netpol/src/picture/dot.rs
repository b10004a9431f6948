//! Reachability as a Graphviz graph: one box per namespace, an arrow for what is allowed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::readable_matrix::readable_matrix;
use crate::model::phrases;
use crate::reachability::{Cell, Group, Matrix, Reachability};

/// The allowed flows in the language of Graphviz. Thousands of pods are drawn as groups that behave
/// alike.
#[must_use]
pub fn dot(reachability: &Reachability) -> String {
    let matrix = readable_matrix(reachability);
    let mut text = String::from("digraph reachability {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for (at, (namespace, nodes)) in by_namespace(&matrix).into_iter().enumerate() {
        match namespace {
            Some(namespace) => {
                let _ = writeln!(text, "  subgraph cluster_{at} {{\n    label={};", quoted(namespace));
                for group in nodes {
                    let _ = writeln!(text, "    {} [label={}];", id(group), quoted(&label(group)));
                }
                text.push_str("  }\n");
            }
            None => {
                for group in nodes {
                    let _ = writeln!(text, "  {} [shape=ellipse];", id(group));
                }
            }
        }
    }
    for (source, row) in matrix.sources.iter().zip(&matrix.cells) {
        for (destination, cell) in matrix.destinations.iter().zip(row) {
            match cell {
                Cell::Allowed => {
                    let _ = writeln!(text, "  {} -> {};", id(source), id(destination));
                }
                Cell::Partly(ports) => {
                    let label = quoted(&phrases::all_of(ports));
                    let _ = writeln!(text, "  {} -> {} [label={label}, style=dashed];", id(source), id(destination));
                }
                Cell::Blocked | Cell::Unasked => {}
            }
        }
    }
    text.push_str("}\n");
    text
}

fn by_namespace(matrix: &Matrix) -> BTreeMap<Option<&str>, Vec<&Group>> {
    let mut namespaces: BTreeMap<Option<&str>, Vec<&Group>> = BTreeMap::new();
    for group in matrix.sources.iter().chain(&matrix.destinations) {
        let list = namespaces.entry(group.namespace.as_deref()).or_default();
        if !list.contains(&group) {
            list.push(group);
        }
    }
    namespaces
}

fn label(group: &Group) -> String {
    match group.count {
        1 => group.name.clone(),
        count => format!("{} and {} more", group.name, count - 1),
    }
}

fn id(group: &Group) -> String {
    quoted(&group.to_string())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
