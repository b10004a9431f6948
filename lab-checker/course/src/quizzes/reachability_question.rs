//! Questions about reachability: objects, and flows to judge. The engine computes the key.

use serde_json::Value;

use super::quiz::{KeyedFlow, Question, QuestionKind};
use super::source::{QuizSource, question_id};
use crate::files::{Field, Fields, resolve, suggestion};
use crate::reachability::{FlowOptions, FlowPattern, Verdicts};
use crate::snapshot;

const KEYS: [&str; 11] =
    ["id", "prompt", "lab", "file", "objects", "show", "flows", "context", "dns", "namespace", "promptExplanation"];

/// What the flows of a question are judged in.
struct Cluster {
    objects: Vec<Value>,
    /// What the learner sees of it.
    shown: String,
}

/// Reads a question of `[[reachability]]`.
pub(crate) fn question(source: QuizSource<'_>, field: &Field<'_>) -> Option<Question> {
    let fields = field.fields(&KEYS)?;
    let id = question_id(&fields);
    let prompt = fields.required_text("prompt");
    let wanted = wanted(&fields)?;
    let mut cluster = cluster(source, &fields)?;
    if wanted.iter().any(|(_, flow)| flow.names_dns()) {
        cluster.objects = snapshot::apply(snapshot::baseline(), &cluster.objects);
    }
    let flows = keyed(&wanted, &cluster.objects)?;
    let manifest = match fields.text("show").as_deref() {
        Some("nothing") => None,
        None | Some("objects") => Some(cluster.shown).filter(|shown| !shown.trim().is_empty()),
        Some(other) => {
            let field = fields.get("show")?;
            field.wrong(format!("`{other}` cannot be shown"), "write `objects` or `nothing`");
            None
        }
    };
    Some(Question {
        id: id?,
        line: field.line(),
        prompt: prompt?,
        group: None,
        context: fields.text("context"),
        asks_why: fields.get("promptExplanation").and_then(|field| field.boolean()).unwrap_or(false),
        kind: QuestionKind::Reachability { manifest, objects: cluster.objects, flows },
    })
}

/// The start of a lab, then a file, then what is written in the question, each applied on the former.
fn cluster(source: QuizSource<'_>, fields: &Fields<'_>) -> Option<Cluster> {
    let mut cluster = Cluster { objects: Vec::new(), shown: String::new() };
    let mut namespace = fields.text("namespace").unwrap_or_else(|| "default".to_owned());
    if fields.get("lab").is_none() && fields.get("file").is_none() {
        fields.required("objects")?;
    }
    if let Some(field) = fields.get("lab") {
        let name = field.text()?;
        let Some(lab) = source.labs.iter().find(|lab| lab.name == name) else {
            field.wrong(
                format!("there is no lab `{name}`"),
                suggestion(&name, source.labs.iter().map(|lab| &*lab.name)),
            );
            return None;
        };
        if fields.get("namespace").is_none() {
            namespace.clone_from(&lab.namespace);
        }
        cluster.objects.extend_from_slice(&lab.start_objects);
    }
    if let Some(field) = fields.get("file") {
        let path = field.text()?;
        let text = resolve(source.file, &path).and_then(|path| source.files.text(&path));
        let Some(text) = text else {
            field.wrong(format!("there is no file `{path}`"), "write its path relative to the quiz");
            return None;
        };
        apply(&mut cluster, &field, text, &namespace)?;
    }
    if let Some(field) = fields.get("objects") {
        apply(&mut cluster, &field, &field.text()?, &namespace)?;
    }
    if fields.get("dns").and_then(|field| field.boolean()).unwrap_or(false) {
        cluster.objects = snapshot::apply(snapshot::baseline(), &cluster.objects);
    }
    Some(cluster)
}

fn apply(cluster: &mut Cluster, field: &Field<'_>, text: &str, namespace: &str) -> Option<()> {
    let mut problems = Vec::new();
    let mut values = Vec::new();
    for (mut object, _) in snapshot::parse_manifests("", text, 1, &mut problems) {
        snapshot::fill_namespace(&mut object, namespace);
        values.push(object);
    }
    for problem in &problems {
        let line = problem.line.map(|line| format!(" (line {line} of it)")).unwrap_or_default();
        field.wrong(format!("{}{line}", problem.message), problem.help.clone().unwrap_or_default());
    }
    cluster.objects = snapshot::apply(&cluster.objects, &values);
    if !cluster.shown.is_empty() {
        cluster.shown.push_str("\n---\n");
    }
    cluster.shown.push_str(text.trim());
    problems.is_empty().then_some(())
}

/// The flows that the question asks about.
fn wanted<'a>(fields: &Fields<'a>) -> Option<Vec<(Field<'a>, FlowPattern)>> {
    let items = fields.required("flows")?.items();
    let mut wanted = Vec::new();
    for item in &items {
        match item.text()?.parse::<FlowPattern>() {
            Ok(flow) => wanted.push((item.clone(), flow)),
            Err(error) => item.wrong(error.to_string(), "write shop/web -> shop/api:8080"),
        }
    }
    if items.is_empty() {
        fields.get("flows")?.wrong("there is no flow to judge", "add at least one");
    }
    (!items.is_empty() && wanted.len() == items.len()).then_some(wanted)
}

/// The same with the engine's verdicts.
fn keyed(wanted: &[(Field<'_>, FlowPattern)], objects: &[Value]) -> Option<Vec<KeyedFlow>> {
    let mut verdicts = Verdicts::new(objects, FlowOptions::default());
    let flows: Vec<KeyedFlow> =
        wanted.iter().filter_map(|(field, flow)| one_flow(field, flow, &mut verdicts)).collect();
    (flows.len() == wanted.len()).then_some(flows)
}

fn one_flow(field: &Field<'_>, flow: &FlowPattern, verdicts: &mut Verdicts<'_>) -> Option<KeyedFlow> {
    let mut found = verdicts.of(flow);
    let (Some(only), true) = (found.pop(), found.is_empty()) else {
        let names: Vec<String> = verdicts.flow_set(flow).names().map(str::to_owned).collect();
        let help = suggestion(&flow.to.endpoint.to_string(), names.iter().map(String::as_str));
        field.wrong("this is not one flow of these objects", format!("name one pod on each side, and a port; {help}"));
        return None;
    };
    let Some(verdict) = only.verdict else {
        field.wrong("the flow has no verdict: an endpoint is missing", "check the pods of the objects");
        return None;
    };
    Some(KeyedFlow { asked: field.text()?, flow: only.flow, verdict, why: only.why })
}
