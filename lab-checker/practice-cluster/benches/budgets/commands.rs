//! `lab-checker check` beside `kubectl get networkpolicy`, whole processes on the same practice cluster, taking
//! turns.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::figure::{Budget, Figure};
use crate::server::{Server, lab_checker};

/// How often each runs; the best counts.
const RUNS: usize = 20;
const LAB: &str = "default-deny";

/// The figures; none without `LAB_CHECKER`, or where there is no kubectl.
pub(crate) fn figures() -> Vec<Figure> {
    let (Some(program), Some(kubectl)) = (lab_checker(), kubectl()) else {
        println!("`check` is measured when LAB_CHECKER names the program and there is a kubectl\n");
        return Vec::new();
    };
    let server = Server::start();
    let run = |program: &Path, line: &str| {
        let mut command = Command::new(program);
        command
            .args(line.split_whitespace())
            .env("HOME", server.folder())
            .env("LAB_CHECKER_DATA", server.folder())
            .env("KUBECONFIG", server.kubeconfig())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let ended = command.status().expect("the program runs");
        (start.elapsed().as_secs_f64() * 1e3, ended.code())
    };
    assert_eq!(run(&program, &format!("start {LAB}")).1, Some(0), "the lab starts");
    let (mut checked, mut listed) = (f64::INFINITY, f64::INFINITY);
    // The first run of kubectl asks for the API's resources and keeps the answer: it is the second that counts.
    for turn in 0..=RUNS {
        let (theirs, theirs_ended) = run(&kubectl, "get networkpolicy -n production");
        let (ours, ours_ended) = run(&program, &format!("check {LAB}"));
        // The lab is not solved.
        assert_eq!((theirs_ended, ours_ended), (Some(0), Some(1)));
        if turn > 0 {
            (checked, listed) = (checked.min(ours), listed.min(theirs));
        }
    }
    vec![
        Figure::new("the command `check`, whole process", checked, "ms", Budget::Most(listed)),
        Figure::new("`kubectl get networkpolicy` in the same run", listed, "ms", Budget::None),
    ]
}

/// `$LAB_CHECKER_KUBECTL`, else the kubectl in `$PATH`.
fn kubectl() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("LAB_CHECKER_KUBECTL") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|file| file.is_file())
}
