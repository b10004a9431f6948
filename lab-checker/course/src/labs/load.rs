//! Loading a lab: `lab.yaml` and the manifests beside it, with every mistake in them reported.

use std::collections::{BTreeMap, BTreeSet};

use manifest::ObjectId;
use manifest::kinds::{self, KINDS, Kind};
use netpol::ObjectName;
use serde_json::Value;

use super::findings::FindingsGoal;
use super::frozen::Frozen;
use super::lab::{Goal, Lab, LabCni, Mistake, Solution};
use super::{load_attack, variants};
use crate::files::{CourseFiles, Field, Fields, Node, Problem, Reader, is_dns_label, points, suggestion};
use crate::reachability::{FlowOptions, FlowSet};
use crate::snapshot::{Manifests, Validity};

const KEYS: [&str; 16] = [
    "title",
    "chapter",
    "points",
    "minutes",
    "namespace",
    "mayChange",
    "frozen",
    "cni",
    "foreign",
    "task",
    "reachability",
    "findings",
    "attack",
    "hints",
    "mistakes",
    "solution",
];

/// The name of the world beside those of the labs.
const SANDBOX: &str = "sandbox";

/// Loads every lab, and reports what is wrong with any of them.
pub(crate) fn load_all(files: &CourseFiles, problems: &mut Vec<Problem>) -> Vec<Lab> {
    let mut labs = Vec::new();
    for name in files.folders("labs/") {
        if is_dns_label(&name) {
            labs.extend(load_one(files, &name, problems));
        } else {
            problems.push(
                Problem::new(format!("labs/{name}"), "the name of a lab must be a DNS label")
                    .with_help("lower-case letters, digits and `-`, at most 63 of them"),
            );
        }
    }
    labs
}

/// Loads the lab of this name, and reports what is wrong with it.
pub(crate) fn load_one(files: &CourseFiles, name: &str, problems: &mut Vec<Problem>) -> Option<Lab> {
    if name == SANDBOX {
        let taken = "no lab can be called `sandbox`: that is the world which belongs to no lab";
        problems.push(Problem::new(format!("labs/{name}"), taken).with_help("rename the folder"));
        return None;
    }
    let file = format!("labs/{name}/lab.yaml");
    let Some(text) = files.text(&file) else {
        let help = "every folder in labs/ is a lab; see FORMATS.md";
        problems.push(Problem::new(&file, "the file is missing").with_help(help));
        return None;
    };
    let node = match Node::from_yaml(&file, text) {
        Ok(node) => node,
        Err(wrong) => {
            problems.extend(wrong);
            return None;
        }
    };
    let reader = Reader::new(&file);
    let lab = load(files, name, &reader.root(&node), problems);
    let wrong = reader.into_problems();
    let lab = lab.filter(|_| wrong.is_empty());
    problems.extend(wrong);
    lab
}

fn load(files: &CourseFiles, name: &str, root: &Field<'_>, problems: &mut Vec<Problem>) -> Option<Lab> {
    let fields = root.fields(&KEYS)?;
    let known = problems.len();
    let title = fields.required_text("title");
    let chapter = fields.required_text("chapter");
    let task = fields.required_text("task");
    let explanation = fields.required_text("solution");
    let namespace = namespace(&fields);
    let start = Manifests::read(files, &format!("labs/{name}/start/"), &namespace, Validity::Valid, problems);
    let solution = Manifests::read(files, &format!("labs/{name}/solution/"), &namespace, Validity::Valid, problems);
    let mistakes = mistakes(files, name, &namespace, &fields, problems);
    let also_right = variants::also_right(files, name, &namespace, problems);
    let worlds = variants::worlds(files, name, &namespace, problems);
    let goal = goal(&fields, &start.objects, cni(&fields));
    let may_change = may_change(&fields, goal.as_ref());
    let frozen = frozen(&fields, &start.objects, &may_change);
    let (points, minutes, cni, hints) =
        (points(&fields).unwrap_or(10.0), minutes(&fields), cni(&fields), hints(&fields));
    let attack = fields.get("attack").and_then(|field| load_attack::read(&field, goal.as_ref(), &start.objects, cni));
    if problems.len() > known {
        return None;
    }
    Some(Lab {
        name: name.to_owned(),
        title: title?,
        chapter: chapter?.trim_end_matches(".md").to_owned(),
        points,
        minutes,
        namespace,
        may_change,
        cni,
        foreign: fields.get("foreign").and_then(|field| field.boolean()).unwrap_or(false),
        task: task?,
        hints,
        solution: Solution { files: solution.files, objects: solution.objects, explanation: explanation? },
        mistakes,
        also_right,
        worlds,
        start: start.files,
        start_objects: start.objects,
        attack,
        frozen,
        goal: goal?,
    })
}

fn namespace(fields: &Fields<'_>) -> String {
    let Some(field) = fields.get("namespace") else { return "default".to_owned() };
    let namespace = field.text().unwrap_or_default();
    if !is_dns_label(&namespace) {
        field.wrong(format!("`{namespace}` is not the name of a namespace"), "write a DNS label");
    }
    namespace
}

fn minutes(fields: &Fields<'_>) -> u32 {
    fields.get("minutes").and_then(|field| field.number(1.0..=600.0)).map_or(10, |minutes| minutes as u32)
}

