//! A client that is not kubectl and not Go's or Rust's: the official Python client.

use std::path::Path;
use std::process::Command;

use crate::server::Server;

#[test]
fn the_python_client_feels_at_home() {
    let server = Server::start();
    // The test command names a Python that has the package `kubernetes`.
    let python = std::env::var_os("LAB_CHECKER_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/client.py");
    let said = Command::new(&python)
        .arg(script)
        .arg(server.folder().join("config"))
        .output()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
    let steps = String::from_utf8_lossy(&said.stdout);
    let problem = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "after these steps: {steps:?}\n{problem}\n(lab-checker/test installs the package)");
    let expected = "versions_and_lists\npods_run\npolicies_hold\nrefusals\neverything_goes\n";
    assert_eq!(steps, expected);
}
