//! Pages: the preprocessor and the rendered book.

use course::{preprocess, render};
use serde_json::{Value, json};

use crate::sample::{LESSON, Sample};

#[test]
fn the_book_is_rendered_with_forms_that_need_no_script() {
    let sample = Sample::new();
    let out = tempfile::tempdir().unwrap();
    render(&sample.course(), out.path()).unwrap();
    let page = std::fs::read_to_string(out.path().join("first.html")).unwrap();
    assert!(page.contains("<form class=\"quiz\" method=\"post\" action=\"/quizzes/first\" data-quiz=\"first\""));
    assert!(page.contains("<fieldset class=\"question\" data-question=\"default\""));
    assert!(page.contains("<legend class=\"prompt\">"));
    assert!(page.contains("<section class=\"lab\" data-lab=\"close-the-door\""));
    assert!(page.contains("Let <strong>nobody</strong> but <code>web</code> reach <code>api</code>."));
    assert!(page.contains("{{#quiz ../../quizzes/first.toml}}"), "a directive in a code block is left alone");
    assert!(page.contains("<code>{{#lab close-the-door}}</code>"), "a directive in code is left alone");
    assert!(!page.contains("SECRET-EXPLANATION") && !page.contains("reach\nlab:"));
    assert_eq!(page.matches("<form class=\"quiz\"").count(), 1);
    assert_eq!(page.matches("<fieldset").count(), page.matches("</fieldset>").count());
    let search = std::fs::read_dir(out.path()).unwrap().flatten();
    assert!(search.map(|file| file.file_name()).any(|name| name.to_string_lossy().starts_with("searchindex")));
}

#[test]
fn what_authors_write_is_escaped() {
    let sample = Sample::new();
    sample.replace(
        "labs/close-the-door/lab.yaml",
        "title: Close the door",
        "title: \"<script>alert(1)</script> & more\"",
    );
    sample.replace("labs/close-the-door/lab.yaml", "  Let **nobody**", "  <img src=x onerror=alert(1)> Let **nobody**");
    sample.replace("quizzes/first.toml", "\"Nothing\"", "\"<script>alert(2)</script>\"");
    let course = sample.course();
    for html in [course.labs[0].to_html(), course.quizzes[0].public(0).to_html("")] {
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(!html.contains('\n'), "one block of Markdown");
    }
}

/// What mdBook sends to a preprocessor.
fn input(sample: &Sample, lesson: &str) -> String {
    let chapter = json!({
        "name": "First", "content": lesson, "number": [1], "sub_items": [], "path": "first.md",
        "source_path": "first.md", "parent_names": [],
    });
    let context = json!({
        "root": sample.directory().join("book"), "config": { "book": { "title": "x" } },
        "renderer": "html", "mdbook_version": "0.5.4",
    });
    json!([context, { "items": [{ "Chapter": chapter }] }]).to_string()
}

#[test]
fn plain_mdbook_can_use_the_preprocessor() {
    let sample = Sample::new();
    let mut output = Vec::new();
    preprocess(input(&sample, LESSON).as_bytes(), &mut output).unwrap();
    let book: Value = serde_json::from_slice(&output).unwrap();
    let content = book["items"][0]["Chapter"]["content"].as_str().unwrap();
    assert!(content.contains("\n\n<section class=\"lab\""));
    assert!(content.contains("\n\n<form class=\"quiz\""));
    assert!(content.contains("{{#lab nothing}}"), "a comment is left alone");
    assert!(!content.contains("<!-- reach"));
}

#[test]
fn a_directive_that_names_nothing_is_an_error_with_its_place() {
    let sample = Sample::new();
    let error = preprocess(input(&sample, "# A\n\n{{#lab nothing}}\n").as_bytes(), Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "first.md:3: there is no lab `nothing`");
    assert!(preprocess("nonsense".as_bytes(), Vec::new()).is_err());
}

#[test]
fn an_escaped_directive_is_left_alone() {
    let sample = Sample::new();
    let mut output = Vec::new();
    preprocess(input(&sample, "\\{{#lab nothing}}\n").as_bytes(), &mut output).unwrap();
    assert!(String::from_utf8(output).unwrap().contains("{{#lab nothing}}"));
}

#[test]
fn nothing_but_a_rendered_book_is_ever_written_over() {
    let sample = Sample::new();
    let course = sample.course();
    let out = tempfile::tempdir().unwrap();
    render(&course, out.path()).unwrap();
    render(&course, out.path()).unwrap();
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("letter.txt"), "dear").unwrap();
    let error = render(&course, home.path()).unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert!(home.path().join("letter.txt").exists());
}
