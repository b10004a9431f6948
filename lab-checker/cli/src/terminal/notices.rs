//! What a learner should not miss: results that have changed since, and what was answered to them.

use std::io::{self, Write};

use serde_json::Value;

use crate::terminal::output::{self, DIM, TITLE};

/// Prints the notices of a learner's `GET /api/v1/me`.
pub(crate) fn print(out: &mut dyn Write, me: &Value) -> io::Result<()> {
    let list = |key: &str| me[key].as_array().map(Vec::as_slice).unwrap_or_default();
    for told in list("regraded").iter().filter(|told| told["answered_since"] != true) {
        regraded(out, told)?;
    }
    for appeal in list("appeals").iter().filter(|appeal| appeal["is_news"] == true) {
        let lab = appeal["lab"].as_str().unwrap_or_default();
        writeln!(out, "{TITLE}Answered:{TITLE:#} what you said about lab {lab}")?;
        paragraph(out, &appeal["answer"])?;
    }
    let waiting = list("appeals").iter().filter(|appeal| appeal["state"] == "open").count();
    match waiting {
        0 => Ok(()),
        1 => writeln!(out, "{DIM}One appeal of yours waits for an answer.{DIM:#}\n"),
        more => writeln!(out, "{DIM}{more} appeals of yours wait for an answer.{DIM:#}\n"),
    }
}

fn regraded(out: &mut dyn Write, told: &Value) -> io::Result<()> {
    let text = |key: &str| told[key].as_str().unwrap_or_default();
    let share = |key: &str| output::share(&told[key]["points"], &told[key]["max_points"]);
    let (now, was) = (share("after"), share("before"));
    writeln!(out, "{TITLE}Graded again:{TITLE:#} {} {} is {now} now; it was {was}", text("kind"), text("activity"))?;
    paragraph(out, &told["reason"])
}

fn paragraph(out: &mut dyn Write, text: &Value) -> io::Result<()> {
    // Words of people, line by line.
    let text = text.as_str().unwrap_or_default();
    let lines: Vec<_> = text.lines().map(server::shown_safely).collect();
    writeln!(out, "{}\n", output::wrapped(&lines.join("\n"), "  ", output::width()))
}
