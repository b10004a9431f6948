//! Tokens to a script: the grammar of a POSIX shell, without the corners nobody types into a pod.

use std::collections::VecDeque;

use super::error::{MAX_DEPTH, ParseError};
use super::lexer::{Lexer, Token};
use super::syntax::{Body, Command, Item, Part, Piece, Redirection, Script, Target, When, Word};

/// Parses a whole script.
pub(crate) fn parse(text: &str) -> Result<Script, ParseError> {
    parse_nested(text, 0)
}

/// Parses a script that stands inside another.
fn parse_nested(text: &str, depth: usize) -> Result<Script, ParseError> {
    if depth > MAX_DEPTH {
        return Err(ParseError::TooDeep);
    }
    let (text, documents) = take_here_documents(text);
    let mut parser = Parser { lexer: Lexer::new(&text, depth, parse_nested), next: Token::End, depth, documents };
    parser.advance()?;
    let script = parser.script(&[])?;
    match parser.next {
        Token::End => Ok(script),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    next: Token,
    depth: usize,
    /// The here-documents in the order of their `<<`.
    documents: VecDeque<Document>,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Token, ParseError> {
        let token = self.lexer.token()?;
        Ok(std::mem::replace(&mut self.next, token))
    }

    fn unexpected(&self) -> ParseError {
        match &self.next {
            Token::End => ParseError::UnexpectedEnd,
            Token::Newline => ParseError::Unexpected("newline".to_owned()),
            Token::Control(operator) | Token::Redirect(_, operator) => {
                ParseError::Unexpected(format!("\"{operator}\""))
            }
            Token::Word(word) => ParseError::Unexpected(match word.literal() {
                Some(text) => format!("\"{text}\""),
                None => "word".to_owned(),
            }),
        }
    }

    fn at_keyword(&self, keywords: &[&str]) -> bool {
        matches!(&self.next, Token::Word(word) if word.literal().is_some_and(|text| keywords.contains(&text)))
    }

    fn at(&self, operator: &str) -> bool {
        matches!(&self.next, Token::Control(found) if *found == operator)
    }

    fn skip_newlines(&mut self) -> Result<(), ParseError> {
        while self.next == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    fn expect(&mut self, keyword: &str) -> Result<(), ParseError> {
        self.skip_newlines()?;
        if !self.at_keyword(&[keyword]) {
            return Err(self.unexpected());
        }
        self.advance().map(drop)
    }

    /// Commands up to one of these keywords, a closing bracket, `;;` or the end.
    fn script(&mut self, stops: &[&str]) -> Result<Script, ParseError> {
        let mut items = Vec::new();
        let mut when = When::Always;
        loop {
            self.skip_newlines()?;
            let stop = self.next == Token::End || self.at(")") || self.at(";;") || self.at_keyword(stops);
            if stop {
                if when != When::Always {
                    return Err(self.unexpected());
                }
                return Ok(Script(items));
            }
            let mut item = self.pipeline(when)?;
            when = When::Always;
            match &self.next {
                Token::Control("&&") => when = When::Success,
                Token::Control("||") => when = When::Failure,
                Token::Control("&") => item.background = true,
                Token::Control(";") | Token::Newline => {}
                _ => {
                    items.push(item);
                    continue_only_at_stop(self, stops)?;
                    return Ok(Script(items));
                }
            }
            items.push(item);
            self.advance()?;
        }
    }

    fn pipeline(&mut self, when: When) -> Result<Item, ParseError> {
        let negated = self.at_keyword(&["!"]);
        if negated {
            self.advance()?;
        }
        let mut pipeline = vec![self.command()?];
        while self.at("|") {
            self.advance()?;
            self.skip_newlines()?;
            pipeline.push(self.command()?);
        }
        Ok(Item { when, background: false, negated, pipeline })
    }

    fn command(&mut self) -> Result<Command, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let keyword = match &self.next {
            Token::Word(word) => word.literal().map(str::to_owned),
            _ => None,
        };
        let body = match keyword.as_deref() {
            Some("if") => self.if_command()?,
            Some("while") => self.loop_command(true)?,
            Some("until") => self.loop_command(false)?,
            Some("for") => self.for_command()?,
            Some("case") => self.case_command()?,
            Some("{") => {
                self.advance()?;
                Body::Group(self.block("}")?)
            }
            Some("then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}") => return Err(self.unexpected()),
            _ if self.at("(") => Body::Subshell(self.bracketed()?),
            _ => {
                let command = self.simple();
                self.depth -= 1;
                return command;
            }
        };
        self.depth -= 1;
        let mut redirections = Vec::new();
        while let Token::Redirect(stream, operator) = self.next {
            self.redirection(stream, operator, &mut redirections)?;
        }
        Ok(Command { body, redirections })
    }

    /// A script and the keyword behind it.
    fn block(&mut self, end: &str) -> Result<Script, ParseError> {
        let script = self.script(&[end])?;
        self.expect(end)?;
        Ok(script)
    }

    fn bracketed(&mut self) -> Result<Script, ParseError> {
        self.advance()?;
        let script = self.script(&[])?;
        if !self.at(")") {
            return Err(self.unexpected());
        }
        self.advance()?;
        Ok(script)
    }

    fn if_command(&mut self) -> Result<Body, ParseError> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            self.advance()?;
            let condition = self.block("then")?;
            let body = self.script(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            if self.at_keyword(&["elif"]) {
                continue;
            }
            if self.at_keyword(&["else"]) {
                self.advance()?;
                otherwise = Some(self.script(&["fi"])?);
            }
            self.expect("fi")?;
            return Ok(Body::If { branches, otherwise });
        }
    }

    fn loop_command(&mut self, until_success: bool) -> Result<Body, ParseError> {
        self.advance()?;
        let condition = self.block("do")?;
        let body = self.block("done")?;
        // `while` goes on until the condition fails, `until` until it succeeds.
        Ok(Body::Loop { condition, until_success: !until_success, body })
    }

    fn for_command(&mut self) -> Result<Body, ParseError> {
        self.advance()?;
        let Token::Word(word) = self.advance()? else { return Err(self.unexpected()) };
        let name = word.literal().ok_or(ParseError::BadSubstitution)?.to_owned();
        self.skip_newlines()?;
        let mut words = None;
        if self.at_keyword(&["in"]) {
            self.advance()?;
            let mut list = Vec::new();
            while let Token::Word(_) = self.next {
                if let Token::Word(word) = self.advance()? {
                    list.push(word);
                }
            }
            words = Some(list);
        }
        if self.at(";") {
            self.advance()?;
        }
        self.expect("do")?;
        let body = self.block("done")?;
        Ok(Body::For { name, words, body })
    }

    fn case_command(&mut self) -> Result<Body, ParseError> {
        self.advance()?;
        let Token::Word(subject) = self.advance()? else { return Err(self.unexpected()) };
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.at_keyword(&["esac"]) {
                self.advance()?;
                return Ok(Body::Case { subject, arms });
            }
            if self.at("(") {
                self.advance()?;
            }
            let mut patterns = Vec::new();
            loop {
                match self.advance()? {
                    Token::Word(word) => patterns.push(word),
                    Token::Control("|") => {}
                    Token::Control(")") => break,
                    _ => return Err(self.unexpected()),
                }
            }
            let body = self.script(&["esac"])?;
            if self.at(";;") {
                self.advance()?;
            }
            arms.push((patterns, body));
        }
    }

    fn simple(&mut self) -> Result<Command, ParseError> {
        let mut assignments = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        let mut redirections = Vec::new();
        loop {
            match &self.next {
                Token::Word(word) => {
                    match split_assignment(word).filter(|_| words.is_empty()) {
                        Some(assignment) => assignments.push(assignment),
                        None => words.push(word.clone()),
                    }
                    self.advance()?;
                }
                Token::Redirect(stream, operator) => {
                    let (stream, operator) = (*stream, *operator);
                    self.redirection(stream, operator, &mut redirections)?;
                }
                Token::Control("(") if words.len() == 1 && assignments.is_empty() => return self.function(&words[0]),
                _ => break,
            }
        }
        if words.is_empty() && assignments.is_empty() && redirections.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command { body: Body::Simple { assignments, words }, redirections })
    }

    fn function(&mut self, name: &Word) -> Result<Command, ParseError> {
        let name = name.literal().ok_or_else(|| self.unexpected())?.to_owned();
        self.advance()?;
        if !self.at(")") {
            return Err(self.unexpected());
        }
        self.advance()?;
        self.skip_newlines()?;
        self.expect("{")?;
        let body = self.block("}")?;
        Ok(Command { body: Body::Function { name, body }, redirections: Vec::new() })
    }

    fn redirection(
        &mut self,
        stream: Option<u8>,
        operator: &str,
        redirections: &mut Vec<Redirection>,
    ) -> Result<(), ParseError> {
        self.advance()?;
        let Token::Word(word) = &self.next else { return Err(self.unexpected()) };
        let word = word.clone();
        let input = operator.starts_with('<');
        let stream = stream.unwrap_or(u8::from(!input));
        let target = match operator {
            ">&" | "<&" => match word.literal().and_then(|text| text.parse().ok()) {
                Some(number) => Target::Duplicate(number),
                None => Target::Write(word),
            },
            "&>" => Target::Write(word),
            "&>>" | ">>" => Target::Append(word),
            "<" => Target::Read(word),
            "<<" => Target::Text(match self.documents.pop_front() {
                Some(document) if !document.literal => {
                    Lexer::new(&document.text, self.depth, parse_nested).whole_word()?
                }
                document => {
                    let piece = Piece::Text(document.map(|document| document.text).unwrap_or_default());
                    Word(vec![Part { quoted: true, piece }])
                }
            }),
            "<<<" => Target::Text(word),
            _ => Target::Write(word),
        };
        redirections.push(Redirection { stream, target });
        if operator.starts_with("&>") {
            redirections.push(Redirection { stream: 2, target: Target::Duplicate(1) });
        }
        self.advance().map(drop)
    }
}

