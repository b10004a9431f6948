//! Figures beside their budgets, as a table.

use std::fmt::Write as _;

/// Something measured.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
    pub(crate) budget: Budget,
}

/// What a figure may be.
#[derive(Clone, Copy)]
pub(crate) enum Budget {
    /// Not more.
    Most(f64),
    /// Not less.
    Least(f64),
    /// Nobody has set a limit.
    None,
}

impl Figure {
    /// A figure.
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str, budget: Budget) -> Self {
        Self { what: what.into(), unit, value, budget }
    }

    /// Whether it is what it may be.
    pub(crate) fn is_within(&self) -> bool {
        match self.budget {
            Budget::Most(most) => self.value <= most,
            Budget::Least(least) => self.value >= least,
            Budget::None => true,
        }
    }
}

/// Every figure, its budget and the ratio.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = String::from("| what | measured | budget | measured / budget |\n|---|--:|--:|--:|\n");
    for figure in figures {
        let Figure { what, unit, value, budget } = figure;
        let missed = if figure.is_within() { "" } else { " **missed**" };
        let (limit, ratio) = match budget {
            Budget::Most(limit) => (format!("≤ {} {unit}", number(*limit)), format!("{:.3}{missed}", value / limit)),
            Budget::Least(limit) => (format!("≥ {} {unit}", number(*limit)), format!("{:.3}{missed}", value / limit)),
            Budget::None => ("–".to_owned(), "–".to_owned()),
        };
        let _ = writeln!(text, "| {what} | {} {unit} | {limit} | {ratio} |", number(*value));
    }
    text
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// The whole report.
pub(crate) fn markdown(table: &str) -> String {
    format!(
        "# What practice clusters cost\n\nWritten by `benches/report.sh`. Server and client share the machine. Creates \
         and lists go over eight connections on loopback, each waiting for its answer before it asks again; their \
         budget is five times what kube-apiserver 1.36 with etcd 3.6 did on such a machine in the same way (608 creates \
         and 1,089 lists a second). Commands are whole processes, the best of several runs that take turns.\n\n{table}"
    )
}