fn cni(fields: &Fields<'_>) -> LabCni {
    let Some(field) = fields.get("cni") else { return LabCni::default() };
    match field.text().as_deref() {
        Some("enforcing") => LabCni::Enforcing,
        Some("rejecting") => LabCni::Rejecting,
        Some("none") => LabCni::None,
        Some(other) => {
            field.wrong(format!("`{other}` is no mode"), "write `enforcing`, `rejecting` or `none`");
            LabCni::default()
        }
        None => LabCni::default(),
    }
}

fn hints(fields: &Fields<'_>) -> Vec<String> {
    let items = fields.get("hints").map(|field| field.items()).unwrap_or_default();
    items.iter().filter_map(Field::text).collect()
}

fn may_change(fields: &Fields<'_>, goal: Option<&Goal>) -> Vec<String> {
    let Some(field) = fields.get("mayChange") else {
        let default = if matches!(goal, Some(Goal::Findings(_))) { "ConfigMap" } else { "NetworkPolicy" };
        return vec![default.to_owned()];
    };
    let mut kinds = Vec::new();
    for item in field.items() {
        match item.text() {
            Some(kind) if kinds::named(&kind).is_some_and(Kind::is_changeable) => kinds.push(kind),
            Some(kind) => item.wrong(
                format!("`{kind}` is no kind that a lab can let learners change"),
                suggestion(&kind, KINDS.iter().filter(|kind| kind.is_changeable()).map(|kind| kind.name)),
            ),
            None => {}
        }
    }
    if kinds.is_empty() {
        field.wrong("the learner may change nothing", "name at least one kind");
    }
    kinds
}

fn frozen(fields: &Fields<'_>, start: &[Value], may_change: &[String]) -> Frozen {
    let known: BTreeSet<String> = start.iter().map(|object| ObjectId::of(object).to_string()).collect();
    let mut named = BTreeSet::new();
    for item in fields.get("frozen").map(|field| field.items()).unwrap_or_default() {
        let Some(name) = item.text() else { continue };
        if known.contains(&name) {
            named.insert(name);
        } else {
            item.wrong(format!("the start has no `{name}`"), suggestion(&name, known.iter().map(String::as_str)));
        }
    }
    Frozen::new(start, may_change, &named)
}

/// The mistakes: one hint for each file, and one file for each hint.
fn mistakes(
    files: &CourseFiles,
    lab: &str,
    namespace: &str,
    fields: &Fields<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Mistake> {
    let folder = format!("labs/{lab}/mistakes/");
    let mut by_name: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (path, _) in files.under(&folder) {
        let stem = path[folder.len()..].rsplit_once('.').map_or("", |(stem, _)| stem);
        if !is_dns_label(stem) {
            problems.push(Problem::new(path, "the name of a mistake must be a DNS label").with_help("rename the file"));
            continue;
        }
        let manifests = Manifests::read(files, path, namespace, Validity::Anything, problems);
        by_name.insert(stem.to_owned(), manifests.objects);
    }
    let mut mistakes = Vec::new();
    for (name, field) in fields.get("mistakes").map(|field| field.entries()).unwrap_or_default() {
        let hint = field.text();
        match (by_name.remove(name), hint) {
            (Some(objects), Some(hint)) => mistakes.push(Mistake { name: name.to_owned(), hint, objects }),
            (Some(_), None) => {}
            (None, _) => {
                let known = by_name.keys().map(String::as_str);
                field.wrong(format!("{folder}{name}.yaml is missing"), suggestion(name, known));
            }
        }
    }
    for name in by_name.keys() {
        let problem = Problem::new(format!("{folder}{name}.yaml"), "the mistake has no hint");
        problems.push(problem.with_help(format!("add `{name}: words that help` under `mistakes` in lab.yaml")));
    }
    mistakes
}

fn goal(fields: &Fields<'_>, start: &[Value], cni: LabCni) -> Option<Goal> {
    match (fields.get("reachability"), fields.get("findings")) {
        (Some(field), None) => super::load_goal::read(&field, start).map(Goal::Reachability),
        (None, Some(field)) => findings(&field, &enforced(start, cni)).map(Goal::Findings),
        (None, None) => {
            fields.required("reachability");
            None
        }
        (Some(_), Some(field)) => {
            field.wrong("a lab asks for `reachability` or for `findings`, not for both", "take one away");
            None
        }
    }
}

/// What decides about packets: a CNI that does not enforce policies sees none.
fn enforced(start: &[Value], cni: LabCni) -> Vec<Value> {
    let is_policy = |object: &&Value| crate::snapshot::kind(object).ends_with("NetworkPolicy");
    start.iter().filter(|object| cni != LabCni::None || !is_policy(object)).cloned().collect()
}

fn findings(field: &Field<'_>, start: &[Value]) -> Option<FindingsGoal> {
    let fields = field.fields(&["from", "configMap"])?;
    let flows = FlowSet::new(start, &FlowOptions { declared: true, ..FlowOptions::default() });
    let from_field = fields.required("from")?;
    let from = name(&from_field)?;
    if !flows.names().any(|known| known == from.to_string()) {
        from_field.wrong(format!("the start has no pod {from}"), suggestion(&from.to_string(), flows.names()));
        return None;
    }
    let config_map = name(&fields.required("configMap")?)?;
    Some(FindingsGoal::new(from, config_map, &flows, start))
}

fn name(field: &Field<'_>) -> Option<ObjectName> {
    let text = field.text()?;
    let name = text.parse().ok();
    if name.is_none() {
        field.wrong(format!("`{text}` is no name"), "write namespace/name");
    }
    name
}
