//! One line as it is edited: its bytes, the cursor, and what the screen is told about each change.

/// The most that one line may hold.
const LIMIT: usize = 4096;

/// A line under the cursor.
#[derive(Default)]
pub(super) struct Edited {
    bytes: Vec<u8>,
    /// Always between two characters.
    cursor: usize,
}

impl Edited {
    /// The line's text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What stands before the cursor.
    pub(super) fn before_cursor(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.cursor]).into_owned()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Types a byte.
    pub(super) fn insert(&mut self, byte: u8, prompt: &str) -> Vec<u8> {
        if self.bytes.len() >= LIMIT {
            return Vec::new();
        }
        self.bytes.insert(self.cursor, byte);
        self.cursor += 1;
        if self.cursor == self.bytes.len() { vec![byte] } else { self.drawn(prompt) }
    }

    /// Removes the character before the cursor.
    pub(super) fn erase(&mut self, prompt: &str) -> Vec<u8> {
        let at_end = self.cursor == self.bytes.len();
        let Some(before) = self.before() else { return Vec::new() };
        self.bytes.drain(before..self.cursor);
        self.cursor = before;
        if at_end { b"\x08 \x08".to_vec() } else { self.drawn(prompt) }
    }

    /// Removes the character under the cursor.
    pub(super) fn delete(&mut self, prompt: &str) -> Vec<u8> {
        let after = self.after();
        if after == self.cursor {
            return Vec::new();
        }
        self.bytes.drain(self.cursor..after);
        self.drawn(prompt)
    }

    /// Removes the word before the cursor.
    pub(super) fn erase_word(&mut self, prompt: &str) -> Vec<u8> {
        let text = String::from_utf8_lossy(&self.bytes[..self.cursor]).into_owned();
        let kept = text.trim_end().rfind(' ').map_or(0, |at| at + 1);
        self.bytes.drain(kept..self.cursor);
        self.cursor = kept;
        self.drawn(prompt)
    }

    /// Removes everything before the cursor.
    pub(super) fn erase_start(&mut self, prompt: &str) -> Vec<u8> {
        self.bytes.drain(..self.cursor);
        self.cursor = 0;
        self.drawn(prompt)
    }

    /// Removes everything from the cursor on.
    pub(super) fn erase_end(&mut self) -> Vec<u8> {
        self.bytes.truncate(self.cursor);
        b"\x1b[K".to_vec()
    }

    /// Puts another text in the line's place.
    pub(super) fn replace(&mut self, text: &str, prompt: &str) -> Vec<u8> {
        self.bytes = text.as_bytes().to_vec();
        self.cursor = self.bytes.len();
        self.drawn(prompt)
    }

    pub(super) fn left(&mut self) -> Vec<u8> {
        match self.before() {
            Some(before) => {
                self.cursor = before;
                b"\x1b[D".to_vec()
            }
            None => Vec::new(),
        }
    }

    pub(super) fn right(&mut self) -> Vec<u8> {
        let after = self.after();
        if after == self.cursor {
            return Vec::new();
        }
        self.cursor = after;
        b"\x1b[C".to_vec()
    }

    pub(super) fn home(&mut self) -> Vec<u8> {
        let moved = characters(&self.bytes[..self.cursor]);
        self.cursor = 0;
        steps(moved, 'D')
    }

    pub(super) fn end(&mut self) -> Vec<u8> {
        let moved = characters(&self.bytes[self.cursor..]);
        self.cursor = self.bytes.len();
        steps(moved, 'C')
    }

    /// The line drawn again.
    pub(super) fn drawn(&self, prompt: &str) -> Vec<u8> {
        let mut screen = format!("\r\x1b[K{prompt}{}", self.text()).into_bytes();
        screen.extend(steps(characters(&self.bytes[self.cursor..]), 'D'));
        screen
    }

    fn before(&self) -> Option<usize> {
        (0..self.cursor).rev().find(|at| starts_character(self.bytes[*at]))
    }

    fn after(&self) -> usize {
        let rest = self.cursor + 1..self.bytes.len();
        rest.into_iter().find(|at| starts_character(self.bytes[*at])).unwrap_or(self.bytes.len())
    }
}

/// Whether a byte is the first of a UTF-8 character.
fn starts_character(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| starts_character(**byte)).count()
}

fn steps(count: usize, direction: char) -> Vec<u8> {
    if count == 0 { Vec::new() } else { format!("\x1b[{count}{direction}").into_bytes() }
}
