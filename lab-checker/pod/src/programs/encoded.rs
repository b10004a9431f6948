//! Programs that write bytes in another way: `base64`, `sha256sum`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::arguments::{Argument, count, parse};
use crate::files::absolute;
use crate::process::Process;

/// How long a line of `base64` is where nobody says it.
const LINE: usize = 76;

pub(super) async fn run(name: &str, process: &Process) -> u8 {
    let (mut decode, mut width, mut files) = (false, LINE, Vec::new());
    for argument in parse(process.rest(), "w", &["wrap"]) {
        match argument {
            Argument::Flag(flag) if matches!(flag.as_str(), "d" | "D" | "decode") => decode = true,
            Argument::Value(_, value) => width = count(&value).unwrap_or(LINE),
            Argument::Operand(file) => files.push(file),
            Argument::Flag(_) | Argument::Missing(_) => {}
        }
    }
    if files.is_empty() {
        files.push("-".to_owned());
    }
    for file in &files {
        let bytes = match file.as_str() {
            "-" => Some(process.streams.stdin.read_all().await),
            file => process.container.read_file(&absolute(&process.directory, file)),
        };
        let Some(bytes) = bytes else {
            let why = "No such file or directory";
            return match process.container.image.has_busybox() {
                true => process.fail(1, format!("{name}: can't open '{file}': {why}")).await,
                false => process.fail(1, format!("{name}: {file}: {why}")).await,
            };
        };
        match name {
            "sha256sum" => {
                let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                process.say(format!("{sum}  {file}")).await;
            }
            _ if decode => {
                let text: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
                match STANDARD.decode(text) {
                    Ok(bytes) => process.streams.stdout.write(bytes).await,
                    Err(_) if process.container.image.has_busybox() => {
                        return process.fail(1, "base64: truncated input").await;
                    }
                    Err(_) => return process.fail(1, "base64: invalid input").await,
                }
            }
            _ => process.streams.stdout.write(lines(&STANDARD.encode(bytes), width)).await,
        }
    }
    0
}

/// A text in lines of this width; in one that does not end, for none.
fn lines(text: &str, width: usize) -> String {
    if width == 0 {
        return text.to_owned();
    }
    let lines = text.as_bytes().chunks(width).map(String::from_utf8_lossy);
    lines.map(|line| format!("{line}\n")).collect()
}
