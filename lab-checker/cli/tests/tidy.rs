//! The house rules that a reader relies on, as tests: which room may use which, how large a file gets,
//! that every file says what it is for. ARCHITECTURE.md explains them.

use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// Who may depend on whom. A new arrow is a decision: add it here and to ARCHITECTURE.md.
const ARROWS: [(&str, &[&str]); 8] = [
    ("netpol", &[]),
    ("manifest", &["netpol"]),
    ("cluster", &["netpol", "manifest"]),
    ("pod", &["netpol", "manifest"]),
    ("practice-cluster", &["netpol", "manifest", "pod"]),
    ("course", &["netpol", "manifest"]),
    ("server", &["netpol", "manifest", "cluster", "practice-cluster", "course"]),
    ("cli", &["netpol", "manifest", "cluster", "practice-cluster", "course", "server"]),
];

/// What may stand at the top level besides dotfiles.
const TOP_LEVEL: [&str; 10] = [
    "book",
    "lab-checker",
    "quizzes",
    "labs",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
];

/// Words that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "manager", "misc"];

const LARGEST_FILE: usize = 600;
const LARGE_FILE: usize = 400;

struct Source {
    path: PathBuf,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("lab-checker")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the workspace can be read") {
            let path = entry.expect("a folder entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != "node_modules" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push(Source { path: path.strip_prefix(root()).expect("below the root").to_owned(), text });
            }
        }
    }
    assert!(found.len() > 50, "only {} source files found: the walk is broken", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

impl Source {
    fn is_test(&self) -> bool {
        let stem = self.path.file_stem().unwrap_or_default();
        stem == "tests"
            || self.path.components().any(|part| ["tests", "benches"].contains(&&*part.as_os_str().to_string_lossy()))
    }

    fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

#[test]
fn every_file_opens_by_saying_what_it_holds() {
    let offenders: Vec<_> =
        sources().iter().filter(|s| !s.text.starts_with("//!")).map(|s| s.path.display().to_string()).collect();
    assert_none("files without a module comment", &offenders);
}

#[test]
fn files_stay_small() {
    let code: Vec<_> = sources().into_iter().filter(|source| !source.is_test()).collect();
    let too_large: Vec<_> = code
        .iter()
        .filter(|source| source.lines() > LARGEST_FILE)
        .map(|source| format!("{} ({} lines)", source.path.display(), source.lines()))
        .collect();
    assert_none(&format!("files over {LARGEST_FILE} lines"), &too_large);
    let large = code.iter().filter(|source| source.lines() > LARGE_FILE).count();
    assert!(large * 10 <= code.len(), "{large} of {} files pass {LARGE_FILE} lines; one in ten may", code.len());
}

#[test]
fn names_say_something() {
    let offenders: Vec<_> = sources()
        .iter()
        .filter(|source| {
            source
                .path
                .with_extension("")
                .components()
                .any(|part| EMPTY_NAMES.contains(&&*part.as_os_str().to_string_lossy()))
        })
        .map(|source| source.path.display().to_string())
        .collect();
    assert_none("names that say nothing", &offenders);
}

#[test]
fn no_test_is_switched_off_and_no_lint_is_silenced_without_a_reason() {
    // Spelled in two halves, or this file would find itself.
    let forbidden = [concat!("#[ign", "ore"), concat!("#[all", "ow("), concat!("#![all", "ow(")];
    let mut offenders = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            if forbidden.iter().any(|word| line.trim_start().starts_with(word)) {
                offenders.push(format!("{}:{}: {}", source.path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none("tests switched off, lints silenced", &offenders);
}

#[test]
fn arrows_point_one_way() {
    let rooms: Vec<_> = ARROWS.iter().map(|(room, _)| *room).collect();
    let mut offenders = Vec::new();
    for (room, allowed) in ARROWS {
        let manifest = fs::read_to_string(root().join("lab-checker").join(room).join("Cargo.toml"))
            .expect("a room has a manifest");
        let manifest: Table = manifest.parse().expect("a manifest is TOML");
        let dependencies =
            manifest.get("dependencies").and_then(|table| table.as_table()).expect("a room has dependencies");
        for dependency in dependencies.keys() {
            if rooms.contains(&dependency.as_str()) && !allowed.contains(&dependency.as_str()) {
                offenders.push(format!("{room} → {dependency}"));
            }
        }
    }
    assert_none("arrows that ARCHITECTURE.md does not have", &offenders);
}

#[test]
fn netpol_stays_pure() {
    // Everything else that netpol uses is arithmetic on its own data.
    let forbidden = ["std::fs", "std::env", "std::time", "std::process", "std::thread", "tokio", "async fn"];
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("lab-checker/netpol/src")) {
        for (number, line) in source.text.lines().enumerate() {
            if !line.trim_start().starts_with("//") && forbidden.iter().any(|word| line.contains(word)) {
                offenders.push(format!("{}:{}: {}", source.path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none("netpol does I/O, reads a clock or starts a thread", &offenders);
}

#[test]
fn the_top_level_is_what_the_readme_says() {
    let offenders: Vec<_> = fs::read_dir(root())
        .expect("the root can be read")
        .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "target" && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert_none("strangers at the top level", &offenders);
}

#[test]
fn continuous_integration_runs_the_readmes_test_command() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let run = fs::read_to_string(root().join(".ci/run")).expect("there is a .ci/run");
    let command = run.lines().find_map(|line| line.strip_prefix("exec ")).expect(".ci/run ends in one command");
    assert!(readme.lines().any(|line| line.trim() == command), "the README does not give the command `{command}`");
}
