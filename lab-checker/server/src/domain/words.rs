//! What people write to each other through the server: bounded, and without characters that change how the text
//! around them is read.

use std::{borrow::Cow, ops::RangeInclusive};

use crate::problem::Problem;

/// The longest message, in characters.
pub(crate) const LONGEST: usize = 1_000;

/// Characters that nobody sees and that turn the direction of what follows, hide what is there, or look like nothing.
const UNSEEN: [RangeInclusive<char>; 18] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200b}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e007f}',
];
/// Two more that join letters of some languages, and that a terminal and a spreadsheet can do without.
const JOINERS: RangeInclusive<char> = '\u{200c}'..='\u{200d}';

/// Whether a character stands in a text without being seen.
pub(crate) fn is_unseen(c: char) -> bool {
    UNSEEN.iter().any(|unseen| unseen.contains(&c))
}

/// A name or an address as a terminal and a spreadsheet may show it: nothing in it moves what stands around, and
/// nothing in it is invisible.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    let is_harmless = |c: char| !c.is_control() && !is_unseen(c) && !JOINERS.contains(&c);
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let blank = |c: char| if matches!(c, '\t' | '\r' | '\n') { ' ' } else { c };
    Cow::Owned(text.chars().map(blank).filter(|c| is_harmless(*c)).collect())
}

/// The text as it is kept: lines stay, control characters go. Nothing when nothing is left.
pub(crate) fn cleaned(what: &str, text: &str) -> Result<Option<String>, Problem> {
    let is_kept = |c: &char| (!c.is_control() || *c == '\n') && !is_unseen(*c);
    let text: String = text.replace("\r\n", "\n").replace(['\r', '\t'], " ").chars().filter(is_kept).collect();
    let text = text.trim();
    if text.chars().count() > LONGEST {
        return Err(Problem::invalid(format!("{what} is at most {LONGEST} characters long")));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_loses_what_nobody_sees() {
        let text = "  line one\r\nline\u{0}\u{7} two\u{202e}\u{200b}\t– “ü”\u{1b}[31m \n\n";
        assert_eq!(cleaned("it", text).unwrap().as_deref(), Some("line one\nline two – “ü”[31m"));
        assert_eq!(cleaned("it", " \r\n\u{feff}\u{0}").unwrap(), None);
    }

    #[test]
    fn nothing_of_a_name_is_invisible_or_moves_what_stands_around() {
        for unseen in [
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{200e}",
            "\u{200f}",
            "\u{202a}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{2069}",
            "\u{feff}",
            "\u{61c}",
            "\u{ad}",
            "\u{180e}",
            "\u{3164}",
            "\u{e0041}",
            "\u{0}",
            "\u{7}",
            "\u{1b}",
            "\u{7f}",
            "\u{9b}",
        ] {
            assert_eq!(shown(&format!("A{unseen}da")), "Ada", "{unseen:?}");
        }
        assert_eq!(shown("A\tb\r\nc\u{1b}[31md"), "A b  c[31md");
        for name in ["Zoë O’Brien", "王小明", "🙂", "אדה", "अदिति"] {
            assert!(matches!(shown(name), Cow::Borrowed(same) if same == name), "{name}");
        }
    }

    #[test]
    fn a_text_is_bounded_in_characters() {
        assert!(cleaned("it", &"ü".repeat(LONGEST)).unwrap().is_some());
        let problem = cleaned("the note", &"ü".repeat(LONGEST + 1)).unwrap_err();
        assert_eq!(problem.detail(), "the note is at most 1000 characters long");
    }
}
