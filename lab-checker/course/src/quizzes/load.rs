//! Loading a quiz: the mdbook-quiz schema as it is, and our own `[[reachability]]` beside it.

use std::collections::BTreeSet;

use super::quiz::Quiz;
use super::source::QuizSource;
use super::{reachability_question, schema_question};
use crate::files::{CourseFiles, Field, Node, Problem, Reader, is_dns_label, points};
use crate::labs::Lab;

const KEYS: [&str; 5] = ["title", "points", "multipart", "questions", "reachability"];

/// Loads every quiz, and reports what is wrong with any of them.
pub(crate) fn load_all(files: &CourseFiles, labs: &[Lab], problems: &mut Vec<Problem>) -> Vec<Quiz> {
    let mut quizzes = Vec::new();
    for (file, text) in files.under("quizzes/") {
        let Some(name) = file["quizzes/".len()..].strip_suffix(".toml") else { continue };
        if !is_dns_label(name) {
            problems.push(
                Problem::new(file, "the name of a quiz must be a DNS label")
                    .with_help("lower-case letters, digits and `-`, and no folders"),
            );
            continue;
        }
        match Node::from_toml(file, text) {
            Err(problem) => problems.push(problem),
            Ok(node) => {
                let reader = Reader::new(file);
                let source = QuizSource { files, labs, file };
                let quiz = load(source, name, &reader.root(&node));
                let before = problems.len();
                problems.extend(reader.into_problems());
                quizzes.extend(quiz.filter(|_| problems.len() == before));
            }
        }
    }
    quizzes
}

fn load(source: QuizSource<'_>, name: &str, root: &Field<'_>) -> Option<Quiz> {
    let fields = root.fields(&KEYS)?;
    let groups = fields.get("multipart");
    let mut questions = Vec::new();
    for field in fields.get("questions").map(|field| field.items()).unwrap_or_default() {
        questions.extend(schema_question::question(&field, groups.as_ref()));
    }
    for field in fields.get("reachability").map(|field| field.items()).unwrap_or_default() {
        questions.extend(reachability_question::question(source, &field));
    }
    // In the order of the file, whichever array a question stands in.
    questions.sort_by_key(|question| question.line);
    if questions.is_empty() {
        root.wrong("there is no question", "add `[[questions]]` or `[[reachability]]`");
    }
    let mut ids = BTreeSet::new();
    for question in &questions {
        if !ids.insert(question.id.as_str()) {
            root.wrong(format!("two questions have the id `{}`", question.id), "give each question its own id");
        }
    }
    Some(Quiz {
        name: name.to_owned(),
        title: fields.text("title").unwrap_or_else(|| title_of(name)),
        chapter: String::new(),
        points: points(&fields).unwrap_or(questions.len() as f64),
        questions,
    })
}

/// `dns-egress` → `Dns egress`.
fn title_of(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
