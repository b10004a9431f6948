//! What people write to each other through the server: bounded, and without characters that change how the text
//! around them is read.

use crate::problem::Problem;

/// The longest message, in characters.
pub(crate) const LONGEST: usize = 1_000;

/// Characters that nobody sees and that turn the direction of what follows, or hide what is there.
const UNSEEN: [std::ops::RangeInclusive<char>; 4] =
    ['\u{200b}'..='\u{200b}', '\u{202a}'..='\u{202e}', '\u{2060}'..='\u{2069}', '\u{feff}'..='\u{feff}'];

/// The text as it is kept: lines stay, control characters go. Nothing when nothing is left.
pub(crate) fn cleaned(what: &str, text: &str) -> Result<Option<String>, Problem> {
    let is_kept = |c: &char| (!c.is_control() || *c == '\n') && !UNSEEN.iter().any(|unseen| unseen.contains(c));
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
    fn a_text_is_bounded_in_characters() {
        assert!(cleaned("it", &"ü".repeat(LONGEST)).unwrap().is_some());
        let problem = cleaned("the note", &"ü".repeat(LONGEST + 1)).unwrap_err();
        assert_eq!(problem.detail(), "the note is at most 1000 characters long");
    }
}
