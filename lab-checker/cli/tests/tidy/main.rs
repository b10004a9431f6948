//! The house rules that a reader relies on, as tests: which room may use which, how large a file gets,
//! that every file says what it is for. ARCHITECTURE.md explains them.

mod circles;
mod functions;
mod imports;
mod kinds;
mod printed;
mod sources;

use std::collections::BTreeSet;
use std::fs;

use toml::Table;

use circles::circles;
use functions::functions;
use imports::{arrows, between_folders};
use sources::{Source, assert_none, code_of, root, sources};

/// Who may depend on whom. A new arrow is a decision: add it here and to ARCHITECTURE.md.
const ARROWS: [(&str, &[&str]); 8] = [
    ("netpol", &[]),
    ("manifest", &["netpol"]),
    ("cluster", &["manifest"]),
    ("pod", &["netpol", "manifest"]),
    ("practice-cluster", &["netpol", "manifest", "pod"]),
    ("course", &["netpol", "manifest"]),
    ("server", &["netpol", "manifest", "practice-cluster", "course"]),
    ("cli", &["netpol", "manifest", "cluster", "practice-cluster", "course", "server"]),
];

/// Rooms that nobody builds who builds the program: the engine for pages, a bridge to `course`.
const OUTSIDE: [&str; 1] = ["wasm"];

/// What may stand at the top level besides dotfiles.
const TOP_LEVEL: [&str; 12] = [
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
    "CHANGELOG.md",
    "SECURITY.md",
];

/// Words that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "manager", "misc"];

const LARGEST_FILE: usize = 600;
const LARGE_FILE: usize = 400;
const LONG_FUNCTION: usize = 40;

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

/// The names under `[dependencies]` of a room's manifest.
fn dependencies(room: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("lab-checker").join(room).join("Cargo.toml"))
        .unwrap_or_else(|error| panic!("{room}/Cargo.toml: {error}"));
    let manifest: Table = manifest.parse().expect("a manifest is TOML");
    let table = manifest.get("dependencies").and_then(|table| table.as_table()).expect("a room has dependencies");
    table.keys().cloned().collect()
}

#[test]
fn arrows_between_rooms_are_those_of_the_architecture() {
    let rooms: BTreeSet<_> = ARROWS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let mut offenders = Vec::new();
    for (room, uses) in ARROWS {
        let known: BTreeSet<_> = uses.iter().map(|used| (*used).to_owned()).collect();
        let present = &dependencies(room) & &rooms;
        offenders.extend(present.difference(&known).map(|used| format!("{room} → {used} is new")));
        offenders.extend(known.difference(&present).map(|used| format!("{room} → {used} is not there any more")));
    }
    assert_none("arrows differ from what this file and ARCHITECTURE.md have", &offenders);
}

#[test]
fn every_room_is_known() {
    let folders: BTreeSet<_> = fs::read_dir(root().join("lab-checker"))
        .expect("lab-checker/ can be read")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.join("src").is_dir())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let known = ARROWS.iter().map(|(room, _)| *room).chain(OUTSIDE);
    assert_eq!(folders, known.map(str::to_owned).collect());
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let mut offenders = Vec::new();
    for (room, _) in ARROWS {
        let arrows = arrows(&code_of(room));
        assert!(arrows.values().any(|used| !used.is_empty()), "no arrow in {room}: the reading is broken");
        for circle in circles(&arrows) {
            offenders.push(format!("a circle of {} files:", circle.len()));
            for file in &circle {
                let used: Vec<_> = arrows[file].intersection(&circle).map(String::as_str).collect();
                offenders.push(format!("    {file} → {}", used.join(", ")));
            }
        }
    }
    assert_none("files that use each other (one type or function stands a floor too high)", &offenders);
}

/// The rooms in which not only no file, but no folder uses one that uses it. In `cli`, `failure`, `input` and
/// `terminal` do.
const WITH_FLOORS: [&str; 7] = ["netpol", "manifest", "cluster", "pod", "practice-cluster", "course", "server"];
/// Folders that stand beside each other: neither uses the other.
const APART: [(&str, &str, &str); 2] = [("server", "api", "pages"), ("server", "domain", "request")];

