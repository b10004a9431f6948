//! The figures as tables, and their growth as a plot.

use std::fmt::Write as _;

use crate::measure::{Figure, Growth};

/// The whole report.
pub(crate) fn markdown(figures: &[Figure], growth: &[Growth]) -> String {
    format!(
        "# What the engine costs\n\nWritten by `cargo bench -p netpol -- --report lab-checker/netpol/benches/report`; \
         times are times on one core, each the mean of several runs.\n\n## Budgets\n\n{}\n## Growth\n\nFrom parsed objects to \
         the count of all pairs at one port; memory is what the engine adds at its peak to the snapshot.\n\n{}\n\
         ![growth](growth.svg)\n",
        figures_table(figures),
        growth_table(growth)
    )
}

/// Every figure, its budget and the ratio.
pub(crate) fn figures_table(figures: &[Figure]) -> String {
    let mut text = String::from("| what | measured | budget | measured / budget |\n|---|--:|--:|--:|\n");
    for figure in figures {
        let Figure { what, unit, value, budget } = figure;
        let over = if figure.is_within() { "" } else { " **over**" };
        let _ = writeln!(text, "| {what} | {value:.2} {unit} | {budget} {unit} | {:.3}{over} |", value / budget);
    }
    text
}

/// Every size and what it costs.
pub(crate) fn growth_table(growth: &[Growth]) -> String {
    let mut text = String::from(
        "| pods | policies | pairs | time | time per million pairs | memory |\n|--:|--:|--:|--:|--:|--:|\n",
    );
    for Growth { size, milliseconds, mebibytes, flows } in growth {
        let per_million = milliseconds / (*flows as f64 / 1e6);
        let _ = writeln!(
            text,
            "| {} | {} | {flows} | {milliseconds:.2} ms | {per_million:.3} ms | {mebibytes:.1} MiB |",
            size.pods, size.policies
        );
    }
    text
}

/// Time over pods, both axes logarithmic, one line for each number of policies; and the line that
/// growth with the number of pairs would be.
pub(crate) fn plot(growth: &[Growth]) -> String {
    let mut text = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 400\" width=\"640\" height=\"400\" role=\"img\">\
         <title>Time over pods</title><style>text{font:12px sans-serif;fill:#374151}line{stroke:#e5e7eb}\
         polyline{fill:none;stroke-width:2}</style><rect width=\"640\" height=\"400\" fill=\"#fff\"/>",
    );
    let x = |pods: f64| 70.0 + 500.0 * (pods.log10() - 2.0) / 2.5;
    let y = |milliseconds: f64| 350.0 - 310.0 * (milliseconds.log10() + 2.0) / 5.0;
    for power in -2..=3 {
        let (at, label) = (y(10f64.powi(power)), 10f64.powi(power));
        let _ = write!(text, "<line x1=\"70\" x2=\"570\" y1=\"{at:.0}\" y2=\"{at:.0}\"/>");
        let _ = write!(text, "<text x=\"62\" y=\"{:.0}\" text-anchor=\"end\">{label} ms</text>", at + 4.0);
    }
    for pods in [100.0, 1000.0, 10_000.0, 30_000.0] {
        let at = x(pods);
        let _ = write!(text, "<line x1=\"{at:.0}\" x2=\"{at:.0}\" y1=\"40\" y2=\"350\"/>");
        let _ = write!(text, "<text x=\"{at:.0}\" y=\"368\" text-anchor=\"middle\">{pods}</text>");
    }
    let mut policies: Vec<usize> = growth.iter().map(|one| one.size.policies).collect();
    policies.sort_unstable();
    policies.dedup();
    let colours = ["#2563eb", "#16a34a", "#d97706", "#dc2626", "#7c3aed"];
    for (at, policies) in policies.into_iter().enumerate() {
        let line: Vec<&Growth> = growth.iter().filter(|one| one.size.policies == policies).collect();
        let points: Vec<String> =
            line.iter().map(|one| format!("{:.0},{:.0}", x(one.size.pods as f64), y(one.milliseconds))).collect();
        let colour = colours[at % colours.len()];
        let _ = write!(text, "<polyline stroke=\"{colour}\" points=\"{}\"/>", points.join(" "));
        for point in &points {
            let (px, py) = point.split_once(',').unwrap_or(("0", "0"));
            let _ = write!(text, "<circle cx=\"{px}\" cy=\"{py}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let _ =
            write!(text, "<text x=\"80\" y=\"{}\" style=\"fill:{colour}\">{policies} policies</text>", 56 + 16 * at);
    }
    let first = growth.first().map_or(0.1, |one| one.milliseconds);
    let squared = |pods: f64| first * (pods / 100.0).powi(2);
    let _ = write!(
        text,
        "<polyline stroke=\"#9ca3af\" stroke-dasharray=\"4 4\" points=\"{:.0},{:.0} {:.0},{:.0}\"/><text x=\"330\" \
         y=\"56\" class=\"muted\">dashed: if time grew with the pairs</text><text x=\"320\" y=\"390\" \
         text-anchor=\"middle\">pods</text></svg>",
        x(100.0),
        y(first),
        x(6000.0),
        y(squared(6000.0))
    );
    text
}
