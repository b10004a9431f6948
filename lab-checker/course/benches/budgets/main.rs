//! `cargo bench -p course`: what checking an answer costs, beside what it may cost, on the real course.
//!
//! Every lab is checked as the server does it: with one checker that is kept, and all of the lab's worlds. What
//! counts is the dearest answer among the solution, the right answers written otherwise, and the mistakes.
//! `-- --report DIR` also writes `report.md` there, `-- --only LAB` measures one lab.

#![expect(clippy::print_stdout, reason = "figures are what this program is for")]

mod figure;
mod measure;

use std::path::Path;
use std::process::ExitCode;

use course::Course;
use figure::Figure;

/// The one that the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match texts.as_slice() {
        ["--report", folder, "--bench"] => run(None, Some(Path::new(folder))),
        ["--only", lab, "--bench"] => run(Some(lab), None),
        // `cargo test --all-targets` starts benchmarks without `--bench`, to see that they start.
        texts if texts.contains(&"--bench") => run(None, None),
        _ => ExitCode::SUCCESS,
    }
}

/// Measures everything; fails when a budget is exceeded.
fn run(only: Option<&str>, folder: Option<&Path>) -> ExitCode {
    let course = Course::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).expect("the course can be loaded");
    let figures = measure::figures(&course, only);
    let report = figure::markdown(&figures);
    println!("{report}");
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(folder.join("report.md"), report).expect("report.md can be written");
        println!("written to {}", folder.display());
    }
    if figures.iter().all(Figure::is_within) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
