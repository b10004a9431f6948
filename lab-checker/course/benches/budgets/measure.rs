//! Measuring. Time is the time that this thread spends on a core, so that figures do not depend on what else the
//! machine does; each is the mean of several runs after one that warms up.

use std::hint::black_box;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use course::{Checker, Course, Lab};
use serde_json::Value;

use crate::figure::Figure;

/// What an ordinary lab may cost, and the capstone, whose universe is larger than all others together.
const ORDINARY: f64 = 1.0;
const CAPSTONE: f64 = 50.0;

/// One figure for each lab, or for one alone.
pub(crate) fn figures(course: &Course, only: Option<&str>) -> Vec<Figure> {
    let labs = course.labs.iter().filter(|lab| only.is_none_or(|only| lab.name == only));
    labs.map(figure).collect()
}

fn figure(lab: &Arc<Lab>) -> Figure {
    let checker = Checker::new(Arc::clone(lab));
    let check = |objects: &[Value]| mean(|| _ = black_box(checker.check_files(objects)));
    let solution = check(&lab.solution.objects);
    let others = lab.also_right.iter().map(|answer| (format!("also-right/{}", answer.name), &answer.objects));
    let mistakes = lab.mistakes.iter().map(|mistake| (format!("mistakes/{}", mistake.name), &mistake.objects));
    let mut dearest = (solution, "solution".to_owned());
    for (name, objects) in others.chain(mistakes) {
        let cost = check(objects);
        if cost > dearest.0 {
            dearest = (cost, name);
        }
    }
    Figure {
        lab: lab.name.clone(),
        worlds: 1 + lab.worlds.len(),
        solution,
        dearest: dearest.0,
        answer: dearest.1,
        budget: if lab.name == "capstone" { CAPSTONE } else { ORDINARY },
    }
}

/// Milliseconds on the core that `work` takes. The core's time is told in steps of some milliseconds, so short work
/// is repeated until the steps no longer matter.
fn mean(mut work: impl FnMut()) -> f64 {
    work();
    let (before, mut runs) = (on_core(), 0);
    loop {
        work();
        runs += 1;
        let total = on_core() - before;
        if runs >= 10 && (total >= 40.0 || runs >= 4000) {
            return total / f64::from(runs);
        }
    }
}

/// Milliseconds that this thread has spent on a core; where Linux does not say, the time of the clock.
fn on_core() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3, |some| some / 1e6)
}
