//! Choosing among numbered options on a terminal. A digit or an arrow goes to an option, Enter hands in; where several
//! may be right, a digit or the space bar marks. Options stand whole, broken at words.

use std::io;

use console::{Key, Term};
use unicode_width::UnicodeWidthChar as _;

use crate::terminal::output;

/// How one option is chosen.
pub(crate) const HOW_ONE: &str = "Type its number, or go there with the arrows; Enter hands in.";
/// How several are.
pub(crate) const HOW_SEVERAL: &str = "Mark with the numbers or the space bar; Enter hands in.";

/// Lets one option be chosen; its index.
pub(crate) fn one(options: &[String]) -> io::Result<usize> {
    Ok(ask(Menu::new(options, Marks::None))?.at)
}

/// Lets any number of options be chosen; their indexes.
pub(crate) fn several(options: &[String]) -> io::Result<Vec<usize>> {
    let marks = Marks::Of(vec![false; options.len()]);
    let Marks::Of(marks) = ask(Menu::new(options, marks))?.marks else { return Ok(Vec::new()) };
    Ok((0..options.len()).filter(|at| marks[*at]).collect())
}

/// Options, and where one is in them.
#[derive(Debug)]
struct Menu<'a> {
    options: &'a [String],
    at: usize,
    marks: Marks,
}

#[derive(Debug)]
enum Marks {
    /// One option is chosen by going there.
    None,
    /// Each option is marked or not.
    Of(Vec<bool>),
}

/// Whether there is more to type.
#[derive(Debug, PartialEq)]
enum Then {
    GoesOn,
    HandedIn,
}

fn ask(mut menu: Menu<'_>) -> io::Result<Menu<'_>> {
    let terminal = Term::stderr();
    let columns = || usize::from(terminal.size().1).max(2);
    let mut shown = 0;
    loop {
        terminal.clear_last_lines(shown)?;
        // A terminal goes to its next line by itself after the last column.
        let lines = menu.lines(columns() - 1);
        shown = lines.len();
        terminal.write_line(&lines.join("\n"))?;
        if menu.press(&terminal.read_key()?) == Then::HandedIn {
            return Ok(menu);
        }
    }
}

impl<'a> Menu<'a> {
    fn new(options: &'a [String], marks: Marks) -> Self {
        Self { options, at: 0, marks }
    }

    fn press(&mut self, key: &Key) -> Then {
        let last = self.options.len().saturating_sub(1);
        match key {
            Key::Enter => return Then::HandedIn,
            Key::Char(' ') => match &self.marks {
                Marks::None => return Then::HandedIn,
                Marks::Of(_) => self.turn(),
            },
            Key::ArrowDown | Key::Tab | Key::Char('j') => self.at = if self.at == last { 0 } else { self.at + 1 },
            Key::ArrowUp | Key::BackTab | Key::Char('k') => self.at = self.at.checked_sub(1).unwrap_or(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            Key::Char(digit) => {
                let option = digit.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1));
                if let Some(at) = option.filter(|at| *at <= last) {
                    self.at = at;
                    self.turn();
                }
            }
            _ => {}
        }
        Then::GoesOn
    }

    /// Marks the option where one is, or takes its mark away.
    fn turn(&mut self) {
        if let Marks::Of(marks) = &mut self.marks
            && let Some(mark) = marks.get_mut(self.at)
        {
            *mark = !*mark;
        }
    }

    /// The options as they stand on the terminal, none of the lines wider than this.
    fn lines(&self, width: usize) -> Vec<String> {
        let digits = self.options.len().to_string().len();
        let option = |(at, text): (usize, &String)| {
            let here = if at == self.at { '>' } else { ' ' };
            let mark = match &self.marks {
                Marks::None => "",
                Marks::Of(marks) if marks[at] => "[x] ",
                Marks::Of(_) => "[ ] ",
            };
            let front = format!("{here} {mark}{:digits$} ", at + 1);
            let below = " ".repeat(front.len());
            let text = output::wrapped(text, &below, width);
            let text = text.strip_prefix(&below).unwrap_or(&text);
            format!("{front}{text}").lines().flat_map(|line| cut(line, width)).collect::<Vec<_>>()
        };
        self.options.iter().enumerate().flat_map(option).collect()
    }
}

/// A line that holds a word wider than the terminal, in pieces.
fn cut(line: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut wide = 0;
    for character in line.chars() {
        let columns = character.width().unwrap_or(0);
        if wide + columns > width {
            pieces.push(String::new());
            wide = 0;
        }
        wide += columns;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    fn options(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn pressed(menu: &mut Menu<'_>, keys: &str) -> Then {
        let keys = keys.chars().map(|key| match key {
            'D' => Key::ArrowDown,
            'U' => Key::ArrowUp,
            '\n' => Key::Enter,
            key => Key::Char(key),
        });
        keys.map(|key| menu.press(&key)).last().unwrap_or(Then::GoesOn)
    }

    #[test]
    fn one_goes_to_an_option_by_its_number_or_with_the_arrows() {
        let options = options(&["a", "b", "c"]);
        for (keys, at) in [("", 0), ("2", 1), ("3", 2), ("31", 0), ("DD", 2), ("DDD", 0), ("U", 2), ("2D", 2), ("0", 0)]
        {
            let mut menu = Menu::new(&options, Marks::None);
            assert_eq!(pressed(&mut menu, keys), Then::GoesOn, "{keys}");
            assert_eq!(menu.at, at, "{keys}");
            // What is no option changes nothing.
            assert_eq!(pressed(&mut menu, "49x"), Then::GoesOn, "{keys}");
            assert_eq!((menu.at, pressed(&mut menu, "\n")), (at, Then::HandedIn), "{keys}");
        }
    }

    #[test]
    fn numbers_and_the_space_bar_mark() {
        let options = options(&["a", "b", "c"]);
        for (keys, expected) in [
            ("", [false; 3]),
            ("13", [true, false, true]),
            ("11", [false; 3]),
            ("D D ", [false, true, true]),
            ("3 ", [false; 3]),
        ] {
            let mut menu = Menu::new(&options, Marks::Of(vec![false; 3]));
            pressed(&mut menu, keys);
            let Marks::Of(marks) = menu.marks else { panic!("marks stay marks") };
            assert_eq!(marks, expected, "{keys}");
        }
    }

    #[test]
    fn options_are_broken_at_words_and_stand_under_each_other() {
        let options =
            options(&["short", "a policy that selects every pod of the namespace", "kubernetes.io/metadata.name"]);
        let mut menu = Menu::new(&options, Marks::Of(vec![false, true, false]));
        menu.at = 1;
        let lines = menu.lines(30);
        assert_eq!(lines[..3], ["  [ ] 1 short", "> [x] 2 a policy that selects", "        every pod of the"]);
        assert_eq!(lines[3..], ["        namespace", "  [ ] 3 kubernetes.io/metadata", ".name"]);
        for width in [8, 12, 30, 79] {
            assert!(menu.lines(width).iter().all(|line| line.width() <= width), "{width}: {:#?}", menu.lines(width));
        }
    }
}
