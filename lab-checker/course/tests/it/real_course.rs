//! The course of this repository.

use std::path::Path;

use course::{ActivityKind, Checker, Course, Lab, LabCheckerPreprocessor, PictureLinks, picture_of, prove, render};
use manifest::Source;
use netpol::{Engine, Flow, PictureFlow, PictureForm, Standing, draw};
use serde_json::Value;

fn repository() -> Course {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Course::load(&directory).unwrap_or_else(|errors| panic!("the course cannot be loaded:\n{errors}"))
}

#[test]
fn the_course_holds() {
    let problems: Vec<String> = prove(&repository()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// A check that knows one spelling alone would refuse right answers, and nobody would notice here.
#[test]
fn every_lab_has_three_right_answers_written_otherwise() {
    for lab in &repository().labs {
        let answers: Vec<_> = lab.also_right.iter().map(|answer| &answer.objects).collect();
        assert!(answers.len() >= 3, "{} has {}", lab.name, answers.len());
        for (place, answer) in answers.iter().enumerate() {
            assert_ne!(**answer, lab.solution.objects, "{}: {}", lab.name, lab.also_right[place].name);
            assert!(!answers[..place].contains(answer), "{}: {}", lab.name, lab.also_right[place].name);
        }
    }
}

/// What is right by luck shows when the rest of the cluster is another one.
#[test]
fn labs_about_labels_have_other_worlds() {
    let course = repository();
    let has = |name: &str| course.labs.iter().any(|lab| lab.name == name && !lab.worlds.is_empty());
    for name in ["cluster-wall", "cross-namespace", "least-permissive", "named-ports", "broken-shop", "capstone"] {
        assert!(has(name), "{name}");
    }
}

#[test]
fn the_book_renders_with_its_quizzes_and_labs_and_without_their_answers() {
    let course = repository();
    let out = tempfile::tempdir().unwrap();
    render(&course, out.path()).unwrap();
    for chapter in &course.chapters {
        let page = std::fs::read_to_string(out.path().join(&chapter.page)).unwrap();
        for activity in &chapter.activities {
            let mark = match activity.kind {
                ActivityKind::Lab => format!("data-lab=\"{}\"", activity.name),
                ActivityKind::Quiz => format!("data-quiz=\"{}\"", activity.name),
            };
            assert!(page.contains(&mark), "{}: {mark}", chapter.page);
        }
        assert!(!page.contains("{{#"), "{}: a directive is left", chapter.page);
        assert!(!page.contains("<!-- reach"), "{}: a claim is left", chapter.page);
        assert!(page.len() < 150 << 10, "{}: {} bytes", chapter.page, page.len());
    }
}

#[test]
fn the_copy_in_the_binary_is_the_same_course() {
    let (embedded, repository) = (Course::embedded().unwrap(), repository());
    assert_eq!(embedded.chapters, repository.chapters);
    assert_eq!(embedded.labs.len(), repository.labs.len());
    assert_eq!(embedded.quizzes.len(), repository.quizzes.len());
    let out = tempfile::tempdir().unwrap();
    render(&embedded, out.path()).unwrap();
    assert!(out.path().join("index.html").is_file());
}

/// Both directions are judged for themselves, with the rules of the other taken away; together they must be
/// what the engine says of the whole.
#[test]
fn cells_are_what_the_engine_says() {
    let mut compared = 0;
    for lab in &repository().labs {
        let checker = Checker::new(lab.clone());
        let right = lab.also_right.iter().map(|answer| &answer.objects);
        let wrong = lab.mistakes.iter().map(|mistake| &mistake.objects);
        for answer in std::iter::once(&lab.solution.objects).chain(right).chain(wrong) {
            let mut objects = manifest::baseline();
            objects.extend(lab.start_objects().iter().cloned());
            let in_namespace = |mut object: Value| {
                if object["metadata"]["namespace"].is_null() && object["kind"] != "ClusterNetworkPolicy" {
                    object["metadata"]["namespace"] = lab.namespace.clone().into();
                }
                object
            };
            objects.extend(answer.iter().cloned().map(in_namespace));
            let Ok(snapshot) = manifest::lower(&objects, Source::Files) else { continue };
            let engine = Engine::new(snapshot);
            for cell in checker.cells(&objects, Source::Files) {
                let text = format!("{}:{}/{}", cell.flow.to, cell.flow.port, cell.flow.protocol);
                let (Ok(from), Ok(to)) = (cell.flow.from.parse(), text.parse()) else { continue };
                let verdict = engine.verdict(&Flow { from, to }).ok();
                assert_eq!(cell.actual, verdict, "{}: {}", lab.name, cell.flow);
                compared += 1;
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}

/// The start of a lab with files on it, which take the place of what has their name.
fn with(lab: &Lab, files: &[Value]) -> Vec<Value> {
    let name = |object: &Value| (object["kind"].clone(), object["metadata"]["name"].clone());
    let place = |object: &Value| object["metadata"]["namespace"].as_str().unwrap_or(&lab.namespace).to_owned();
    let is_replaced =
        |object: &Value| files.iter().any(|file| (name(file), place(file)) == (name(object), place(object)));
    let start = lab.start_objects().iter().filter(|object| !is_replaced(object));
    start.chain(files).cloned().collect()
}

/// What is drawn of nodes, without what is drawn of arrows.
fn nodes(drawn: &str) -> Vec<&str> {
    drawn.split("data-node=").skip(1).map(|rest| &rest[..rest.find("</g>").unwrap()]).collect()
}

#[test]
fn every_lab_has_a_picture_that_stands_still_and_is_right_when_it_is_solved() {
    let mut drawn = 0;
    for lab in &repository().labs {
        let checker = Checker::new(lab.clone());
        let [start, solution] = [&[][..], &lab.solution.objects].map(|files| {
            let cells = checker.cells(&with(lab, files), Source::Files);
            (!cells.is_empty()).then(|| picture_of(&lab.title, &cells, None, PictureLinks::NONE))
        });
        let (Some(start), Some(solution)) = (start, solution) else { continue };
        let text = draw(&solution, PictureForm::Page, &[]);
        assert_eq!(nodes(&draw(&start, PictureForm::Page, &[])), nodes(&text), "{}", lab.name);
        let is_right = |flow: &PictureFlow| flow.standing == Standing::Right;
        assert!(solution.flows.iter().all(is_right), "{}: {:?}", lab.name, solution.flows);
        drawn += 1;
    }
    assert!(drawn > 15, "{drawn}");
}

#[test]
fn plain_mdbook_finds_the_preprocessor() {
    let book = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/book.toml")).unwrap();
    let book: toml::Table = book.parse().unwrap();
    let preprocessor = &book["preprocessor"][LabCheckerPreprocessor::NAME];
    assert_eq!(preprocessor["command"].as_str(), Some("lab-checker mdbook-preprocessor"));
    assert_eq!(preprocessor["optional"].as_bool(), Some(true), "the book builds without us too");
}

#[test]
fn pictures_in_the_book_look_as_everywhere() {
    let styles =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/theme/picture.css")).unwrap();
    assert_eq!(styles, netpol::PICTURE_STYLES, "copy netpol's PICTURE_STYLES into book/theme/picture.css");
}
