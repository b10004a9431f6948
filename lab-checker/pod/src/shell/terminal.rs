//! The shell in a terminal: a prompt, echo, and just enough line editing to be at home.
//!
//! The client's terminal is in raw mode, as with a real container: this side echoes what is typed and
//! ends lines with a carriage return.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::complete::{Completion, common, complete};
use super::line::Edited;
use super::state::{Next, Shell};
use crate::script::syntax::Script;
use crate::streams::{Input, Output, Streams};

const INTERRUPT: u8 = 0x03;
const END_OF_INPUT: u8 = 0x04;
const ESCAPE: u8 = 0x1b;
const TAB: u8 = 0x09;

/// Runs the shell until `exit`, the end of input, or the client's departure.
pub(crate) async fn interact(shell: Shell, streams: Streams) -> u8 {
    let container = Arc::clone(&shell.container);
    let level = container.session.terminal_begins();
    let code = converse(shell, streams, level).await;
    container.session.terminal_ends();
    code
}

async fn converse(mut shell: Shell, streams: Streams, level: u32) -> u8 {
    let mut keyboard = Keyboard { input: streams.stdin.clone(), pending: Vec::new(), history: Vec::new(), level };
    let screen = streams.stdout.clone();
    let mut text = String::new();
    loop {
        let prompt = if text.is_empty() { shell.prompt() } else { "> ".to_owned() };
        shell.tell_of_ended_jobs(&Output::Screen(Box::new(screen.clone()))).await;
        screen.write(&prompt).await;
        match keyboard.line(&shell, &screen, &prompt).await {
            Line::Text(line) => {
                text.push_str(&line);
                text.push('\n');
            }
            Line::Interrupted => {
                text.clear();
                shell.status = 130;
                continue;
            }
            Line::End => return shell.leave(&streams).await,
        }
        let script = match shell.complete(&text) {
            None => continue,
            Some(Ok(script)) => script,
            Some(Err(error)) => {
                screen.write(format!("{}\r\n", shell.complaint(&error.to_string()))).await;
                shell.status = 2;
                text.clear();
                continue;
            }
        };
        text.clear();
        let Some(next) = keyboard.watch(&mut shell, &script, &screen).await else {
            screen.write("^C\r\n").await;
            shell.status = 130;
            continue;
        };
        if next == Next::Exit {
            return shell.leave(&streams).await;
        }
    }
}

impl Shell {
    fn prompt(&self) -> String {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        let host = self.container.hostname();
        match name {
            _ if self.variables.contains_key("PS1") => self.expanded(&self.variables["PS1"]),
            "bash" => format!("root@{host}:{}# ", self.directory),
            _ if self.container.image.is_debian() => "# ".to_owned(),
            _ => format!("{} # ", self.directory),
        }
    }

    /// A prompt that `PS1` asks for.
    fn expanded(&self, prompt: &str) -> String {
        let home = self.variables.get("HOME").map_or("", String::as_str);
        let mut text = String::new();
        let mut characters = prompt.chars();
        while let Some(character) = characters.next() {
            match (character, if character == '\\' { characters.next() } else { None }) {
                ('\\', Some('w')) => match self.directory.strip_prefix(home).filter(|_| !home.is_empty()) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => text.push_str(&format!("~{rest}")),
                    _ => text.push_str(&self.directory),
                },
                ('\\', Some('W')) => text.push_str(self.directory.rsplit('/').next().unwrap_or_default()),
                ('\\', Some('u')) => text.push_str("root"),
                ('\\', Some('h' | 'H')) => text.push_str(self.container.hostname()),
                ('\\', Some('$')) => text.push('#'),
                ('\\', Some('n')) => text.push_str("\r\n"),
                ('\\', Some('[' | ']')) => {}
                ('\\', Some(other)) => text.push(other),
                (character, _) => text.push(character),
            }
        }
        text
    }
}

