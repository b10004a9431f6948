//! What stands beside a lab's solution so that its check can be put to the test: right answers written otherwise, and
//! other clusters in which the same answer must be right.

use serde_json::Value;

use super::lab::{RightAnswer, World};
use crate::files::{CourseFiles, Problem, is_dns_label};
use crate::snapshot::{Manifests, Validity};

/// The right answers in `also-right/`, one for each file.
pub(super) fn also_right(
    files: &CourseFiles,
    lab: &str,
    namespace: &str,
    problems: &mut Vec<Problem>,
) -> Vec<RightAnswer> {
    let folder = format!("labs/{lab}/also-right/");
    let mut answers = Vec::new();
    for (path, _) in files.under(&folder) {
        let stem = path[folder.len()..].rsplit_once('.').map_or("", |(stem, _)| stem);
        if is_dns_label(stem) {
            let objects = objects(files, path, namespace, problems);
            answers.push(RightAnswer { name: stem.to_owned(), objects });
        } else {
            let problem = Problem::new(path, "the name of a right answer must be a DNS label");
            problems.push(problem.with_help("one file for each answer; rename it"));
        }
    }
    answers
}

/// The worlds in `worlds/`, one for each folder.
pub(super) fn worlds(files: &CourseFiles, lab: &str, namespace: &str, problems: &mut Vec<Problem>) -> Vec<World> {
    let folder = format!("labs/{lab}/worlds/");
    for (path, _) in files.under(&folder).filter(|(path, _)| !path[folder.len()..].contains('/')) {
        let problem = Problem::new(path, "a world is a folder, not a file");
        problems.push(problem.with_help(format!("move it to {folder}NAME/")));
    }
    let mut worlds = Vec::new();
    for name in files.folders(&folder) {
        if is_dns_label(&name) {
            let objects = objects(files, &format!("{folder}{name}/"), namespace, problems);
            worlds.push(World { name, objects });
        } else {
            let problem = Problem::new(format!("{folder}{name}"), "the name of a world must be a DNS label");
            problems.push(problem.with_help("lower-case letters, digits and `-`, at most 63 of them"));
        }
    }
    worlds
}

fn objects(files: &CourseFiles, path: &str, namespace: &str, problems: &mut Vec<Problem>) -> Vec<Value> {
    Manifests::read(files, path, namespace, Validity::Valid, problems).objects
}
