//! `tar`, small: what `kubectl cp` runs in a container, and what people type to look into what it made. No compression.

use super::arguments::{Argument, parse};
use crate::files::absolute;
use crate::process::Process;

const BLOCK: usize = 512;
/// What one archive may hold.
const MOST: usize = 2 << 20;

/// What a tar command asks for.
#[derive(Default)]
struct Options {
    mode: Option<char>,
    verbose: bool,
    file: Option<String>,
    directory: Option<String>,
    words: Vec<String>,
}

pub(super) async fn run(process: &Process) -> u8 {
    let options = read(process.rest());
    let directory = absolute(&process.directory, options.directory.as_deref().unwrap_or("."));
    match options.mode {
        Some('c') => create(process, &options, &directory).await,
        Some('x' | 't') => extract(process, &options, &directory).await,
        Some('z') => process.fail(1, "tar: compressed archives are not simulated in a practice cluster").await,
        _ => process.fail(1, "tar: must specify one of -c, -x or -t").await,
    }
}

fn read(words: &[String]) -> Options {
    let mut words = words.to_vec();
    // `tar cf - x` has no dash before its letters.
    if let Some(first) = words.first_mut().filter(|first| !first.starts_with('-')) {
        first.insert(0, '-');
    }
    let mut options = Options::default();
    for argument in parse(&words, "fCT", &["file", "directory"]) {
        match argument {
            Argument::Operand(word) => options.words.push(word),
            Argument::Value(name, value) if matches!(name.as_str(), "f" | "file") => options.file = Some(value),
            Argument::Value(name, value) if matches!(name.as_str(), "C" | "directory") => {
                options.directory = Some(value);
            }
            Argument::Flag(name) => match name.as_str() {
                "z" | "j" | "J" => options.mode = Some('z'),
                "c" | "x" | "t" => options.mode = options.mode.filter(|mode| *mode == 'z').or(name.chars().next()),
                "v" => options.verbose = true,
                _ => {}
            },
            Argument::Value(..) | Argument::Missing(_) => {}
        }
    }
    options
}

/// The files at and below a path.
fn below(process: &Process, path: &str) -> Vec<String> {
    if !process.container.is_directory(path) {
        return vec![path.to_owned()];
    }
    let names = process.container.list(path);
    let path = path.trim_end_matches('/');
    names.iter().flat_map(|name| below(process, &format!("{path}/{name}"))).collect()
}

async fn create(process: &Process, options: &Options, directory: &str) -> u8 {
    let mut archive = Vec::new();
    let mut code = 0;
    for word in &options.words {
        let path = absolute(directory, word);
        if process.container.read_file(&path).is_none() && !process.container.is_directory(&path) {
            code = process.fail(1, format!("tar: {word}: No such file or directory")).await;
            continue;
        }
        if word.starts_with('/') {
            process.streams.stderr.line("tar: removing leading '/' from member names").await;
        }
        for file in below(process, &path) {
            let Some(bytes) = process.container.read_file(&file) else { continue };
            let inside = file.strip_prefix(path.as_str()).unwrap_or_default();
            let name = format!("{}{inside}", word.trim_start_matches('/').trim_end_matches('/'));
            if options.verbose {
                process.streams.stderr.line(&name).await;
            }
            append(&mut archive, &name, &bytes);
            if archive.len() > MOST {
                return process.fail(1, FULL).await;
            }
        }
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    match options.file.as_deref() {
        None | Some("-") => process.streams.stdout.write(archive).await,
        Some(file) => {
            if !process.container.write_file(&absolute(&process.directory, file), archive) {
                code = process.fail(1, FULL).await;
            }
        }
    }
    code
}

fn append(archive: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str, room: usize| {
        let text = &text.as_bytes()[..text.len().min(room)];
        header[at..at + text.len()].copy_from_slice(text);
    };
    // A name that is too long for its field goes into the one for its folders.
    let (folder, last) = match name.rsplit_once('/') {
        Some((folder, last)) if name.len() > 100 => (folder, last),
        _ => ("", name),
    };
    put(0, last, 100);
    put(100, "0000644\0", 8);
    put(108, "0000000\0", 8);
    put(116, "0000000\0", 8);
    put(124, &format!("{:011o}\0", bytes.len()), 12);
    put(136, &format!("{:011o}\0", jiff::Timestamp::now().as_second()), 12);
    put(148, "        ", 8);
    put(156, "0", 1);
    put(257, "ustar\0", 6);
    put(263, "00", 2);
    put(265, "root", 32);
    put(297, "root", 32);
    put(345, folder, 155);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend_from_slice(&header);
    archive.extend_from_slice(bytes);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

/// What a full disk is told as.
const FULL: &str = "tar: write error: No space left on device";

/// One member of an archive.
struct Member<'a> {
    name: String,
    kind: u8,
    bytes: &'a [u8],
}

/// The members of an archive, as far as it is whole.
fn members(archive: &[u8]) -> Option<Vec<Member<'_>>> {
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    let (mut at, mut all) = (0, Vec::new());
    while let Some(header) = archive.get(at..at + BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            return Some(all);
        }
        let size = text(&header[124..136]);
        let size = usize::from_str_radix(size.trim_matches([' ', '\0']), 8).ok()?;
        let begin = at + BLOCK;
        let bytes = archive.get(begin..begin.checked_add(size)?)?;
        let (folder, name) = (text(&header[345..500]), text(&header[..100]));
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        all.push(Member { name, kind: header[156], bytes });
        at = begin + size.next_multiple_of(BLOCK);
    }
    (at > 0 && at >= archive.len()).then_some(all)
}

async fn extract(process: &Process, options: &Options, directory: &str) -> u8 {
    let archive = match options.file.as_deref() {
        None | Some("-") => {
            let mut all = Vec::new();
            while let Some(chunk) = process.streams.stdin.chunk().await {
                all.extend(chunk);
                if all.len() > MOST {
                    return process.fail(1, FULL).await;
                }
            }
            all
        }
        Some(file) => match process.container.read_file(&absolute(&process.directory, file)) {
            Some(bytes) => bytes,
            None => return process.fail(1, format!("tar: can't open '{file}': No such file or directory")).await,
        },
    };
    if !process.container.is_directory(directory) && options.directory.is_some() {
        let folder = options.directory.as_deref().unwrap_or_default();
        return process.fail(1, format!("tar: can't change directory to '{folder}': No such file or directory")).await;
    }
    let Some(members) = members(&archive) else {
        return process.fail(1, "tar: invalid tar magic").await;
    };
    for member in members {
        let name = member.name.trim_start_matches('/');
        if options.mode == Some('t') || options.verbose {
            process.say(name).await;
        }
        if options.mode == Some('t') {
            continue;
        }
        let path = absolute(directory, name);
        let fits = match member.kind {
            b'5' => process.container.write_file(&format!("{path}/.keep"), Vec::new()),
            b'0' | 0 => process.container.write_file(&path, member.bytes.to_vec()),
            _ => true,
        };
        if !fits {
            return process.fail(1, FULL).await;
        }
    }
    0
}
