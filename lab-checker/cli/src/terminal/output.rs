//! Where words go: stdout for results, stderr for the log, colour only where a terminal shows it.

use std::io::{self, BufWriter, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use netpol::counted;
use serde::Serialize;
use serde_json::Value;
use tracing_subscriber::EnvFilter;
use unicode_width::UnicodeWidthStr as _;

/// What is good: allowed, passed.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is bad: blocked, failed, an error.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// What may help.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default();
/// What is of minor interest.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Titles.
pub(crate) const TITLE: Style = Style::new().bold();

/// The form of a result that has no other forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Words for people.
    #[default]
    #[value(alias = "table")]
    Text,
    /// JSON, stable.
    Json,
}

/// Standard output, buffered; colour is taken out when it is not a terminal or `NO_COLOR` is set.
/// It must be flushed.
pub(crate) fn stdout() -> impl Write {
    BufWriter::with_capacity(64 * 1024, anstream::stdout().lock())
}

/// Standard output for bytes: nothing is taken out.
pub(crate) fn stdout_bytes() -> impl Write {
    BufWriter::with_capacity(64 * 1024, io::stdout().lock())
}

/// Whether somebody watches stderr, where progress may be shown.
pub(crate) fn stderr_is_watched() -> bool {
    io::stderr().is_terminal()
}

/// The width to write for: the terminal's, at least 40 columns, or 80 where there is none.
pub(crate) fn width() -> usize {
    if !io::stdout().is_terminal() {
        return 80;
    }
    terminal_size::terminal_size().map_or(80, |(terminal_size::Width(width), _)| usize::from(width).max(40))
}

/// Empties the terminal for a new page; does nothing when stdout is not one.
pub(crate) fn clear_screen() -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if stdout.is_terminal() {
        // Back to the top, then erase the page and what was scrolled off it.
        stdout.write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
    }
    stdout.flush()
}

/// One JSON value and a line feed.
pub(crate) fn json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// The form of a server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Parts of the program that log what was answered, or sent.
const QUIET: [&str; 3] = ["kube_client::client=off", "tungstenite=off", "tokio_tungstenite=off"];

/// Sends the log to stderr; `RUST_LOG` refines it. Where a form was asked for, a server logs every request too.
pub(crate) fn start_log(verbose: bool, format: Option<LogFormat>) {
    let default = match (verbose, format) {
        (true, _) => "info",
        (false, Some(_)) => "error,access=info,server=warn",
        // What the client cannot do is said by the command, in a sentence.
        (false, None) => "error,kube_client=off",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // What servers answer is not for logs: there may be secrets among it, and nobody asked for it line by line.
    let filter = QUIET.iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if format == Some(LogFormat::Json) {
        return log.json().flatten_event(true).with_current_span(false).init();
    }
    log.with_ansi(stderr_is_watched() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())).init();
}

/// One sentence on stderr that does not stop the command.
pub(crate) fn warn(sentence: &str) -> io::Result<()> {
    writeln!(anstream::stderr().lock(), "{WARNING}warning:{WARNING:#} {sentence}")
}

/// One sentence on stderr that belongs to the result: how it is to be understood.
pub(crate) fn note(sentence: &str) -> io::Result<()> {
    writeln!(anstream::stderr().lock(), "{HINT}note:{HINT:#} {sentence}")
}

/// Points alone: `10`, `2.5`.
pub(crate) fn number(points: f64) -> String {
    course::rounded(points).to_string()
}

/// `1 point`, `10 points`, `2.5 points`.
pub(crate) fn points(points: f64) -> String {
    counted(number(points), "point")
}

/// `7.5 of 10`, from the numbers of a server's answer.
pub(crate) fn share(points: &Value, max_points: &Value) -> String {
    let number = |value: &Value| number(value.as_f64().unwrap_or_default());
    format!("{} of {}", number(points), number(max_points))
}

/// `7.5 of 10 points`, `0 of 1 point`.
pub(crate) fn share_in_words(reached: &Value, max_points: &Value) -> String {
    let [reached, most] = [reached, max_points].map(|value| value.as_f64().unwrap_or_default());
    format!("{} of {}", number(reached), points(most))
}

/// Breaks text into lines of at most `width` columns, each beginning with `indent`. A line feed in
/// the text stays one.
pub(crate) fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = indent.to_owned();
        for word in paragraph.split_whitespace() {
            let empty = line.len() == indent.len();
            if !empty && line.width() + 1 + word.width() > width {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
                line.push_str(word);
            } else {
                if !empty {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}
