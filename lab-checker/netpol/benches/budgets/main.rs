//! `cargo bench -p netpol`: what the engine costs, beside what it may cost.
//!
//! `cargo bench -p netpol -- --report DIR` also writes `report.md` and `growth.svg` there;
//! `-- --emit NAMESPACES PODS POLICIES` writes the cluster of that size as YAML instead, for other
//! evaluators (`benches/peer.sh` does).

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the engine has no clock, no files and no programs; what measures it has"
)]
#![expect(clippy::print_stdout, reason = "figures are what this program is for")]

mod emit;
mod generator;
mod measure;
mod report;

use std::path::Path;
use std::process::ExitCode;

use generator::Size;
use measure::{Figure, Growth};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match texts.as_slice() {
        ["--emit", namespaces, pods, policies] => {
            let number = |text: &str| text.parse().expect("sizes are numbers");
            let size = Size { namespaces: number(namespaces), pods: number(pods), policies: number(policies) };
            emit::write(&generator::cluster(size));
            ExitCode::SUCCESS
        }
        ["--memory", kind, pods, policies] => {
            let number = |text: &str| text.parse().expect("sizes are numbers");
            let size = Size { namespaces: 10, pods: number(pods), policies: number(policies) };
            let all_different = *kind == "different";
            let snapshot = if all_different { generator::all_different(size) } else { generator::cluster(size) };
            println!("{}", measure::own_memory(snapshot));
            ExitCode::SUCCESS
        }
        ["--report", folder] => run(Some(Path::new(folder))),
        _ => run(None),
    }
}

/// Measures everything; fails when a budget is exceeded.
fn run(folder: Option<&Path>) -> ExitCode {
    let figures = measure::figures();
    let growth = measure::growth();
    print(&figures, &growth);
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(folder.join("report.md"), report::markdown(&figures, &growth))
            .expect("report.md can be written");
        std::fs::write(folder.join("growth.svg"), report::plot(&growth)).expect("growth.svg can be written");
        println!("written to {}", folder.display());
    }
    if figures.iter().all(Figure::is_within) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(figures: &[Figure], growth: &[Growth]) {
    println!("{}", report::figures_table(figures));
    println!("{}", report::growth_table(growth));
}
