//! What the server bears, over HTTP, on the real course: `cargo bench -p server --bench served`.
//!
//! It starts the release binary (built here, or named by `LAB_CHECKER`) with a data folder of its own, and in the same
//! run measures a bare database beside it, one row a commit with the same synchronous setting, and nginx, if it is
//! installed. `LAB_CHECKER_DATABASE=postgres://…` measures that database instead of SQLite.
//!
//! | flag | |
//! |---|---|
//! | `--seconds N` | how long each kind of attempt is measured: 10 when left out |
//! | `--minutes N` | how long a class of 500 is at work: 10 when left out, 0 leaves it out |
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]

mod attempts;
mod bare;
mod book;
mod class;
mod client;
mod program;

use std::time::Duration;

use attempts::{Kind, Measured, Pace};
use program::Program;

/// How many learners there are, each with a connection of their own.
const LEARNERS: usize = 500;

fn main() {
    // `cargo test --all-targets` runs benchmarks too, to see that they start.
    if std::env::args().any(|argument| argument == "--bench") {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
    }
}

async fn measure() {
    let time = Duration::from_secs(flag("--seconds").unwrap_or(10));
    let minutes = flag("--minutes").unwrap_or(10);
    let program = Program::start().await;
    let learners = program.enrol(LEARNERS).await;
    println!("{}, {LEARNERS} learners at once, {} seconds each, durable", program.database(), time.as_secs());
    let row = attempts::a_quizzes_report(&program, &learners[0]).await;
    let bare = bare::inserts(&program, &row, time).await;
    println!("  {:<44} {bare:>8.0}/s", format!("bare database, one row of {} bytes a commit", row.len()));
    let lower = if program.is_postgres() { 0.5 } else { 1.0 };
    for (kind, budget) in Kind::ALL.into_iter().zip([2_000.0, 1_200.0, 800.0, 0.0]) {
        let budget = budget * lower;
        let Measured { rate, p50, p99, refused } =
            attempts::measure(&program, &learners, kind, Pace::Saturating, time).await;
        println!("  {:<44} {rate:>8.0}/s   p50 {p50:>6.1} ms   p99 {p99:>6.1} ms", kind.in_words());
        if refused > 0 {
            println!("    {refused} were refused: more than one learner may hand in, and not counted");
        }
        if kind == Kind::Quiz {
            kept("of the bare rate at least", 0.5, &format!(" (it is {:.2})", rate / bare), rate >= 0.5 * bare);
        }
        if budget > 0.0 {
            kept("at least", budget, "/s", rate >= budget);
            let offered = attempts::measure(&program, &learners, kind, Pace::Offered(budget), time).await;
            let (p50, p99) = (offered.p50, offered.p99);
            println!(
                "    when {budget} a second come               {:>8.0}/s   p50 {p50:>6.1} ms   p99 {p99:>6.1} ms",
                offered.rate
            );
            kept("p99 below", 300.0, " ms", p99 < 300.0);
        }
    }
    book::measure(&program, time).await;
    if minutes > 0 {
        class::at_work(&program, &learners, minutes).await;
    }
}

/// A budget of this project, and whether it was kept in this run.
fn kept(what: &str, budget: f64, unit: &str, is_kept: bool) {
    let verdict = if is_kept { "kept" } else { "MISSED" };
    println!("    budget: {what} {budget}{unit}: {verdict}");
}

/// The number after a flag.
fn flag(name: &str) -> Option<u64> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    Some(arguments.get(at + 1)?.parse().unwrap())
}
