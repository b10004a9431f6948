//! The first try of somebody who knows nothing: a manifest with one blank, in front of the start of a lab, and the
//! few flows that its picture shows.

use std::sync::Arc;

use netpol::Verdict;

use super::goal::Expected;
use super::lab::Lab;
use crate::files::{CourseFiles, Field, Fields, Node, Problem, Reader};
use crate::reachability::{CellKey, FlowOptions, FlowPattern, FlowSet};

/// The file, relative to the course. A course may do without.
pub(crate) const FILE: &str = "book/first-try.yaml";

/// What is filled in, as it stands in the text.
const BLANK: &str = "____";

/// A manifest with one blank, and what it is about.
#[derive(Clone, Debug)]
pub struct FirstTry {
    /// Where it is tried: at the start of this lab.
    pub lab: Arc<Lab>,
    /// The pod that is to be stopped.
    pub intruder: String,
    /// For whom the course is, Markdown.
    pub audience: String,
    /// What to do, Markdown.
    pub task: String,
    /// What stands before the blank.
    pub before: String,
    /// What stands behind it.
    pub behind: String,
    /// What belongs into the blank.
    pub answer: String,
    /// The flows of the picture.
    pub(crate) flows: FlowSet,
    /// One for each flow.
    pub(crate) expected: Vec<Expected>,
    /// The names of the checks.
    pub(crate) checks: Vec<String>,
}

impl FirstTry {
    /// The text with a word in its blank.
    #[must_use]
    pub fn filled(&self, word: &str) -> String {
        format!("{}{word}{}", self.before, self.behind)
    }

    /// The names of the checks, in the order of the file.
    pub fn checks(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().map(String::as_str)
    }
}

/// The first try of a course with these labs, if it has one.
pub(crate) fn load(files: &CourseFiles, labs: &[Arc<Lab>], problems: &mut Vec<Problem>) -> Option<FirstTry> {
    let node = match Node::from_yaml(FILE, files.text(FILE)?) {
        Ok(node) => node,
        Err(wrong) => {
            problems.extend(wrong);
            return None;
        }
    };
    let reader = Reader::new(FILE);
    let read = read(&reader.root(&node), labs);
    let wrong = reader.into_problems();
    let read = read.filter(|_| wrong.is_empty());
    problems.extend(wrong);
    read
}

fn read(field: &Field<'_>, labs: &[Arc<Lab>]) -> Option<FirstTry> {
    let fields = field.fields(&["lab", "intruder", "audience", "task", "text", "answer", "checks"])?;
    let lab = lab(&fields, labs)?;
    let text_field = fields.required("text")?;
    let text = text_field.text()?;
    let Some((before, behind)) = text.split_once(BLANK).filter(|(_, behind)| !behind.contains(BLANK)) else {
        text_field
            .wrong("it has not just one blank", format!("write `{BLANK}` once, where something is to be filled in"));
        return None;
    };
    let options = FlowOptions { declared: true, ..FlowOptions::default() };
    let mut first = FirstTry {
        intruder: fields.required_text("intruder")?,
        audience: fields.required_text("audience")?,
        task: fields.required_text("task")?,
        before: before.to_owned(),
        behind: behind.to_owned(),
        answer: fields.required_text("answer")?,
        flows: FlowSet::new(lab.start_objects(), &options),
        expected: Vec::new(),
        checks: Vec::new(),
        lab,
    };
    let all = std::mem::take(&mut first.flows.cells);
    for item in fields.required("checks")?.items() {
        add_check(&mut first, &item, &all);
    }
    Some(first)
}

fn lab(fields: &Fields<'_>, labs: &[Arc<Lab>]) -> Option<Arc<Lab>> {
    let field = fields.required("lab")?;
    let name = field.text()?;
    let lab = labs.iter().find(|lab| lab.name == name).cloned();
    if lab.is_none() {
        field.wrong(format!("there is no lab `{name}`"), "name a folder of labs/");
    }
    lab
}

/// Adds the flows that a check is about, of all that there are.
fn add_check(first: &mut FirstTry, field: &Field<'_>, all: &[CellKey]) -> Option<()> {
    let fields = field.fields(&["name", "verdict", "flows"])?;
    let verdict_field = fields.required("verdict")?;
    let verdict = match verdict_field.text()?.as_str() {
        "allowed" => Verdict::Allowed,
        "blocked" => Verdict::Blocked,
        other => {
            verdict_field.wrong(format!("`{other}` is no verdict"), "write `allowed` or `blocked`");
            return None;
        }
    };
    first.checks.push(fields.required_text("name")?);
    for item in fields.required("flows")?.items() {
        let pattern: FlowPattern = match item.text()?.parse() {
            Ok(pattern) => pattern,
            Err(error) => {
                item.wrong(format!("{error}"), "for instance `dev/* -> shop/db:5432`");
                continue;
            }
        };
        let ends = &first.flows.endpoints;
        let named =
            |cell: &&CellKey| pattern.from.matches(&ends[cell.from]) && pattern.to.matches(&ends[cell.to], cell);
        let named: Vec<CellKey> = all.iter().filter(named).copied().collect();
        if named.is_empty() {
            item.wrong("it names no flow of the lab's start", "write pods of the start, and ports that they declare");
        }
        let check = first.checks.len() - 1;
        first.expected.extend(named.iter().map(|_| Expected { verdict, check }));
        first.flows.cells.extend(named);
    }
    Some(())
}
