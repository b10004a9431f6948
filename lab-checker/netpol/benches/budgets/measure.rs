//! Measuring. Time is the time that this thread spends on a core, so that figures do not depend on what
//! else the machine does; each is the mean of several runs after one that warms up.

use std::hint::black_box;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use netpol::{Change, Engine, Protocol, Query, Snapshot};

use crate::generator::{Size, all_different, another_policy, cluster};

/// Something measured, beside its budget.
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
    pub(crate) budget: f64,
}

/// What a size costs.
pub(crate) struct Growth {
    pub(crate) size: Size,
    /// From parsed objects to the count of all pairs at one port.
    pub(crate) milliseconds: f64,
    /// What the engine adds to the memory of the process.
    pub(crate) mebibytes: f64,
    pub(crate) flows: u64,
}

impl Figure {
    pub(crate) fn is_within(&self) -> bool {
        self.value <= self.budget
    }
}

const MEDIUM: Size = Size { namespaces: 10, pods: 3000, policies: 300 };
const LARGE: Size = Size { namespaces: 10, pods: 10_000, policies: 1000 };

/// The figures that have a budget.
pub(crate) fn figures() -> Vec<Figure> {
    let milliseconds = |what, value, budget| Figure { what, unit: "ms", value, budget };
    vec![
        milliseconds(
            "3,000 pods, 300 policies: all pairs at one port, from parsed objects",
            all_pairs(&cluster(MEDIUM)).0,
            10.0,
        ),
        milliseconds(
            "10,000 pods, 1,000 policies: all pairs at one port, from parsed objects",
            all_pairs(&cluster(LARGE)).0,
            100.0,
        ),
        Figure {
            what: "10,000 pods, 1,000 policies: memory beside the snapshot",
            unit: "MiB",
            value: memory(LARGE, "alike"),
            budget: 200.0,
        },
        milliseconds(
            "the same size, every pod told from every other by the policies",
            all_pairs(&all_different(LARGE)).0,
            100.0,
        ),
        Figure {
            what: "memory beside the snapshot then",
            unit: "MiB",
            value: memory(LARGE, "different"),
            budget: 200.0,
        },
        milliseconds("one changed policy of those 1,000, all pairs counted again", one_change(LARGE), 5.0),
    ]
}

/// What clusters of many sizes cost.
pub(crate) fn growth() -> Vec<Growth> {
    let sizes = [
        (100, 10),
        (100, 100),
        (1000, 10),
        (1000, 100),
        (1000, 300),
        (3000, 100),
        (3000, 300),
        (3000, 1000),
        (10_000, 300),
        (10_000, 1000),
        (10_000, 3000),
        (30_000, 1000),
        (30_000, 3000),
    ];
    let measured = sizes.into_iter().map(|(pods, policies)| {
        let size = Size { namespaces: 10, pods, policies };
        let (milliseconds, flows) = all_pairs(&cluster(size));
        Growth { size, milliseconds, mebibytes: memory(size, "alike"), flows }
    });
    measured.collect()
}

/// Milliseconds on the core that `work` takes, given what `prepare` makes. The core's time is told in
/// steps of some milliseconds, so short work is repeated until the steps no longer matter.
fn mean<T>(mut prepare: impl FnMut(u64) -> T, mut work: impl FnMut(T)) -> f64 {
    work(prepare(0));
    let (mut total, mut runs) = (0.0, 0);
    while (total < 150.0 || runs < 10) && runs < 4000 {
        runs += 1;
        let prepared = prepare(runs);
        let before = on_core();
        work(prepared);
        total += on_core() - before;
    }
    total / runs as f64
}

/// Milliseconds that this thread has spent on a core; where Linux does not say, the time of the clock.
fn on_core() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3, |some| some / 1e6)
}

/// Milliseconds from parsed objects to the count of all pairs, and how many pairs.
fn all_pairs(snapshot: &Snapshot) -> (f64, u64) {
    let mut flows = 0;
    // Tearing down is not part of it: the engine is kept until the next run.
    let mut kept = None;
    let work = |snapshot| {
        let engine = Engine::new(snapshot);
        flows = black_box(engine.reachability(&Query::port(80, Protocol::Tcp)).count()).flows;
        kept = Some(engine);
    };
    let milliseconds = mean(|_| snapshot.clone(), work);
    drop(kept);
    (milliseconds, flows)
}

/// Milliseconds from one changed policy to the new count. The query's endpoints are picked again too.
fn one_change(size: Size) -> f64 {
    let mut engine = Engine::new(cluster(size));
    let query = Query::port(80, Protocol::Tcp);
    black_box(engine.reachability(&query).count());
    let work = |changed| {
        engine.apply(Change::Policy(changed));
        black_box(engine.reachability(&query).count());
    };
    mean(|run| another_policy(size, run + 1), work)
}

/// Mebibytes that the engine adds at its peak, measured in a process of its own.
fn memory(size: Size, pods: &str) -> f64 {
    let program = std::env::current_exe().expect("this program has a path");
    let arguments = ["--memory".to_owned(), pods.to_owned(), size.pods.to_string(), size.policies.to_string()];
    let output = Command::new(program).args(arguments).output().expect("this program runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN)
}

/// Mebibytes that this process takes more at its peak than with the snapshot alone.
pub(crate) fn own_memory(snapshot: Snapshot) -> f64 {
    let before = peak_memory();
    let engine = Engine::new(snapshot);
    black_box(engine.reachability(&Query::port(80, Protocol::Tcp)).count());
    peak_memory() - before
}

/// The most memory that this process ever had, in mebibytes.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kibibytes.unwrap_or(f64::NAN) / 1024.0
}
