//! Tells cargo that the crate holds a copy of the course, so that a changed or a new lesson is built in.

fn main() {
    for part in ["book", "labs", "quizzes"] {
        cargo_watches(part);
    }
}

fn cargo_watches(part: &str) {
    println!("cargo::rerun-if-changed=../../{part}");
}
