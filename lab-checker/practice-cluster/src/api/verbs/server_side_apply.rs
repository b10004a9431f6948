//! Server-side apply: an applier says what it wants, owns exactly that, and is told whom it would overrule.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::apply::field_set::{FieldSet, Step, shown};
use crate::api::apply::managed::{self, Entry, Operation};
use crate::api::apply::{merge, walk};
use crate::api::http::body;
use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::{create, replace, sent};
use crate::incoming::go_values::go_syntax;
use crate::incoming::rules;
use crate::resource::{Resource, Subresource};
use crate::status::Status;
use crate::store::object;
use crate::store::removal;
use crate::store::transaction::Transaction;
use manifest::last_applied::{self, sorted};
use manifest::openapi::Schema;

/// Who applies what.
struct Application {
    manager: String,
    force: bool,
    subresource: Option<Subresource>,
    wanted: Value,
}

/// Answers a PATCH with an applied configuration.
pub(crate) async fn patch(call: &Call) -> Result<Answer, Status> {
    let context = &call.context;
    let path = &context.path;
    let resource = &*path.resource;
    let Some(manager) = context.query.text("fieldManager") else {
        return Err(Status::new(
            422,
            "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ));
    };
    let wanted = wanted(resource, body::yaml(&call.bytes)?, path.namespace(), path.name())?;
    let validation = context.query.field_validation()?;
    let application = Application {
        manager: manager.to_owned(),
        force: context.query.flag("force"),
        subresource: path.subresource,
        wanted,
    };
    let mut warnings = Vec::new();
    let (code, stored) = call
        .write(|tx| match replace::existing(tx, resource, path.namespace(), path.name()).ok() {
            None if path.subresource.is_some() => Err(Status::not_found(resource, path.name())),
            None => {
                let created = first(resource, &application, tx)?;
                let (created, said) = rules::decode(resource, created, validation)?;
                warnings = said;
                Ok((201, create::create_applied(tx, resource, created)?))
            }
            Some(before) => {
                let merged = onto(resource, &application, &before)?;
                let (merged, said) = rules::decode(resource, merged, validation)?;
                warnings = said;
                Ok((200, store(tx, resource, &application, &before, merged)?))
            }
        })
        .await?;
    Ok(context.show(code, &stored, warnings))
}

/// Checks the configuration itself: its identity, and that the kind has all of its fields.
fn wanted(resource: &Resource, mut wanted: Value, namespace: &str, name: &str) -> Result<Value, Status> {
    if !wanted.is_object() {
        return Err(Status::bad_request("error decoding YAML: an applied configuration must be an object"));
    }
    for (field, value) in [("apiVersion", object::api_version(&wanted)), ("kind", object::kind(&wanted))] {
        if value.is_empty() {
            return Err(Status::bad_request(format!("Object '{field}' is missing in the applied configuration")));
        }
    }
    sent::check_type(resource, &wanted)?;
    if object::name(&wanted).is_empty() {
        object::metadata_mut(&mut wanted).insert("name".into(), name.into());
    }
    if object::name(&wanted) != name {
        return Err(Status::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({name})",
            object::name(&wanted)
        )));
    }
    sent::place(resource, &mut wanted, namespace)?;
    if wanted["metadata"]["managedFields"].as_array().is_some_and(|fields| !fields.is_empty()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    object::metadata_mut(&mut wanted).remove("managedFields");
    let mut errors = Vec::new();
    check(&mut errors, "", &wanted, resource.schema());
    if errors.is_empty() {
        return Ok(wanted);
    }
    let place = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
    let list = match errors.as_slice() {
        [one] => one.clone(),
        many => format!("errors:\n{}", many.iter().map(|e| format!("  {e}")).collect::<Vec<_>>().join("\n")),
    };
    let message = format!(
        "failed to create typed patch object ({place}; {}, Kind={}): {list}",
        resource.api_version(),
        resource.kind
    );
    Err(Status::new(500, "", message))
}

/// What the kind does not have, or has in another form.
fn check(errors: &mut Vec<String>, path: &str, value: &Value, schema: Option<Schema>) {
    let Some(schema) = schema else { return };
    match value {
        Value::Object(map) if schema.is_struct() => {
            for (key, value) in map {
                match schema.field(key) {
                    Some(field) => check(errors, &format!("{path}.{key}"), value, Some(field)),
                    None => errors.push(format!("{path}.{key}: field not declared in schema")),
                }
            }
        }
        Value::Object(map) if schema.values().is_some() => {
            for (key, value) in map {
                check(errors, &format!("{path}.{key}"), value, schema.values());
            }
        }
        Value::Array(items) if schema.items().is_some() => {
            let keyed = walk::keyed(items, Some(schema));
            if let Some(keyed) = &keyed {
                errors.extend(repeated(keyed).map(|step| format!("{path}: duplicate entries for key {step}")));
            }
            for (position, item) in items.iter().enumerate() {
                let step = keyed.as_ref().map(|keyed| shown(&keyed[position].0.clone().into_path()));
                let step = step.unwrap_or_else(|| format!("[{position}]"));
                check(errors, &format!("{path}{step}"), item, schema.items());
            }
        }
        Value::Null => {}
        other if schema.is_struct() || schema.values().is_some() => {
            errors.push(format!("{path}: expected map, got &{{{}}}", go_syntax(other)));
        }
        other if schema.items().is_some() => {
            errors.push(format!("{path}: expected list, got &{{{}}}", go_syntax(other)));
        }
        _ => {}
    }
}

/// The items of a list that stand there twice, as messages show them.
fn repeated<'a>(keyed: &'a [(Step, &Value)]) -> impl Iterator<Item = String> + 'a {
    let before = |position: usize| keyed[..position].iter().filter(|(step, _)| *step == keyed[position].0).count();
    (0..keyed.len())
        .filter(move |&position| before(position) == 1)
        .map(move |position| shown(&[keyed[position].0.clone()]))
}