/// How many words the Tab key shows.
const OFFERED: usize = 60;

/// What the reader of a line came to.
enum Line {
    Text(String),
    Interrupted,
    End,
}

/// A key that sends more than one byte.
enum Escape {
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    Delete,
    Other,
}

struct Keyboard {
    input: Input,
    /// Typed, not yet read.
    pending: Vec<u8>,
    history: Vec<String>,
    /// How many shells read from this terminal, this one included.
    level: u32,
}

impl Keyboard {
    async fn key(&mut self) -> Option<u8> {
        if self.pending.is_empty() {
            self.pending = self.input.chunk().await?;
            self.pending.reverse();
        }
        self.pending.pop()
    }

    async fn line(&mut self, shell: &Shell, screen: &Output, prompt: &str) -> Line {
        let mut line = Edited::default();
        let mut shown = self.history.len();
        loop {
            let Some(key) = self.key().await else { return Line::End };
            let change = match key {
                b'\r' | b'\n' => {
                    screen.write("\r\n").await;
                    return Line::Text(self.remember(line.text()));
                }
                INTERRUPT => {
                    screen.write("^C\r\n").await;
                    return Line::Interrupted;
                }
                END_OF_INPUT if line.is_empty() => {
                    screen.write("\r\n").await;
                    return Line::End;
                }
                ESCAPE => match self.escape().await {
                    Escape::Up => self.recall(&mut line, shown.saturating_sub(1), &mut shown, prompt),
                    Escape::Down => self.recall(&mut line, shown + 1, &mut shown, prompt),
                    Escape::Left => line.left(),
                    Escape::Right => line.right(),
                    Escape::Home => line.home(),
                    Escape::End => line.end(),
                    Escape::Delete => line.delete(prompt),
                    Escape::Other => Vec::new(),
                },
                0x10 => self.recall(&mut line, shown.saturating_sub(1), &mut shown, prompt),
                0x0e => self.recall(&mut line, shown + 1, &mut shown, prompt),
                TAB => tab(shell, &mut line, prompt).await,
                0x7f | 0x08 => line.erase(prompt),
                END_OF_INPUT => line.delete(prompt),
                0x01 => line.home(),
                0x05 => line.end(),
                0x02 => line.left(),
                0x06 => line.right(),
                0x0b => line.erase_end(),
                0x15 => line.erase_start(prompt),
                0x17 => line.erase_word(prompt),
                0x0c => [b"\x1b[H\x1b[2J".to_vec(), line.drawn(prompt)].concat(),
                key if key >= b' ' => line.insert(key, prompt),
                _ => Vec::new(),
            };
            screen.write(change).await;
        }
    }

    fn remember(&mut self, text: String) -> String {
        if !text.trim().is_empty() && self.history.last() != Some(&text) {
            self.history.push(text.clone());
            let excess = self.history.len().saturating_sub(100);
            self.history.drain(..excess);
        }
        text
    }

    /// Shows an earlier line; behind the last one stands an empty one.
    fn recall(&self, line: &mut Edited, wanted: usize, shown: &mut usize, prompt: &str) -> Vec<u8> {
        if wanted == *shown || wanted > self.history.len() {
            return Vec::new();
        }
        *shown = wanted;
        line.replace(self.history.get(wanted).map_or("", String::as_str), prompt)
    }

    /// The key behind an escape.
    async fn escape(&mut self) -> Escape {
        if !matches!(self.key().await, Some(b'[' | b'O')) {
            return Escape::Other;
        }
        let mut number = 0_u32;
        loop {
            return match self.key().await {
                Some(digit @ b'0'..=b'9') => {
                    number = number.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                    continue;
                }
                Some(b';') => continue,
                Some(b'A') => Escape::Up,
                Some(b'B') => Escape::Down,
                Some(b'C') => Escape::Right,
                Some(b'D') => Escape::Left,
                Some(b'H') => Escape::Home,
                Some(b'F') => Escape::End,
                Some(b'~') => match number {
                    1 | 7 => Escape::Home,
                    4 | 8 => Escape::End,
                    3 => Escape::Delete,
                    _ => Escape::Other,
                },
                _ => Escape::Other,
            };
        }
    }

