//! What a lab's start has brought can be changed with `kubectl apply` from the first time on: it carries what kubectl
//! notes down, so that nothing is missing and nothing is said.

use std::path::{Path, PathBuf};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// The names of the labs of the course.
pub(crate) fn labs() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the course has labs");
    let mut names: Vec<String> =
        entries.map(|lab| lab.expect("an entry").file_name().into_string().expect("a name is text")).collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs")
}

/// The objects of a lab's start, each with one more label.
fn edited(lab: &str) -> Vec<String> {
    let objects =
        manifest::files::load(&[folder().join(lab).join("start")]).expect("a start can be read").into_values();
    let with_label = |mut object: serde_json::Value| {
        object["metadata"]["labels"]["edited"] = "yes".into();
        let is_namespaced = manifest::kinds::is_namespaced(object["kind"].as_str().expect("an object has a kind"));
        if is_namespaced && object["metadata"].get("namespace").is_none() {
            object["metadata"]["namespace"] = namespace(lab).into();
        }
        manifest::to_yaml(&object)
    };
    objects.into_iter().map(with_label).collect()
}

/// The namespace that a learner works in.
fn namespace(lab: &str) -> String {
    let text = std::fs::read_to_string(folder().join(lab).join("lab.yaml")).expect("a lab has a file");
    let line = text.lines().find_map(|line| line.strip_prefix("namespace: "));
    line.unwrap_or("default").to_owned()
}

#[test]
fn what_a_start_has_brought_is_applied_without_a_warning_in_every_lab() {
    let terminal = Terminal::new();
    let _cluster = Serving::cluster(&terminal);
    for lab in labs() {
        terminal.run(&format!("start {lab}")).exits(0);
        let objects = edited(&lab);
        terminal.file("edited.yaml", objects.join("---\n"));
        let ran = terminal.kubectl("apply -f edited.yaml").exits(0);
        assert_eq!(ran.stderr, "", "{lab}");
        assert_eq!(ran.stdout.matches(" configured\n").count(), objects.len(), "{lab}: {}", ran.stdout);
    }
    // After a reset, too: the file is that of the last lab.
    terminal.run("reset").exits(0);
    let ran = terminal.kubectl("apply -f edited.yaml").exits(0);
    assert_eq!(ran.stderr, "", "begun anew");
}

#[test]
fn what_is_noted_down_is_what_kubectl_notes_down() {
    let terminal = Terminal::new();
    let _cluster = Serving::cluster(&terminal);
    terminal.run("start selector-matches-nothing").exits(0);
    terminal.run("course export selector-matches-nothing --to exported").exits(0);
    for object in ["networkpolicy/db-from-api", "deployment/db", "service/database"] {
        let asked = format!("apply view-last-applied {object} -n production -o json");
        let ours = terminal.kubectl(&asked).exits(0).stdout;
        terminal.kubectl(&format!("delete {object} -n production")).exits(0);
        terminal.kubectl("apply -f exported/start").exits(0);
        assert_eq!(terminal.kubectl(&asked).exits(0).stdout, ours, "{object}");
    }
}