impl Step {
    fn into_path(self) -> Vec<Self> {
        vec![self]
    }
}

fn entry(resource: &Resource, application: &Application, time: Option<String>) -> Entry {
    Entry {
        manager: application.manager.clone(),
        operation: Operation::Apply,
        subresource: application.subresource.map_or("", Subresource::segment).to_owned(),
        api_version: resource.api_version(),
        time,
        fields: claimed(resource, application),
    }
}

fn claimed(resource: &Resource, application: &Application) -> FieldSet {
    let mut part = managed::owned_part(&application.wanted, application.subresource);
    // Metadata that says only which object is meant claims nothing.
    if part["metadata"].as_object().is_some_and(serde_json::Map::is_empty)
        && let Some(part) = part.as_object_mut()
    {
        part.remove("metadata");
    }
    walk::fields_of(&part, resource.schema())
}

/// The object that a first application creates.
fn first(resource: &Resource, application: &Application, tx: &Transaction) -> Result<Value, Status> {
    let mut created = application.wanted.clone();
    managed::write(&mut created, vec![entry(resource, application, Some(tx.now_text()))]);
    Ok(created)
}

/// The object after the application, with its new owners; 409 when it would overrule others unasked.
fn onto(resource: &Resource, application: &Application, before: &Value) -> Result<Value, Status> {
    let schema = resource.schema();
    let subresource = application.subresource.map_or("", Subresource::segment);
    let mine = entry(resource, application, None);
    let mut others = managed::entries(before);
    let own = others.iter().position(|e| e.is(&application.manager, Operation::Apply, subresource));
    let own = own.map(|position| others.remove(position));
    let mut merged = merge::merge(before, &application.wanted, schema);
    let comparison = walk::compare(
        &managed::owned_part(before, application.subresource),
        &managed::owned_part(&merged, application.subresource),
        schema,
    );
    let allowed = from_client_side_apply(application, before, schema);
    let mut conflicts: Vec<(&Entry, FieldSet)> = others
        .iter()
        .map(|other| (other, other.fields.intersection(&comparison.changed).difference(&allowed)))
        .filter(|(_, both)| !both.is_empty())
        .collect();
    conflicts.sort_by(|(a, _), (b, _)| a.manager.cmp(&b.manager));
    if !conflicts.is_empty() && !application.force {
        return Err(conflict(&conflicts));
    }
    for other in &mut others {
        other.fields = other.fields.difference(&comparison.changed);
    }
    if let Some(own) = &own {
        let abandoned = own.fields.difference(&mine.fields);
        let held = |path: &[Step]| mine.fields.reaches(path) || others.iter().any(|other| other.fields.reaches(path));
        // The outermost first: a list item or a struct that nobody wants goes with all that was filled in for it.
        for path in abandoned.paths().iter().filter(|path| !held(path)) {
            let mut around = (2..path.len()).map(|length| &path[..length]);
            let unwanted =
                around.find(|around| !held(around) && walk::schema_at(schema, around).is_some_and(Schema::is_struct));
            merge::remove(&mut merged, unwanted.unwrap_or(path), schema, held);
        }
    }
    if application.manager == "kubectl" && before["metadata"]["annotations"].get(last_applied::KEY).is_some() {
        merged["metadata"]["annotations"][last_applied::KEY] = record_of(&application.wanted).into();
    }
    others.push(Entry { time: own.and_then(|own| own.time), ..mine });
    managed::write(&mut merged, others);
    Ok(merged)
}