#[test]
fn no_floor_uses_one_that_uses_it() {
    let mut offenders = Vec::new();
    for room in WITH_FLOORS {
        let floors = between_folders(&arrows(&code_of(room)));
        for circle in circles(&floors) {
            offenders.push(format!("{room}: {}", circle.into_iter().collect::<Vec<_>>().join(", ")));
        }
        for (_, one, other) in APART.iter().filter(|(where_from, ..)| *where_from == room) {
            let uses = |from: &str, to: &str| floors.get(from).is_some_and(|used| used.contains(to));
            assert!(floors.contains_key(*one) && floors.contains_key(*other), "{room} has no {one} or no {other}");
            if uses(one, other) || uses(other, one) {
                offenders.push(format!("{room}: {one} and {other} stand apart, and one uses the other"));
            }
        }
    }
    assert_none("floors that use each other", &offenders);
}

#[test]
fn a_circle_is_found_through_a_name_that_is_passed_on_and_in_a_macro() {
    let crate_of = |files: &[(&str, &str)]| {
        let source = |(path, text): &(&str, &str)| Source {
            path: format!("lab-checker/sample/src/{path}").into(),
            text: (*text).to_owned(),
        };
        circles(&arrows(&files.iter().map(source).collect::<Vec<_>>()))
    };
    let passed_on = [
        ("lib.rs", "mod floor; mod top;"),
        ("floor/mod.rs", "mod low; pub(crate) use low::Low;"),
        ("floor/low.rs", "pub(crate) struct Low; fn low() { println!(\"{}\", crate::top::high(1)); }"),
        ("top.rs", "use crate::floor; pub(crate) fn high(n: u8) -> u8 { let _ = floor::Low; n }"),
    ];
    let found = crate_of(&passed_on);
    let files = ["lab-checker/sample/src/floor/low.rs", "lab-checker/sample/src/top.rs"].map(String::from);
    assert_eq!(found, [files.into_iter().collect()]);

    let one_way = [
        ("lib.rs", "mod floor; mod top; pub use top::high;"),
        ("floor/mod.rs", "mod low; pub(crate) use low::*;"),
        ("floor/low.rs", "pub(crate) struct Low; #[cfg(test)] mod tests { use crate::top::high; }"),
        ("top.rs", "use super::floor::Low; pub fn high(_: Low) {}"),
    ];
    assert_eq!(crate_of(&one_way), Vec::<BTreeSet<String>>::new());
}

#[test]
fn one_layout_everywhere() {
    let offenders: Vec<_> = sources()
        .iter()
        .filter(|source| root().join(source.path.with_extension("")).is_dir())
        .map(|source| format!("{} stands beside its folder; it belongs inside, as mod.rs", source.path.display()))
        .collect();
    assert_none("modules with a folder", &offenders);
}

#[test]
fn functions_stay_short() {
    let mut offenders = Vec::new();
    for (room, _) in ARROWS {
        let all: Vec<_> = code_of(room).iter().flat_map(functions).collect();
        assert!(!all.is_empty(), "no function in {room}: the reading is broken");
        let long: Vec<_> = all.iter().filter(|function| function.lines >= LONG_FUNCTION).collect();
        if long.len() * 10 > all.len() {
            let names: Vec<_> = long.iter().map(|one| format!("{} ({})", one.name, one.lines)).collect();
            offenders.push(format!("{room}: {} of {}: {}", long.len(), all.len(), names.join(", ")));
        }
    }
    assert_none(&format!("more than one function in ten has {LONG_FUNCTION} lines or more"), &offenders);
}

/// The one table of kinds, and who lists kinds beside it, with the reason.
const KINDS: &str = "lab-checker/manifest/src/kinds.rs";
const OTHER_LISTS: &[(&str, &str)] = &[(
    "lab-checker/practice-cluster/src/resource.rs",
    "what the API serves, with verbs and subresources; a test there holds it against the table",
)];

/// The names in the table, and those that the practice cluster serves beside them.
fn known_kinds() -> BTreeSet<String> {
    let texts =
        [KINDS, OTHER_LISTS[0].0].map(|path| fs::read_to_string(root().join(path)).expect("the table is there"));
    let words = texts.iter().flat_map(|text| text.split('"').skip(1).step_by(2));
    let is_kind = |word: &&str| word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphanumeric);
    words.filter(is_kind).map(str::to_owned).collect()
}

#[test]
fn kinds_are_listed_in_one_place() {
    let known = known_kinds();
    assert!(known.len() > 30 && known.contains("CronJob"), "only {known:?} are known: the reading is broken");
    let mut offenders = Vec::new();
    for source in ARROWS.iter().flat_map(|(room, _)| code_of(room)) {
        let path = source.path.display().to_string();
        let lists = kinds::lists(&source, &known);
        if path == KINDS || OTHER_LISTS.iter().any(|(other, _)| *other == path) {
            assert!(!lists.is_empty(), "{path} lists no kinds any more: it is no exception");
            continue;
        }
        offenders.extend(lists.iter().map(|(line, kinds)| format!("{path}:{line}: {}", kinds.join(", "))));
    }
    assert_none("lists of kinds (a fact about kinds is a column of manifest::kinds)", &offenders);
}

