//! Text to tokens: quoting, `$…` in its forms, operators.

use super::error::{MAX_DEPTH, ParseError};
use super::syntax::{Extent, Operator, Part, Piece, Script, Word};

/// A token of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word.
    Word(Word),
    /// `;`, `&&`, `(` and so on.
    Control(&'static str),
    /// `>`, `<` and so on, with the stream's number before it.
    Redirect(Option<u8>, &'static str),
    /// A line break.
    Newline,
    /// The end of the script.
    End,
}

const CONTROLS: [&str; 9] = ["&&", "||", ";;", ";", "&", "|", "(", ")", "\n"];
const REDIRECTS: [&str; 9] = ["&>>", "&>", "<<<", "<<", ">>", ">&", "<&", "<", ">"];

/// Reads a script that stands inside a word, so many levels deep: what `$(…)` runs.
pub(super) type Inner = fn(&str, usize) -> Result<Script, ParseError>;

/// Reads tokens from a script.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    inner: Inner,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, depth: usize, inner: Inner) -> Self {
        Self { text, position: 0, depth, inner }
    }

    /// A lexer for a part of this one's text, one level down.
    fn within<'b>(&self, text: &'b str) -> Lexer<'b> {
        Lexer::new(text, self.depth + 1, self.inner)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.position += next.len_utf8();
        Some(next)
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            if let Some(after) = rest.strip_prefix("\\\n") {
                self.position = self.text.len() - after.len();
            } else if rest.starts_with([' ', '\t', '\r']) {
                self.position += 1;
            } else if rest.starts_with('#') {
                self.position += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    /// The next token.
    pub(crate) fn token(&mut self) -> Result<Token, ParseError> {
        self.skip_blanks();
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(Token::End);
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 1 && rest[1..].starts_with(['<', '>']) {
            self.position += 1;
            let stream = rest.as_bytes()[0] - b'0';
            return Ok(Token::Redirect(Some(stream), self.operator(&REDIRECTS).unwrap_or(">")));
        }
        if let Some(operator) = self.operator(&REDIRECTS) {
            return Ok(Token::Redirect(None, operator));
        }
        match self.operator(&CONTROLS) {
            Some("\n") => Ok(Token::Newline),
            Some(operator) => Ok(Token::Control(operator)),
            None => self.word().map(Token::Word),
        }
    }

    fn operator(&mut self, known: &[&'static str]) -> Option<&'static str> {
        let found = known.iter().find(|operator| self.rest().starts_with(**operator))?;
        self.position += found.len();
        Some(found)
    }

    fn word(&mut self) -> Result<Word, ParseError> {
        let mut parts = Parts::default();
        while let Some(next) = self.rest().chars().next() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.position += 1;
                    let end = self.rest().find('\'').ok_or(ParseError::Unterminated("'"))?;
                    parts.quoted(&self.rest()[..end]);
                    self.position += end + 1;
                }
                '"' => {
                    self.position += 1;
                    self.double_quoted(&mut parts)?;
                }
                '\\' => {
                    self.position += 1;
                    match self.next_char() {
                        Some('\n') => {}
                        Some(escaped) => parts.quoted(escaped.encode_utf8(&mut [0; 4])),
                        None => parts.plain('\\'),
                    }
                }
                '$' | '`' => self.expansion(&mut parts, false)?,
                _ => {
                    self.position += next.len_utf8();
                    parts.plain(next);
                }
            }
        }
        Ok(parts.finish())
    }

    fn double_quoted(&mut self, parts: &mut Parts) -> Result<(), ParseError> {
        parts.quoted("");
        loop {
            match self.rest().chars().next().ok_or(ParseError::Unterminated("\""))? {
                '"' => {
                    self.position += 1;
                    return Ok(());
                }
                '$' | '`' => self.expansion(parts, true)?,
                '\\' => {
                    self.position += 1;
                    match self.next_char() {
                        Some('\n') => {}
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => parts.quoted(escaped.encode_utf8(&mut [0; 4])),
                        Some(other) => parts.quoted(&format!("\\{other}")),
                        None => return Err(ParseError::Unterminated("\"")),
                    }
                }
                other => {
                    self.position += other.len_utf8();
                    parts.quoted(other.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    /// What starts with `$` or a backquote.
    fn expansion(&mut self, parts: &mut Parts, quoted: bool) -> Result<(), ParseError> {
        if self.depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let rest = self.rest();
        let piece = if rest.starts_with("$((") && rest.contains("))") {
            self.position += 3;
            let inner = self.until_closing('(', ')')?;
            // The second `)` of `))`.
            self.position += usize::from(self.rest().starts_with(')'));
            Piece::Arithmetic(self.within(inner).whole_word()?)
        } else if rest.starts_with("$(") {
            self.position += 2;
            Piece::Output((self.inner)(self.until_closing('(', ')')?, self.depth + 1)?)
        } else if rest.starts_with("${") {
            self.position += 2;
            let inner = self.until_closing('{', '}')?;
            self.within(inner).braced()?
        } else if rest.starts_with('`') {
            self.position += 1;
            let end = self.rest().find('`').ok_or(ParseError::Unterminated("`"))?;
            let script = (self.inner)(&self.rest()[..end], self.depth + 1)?;
            self.position += end + 1;
            Piece::Output(script)
        } else {
            self.position += 1;
            let length = name_length(self.rest());
            if length == 0 {
                parts.text("$", quoted);
                return Ok(());
            }
            let name = self.rest()[..length].to_owned();
            self.position += length;
            Piece::Variable { name, operator: None }
        };
        parts.piece(piece, quoted);
        Ok(())
    }

    /// The text up to the bracket that closes an open one, which is passed.
    fn until_closing(&mut self, open: char, close: char) -> Result<&'a str, ParseError> {
        let start = self.position;
        let mut nesting = 1;
        let mut quote = None;
        while let Some(next) = self.next_char() {
            match (quote, next) {
                (Some(mark), _) if mark == next => quote = None,
                (Some('\''), _) => {}
                (_, '\\') => {
                    self.next_char();
                }
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(next),
                (None, _) if next == open => nesting += 1,
                (None, _) if next == close => {
                    nesting -= 1;
                    if nesting == 0 {
                        return Ok(&self.text[start..self.position - 1]);
                    }
                }
                (None, _) => {}
            }
        }
        Err(ParseError::Unterminated(if open == '(' { "(" } else { "{" }))
    }
}

/// How long the variable name at the start of a text is; special parameters have one character.
fn name_length(text: &str) -> usize {
    match text.bytes().next() {
        Some(b'?' | b'$' | b'#' | b'@' | b'*' | b'!' | b'-' | b'0'..=b'9') => 1,
        Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
            text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
        }
        _ => 0,
    }
}

/// What may stand behind the name in `${…}`; of two that begin alike the longer one comes first.
const OPERATORS: [(&str, Operator); 17] = [
    (":-", Operator::Default { when_empty: true }),
    ("-", Operator::Default { when_empty: false }),
    (":=", Operator::Assign),
    ("=", Operator::Assign),
    (":+", Operator::Alternative { when_empty: true }),
    ("+", Operator::Alternative { when_empty: false }),
    (":?", Operator::Require),
    ("?", Operator::Require),
    ("%%", Operator::TrimEnd(Extent::Longest)),
    ("%", Operator::TrimEnd(Extent::Shortest)),
    ("##", Operator::TrimStart(Extent::Longest)),
    ("#", Operator::TrimStart(Extent::Shortest)),
    ("//", Operator::Replace(Extent::Longest)),
    ("/", Operator::Replace(Extent::Shortest)),
    (":", Operator::Slice),
    ("^^", Operator::Upper),
    (",,", Operator::Lower),
];

impl Lexer<'_> {
    /// The inside of `${…}`, which is all of this text.
    fn braced(mut self) -> Result<Piece, ParseError> {
        if let Some(name) = self.text.strip_prefix('#').filter(|name| !name.is_empty()) {
            return Ok(Piece::Length(name.to_owned()));
        }
        let (name, rest) = self.text.split_at(name_length(self.text));
        if name.is_empty() {
            return Err(ParseError::BadSubstitution);
        }
        if rest.is_empty() {
            return Ok(Piece::Variable { name: name.to_owned(), operator: None });
        }
        let known = OPERATORS.into_iter().find(|(mark, _)| rest.starts_with(mark));
        let (mark, operator) = known.ok_or(ParseError::BadSubstitution)?;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.position = name.len() + mark.len();
        Ok(Piece::Variable { name: name.to_owned(), operator: Some((operator, self.quotable_word()?)) })
    }

    /// What stands behind an operator in `${…}`: blanks do not end it, quotes count.
    fn quotable_word(mut self) -> Result<Word, ParseError> {
        let mut parts = Parts::default();
        loop {
            let word = self.word()?;
            parts.0.extend(word.0);
            match self.next_char() {
                Some(between) => parts.plain(between),
                None => return Ok(parts.finish()),
            }
        }
    }

    /// The whole text as one word, blanks included, as in a here-document or in `$((…))`.
    pub(super) fn whole_word(mut self) -> Result<Word, ParseError> {
        let mut parts = Parts::default();
        while let Some(next) = self.rest().chars().next() {
            match next {
                '$' | '`' => self.expansion(&mut parts, true)?,
                '\\' if self.rest()[1..].starts_with(['$', '`', '\\']) => {
                    self.position += 1;
                    if let Some(escaped) = self.next_char() {
                        parts.quoted(escaped.encode_utf8(&mut [0; 4]));
                    }
                }
                other => {
                    self.position += other.len_utf8();
                    parts.quoted(other.encode_utf8(&mut [0; 4]));
                }
            }
        }
        Ok(parts.finish())
    }
}

/// A word under construction: neighbouring text of one kind becomes one part.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn text(&mut self, text: &str, quoted: bool) {
        if let Some(Part { quoted: last, piece: Piece::Text(before) }) = self.0.last_mut()
            && *last == quoted
        {
            before.push_str(text);
            return;
        }
        self.0.push(Part { quoted, piece: Piece::Text(text.to_owned()) });
    }

    fn plain(&mut self, character: char) {
        self.text(character.encode_utf8(&mut [0; 4]), false);
    }

    fn quoted(&mut self, text: &str) {
        self.text(text, true);
    }

    fn piece(&mut self, piece: Piece, quoted: bool) {
        self.0.push(Part { quoted, piece });
    }

    fn finish(self) -> Word {
        Word(self.0)
    }
}
