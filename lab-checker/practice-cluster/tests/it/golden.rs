//! The recordings of a real cluster, replayed.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::normal::normal;
use crate::server::{Said, Server, golden, old_kubectl};

/// One recorded command.
struct Recording {
    number: String,
    line: String,
    said: Said,
}

fn recordings(folder: &str) -> Vec<Recording> {
    let mut files: Vec<_> = std::fs::read_dir(golden().join(folder))
        .expect("the recordings are there")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).expect("a recording");
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
            parse(&name[..3], &text)
        })
        .collect()
}

fn parse(number: &str, text: &str) -> Recording {
    let (head, rest) = text.split_once("--- stdout\n").expect("a recording has stdout");
    let (stdout, stderr) =
        rest.split_once("--- stderr\n").or_else(|| rest.split_once("--- stderr")).expect("and stderr");
    let mut lines = head.lines();
    let line = lines.next().and_then(|line| line.strip_prefix("$ ")).expect("a command");
    let code = lines.find_map(|line| line.strip_prefix("exit: ")).and_then(|code| code.parse().ok());
    Recording {
        number: number.to_owned(),
        line: line.to_owned(),
        said: Said { code: code.expect("an exit code"), stdout: stdout.to_owned(), stderr: stderr.to_owned() },
    }
}

/// A difference that is known.
struct Known {
    /// It need not show every time.
    perhaps: bool,
    reason: String,
}

/// The differences of a folder's recordings that are known for a kubectl of a minor version.
fn known(folder: &str, minor: u32) -> BTreeMap<String, Known> {
    let text = std::fs::read_to_string(golden().join("known-differences.txt")).expect("the list is there");
    let mut all = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, reason) = line.split_once(' ').expect("a recording and a reason");
        let Some(number) = name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let (holds, reason) = match reason.strip_prefix('<').and_then(|rest| rest.split_once(' ')) {
            Some((below, reason)) => (minor < below.parse().expect("a minor version"), reason),
            None => (true, reason),
        };
        if holds {
            let known = Known { perhaps: number.ends_with('?'), reason: reason.to_owned() };
            all.insert(number.trim_end_matches('?').to_owned(), known);
        }
    }
    all
}

#[test]
fn policies_as_on_a_real_cluster() {
    replay(&Server::alone(), "kubectl-policy");
}

#[test]
fn policies_with_an_old_kubectl() {
    replay(&Server::alone().using(&old_kubectl()), "kubectl-policy");
}

#[test]
fn pods_as_on_a_real_cluster() {
    replay(&Server::start(), "kubectl-pods");
}

#[test]
fn pods_with_an_old_kubectl() {
    replay(&Server::start().using(&old_kubectl()), "kubectl-pods");
}

fn replay(server: &Server, folder: &str) {
    let mut known = known(folder, server.kubectl_minor());
    let mut report = String::new();
    for recording in recordings(folder) {
        let said = server.sh(&recording.line, &golden().join("manifests"), None);
        let expected = &recording.said;
        let same = said.code == expected.code
            && normal(&said.stdout) == normal(&expected.stdout)
            && normal(&said.stderr) == normal(&expected.stderr);
        match (same, known.remove(&recording.number)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(known)) if known.perhaps => {}
            (true, Some(Known { reason, .. })) => {
                let _ = writeln!(report, "{} no longer differs ({reason}): take it off the list", recording.number);
            }
            (false, None) => {
                let _ = writeln!(
                    report,
                    "== {} {}\n-- expected {}\n{}\n{}\n-- found {}\n{}\n{}",
                    recording.number,
                    recording.line,
                    expected.code,
                    normal(&expected.stdout),
                    normal(&expected.stderr),
                    said.code,
                    normal(&said.stdout),
                    normal(&said.stderr),
                );
            }
        }
    }
    assert!(known.is_empty(), "known differences without a recording: {:?}", known.keys());
    assert!(report.is_empty(), "{report}");
}

#[test]
fn every_wrong_manifest_is_refused_in_the_same_words() {
    let server = Server::start();
    let manifests: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(golden().join("errors.json")).expect("there")).expect("JSON");
    let expected = std::fs::read_to_string(golden().join("errors-kubectl1.37.txt")).expect("there");
    let mut report = String::new();
    let mut seen = 0;
    for line in expected.lines() {
        let (name, rest) = line.split_once(char::is_whitespace).expect("a name");
        let (code, message) = rest.trim_start().strip_prefix("rc=").and_then(|r| r.split_once(' ')).expect("rc");
        let said = server.apply(manifests[name].as_str().expect("a manifest"));
        let text = if said.code == 0 { &said.stdout } else { &said.stderr };
        let text = text.trim_end().replace('\n', " ⏎ ");
        if said.code.to_string() != code || text != message.trim_end() {
            let _ = writeln!(report, "{name}\n  expected {code} {message}\n  found    {} {text}", said.code);
        }
        seen += 1;
    }
    assert_eq!(seen, 44);
    assert!(report.is_empty(), "{report}");
}
