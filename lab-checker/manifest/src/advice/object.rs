//! Everything that an API server would refuse in an object, at the place where it stands.

use serde_json::Value;

use super::field;
use crate::admission::{self, FieldError, FieldErrorKind};
use crate::nearest::nearest;
use crate::schema::{self, Findings, Shape, kinds};
use crate::text::{Positions, TextProblem, what};

/// So many problems of one sort in one object are reported; nobody reads more.
const SHOWN: usize = 50;

/// Looks at one object that is a mapping.
pub(crate) fn object(object: &Value, positions: &Positions, problems: &mut Vec<TextProblem>) {
    let before = problems.len();
    type_names(object, positions, problems);
    if problems.len() > before {
        return;
    }
    replaced(object, positions, problems);
    let Some((mut decoded, findings)) = schema::inspect(object) else {
        metadata_of_unknown_kind(object, positions, problems);
        return;
    };
    found(&findings, positions, problems);
    let unreadable = problems.len();
    // The rules look at what could be read, so that one mistyped field does not hide another.
    admission::default(&mut decoded);
    let errors = admission::validate(&decoded);
    for error in errors.into_iter().take(SHOWN) {
        let read = |problem: &TextProblem| problem.field.as_deref().is_some_and(|field| covers(field, &error));
        let mistyped = findings.unknown.iter().take(SHOWN).any(|field| field::is_meant(field, &error));
        if !mistyped && !problems[before..unreadable].iter().any(read) {
            problems.push(field::on(&error, object, positions));
        }
    }
    if problems.len() == before && object["kind"].as_str().is_some_and(|kind| WITH_ADDRESSES.contains(&kind)) {
        unusable(object, positions, problems);
    }
    for warning in admission::warnings(&decoded) {
        let (field, sentence) = warning.split_once(": ").unwrap_or(("", &warning));
        problems.push(TextProblem::warning(positions.value_at(field), sentence).field(field));
    }
}

/// Whether a validation error follows from what could not be read at `field`: a value that could not
/// be read leaves its own place, and what is around it, looking empty.
fn covers(field: &str, error: &FieldError) -> bool {
    let starts = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let empty = error.kind == FieldErrorKind::Required || error.detail.contains("does not match");
    starts(&error.field, field) || (empty && starts(field, &error.field))
}

fn type_names(object: &Value, positions: &Positions, problems: &mut Vec<TextProblem>) {
    for (field, example) in [("apiVersion", "apiVersion: networking.k8s.io/v1"), ("kind", "kind: NetworkPolicy")] {
        let message = match &object[field] {
            Value::String(text) if !text.is_empty() => continue,
            Value::Null => format!("`{field}` is missing"),
            Value::String(_) => format!("`{field}` is empty"),
            other => format!("`{field}` is {} and must be a text", what(other)),
        };
        let help = format!("every Kubernetes object begins with apiVersion and kind, such as `{example}`");
        problems.push(TextProblem::error(positions.value_at(field), message).help(help).field(field));
    }
    let (Some(api_version), Some(kind)) = (object["apiVersion"].as_str(), object["kind"].as_str()) else { return };
    if !kind.is_empty() && !api_version.is_empty() {
        known_type(api_version, kind, positions, problems);
    }
}

/// Whether it is a kind of v1alpha1 that [`crate::lower`] still reads.
fn is_old(api_version: &str, kind: &str) -> bool {
    first_part(api_version) == "policy.networking.k8s.io"
        && matches!(kind, "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy")
}

/// Versions that an API server of 1.36 serves beside those whose schemas are known here.
const ALSO_SERVED: [&str; 3] = ["autoscaling/v1", "resource.k8s.io/v1beta1", "resource.k8s.io/v1beta2"];

/// Whether it is a kind of a group that is known, in another version.
fn is_also_served(api_version: &str, kind: &str) -> bool {
    let of_group = |known: &str| first_part(known) == first_part(api_version);
    ALSO_SERVED.contains(&api_version) && kinds().any(|(version, name)| name == kind && of_group(version))
}