/// The fields that kubectl set itself by client-side apply and that still have the value it gave them: it may
/// change them without being told about a conflict with itself.
fn from_client_side_apply(application: &Application, before: &Value, schema: Option<Schema>) -> FieldSet {
    let record = before["metadata"]["annotations"].get(last_applied::KEY).and_then(Value::as_str);
    let (true, Some(record)) = (application.manager == "kubectl", record) else { return FieldSet::default() };
    let Ok(record) = serde_json::from_str::<Value>(record) else { return FieldSet::default() };
    let record = managed::owned_part(&record, application.subresource);
    let live = managed::owned_part(before, application.subresource);
    let changed_since = walk::compare(&live, &merge::merge(&live, &record, schema), schema).changed;
    walk::fields_of(&record, schema).difference(&changed_since)
}

/// Keeps kubectl's own record of what was applied in step, as the API server does.
fn record_of(wanted: &Value) -> String {
    let mut wanted = wanted.clone();
    if let Some(Value::Object(annotations)) = object::metadata_mut(&mut wanted).get_mut("annotations") {
        annotations.remove(last_applied::KEY);
    }
    format!("{}\n", sorted(&wanted))
}

/// Stores the merged object. Only an application that changed something gets a new time.
fn store(
    tx: &mut Transaction,
    resource: &Resource,
    application: &Application,
    before: &Value,
    merged: Value,
) -> Result<Arc<Value>, Status> {
    let mut object = replace::changed(tx, resource, before, merged, application.subresource)?;
    let same =
        managed::owned_part(&object, application.subresource) == managed::owned_part(before, application.subresource);
    if !same {
        let subresource = application.subresource.map_or("", Subresource::segment);
        let mut entries = managed::entries(&object);
        for entry in &mut entries {
            if entry.is(&application.manager, Operation::Apply, subresource) {
                entry.time = Some(tx.now_text());
            }
        }
        managed::write(&mut object, entries);
    }
    Ok(removal::update(tx, before, object))
}

fn conflict(conflicts: &[(&Entry, FieldSet)]) -> Status {
    let mut causes = Vec::new();
    let mut managers: Vec<(String, Vec<String>)> = Vec::new();
    for (entry, fields) in conflicts {
        let mut manager = format!("{:?}", entry.manager);
        if !entry.subresource.is_empty() {
            manager.push_str(&format!(" with subresource {:?}", entry.subresource));
        }
        if entry.operation == Operation::Update {
            manager.push_str(&format!(" using {}", entry.api_version));
        }
        let paths: Vec<String> = fields.paths().iter().map(|path| shown(path)).collect();
        for path in &paths {
            causes.push(json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {manager}"),
                "field": path,
            }));
        }
        managers.push((manager, paths));
    }
    let message = match managers.as_slice() {
        [(manager, paths)] if paths.len() == 1 => {
            format!("Apply failed with 1 conflict: conflict with {manager}: {}", paths[0])
        }
        many => {
            let parts: Vec<String> = many
                .iter()
                .map(|(manager, paths)| {
                    let list: String = paths.iter().map(|path| format!("\n- {path}")).collect();
                    format!("conflicts with {manager}:{list}")
                })
                .collect();
            format!("Apply failed with {} conflicts: {}", causes.len(), parts.join("\n"))
        }
    };
    let mut status = Status::new(409, "Conflict", message);
    status.details = Some(Box::new(json!({"causes": causes})));
    status
}