    /// Runs a script while listening for `^C`; `None` when it was interrupted. What is typed meanwhile is
    /// the programs' input, and what they do not read the next line.
    async fn watch(&mut self, shell: &mut Shell, script: &Script, screen: &Output) -> Option<Next> {
        let (sender, receiver) = mpsc::channel(64);
        let mut typed = std::mem::take(&mut self.pending);
        typed.reverse();
        let input = Input::from_channel(receiver);
        let stdout = Output::Screen(Box::new(screen.clone()));
        let streams = Streams { stdin: input.clone(), stdout: stdout.clone(), stderr: stdout, terminal: true };
        let mut sender = Some(sender);
        let mut ended = false;
        if let Some(sender) = sender.as_ref().filter(|_| !typed.is_empty()) {
            let typed = String::from_utf8_lossy(&typed).replace('\r', "\n");
            // The channel is new and has room.
            let _ = sender.try_send(bytes::Bytes::from(typed.into_bytes()));
        }
        let container = Arc::clone(&shell.container);
        let running = async {
            let streams = streams;
            shell.script(script, &streams).await
        };
        tokio::pin!(running);
        let next = loop {
            tokio::select! {
                next = &mut running => break next,
                chunk = self.input.chunk(), if !ended => {
                    // Nothing more is typed: what runs comes to its own end, as behind `echo ls | kubectl exec -it`.
                    let Some(chunk) = chunk else {
                        (ended, sender) = (true, None);
                        continue;
                    };
                    // Another shell reads from the terminal itself.
                    if container.session.terminals() > self.level {
                        if let Some(open) = &sender {
                            // A shell that does not read loses what is typed beyond a screenful.
                            let _ = open.try_send(bytes::Bytes::from(chunk));
                        }
                        continue;
                    }
                    if chunk.contains(&INTERRUPT) {
                        // Whatever shells ran inside are gone.
                        container.session.leave_terminals(self.level);
                        return None;
                    }
                    feed(&chunk, &mut sender, screen).await;
                }
            }
        };
        self.pending = input.unread().await;
        self.pending.reverse();
        Some(next)
    }
}

/// Completes the word at the cursor, or shows what it could be.
async fn tab(shell: &Shell, line: &mut Edited, prompt: &str) -> Vec<u8> {
    let Completion { typed, candidates } = complete(shell, &line.before_cursor()).await;
    let common = common(&candidates);
    let mut more = common.strip_prefix(typed.as_str()).unwrap_or_default().to_owned();
    if candidates.len() == 1 && !common.ends_with('/') {
        more.push(' ');
    }
    if !more.is_empty() || candidates.is_empty() {
        return more.bytes().flat_map(|byte| line.insert(byte, prompt)).collect();
    }
    let shown: Vec<&str> = candidates.iter().take(OFFERED).map(String::as_str).collect();
    let rest = if candidates.len() > OFFERED { "  …" } else { "" };
    [format!("\r\n{}{rest}\r\n", shown.join("  ")).into_bytes(), line.drawn(prompt)].concat()
}

/// Gives typed bytes to the running program, echoing them.
async fn feed(chunk: &[u8], sender: &mut Option<mpsc::Sender<bytes::Bytes>>, screen: &Output) {
    if chunk.contains(&END_OF_INPUT) {
        *sender = None;
        return;
    }
    let text = String::from_utf8_lossy(chunk).replace('\r', "\n");
    screen.write(text.replace('\n', "\r\n")).await;
    if let Some(open) = sender {
        // A program that does not read loses what is typed beyond a screenful.
        let _ = open.try_send(bytes::Bytes::from(text.into_bytes()));
    }
}
