//! Many endpoints as a grid: sources down, destinations across, a square for every pair.

use std::fmt::Write as _;

use super::canvas::{open, text_width};
use super::escape::escape_html;
use crate::model::phrases;
use crate::reachability::{Cell, Group, Matrix};

/// From so many rows or columns on, squares are small and without a title of their own.
const LARGE: usize = 60;

struct Layout {
    cell: f64,
    /// The size of the names.
    font: f64,
    /// Room for the names, left and above.
    margin: f64,
    titles: bool,
}

pub(crate) fn draw(matrix: &Matrix) -> String {
    let side = matrix.sources.len().max(matrix.destinations.len());
    let names = matrix.sources.iter().chain(&matrix.destinations);
    let (cell, font) = if side < LARGE { (18.0, 12.0) } else { (9.0, 8.0) };
    let longest = names.map(|group| text_width(&group.to_string()) * font / 12.0).fold(60.0, f64::max);
    let layout = Layout { cell, font, margin: longest + 16.0, titles: side < LARGE };
    let width = layout.margin + layout.cell * matrix.destinations.len() as f64 + 16.0;
    let height = layout.margin + layout.cell * matrix.sources.len() as f64 + 40.0;
    let mut text = open(width.max(layout.margin + 260.0), height, matrix);
    names_of(&mut text, matrix, &layout);
    for (row, cells) in matrix.cells.iter().enumerate() {
        squares(&mut text, matrix, &layout, row, cells);
    }
    borders(&mut text, matrix, &layout);
    let _ = write!(
        text,
        "<text class=\"muted\" x=\"12\" y=\"{:.0}\">from ↓ to → · green: allowed · orange: some ports · grey: blocked\
         </text></svg>",
        height - 12.0
    );
    text
}

fn names_of(text: &mut String, matrix: &Matrix, layout: &Layout) {
    let size = layout.font;
    for (at, group) in matrix.sources.iter().enumerate() {
        let y = layout.margin + layout.cell * (at as f64 + 0.5) + size / 3.0;
        let x = layout.margin - 6.0;
        let name = escape_html(&group.to_string());
        let _ = write!(
            text,
            "<text x=\"{x:.0}\" y=\"{y:.1}\" text-anchor=\"end\" style=\"font-size:{size}px\">{name}</text>"
        );
    }
    for (at, group) in matrix.destinations.iter().enumerate() {
        let x = layout.margin + layout.cell * (at as f64 + 0.5) + size / 3.0;
        let y = layout.margin - 6.0;
        let name = escape_html(&group.to_string());
        let _ = write!(
            text,
            "<text transform=\"translate({x:.1} {y:.0}) rotate(-90)\" style=\"font-size:{size}px\">{name}</text>"
        );
    }
}

/// One row. Neighbours that look the same are one rectangle when nobody can point at them anyway.
fn squares(text: &mut String, matrix: &Matrix, layout: &Layout, row: usize, cells: &[Cell]) {
    let y = layout.margin + layout.cell * row as f64;
    let mut at = 0;
    while at < cells.len() {
        let class = class(&cells[at]);
        let same = cells[at..].iter().take_while(|cell| self::class(cell) == class).count();
        let run = if layout.titles { 1 } else { same };
        let x = layout.margin + layout.cell * at as f64;
        let (width, height) = (layout.cell * run as f64 - 1.0, layout.cell - 1.0);
        if class != "unasked" {
            let _ = write!(
                text,
                "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">"
            );
            if layout.titles {
                let title = title(&matrix.sources[row], &matrix.destinations[at], &cells[at]);
                let _ = write!(text, "<title>{}</title>", escape_html(&title));
            }
            text.push_str("</rect>");
        }
        at += run;
    }
}

fn class(cell: &Cell) -> &'static str {
    match cell {
        Cell::Unasked => "unasked",
        Cell::Allowed => "allowed",
        Cell::Blocked => "blocked",
        Cell::Partly(_) => "partly",
    }
}

fn title(source: &Group, destination: &Group, cell: &Cell) -> String {
    let verdict = match cell {
        Cell::Unasked => return String::new(),
        Cell::Allowed => "allowed".to_owned(),
        Cell::Blocked => "blocked".to_owned(),
        Cell::Partly(ports) => format!("only {}", phrases::all_of(ports)),
    };
    format!("{source} → {destination}: {verdict}")
}

/// Lines between the namespaces.
fn borders(text: &mut String, matrix: &Matrix, layout: &Layout) {
    let changes = |groups: &[Group]| -> Vec<usize> {
        (1..groups.len()).filter(|&at| groups[at].namespace != groups[at - 1].namespace).collect()
    };
    let (right, bottom) = (
        layout.margin + layout.cell * matrix.destinations.len() as f64,
        layout.margin + layout.cell * matrix.sources.len() as f64,
    );
    for at in changes(&matrix.sources) {
        let y = layout.margin + layout.cell * at as f64 - 0.5;
        let _ = write!(text, "<path class=\"line\" d=\"M8 {y:.1}H{right:.0}\"/>");
    }
    for at in changes(&matrix.destinations) {
        let x = layout.margin + layout.cell * at as f64 - 0.5;
        let _ = write!(text, "<path class=\"line\" d=\"M{x:.1} 8V{bottom:.0}\"/>");
    }
}
