//! The shell in a terminal: a prompt, echo, and just enough line editing to be at home.
//!
//! The client's terminal is in raw mode, as with a real container: this side echoes what is typed and
//! ends lines with a carriage return.

use tokio::sync::mpsc;

use super::{Next, Shell};
use crate::container::Streams;
use crate::streams::{Input, Output};

const INTERRUPT: u8 = 0x03;
const END_OF_INPUT: u8 = 0x04;
const CLEAR: u8 = 0x0c;
const ERASE_LINE: u8 = 0x15;
const ERASE_WORD: u8 = 0x17;
const ESCAPE: u8 = 0x1b;
/// The most that one line may hold.
const LINE_LIMIT: usize = 4096;

/// Runs the shell until `exit`, the end of input, or the client's departure.
pub(crate) async fn interact(mut shell: Shell, streams: Streams) -> u8 {
    let mut keyboard = Keyboard { input: streams.stdin.clone(), pending: Vec::new(), history: Vec::new() };
    let screen = streams.stdout.clone();
    let mut text = String::new();
    loop {
        let prompt = if text.is_empty() { shell.prompt() } else { "> ".to_owned() };
        screen.write(&prompt).await;
        match keyboard.line(&screen, &prompt).await {
            Line::Text(line) => {
                text.push_str(&line);
                text.push('\n');
            }
            Line::Interrupted => {
                text.clear();
                shell.status = 130;
                continue;
            }
            Line::End => return shell.status,
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
            return shell.status;
        }
    }
}

impl Shell {
    fn prompt(&self) -> String {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        let host = self.container.hostname();
        match name {
            "bash" => format!("root@{host}:{}# ", self.directory),
            _ if self.container.image.is_debian() => "# ".to_owned(),
            _ => format!("{} # ", self.directory),
        }
    }
}

/// What the reader of a line came to.
enum Line {
    Text(String),
    Interrupted,
    End,
}

struct Keyboard {
    input: Input,
    /// Typed, not yet read.
    pending: Vec<u8>,
    history: Vec<String>,
}

impl Keyboard {
    async fn key(&mut self) -> Option<u8> {
        if self.pending.is_empty() {
            self.pending = self.input.chunk().await?;
            self.pending.reverse();
        }
        self.pending.pop()
    }

    async fn line(&mut self, screen: &Output, prompt: &str) -> Line {
        let mut line: Vec<u8> = Vec::new();
        let mut shown = self.history.len();
        loop {
            let Some(key) = self.key().await else { return Line::End };
            match key {
                b'\r' | b'\n' => {
                    screen.write("\r\n").await;
                    let text = String::from_utf8_lossy(&line).into_owned();
                    if !text.trim().is_empty() && self.history.last() != Some(&text) {
                        self.history.push(text.clone());
                        let excess = self.history.len().saturating_sub(100);
                        self.history.drain(..excess);
                    }
                    return Line::Text(text);
                }
                INTERRUPT => {
                    screen.write("^C\r\n").await;
                    return Line::Interrupted;
                }
                END_OF_INPUT if line.is_empty() => {
                    screen.write("\r\n").await;
                    return Line::End;
                }
                0x7f | 0x08 if erase_character(&mut line) => screen.write("\x08 \x08").await,
                ERASE_LINE => replace(&mut line, "", prompt, screen).await,
                ERASE_WORD => {
                    let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                    let kept = text.rfind(' ').map_or("", |at| &text[..=at]);
                    replace(&mut line, kept, prompt, screen).await;
                }
                CLEAR => screen.write(format!("\x1b[H\x1b[2J{prompt}{}", String::from_utf8_lossy(&line))).await,
                ESCAPE => match self.arrow().await {
                    Some(b'A') if shown > 0 => {
                        shown -= 1;
                        let text = self.history[shown].clone();
                        replace(&mut line, &text, prompt, screen).await;
                    }
                    Some(b'B') if shown < self.history.len() => {
                        shown += 1;
                        let text = self.history.get(shown).cloned().unwrap_or_default();
                        replace(&mut line, &text, prompt, screen).await;
                    }
                    _ => {}
                },
                key if key >= b' ' && line.len() < LINE_LIMIT => {
                    line.push(key);
                    screen.write([key]).await;
                }
                _ => {}
            }
        }
    }

    /// The letter of an arrow key, behind its escape.
    async fn arrow(&mut self) -> Option<u8> {
        match self.key().await? {
            b'[' | b'O' => self.key().await,
            _ => None,
        }
    }

    /// Runs a script while listening for `^C`; `None` when it was interrupted. What is typed meanwhile is
    /// the programs' input.
    async fn watch(&mut self, shell: &mut Shell, script: &super::syntax::Script, screen: &Output) -> Option<Next> {
        let (sender, receiver) = mpsc::channel(16);
        let typed = std::mem::take(&mut self.pending);
        let (stdout, translator) = translate(screen.clone());
        let streams =
            Streams { stdin: Input::from_channel(receiver), stdout: stdout.clone(), stderr: stdout, terminal: true };
        let mut sender = Some(sender);
        {
            let running = async {
                let streams = streams;
                shell.script(script, &streams).await
            };
            let both = async { tokio::join!(running, translator).0 };
            tokio::pin!(both);
            self.pending = typed;
            loop {
                tokio::select! {
                    next = &mut both => break Some(next),
                    chunk = self.input.chunk() => {
                        let Some(chunk) = chunk else { break None };
                        if chunk.contains(&INTERRUPT) {
                            break None;
                        }
                        feed(&chunk, &mut sender, screen).await;
                    }
                }
            }
        }
    }
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

/// An output whose line breaks become what a raw terminal needs, and the task that does it.
pub(crate) fn translate(screen: Output) -> (Output, impl Future<Output = ()>) {
    let (output, input) = crate::streams::pipe();
    let task = async move {
        while let Some(chunk) = input.chunk().await {
            let text: Vec<u8> = chunk
                .iter()
                .flat_map(|byte| if *byte == b'\n' { &b"\r\n"[..] } else { std::slice::from_ref(byte) })
                .copied()
                .collect();
            screen.write(text).await;
        }
    };
    (output, task)
}

fn erase_character(line: &mut Vec<u8>) -> bool {
    while let Some(byte) = line.pop() {
        // The bytes behind the first of a UTF-8 character go with it.
        if byte & 0xc0 != 0x80 {
            return true;
        }
    }
    false
}

async fn replace(line: &mut Vec<u8>, text: &str, prompt: &str, screen: &Output) {
    *line = text.as_bytes().to_vec();
    screen.write(format!("\r\x1b[K{prompt}{text}")).await;
}
