//! Warnings of labs whose answer can be copied: the solution stands in a lesson, spec for spec.

use serde_json::{Value, json};

use crate::book::{Course, YamlBlock, yaml_blocks};
use crate::files::{Node, Problem};
use crate::labs::Lab;
use crate::snapshot::{defaulted, kind, parse_manifests};

/// One warning for each lab whose policies all stand in lessons.
pub(super) fn warnings(course: &Course) -> Vec<Problem> {
    let shown = shown(course);
    course.labs.iter().filter_map(|lab| warning(lab, &shown)).collect()
}

/// A spec that a lesson shows.
struct Shown<'a> {
    lesson: &'a str,
    line: usize,
    kind: String,
    spec: Value,
}

fn warning(lab: &Lab, shown: &[Shown<'_>]) -> Option<Problem> {
    let policies = lab.solution.objects.iter().filter(|object| kind(object).ends_with("NetworkPolicy"));
    let places: Option<Vec<&Shown<'_>>> = policies
        .map(|policy| {
            let spec = &defaulted(policy)["spec"];
            shown.iter().find(|shown| shown.kind == kind(policy) && shown.spec == *spec)
        })
        .collect();
    let places = places.filter(|places| !places.is_empty())?;
    let mut words: Vec<String> = places.iter().map(|shown| format!("{}:{}", shown.lesson, shown.line)).collect();
    words.dedup();
    let problem = Problem::new(
        format!("labs/{}/solution", lab.name),
        format!("the solution stands spec for spec in a lesson: {}", words.join(", ")),
    );
    Some(problem.with_help("show another example there, or ask for something else in the lab"))
}

fn shown(course: &Course) -> Vec<Shown<'_>> {
    let lessons = course.files.under("book/src/").filter(|(path, _)| path.ends_with(".md"));
    lessons
        .flat_map(|(lesson, text)| yaml_blocks(text).into_iter().flat_map(move |block| of_block(lesson, &block)))
        .collect()
}

/// The policies of a block, and a fragment that is a whole spec. Whether they are valid is proved elsewhere.
fn of_block<'a>(lesson: &'a str, block: &YamlBlock) -> Vec<Shown<'a>> {
    let show = |object: &Value| {
        let object = defaulted(object);
        Shown { lesson, line: block.line, kind: kind(&object).to_owned(), spec: object["spec"].clone() }
    };
    match block.marks.as_slice() {
        [] => {
            let objects = parse_manifests(lesson, &block.text, block.line, &mut Vec::new());
            objects.iter().map(|(object, _)| show(object)).collect()
        }
        [mark] if mark == "fragment" => {
            let spec = Node::from_yaml(lesson, &block.text).map(|node| node.to_value());
            let whole = |spec| json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": spec});
            spec.iter().map(|spec| show(&whole(spec.clone()))).collect()
        }
        _ => Vec::new(),
    }
}
