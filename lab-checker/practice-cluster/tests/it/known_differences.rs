//! The differences from a real cluster that no recording shows: each stands in the list with a reason and with what is
//! typed to see it, so that one which is gone does not stay on the list.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::{Server, golden};

/// One of them, and what shows it.
struct Entry {
    reason: String,
    commands: Vec<Command>,
}

struct Command {
    line: String,
    seen: Vec<String>,
    unseen: Vec<String>,
}

/// Where they begin in the list.
const TITLE: &str = "each still shows.\n";

fn entries() -> Vec<Entry> {
    let text = std::fs::read_to_string(golden().join("known-differences.txt")).expect("the list is there");
    let (_, text) = text.split_once(TITLE).expect("the second part of the list");
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix('#')).filter(|line| !line.trim().is_empty()) {
        let Some(below) = line.strip_prefix("   ") else {
            entries.push(Entry { reason: line.trim().to_owned(), commands: Vec::new() });
            continue;
        };
        let entry = entries.last_mut().expect("a reason comes first");
        if let Some(line) = below.strip_prefix("$ ") {
            entry.commands.push(Command { line: line.to_owned(), seen: Vec::new(), unseen: Vec::new() });
            continue;
        }
        let command = entry.commands.last_mut().expect("a command comes before what it shows");
        match below.strip_prefix("! ") {
            Some(text) => command.unseen.push(text.to_owned()),
            None => command.seen.push(below.to_owned()),
        }
    }
    entries
}

/// What the commands look at.
const OBJECTS: &str = include_str!("../golden/known-differences.yaml");

#[test]
fn every_known_difference_is_still_one() {
    let server = Server::start();
    let applied = server.apply(OBJECTS);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    server.kubectl("wait --for=condition=Ready pods --all --timeout=20s");
    let entries = entries();
    assert!(entries.len() > 15, "only {} entries: the reading is broken", entries.len());
    let next = AtomicUsize::new(0);
    let report = Mutex::new(String::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let gone = entry.gone(&server);
                    report.lock().expect("nobody panicked").push_str(&gone);
                }
            });
        }
    });
    let report = report.into_inner().expect("nobody panicked");
    assert!(report.is_empty(), "no longer as the list says:\n{report}");
}

impl Entry {
    /// What of it does not show any more.
    fn gone(&self, server: &Server) -> String {
        let Self { reason, commands } = self;
        let mut report = String::new();
        if commands.is_empty() {
            let _ = writeln!(report, "nothing shows: {reason}");
        }
        for Command { line, seen, unseen } in commands {
            let said = server.sh(&format!("timeout 30 sh -c '{}'", line.replace('\'', "'\\''")), server.folder(), None);
            let text = format!("{}{}", said.stdout, said.stderr);
            let missing: Vec<&String> = seen.iter().filter(|seen| !text.contains(seen.as_str())).collect();
            let odd: Vec<&String> = unseen.iter().filter(|unseen| text.contains(unseen.as_str())).collect();
            if !missing.is_empty() || !odd.is_empty() {
                let _ = writeln!(report, "{reason}\n  $ {line}\n  without {missing:?}, with {odd:?}:\n{text}");
            }
        }
        report
    }
}
