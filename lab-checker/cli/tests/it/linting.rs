//! `lint` on folders of YAML: where findings stand, what silences them, and what other programs get.

use serde_json::Value;

use crate::terminal::{Ran, Terminal};

/// Two slips: a dash before `ports`, and an empty `from`.
const SLIPS: &str = "\
# The shop's policies.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    - podSelector: {}
  - ports:
    - port: 8080
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    ports:
    - port: 80
";

fn folder(text: &str) -> Terminal {
    let terminal = Terminal::new();
    terminal.file("k8s/policies.yaml", text);
    terminal
}

fn ids(answer: &Value) -> Vec<String> {
    let findings = answer["findings"].as_array().expect("findings");
    let id = |finding: &Value| format!("{}:{}", finding["lint"].as_str().expect("an id"), finding["line"]);
    findings.iter().map(id).collect()
}

#[test]
fn a_finding_says_what_where_and_what_was_meant() {
    let terminal = folder(SLIPS);
    let ran = terminal.run("lint -f k8s").exits(1).says("warning: split-rule  k8s/policies.yaml:10:5");
    let ran = ran.says("        - from:\n          - podSelector: {}\n          ports:\n          - port: 8080");
    ran.says("warning: empty-peers  k8s/policies.yaml:19:");
    let answer = terminal.run("lint -f k8s -o json").exits(1).json();
    assert_eq!(ids(&answer), ["empty-peers:19", "split-rule:10"]);
    let split = &answer["findings"][1];
    assert_eq!((&split["severity"], &split["file"]), (&"warning".into(), &"k8s/policies.yaml".into()));
    assert!(split["fix"].as_str().expect("a fix").starts_with("- from:"), "{split}");
}

#[test]
fn what_is_meant_can_be_silenced() {
    let terminal = folder(SLIPS);
    let ran = terminal.run("lint -f k8s --ignore split-rule").exits(1);
    ran.says("empty-peers").says("1 finding in 2 policies, 1 silenced");
    terminal
        .run("lint -f k8s --ignore split-rule --ignore empty-peers")
        .exits(0)
        .says("nothing suspicious, 2 silenced");
    terminal.run("lint -f k8s --ignore no-such").exits(2).warns("there is no lint `no-such`");
    terminal.file(".lab-checker.yaml", "lint:\n  ignore: [split-rule, empty-peers]\n");
    terminal.run("lint -f k8s").exits(0);
    terminal.file("other.yaml", "lint: {ignore: [split-rule]}\n");
    terminal.run("lint -f k8s --config other.yaml").exits(1).says("empty-peers");
    for (settings, wrong) in [
        ("lint:\n  ignore: [nothing]\n", "settings.yaml:2: there is no lint `nothing`"),
        ("lint:\n  ignored: []\n", "settings.yaml:2: unknown field `ignored`"),
        ("lints: {}\n", "settings.yaml:1: unknown field `lints`"),
        ("lint: {ignore: split-rule}\n", "settings.yaml:1: `ignore` must be a list of ids"),
        ("lint: [\n", "settings.yaml:"),
    ] {
        terminal.file("settings.yaml", settings);
        terminal.run("lint -f k8s --config settings.yaml").exits(2).warns(wrong);
    }
    terminal.run("lint -f k8s --config gone.yaml").exits(2).warns("gone.yaml cannot be read");
}

#[test]
fn a_comment_silences_what_stands_below_it() {
    let at_line = SLIPS.replace("  - ports:", "  - ports: # lab-checker: ignore split-rule");
    let above =
        SLIPS.replace("  - ports:", "  # Meant so.\n  # lab-checker: ignore split-rule, empty-peers\n  - ports:");
    let whole = SLIPS.replace("# The shop's policies.", "# lab-checker: ignore split-rule");
    let other = SLIPS.replace("  - ports:", "  # lab-checker: ignore empty-peers\n  - ports:");
    for (text, left) in [(at_line, 1), (above, 1), (whole, 1), (other, 2)] {
        let answer = folder(&text).run("lint -f k8s -o json").exits(1).json();
        assert_eq!(answer["findings"].as_array().expect("findings").len(), left, "{text}");
        assert_eq!(answer["silenced"], 2 - left, "{text}");
    }
}

#[test]
fn code_scanning_gets_sarif() {
    let terminal = folder(SLIPS);
    let log = terminal.run("lint -f k8s -o sarif").exits(1).json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    for result in results {
        let rule = &run["tool"]["driver"]["rules"]
            [usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("a small one")];
        assert_eq!(rule["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "k8s/policies.yaml");
        assert!(place["region"]["startLine"].as_u64().expect("a line") > 1, "{place}");
    }
    let spaced = Terminal::new();
    spaced.file("my k8s/ä.yaml", SLIPS);
    let mut command = spaced.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["lint", "-f", "my k8s", "-o", "sarif"]);
    let log = Ran::of(command, b"").exits(1).json();
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "my%20k8s/%C3%A4.yaml");
}
