//! The page of the book that lists the lints is made from their catalogue, and this holds it to be current.

use std::fmt::Write as _;
use std::path::Path;

use netpol::{Lint, Severity};

const HEAD: &str = "\
# What lint finds

`lab-checker lint -f k8s/` reads policies and says which of them probably do something else than was meant, with file,
line and column. Each finding has an id. What is meant as it stands is silenced by `--ignore ID`, by a comment at the
policy (`# lab-checker: ignore ID`) or by `.lab-checker.yaml`; `--baseline` leaves out what an earlier run has told.
`--fix` writes into the files what is certain, and keeps comments and order.

A **warning** is probably a mistake. A **hint** says that a policy does what it says, and could say it better.
";

fn page() -> String {
    let mut text = HEAD.to_owned();
    for (severity, title) in [(Severity::Warning, "Warnings"), (Severity::Hint, "Hints")] {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n## {title}\n\n| id | what it says |\n|---|---|\n");
        for lint in Lint::ALL.iter().filter(|lint| lint.severity() == severity) {
            let _ = writeln!(text, "| `{}` | {} |", lint.id(), lint.about());
        }
    }
    text
}

#[test]
fn the_book_lists_every_lint() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/lints.md");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|word| word == "always") {
        std::fs::write(&path, page()).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "run this test with INSTA_UPDATE=always");
}
