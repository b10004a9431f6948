//! The file: compressed lines of JSON. The first says what it is; then come, for each part, its version, its tables and
//! their rows; the last says how many lines there were and their SHA-256, so that half a file is never taken for a
//! whole one.

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    error::{BackupError, Result},
    tables::Table,
};

/// What the first line says.
const NAME: &str = "lab-checker backup";
/// The version of this format.
const VERSION: u32 = 1;
/// The longest line that is read: more than any row may hold.
const LONGEST: u64 = 256 << 20;

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    Row(Vec<Value>),
    Table(Table),
    Part { part: String, schema: i64 },
    Head { format: String, version: u32, made_at: String, program: String },
    End { lines: u64, sha256: String },
}

/// Writes lines.
pub(super) struct Writer<W: Write> {
    out: GzEncoder<W>,
    lines: u64,
    digest: Sha256,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(out: W, made_at: String) -> io::Result<Self> {
        let mut writer = Self { out: GzEncoder::new(out, Compression::default()), lines: 0, digest: Sha256::new() };
        let program = env!("CARGO_PKG_VERSION").to_owned();
        writer.line(&Line::Head { format: NAME.to_owned(), version: VERSION, made_at, program })?;
        Ok(writer)
    }

    pub(super) fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.lines += 1;
        self.out.write_all(&text)
    }

    pub(super) fn end(mut self) -> io::Result<W> {
        let end = Line::End { lines: self.lines, sha256: digits(&self.digest.finalize_reset()) };
        self.line(&end)?;
        self.out.finish()
    }
}

/// Reads lines.
pub(super) struct Reader<R: Read> {
    input: BufReader<MultiGzDecoder<R>>,
    lines: u64,
    digest: Sha256,
    pub(super) made_at: String,
}

impl<R: Read> Reader<R> {
    /// Begins, when it is a backup that this program can read.
    pub(super) fn begin(input: R) -> Result<Self> {
        let input = BufReader::new(MultiGzDecoder::new(input));
        let mut reader = Self { input, lines: 0, digest: Sha256::new(), made_at: String::new() };
        match reader.line()? {
            Some(Line::Head { format, version, made_at, .. }) if format == NAME => {
                if version > VERSION {
                    return Err(BackupError::Newer);
                }
                reader.made_at = made_at;
                Ok(reader)
            }
            _ => Err(BackupError::NotABackup("it does not begin like one".to_owned())),
        }
    }

    /// The next line; nothing after the last one, when all of them were whole.
    pub(super) fn line(&mut self) -> Result<Option<Line>> {
        let broken = |what: &str| BackupError::NotABackup(format!("{what} in line {}", self.lines + 1));
        let mut text = Vec::new();
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut text);
        read.map_err(|error| broken(&error.to_string()))?;
        if text.last() != Some(&b'\n') {
            return Err(broken("it ends"));
        }
        let line: Line = serde_json::from_slice(&text).map_err(|error| broken(&error.to_string()))?;
        if let Line::End { lines, sha256 } = &line {
            let is_whole = *lines == self.lines && *sha256 == digits(&self.digest.finalize_reset());
            if !is_whole {
                return Err(broken("its sum is wrong"));
            }
            // The compression has a sum of its own, which is looked at when all is read.
            return match self.input.read(&mut [0]) {
                Ok(0) => Ok(None),
                Ok(_) => Err(BackupError::NotABackup("something comes after its end".to_owned())),
                Err(error) => Err(BackupError::NotABackup(format!("{error} at its end"))),
            };
        }
        self.digest.update(&text);
        self.lines += 1;
        Ok(Some(line))
    }
}

fn digits(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn backup() -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), "2026-11-26T00:00:00Z".to_owned()).unwrap();
        writer.line(&Line::Part { part: "server".to_owned(), schema: 7 }).unwrap();
        for row in 0..200 {
            writer.line(&Line::Row(vec![json!(row), json!("ü\n\u{1f512}"), Value::Null, json!(0.1)])).unwrap();
        }
        writer.end().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<u64> {
        let mut reader = Reader::begin(bytes)?;
        while reader.line()?.is_some() {}
        Ok(reader.lines)
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(read(&backup()).unwrap(), 202);
    }

    #[test]
    fn no_part_of_a_backup_is_taken_for_a_whole_one() {
        let whole = backup();
        for length in 0..whole.len() {
            let error = read(&whole[..length]).unwrap_err();
            assert!(matches!(error, BackupError::NotABackup(_)), "{length}: {error:?}");
        }
    }

    #[test]
    fn a_damaged_backup_is_none_or_says_the_same() {
        let whole = backup();
        for at in (12..whole.len() - 8).step_by(3) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            // A bit that means nothing may be another one: then every line is as it was, by its sum.
            assert!(read(&damaged).map_or(true, |lines| lines == 202), "{at}");
        }
    }

    #[test]
    fn a_later_format_is_left_to_a_later_program() {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        writeln!(out, "{}", json!({"format": NAME, "version": VERSION + 1, "made_at": "", "program": ""})).unwrap();
        assert!(matches!(Reader::begin(&out.finish().unwrap()[..]), Err(BackupError::Newer)));
    }
}
