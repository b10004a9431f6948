//! `cargo bench -p practice-cluster`: what practice clusters cost, beside what they may cost.
//!
//! `-- --report DIR` also writes `report.md` there. With `LAB_CHECKER=PROGRAM` the server is that program's
//! `cluster` command, and its `check` is compared with kubectl; without, the server is this program itself.
//! `benches/report.sh` does all of it.

#![expect(clippy::print_stdout, reason = "figures are what this program is for")]

mod commands;
mod connection;
mod figure;
mod memory;
mod server;
mod traffic;

use std::path::Path;
use std::process::ExitCode;

use figure::Figure;
use server::Server;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match texts.as_slice() {
        ["--serve"] => server::serve(),
        ["--memory"] => memory::print(),
        ["--report", folder, "--bench"] => return run(Some(Path::new(folder))),
        // `cargo test --all-targets` starts benchmarks without `--bench`, to see that they start.
        texts if texts.contains(&"--bench") => return run(None),
        _ => {}
    }
    ExitCode::SUCCESS
}

/// Measures everything; fails when a budget is exceeded.
fn run(folder: Option<&Path>) -> ExitCode {
    let mut figures = vec![server::first_answer()];
    figures.extend(memory::figures());
    let server = Server::start();
    figures.extend(runtime().block_on(traffic::figures(&server)));
    drop(server);
    figures.extend(commands::figures());
    let table = figure::table(&figures);
    println!("{table}");
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(folder.join("report.md"), figure::markdown(&table)).expect("report.md can be written");
        println!("written to {}", folder.display());
    }
    if figures.iter().all(Figure::is_within) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