fn known_type(api_version: &str, kind: &str, positions: &Positions, problems: &mut Vec<TextProblem>) {
    if kinds().any(|known| known == (api_version, kind))
        || is_old(api_version, kind)
        || is_also_served(api_version, kind)
    {
        return;
    }
    let refused = format!("no matches for kind {kind:?} in version {api_version:?}");
    let mut served: Vec<_> = kinds().filter(|(_, name)| *name == kind).map(|(version, _)| version).collect();
    served.sort_unstable();
    if let Some(version) = served.last() {
        // Groups of others have kinds of the same names (Knative's Service, Calico's NetworkPolicy).
        let ours =
            !api_version.contains('/') || api_version.contains("k8s.io/") || !first_part(api_version).contains('.');
        if ours {
            let message = format!("{kind} is not served as `{api_version}`");
            let problem = TextProblem::error(positions.value_at("apiVersion"), message);
            problems
                .push(problem.help(format!("write `apiVersion: {version}`")).field("apiVersion").api_server(refused));
        }
        return;
    }
    let same_version = kinds().filter(|(version, _)| *version == api_version).map(|(_, name)| name);
    if let Some(meant) = nearest(kind, same_version) {
        let problem =
            TextProblem::error(positions.value_at("kind"), format!("there is no kind `{kind}` in `{api_version}`"));
        problems.push(problem.help(format!("did you mean `{meant}`?")).field("kind").api_server(refused));
    }
}

fn first_part(api_version: &str) -> &str {
    api_version.split('/').next().unwrap_or_default()
}

fn replaced(object: &Value, positions: &Positions, problems: &mut Vec<TextProblem>) {
    let kind = object["kind"].as_str().unwrap_or_default();
    if is_old(object["apiVersion"].as_str().unwrap_or_default(), kind) {
        let message = format!("{kind} was replaced by ClusterNetworkPolicy, and is read here as what it became");
        let tier = if kind.starts_with("Baseline") { "Baseline" } else { "Admin" };
        let help = format!(
            "write `apiVersion: policy.networking.k8s.io/v1alpha2`, `kind: ClusterNetworkPolicy`, `spec.tier: {tier}`; the action Allow is now called Accept"
        );
        problems.push(TextProblem::warning(positions.key_at("kind"), message).help(help).field("kind"));
        unusable(object, positions, problems);
    }
}

/// The kinds with addresses that an API server hands out itself: what a file claims in their place may
/// be impossible to use.
const WITH_ADDRESSES: &[&str] = &["Pod", "Service"];

/// What the engine cannot make sense of.
fn unusable(object: &Value, positions: &Positions, problems: &mut Vec<TextProblem>) {
    let Err(error) = crate::lower(std::slice::from_ref(object), crate::Source::Cluster) else { return };
    for problem in error.problems {
        let field = problem.field.unwrap_or_default();
        problems.push(TextProblem::error(positions.value_at(&field), problem.message).field(field));
    }
}

/// Custom resources are none of our business, but names are the same everywhere.
fn metadata_of_unknown_kind(object: &Value, positions: &Positions, problems: &mut Vec<TextProblem>) {
    if object["metadata"].is_object() || object["metadata"].is_null() {
        return;
    }
    let message = format!("`metadata` is {} and must be a mapping", what(&object["metadata"]));
    problems.push(TextProblem::error(positions.value_at("metadata"), message).field("metadata"));
}

fn found(findings: &Findings, positions: &Positions, problems: &mut Vec<TextProblem>) {
    for field in findings.unknown.iter().take(SHOWN) {
        let message = format!("unknown field `{}`", field.path);
        let mut problem = TextProblem::error(positions.key_at(&field.path), message).field(&field.path);
        problem.help = Some(field::unknown_field(field));
        problems.push(problem.api_server(format!("strict decoding error: unknown field {:?}", field.path)));
    }
    for wrong in findings.wrong.iter().take(SHOWN) {
        let position = positions.value_at(&wrong.path);
        let name = wrong.path.rsplit('.').next().unwrap_or_default();
        let found = wrong.found.split(' ').next().unwrap_or_default();
        let message = format!("`{name}` must be {}, and this is {}", wanted(&wrong.wanted), go_what(found));
        let mut problem = TextProblem::error(position, message).field(&wrong.path).api_server(&wrong.sentence);
        problem.help = field::wrong_type(wrong);
        problems.push(problem);
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Struct(_) | Shape::Map(_) => "a mapping",
        Shape::List(_) => "a list",
        Shape::Text | Shape::Bytes => "a text",
        Shape::Time => "a time such as \"2026-11-23T10:00:00Z\"",
        Shape::Bool => "true or false",
        Shape::Integer(_) => "a whole number",
        Shape::Float => "a number",
        Shape::IntOrString => "a port number or a port name",
        Shape::Quantity => "a quantity such as 100m or 64Mi",
        Shape::Any => "something else",
    }
}

fn go_what(found: &str) -> &'static str {
    match found {
        "number" => "a number",
        "string" => "a text",
        "bool" => "a boolean",
        "array" => "a list",
        _ => "a mapping",
    }
}
