//! Proving the first try: something is wrong before it, and its answer puts all of it right.

use manifest::Source;

use crate::book::Course;
use crate::check::first_try_cells;
use crate::files::Problem;
use crate::labs::FirstTry;
use crate::snapshot;

const FILE: &str = "book/first-try.yaml";

pub(super) fn prove(course: &Course) -> Vec<Problem> {
    course.first_try.as_ref().map(of).unwrap_or_default()
}

fn of(first: &FirstTry) -> Vec<Problem> {
    let start = snapshot::apply(snapshot::baseline(), first.lab.start_objects());
    let (documents, wrong) = manifest::yaml::read(FILE, &first.filled(&first.answer));
    let mut problems: Vec<Problem> = wrong.into_iter().map(Problem::from).collect();
    let answer: Vec<_> = documents.into_iter().map(|document| document.value).collect();
    let faults = |objects: &[serde_json::Value]| {
        let cells = first_try_cells(first, objects, Source::Files);
        cells.into_iter().filter(|cell| cell.actual != Some(cell.expected)).collect::<Vec<_>>()
    };
    if faults(&start).is_empty() {
        problems.push(Problem::new(FILE, "nothing is wrong before it").with_help("name flows that have to be stopped"));
    }
    for cell in faults(&snapshot::apply(&start, &answer)) {
        let told = format!("with the answer filled in, `{}` fails at {}", cell.check, cell.flow);
        problems.push(Problem::new(FILE, told).of_field("answer"));
    }
    problems
}
