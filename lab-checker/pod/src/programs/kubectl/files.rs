//! The objects in files: `-f policy.yaml`, `-f folder`, `-f -`.

use serde_json::Value;

use super::client::Client;
use super::failure::Failure;
use super::flags::Flags;
use super::kind::Kind;
use super::resources::Kinds;
use crate::files::absolute;
use crate::process::Process;

/// How many objects the files of one command may hold.
const OBJECTS: usize = 500;

/// An object of a file.
pub(super) struct Read<'k> {
    /// The file as it was named.
    pub(super) file: String,
    pub(super) kind: &'k Kind,
    pub(super) object: Value,
    /// Where it belongs; empty outside namespaces.
    pub(super) namespace: String,
}

impl Read<'_> {
    pub(super) fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }
}

/// What each file holds, in order; for what is no object, why not.
pub(super) async fn read<'k>(
    process: &Process,
    client: &Client<'_>,
    kinds: &'k Kinds,
    flags: &Flags,
) -> Result<Vec<Result<Read<'k>, Failure>>, Failure> {
    let mut all = Vec::new();
    for path in flags.values("filename").flat_map(|paths| paths.split(',')) {
        for (file, text) in texts(process, path).await? {
            let (documents, problems) = manifest::yaml::read(&file, &text);
            if let Some(problem) = problems.first() {
                return Err(Failure::said(format!(
                    "error parsing {file}: line {}, column {}: {}",
                    problem.line, problem.column, problem.message
                )));
            }
            for object in documents.into_iter().flat_map(|document| unfolded(document.value)) {
                all.push(known(client, kinds, &file, object));
                if all.len() > OBJECTS {
                    return Err(Failure::said(format!("these files hold more than {OBJECTS} objects")));
                }
            }
        }
    }
    Ok(all)
}

/// The files at a path: one, those of a folder, or what comes on standard input.
async fn texts(process: &Process, path: &str) -> Result<Vec<(String, String)>, Failure> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if path == "-" {
        return Ok(vec![("STDIN".to_owned(), text(&process.streams.stdin.read_all().await))]);
    }
    if path.starts_with("http://") || path.starts_with("https://") {
        return Err(Failure::said(format!("{path} cannot be fetched: this terminal has no way out to the internet")));
    }
    let full = absolute(&process.directory, path);
    if let Some(bytes) = process.container.read_file(&full) {
        return Ok(vec![(path.to_owned(), text(&bytes))]);
    }
    if !process.container.is_directory(&full) {
        return Err(Failure::said(format!("the path \"{path}\" does not exist")));
    }
    let names = process.container.list(&full);
    let manifests = names.iter().filter(|name| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)));
    Ok(manifests
        .filter_map(|name| {
            let bytes = process.container.read_file(&absolute(&full, name))?;
            Some((format!("{}/{name}", path.trim_end_matches('/')), text(&bytes)))
        })
        .collect())
}

fn unfolded(value: Value) -> Vec<Value> {
    let list = value["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) && value["items"].is_array();
    match value {
        Value::Null => Vec::new(),
        Value::Object(mut fields) if list => match fields.shift_remove("items") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        value => vec![value],
    }
}

/// An object whose kind is known, where it belongs.
fn known<'k>(client: &Client<'_>, kinds: &'k Kinds, file: &str, mut object: Value) -> Result<Read<'k>, Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    for (field, value) in [("apiVersion", &version), ("kind", &kind)] {
        if value.is_empty() {
            return Err(Failure::said(format!(
                "error validating \"{file}\": error validating data: {field} not set; if you choose to ignore these errors, turn validation off with --validate=false"
            )));
        }
    }
    let given = text(&object["metadata"]["namespace"]);
    let Some(known) = kinds.of_object(&object) else {
        return Err(Failure::said(format!(
            "resource mapping not found for name: \"{}\" namespace: \"{given}\" from \"{file}\": no matches for kind \"{kind}\" in version \"{version}\"\nensure CRDs are installed first",
            text(&object["metadata"]["name"])
        )));
    };
    if !known.namespaced {
        return Ok(Read { file: file.to_owned(), kind: known, object, namespace: String::new() });
    }
    if client.explicit && !given.is_empty() && given != client.namespace {
        return Err(Failure::said(format!(
            "the namespace from the provided object \"{given}\" does not match the namespace \"{}\". You must pass '--namespace={given}' to perform this operation.",
            client.namespace
        )));
    }
    let namespace = if given.is_empty() { client.namespace.clone() } else { given };
    if let Some(fields) = object.as_object_mut() {
        let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("namespace".to_owned(), namespace.clone().into());
        }
    }
    Ok(Read { file: file.to_owned(), kind: known, object, namespace })
}

/// The objects of files by their names, for commands that look at them.
pub(super) async fn named(
    process: &Process,
    client: &Client<'_>,
    kinds: &Kinds,
    flags: &Flags,
) -> Result<Vec<String>, Failure> {
    let read = read(process, client, kinds, flags).await?;
    read.into_iter().map(|one| one.map(|one| format!("{}/{}", one.kind.resource(), one.name()))).collect()
}
