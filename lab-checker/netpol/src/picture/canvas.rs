//! What every picture is drawn on: the page, its colours, its title and its texts.

use std::fmt::Write as _;

use crate::reachability::{Group, Matrix};

/// Colours of every picture, on a page of their own: light or dark, as the reader likes it.
pub(crate) const STYLE: &str = "<style>\
    .page{fill:#fff}text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1f2937}\
    .muted{fill:#6b7280}.allowed{fill:#16a34a}.partly{fill:#d97706}.blocked{fill:#e5e7eb}.unasked{fill:none}\
    .arrow{stroke:#16a34a;stroke-width:1.6;fill:none}.arrow.partly{stroke:#d97706;stroke-dasharray:5 3;fill:none}\
    .pod{fill:#fff;stroke:#6b7280}.line{stroke:#d1d5db}\
    @media(prefers-color-scheme:dark){.page{fill:#111827}text{fill:#e5e7eb}.muted{fill:#9ca3af}.blocked{fill:#374151}\
    .pod{fill:#1f2937;stroke:#9ca3af}.line{stroke:#4b5563}}</style>";

/// Opens a document of a size, with a title for screen readers.
pub(crate) fn open(width: f64, height: f64, matrix: &Matrix) -> String {
    let count = |groups: &[Group]| groups.iter().map(|group| group.count).sum::<usize>();
    let title =
        format!("Reachability: {} sources, {} destinations", count(&matrix.sources), count(&matrix.destinations));
    let mut text = String::new();
    let _ = write!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"{title}\">{STYLE}<title>{title}</title>\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>"
    );
    text
}

/// About how wide a text is, in pixels at the size of [`STYLE`]; fonts differ, so it is a little more.
pub(crate) fn text_width(text: &str) -> f64 {
    7.4 * text.chars().count() as f64
}
