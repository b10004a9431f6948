//! A lab in a page remembers what it has shown last. After other texts, after an Apply and after a reset it says the
//! same as one that has shown nothing yet.

use std::path::Path;

use course::workbench::{Editor, PageLab, PreviewBundle, PreviewLab};
use course::{Course, Lab};
use serde_json::json;

/// With flows and blocks, with worlds that no network enforces, and the largest.
const LABS: [&str; 4] = ["capstone", "cluster-wall", "deny-ingress", "no-enforcement"];

fn editor(text: &str, open: &[&str]) -> Editor {
    serde_json::from_value(json!({"text": text, "brought": [], "open": open})).unwrap()
}

/// Texts as somebody comes to a solution: half of one, a comment more, one that is refused, and back.
fn texts(lab: &Lab) -> Vec<String> {
    let files: Vec<&str> = lab.solution.files.iter().map(|file| file.text.trim_end()).collect();
    let solution = files.join("\n---\n");
    let without = |characters: usize| {
        let end = solution.floor_char_boundary(solution.len().saturating_sub(characters));
        solution[..end].to_owned()
    };
    let mut texts = vec![String::new(), "# nothing yet".to_owned()];
    texts.extend((0..20).rev().map(without));
    texts.extend([format!("# first\n{solution}"), format!("{solution}\n# last"), files[0].to_owned()]);
    texts.extend([format!("{solution}\n---\nkind: NetworkPolicy"), String::new(), solution]);
    texts
}

#[test]
fn what_was_shown_before_is_not_seen_in_what_is_shown_now() {
    let course = Course::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    let labs = course.labs.iter().zip(course.bundles()).filter(|(lab, _)| LABS.contains(&lab.name.as_str()));
    let mut tried = 0;
    for (lab, bundle) in labs {
        let name = &lab.name;
        tried += 1;
        let sent = || PreviewLab::new(PreviewBundle::new(lab, lab.start_objects().to_vec())).unwrap();
        let (mut page, beside) = (PageLab::new(bundle.clone(), None).unwrap(), sent());
        let mut applied = None;
        for (at, text) in texts(lab).iter().enumerate() {
            // A world of its own now and then: applied, and begun anew.
            match at {
                9 => {
                    page.apply(&editor(text, &[])).unwrap();
                    applied = Some(text.clone());
                }
                18 => {
                    page.reset();
                    applied = None;
                }
                _ => {}
            }
            let open: &[&str] = if at % 3 == 2 { &["shop", "team-a"] } else { &[] };
            let asked = editor(text, open);
            let mut fresh = PageLab::new(bundle.clone(), None).unwrap();
            if let Some(applied) = &applied {
                fresh.apply(&editor(applied, &[])).unwrap();
            }
            let told = |preview| serde_json::to_string(&preview).unwrap();
            assert_eq!(
                told(page.preview(&asked).unwrap()),
                told(fresh.preview(&asked).unwrap()),
                "{name} {at}:\n{text}"
            );
            let told = |lab: &PreviewLab| serde_json::to_string(&lab.preview(&asked).unwrap()).unwrap();
            assert_eq!(told(&beside), told(&sent()), "{name} {at}, with a server:\n{text}");
        }
    }
    assert_eq!(tried, LABS.len());
}
