//! What stands below a picture: what its arrows mean, and whether it is folded.

use std::fmt::Write as _;

use super::escape::escape_html;
use super::fold::Folded;
use super::layout::Layout;
use super::model::{Legend, Picture, Standing};
use super::words;

/// The height of a line.
const LINE: f64 = 20.0;

/// Draws what there is to say.
pub(super) fn draw(text: &mut String, picture: &Picture, folded: &Folded<'_>, layout: &Layout) {
    let mut y = layout.foot + LINE / 2.0;
    if picture.legend != Legend::None {
        text.push_str("<g class=\"legend\" aria-hidden=\"true\">");
        match picture.legend {
            Legend::Judged => judged(text, y),
            Legend::Plain | Legend::None => key(text, 12.0, y, Standing::Plain, "gets through; no arrow: blocked"),
        }
        text.push_str("</g>");
        y += LINE;
    }
    for note in words::notes(picture, folded) {
        let _ = write!(text, "<text class=\"note\" x=\"12\" y=\"{:.1}\">{}</text>", y + 4.0, escape_html(note));
        y += LINE;
    }
}

/// How high it is.
pub(super) fn height(picture: &Picture, folded: &Folded<'_>) -> f64 {
    let lines = usize::from(picture.legend != Legend::None) + words::notes(picture, folded).count();
    lines as f64 * LINE + 4.0
}

fn judged(text: &mut String, y: f64) {
    key(text, 12.0, y, Standing::Right, "as it should be");
    key(text, 138.0, y, Standing::Wrong, "must not flow");
    key(text, 262.0, y, Standing::Missing, "must, does not");
}

fn key(text: &mut String, x: f64, y: f64, standing: Standing, words: &str) {
    let class = standing.class();
    let _ = write!(text, "<g class=\"{class}\"><path class=\"line\" d=\"M{x:.0} {y:.1}h24\"/>");
    if let Some(mark) = standing.mark() {
        draw_mark(text, mark, (x + 12.0, y));
    }
    let _ = write!(text, "<text x=\"{:.0}\" y=\"{:.1}\">{words}</text></g>", x + 30.0, y + 4.0);
}

/// What makes an arrow known without its colour.
pub(super) fn draw_mark(text: &mut String, mark: &str, (x, y): (f64, f64)) {
    let _ = write!(
        text,
        "<g class=\"mark\"><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6.5\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\">{mark}</text></g>",
        y + 4.2
    );
}