#[test]
fn a_list_of_kinds_is_found_however_it_is_spelled() {
    let known = ["Pod", "Job", "Node", "Service"].map(String::from).into_iter().collect();
    let found = |text: &str| kinds::lists(&Source { path: "a.rs".into(), text: text.to_owned() }, &known).len();
    for list in [
        "const LIST: &[&str] = &[\"Pod\", \"Job\", \"Node\"];",
        "static ROWS: [Row; 3] = [row(\"Pod\", true), row(\"Job\", true), Row { kind: \"Node\" }];",
        "fn f(k: &str) -> bool { matches!(k, \"Pod\" | \"Job\" | \"Node\") }",
        "fn f(k: (&str, &str)) -> u8 { match k { (\"\", \"Pod\" | \"Node\") | (\"batch\", \"Job\") => 1, _ => 0 } }",
        "fn f(k: &str) -> bool { k == \"Pod\" || k == \"Job\" || k == \"Node\" }",
        "kinds! { \"Pod\" true; \"Job\" true; \"Node\" false; }",
        "fn f() -> Vec<&'static str> { vec![\"Pod\", \"Job\", \"Node\"] }",
    ] {
        assert_eq!(found(list), 1, "{list}");
    }
    for none in [
        "fn f(k: &str) -> u8 { match k { \"Pod\" => 1, \"Job\" => 2, \"Node\" | \"Service\" => 3, _ => 4 } }",
        "fn f(k: &str) -> bool { k == \"Pod\" || k == \"Job\" }",
        "const TWO: [&str; 2] = [\"Pod\", \"Job\"];",
        "fn f() {} #[cfg(test)] mod tests { const LIST: [&str; 3] = [\"Pod\", \"Job\", \"Node\"]; }",
    ] {
        assert_eq!(found(none), 0, "{none}");
    }
}

#[test]
fn commands_are_printed_with_the_options_that_were_typed() {
    let by_hand = code_of("cli").into_iter().flat_map(|source| {
        let path = source.path.display().to_string();
        printed::by_hand(&source)
            .into_iter()
            .map(move |(line, text)| format!("{path}:{line}: {text}"))
            .collect::<Vec<_>>()
    });
    assert_none("commands printed by hand (terminal::next keeps the options)", &by_hand.collect::<Vec<_>>());
}

#[test]
fn a_command_that_is_printed_by_hand_is_found() {
    let found = |text: &str| printed::by_hand(&Source { path: "a.rs".into(), text: text.to_owned() }).len();
    for one in [
        "fn f() { advise(\"begin with lab-checker start LAB\") }",
        "fn f() { writeln!(out, \"{DIM}lab-checker labs{DIM:#}\", [1]) }",
        "const NEXT: &str = r#\"a \"b\" lab-checker check\"#; #[cfg(test)] mod tests { const A: &str = \"lab-checker check\"; }",
    ] {
        assert_eq!(found(one), 1, "{one}");
    }
    for none in [
        "/// See lab-checker check\n#[command(after_help = \"Example:\\n  lab-checker labs\")] struct A;",
        "const EXAMPLES: &str = \"\\\nExamples:\n  lab-checker check\";",
        "fn f() { format!(\"{} lists them, lab-checker {} too, lab-checker 0.1\", next::command(\"labs\")) }",
    ] {
        assert_eq!(found(none), 0, "{none}");
    }
}

#[test]
fn only_manifest_reads_yaml() {
    // The parser under serde_yaml counts too, and so would another one.
    let parsers = ["serde_yaml", "granit-parser", "serde-saphyr", "saphyr", "yaml-rust2"];
    let mut offenders = Vec::new();
    for (room, _) in ARROWS.iter().filter(|(room, _)| *room != "manifest") {
        let named = dependencies(room);
        offenders.extend(parsers.iter().filter(|parser| named.contains(**parser)).map(|one| format!("{room} → {one}")));
    }
    assert!(dependencies("manifest").contains("serde_yaml"), "manifest reads YAML with serde_yaml");
    assert_none("rooms besides manifest that parse YAML", &offenders);
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