/// Behind the last command of a list only the end of the list may stand.
fn continue_only_at_stop(parser: &Parser<'_>, stops: &[&str]) -> Result<(), ParseError> {
    let stop = parser.next == Token::End || parser.at(")") || parser.at(";;") || parser.at_keyword(stops);
    if stop { Ok(()) } else { Err(parser.unexpected()) }
}

/// `NAME=VALUE` as a name and the rest of the word.
fn split_assignment(word: &Word) -> Option<(String, Word)> {
    let first = word.0.first().filter(|part| !part.quoted)?;
    let Piece::Text(text) = &first.piece else { return None };
    let (name, rest) = text.split_once('=')?;
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() || !letters || name.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let mut value = word.clone();
    value.0[0].piece = Piece::Text(rest.to_owned());
    Some((name.to_owned(), value))
}

/// Whether the last `<<END` document of a text still waits for its end.
pub(crate) fn awaits_document(text: &str) -> bool {
    take_here_documents(text).1.back().is_some_and(|document| !document.ended)
}

/// The body of a `<<END` document.
struct Document {
    text: String,
    /// Whether the delimiter was quoted: nothing in the text is expanded then.
    literal: bool,
    /// Whether its last line was there.
    ended: bool,
}

/// Takes the bodies of `<<END` documents out of a script.
fn take_here_documents(text: &str) -> (String, VecDeque<Document>) {
    let mut documents = VecDeque::new();
    if !text.contains("<<") {
        return (text.to_owned(), documents);
    }
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        kept.push_str(line);
        kept.push('\n');
        // `<<<` has its text on the line, and `$((1<<4))` is no redirection.
        let opening = line.find("<<").filter(|start| !line[start + 2..].starts_with('<'));
        let Some(start) = opening.filter(|start| !line[..*start].contains("((")) else { continue };
        let after = &line[start + 2..];
        let tabs = after.starts_with('-');
        let word = after.trim_start_matches(['-', ' ']);
        let word: String = word.chars().take_while(|c| !c.is_whitespace() && !";|&>".contains(*c)).collect();
        let delimiter: String = word.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        let mut document = Document { text: String::new(), literal: delimiter != word, ended: false };
        for body in lines.by_ref() {
            let body = if tabs { body.trim_start_matches('\t') } else { body };
            if body == delimiter {
                document.ended = true;
                break;
            }
            document.text.push_str(body);
            document.text.push('\n');
        }
        documents.push_back(document);
    }
    (kept, documents)
}
