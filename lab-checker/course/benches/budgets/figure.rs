//! A lab's figure beside its budget.

use std::fmt::Write as _;

/// What checking one lab costs, in milliseconds.
pub(crate) struct Figure {
    pub(crate) lab: String,
    /// In how many clusters an answer is judged.
    pub(crate) worlds: usize,
    pub(crate) solution: f64,
    /// The dearest of all answers.
    pub(crate) dearest: f64,
    /// Which that is.
    pub(crate) answer: String,
    pub(crate) budget: f64,
}

impl Figure {
    pub(crate) fn is_within(&self) -> bool {
        self.dearest <= self.budget
    }
}

/// All figures as a table, the dearest lab first.
pub(crate) fn markdown(figures: &[Figure]) -> String {
    let mut sorted: Vec<&Figure> = figures.iter().collect();
    sorted.sort_by(|a, b| (b.dearest / b.budget).total_cmp(&(a.dearest / a.budget)));
    let mut text = String::from(
        "# What checking an answer costs\n\nWritten by `cargo bench -p course -- --report DIR`; times are times on one \
         core, each the mean of several runs.\n\n\
         | lab | clusters | solution | dearest answer | it is | budget | measured / budget |\n\
         |---|--:|--:|--:|---|--:|--:|\n",
    );
    for figure in sorted {
        let Figure { lab, worlds, solution, dearest, answer, budget } = figure;
        let over = if figure.is_within() { "" } else { " **over**" };
        let _ = writeln!(
            text,
            "| {lab} | {worlds} | {solution:.3} ms | {dearest:.3} ms | {answer} | {budget} ms | {:.2}{over} |",
            dearest / budget
        );
    }
    text
}
