//! The API as its description says it is: [Schemathesis](https://schemathesis.io) makes requests from the description,
//! right ones and wrong ones, and finds nothing in the answers. As a learner, as an instructor and as nobody, at
//! labs and quizzes that exist and at such that do not.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// How many requests it makes of each kind for each operation: with all of them it takes about two minutes.
const EXAMPLES: &str = "10";

/// What 422 is for: a request that the description allows, and whose meaning is not valid (no such pod, two learners
/// with one address). No description can say that; that it is a problem and described is looked at all the same.
const EXISTING: &str = r#"
[[operations]]
include-path-regex = "^/api/v1/labs/"
parameters = { "path.id" = "close" }
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "426", "429", "5xx"]

[[operations]]
include-path-regex = "^/api/v1/quizzes/"
parameters = { "path.id" = "basics" }
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
"#;

/// Events come until the client goes, so it goes soon.
const ENDLESS: &str = r#"
[[operations]]
include-path-regex = "/events$"
request-timeout = 2
"#;

fn program() -> PathBuf {
    std::env::var_os("LAB_CHECKER_SCHEMATHESIS").map(PathBuf::from).expect(
        "this test needs Schemathesis: name it in $LAB_CHECKER_SCHEMATHESIS (lab-checker/test installs it and does)",
    )
}

/// A class on the sample course, with the token of somebody who is `who`.
fn class(terminal: &Terminal, who: &str) -> (Serving, String, Option<String>) {
    let server = Serving::sample_class(terminal, &[]);
    let url = format!("http://127.0.0.1:{}", server.url.rsplit(':').next().expect("a port"));
    let token = match who {
        "learner" => {
            terminal.run(&format!("join {url} {} --name Ada", server.said_after("join code"))).exits(0);
            Some(terminal.token_of_learner())
        }
        "instructor" => std::fs::read_to_string(terminal.data().join("instructor-token")).ok(),
        _ => None,
    };
    assert_eq!(token.is_some(), who != "nobody");
    (server, url, token.map(|token| token.trim().to_owned()))
}

fn finds_nothing(who: &str, config: &str) {
    let terminal = Terminal::new();
    let (server, url, token) = class(&terminal, who);
    terminal.file("schemathesis.toml", format!("{config}{ENDLESS}"));
    let mut command: Command = terminal.command(program());
    command.args(["--config-file", "schemathesis.toml", "run", "--no-color", "--seed", "1", "--workers", "1"]);
    command.args(["--max-examples", EXAMPLES, "--generation-database", "none", "--request-timeout", "60"]);
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    command.arg(format!("{url}/api/openapi.json")).stdin(Stdio::null());
    let output = command.output().expect("Schemathesis runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "as {who}:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let tested = said.lines().find_map(|line| line.trim().strip_prefix("Tested:")).map(str::trim);
    let tested: usize = tested.and_then(|number| number.parse().ok()).unwrap_or_default();
    assert!(tested >= 40, "{tested} operations were tried as {who}:\n{said}");
    drop(server);
}

#[test]
fn a_learner_gets_what_is_described() {
    finds_nothing("learner", "");
}

#[test]
fn a_learner_gets_what_is_described_at_labs_and_quizzes_that_exist() {
    finds_nothing("learner", EXISTING);
}

#[test]
fn an_instructor_gets_what_is_described() {
    finds_nothing("instructor", "");
}

#[test]
fn nobody_gets_what_is_described() {
    finds_nothing("nobody", "");
}
