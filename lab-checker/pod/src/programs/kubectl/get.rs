//! `kubectl get`.

use serde_json::Value;

use super::client::{Client, JSON, TABLE as AS_TABLE, encoded};
use super::delete::unlisted;
use super::failure::Failure;
use super::files;
use super::flags::{FILES, Flags, PRINTING, Spec, Takes};
use super::jsonpath;
use super::names::{self, Named, several_kinds};
use super::output::{self, Format};
use super::resources::Kinds;
use super::tabs::{TABLE, aligned};
use crate::process::Process;

const FLAGS: &[Spec] = &[
    ("all-namespaces", Some('A'), Takes::Nothing),
    ("selector", Some('l'), Takes::Value),
    ("field-selector", None, Takes::Value),
    ("label-columns", Some('L'), Takes::Value),
    ("show-labels", None, Takes::Nothing),
    ("show-kind", None, Takes::Nothing),
    ("no-headers", None, Takes::Nothing),
    ("ignore-not-found", None, Takes::Nothing),
    ("sort-by", None, Takes::Value),
    ("watch", Some('w'), Takes::Nothing),
    ("watch-only", None, Takes::Nothing),
    ("raw", None, Takes::Value),
    ("chunk-size", None, Takes::Value),
];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("get", &[FLAGS, PRINTING, FILES], words)?;
    if flags.is("watch") || flags.is("watch-only") {
        return Err(Failure::said("this terminal does not watch; run the command again, or use `watch kubectl get …`"));
    }
    let client = Client::new(process, &flags)?;
    if let Some(path) = flags.value("raw") {
        let value = client.get(path, JSON).await?;
        process.say(value.to_string()).await;
        return Ok(0);
    }
    let format = output::format(&flags)?;
    let kinds = Kinds::of(&client).await?;
    let from_files;
    let words = match flags.value("filename") {
        Some(_) => {
            from_files = files::named(process, &client, &kinds, &flags).await?;
            &from_files
        }
        None => &flags.words,
    };
    let named = names::read(&kinds, "get", words)?;
    let get = Get { client: &client, kinds: &kinds, flags: &flags };
    match format {
        Format::Table { wide } => get.tables(&named, wide).await,
        format => get.objects(&named, &format).await,
    }
}

struct Get<'a> {
    client: &'a Client<'a>,
    kinds: &'a Kinds,
    flags: &'a Flags,
}

/// The rows of one kind.
struct Rows<'a> {
    named: &'a Named<'a>,
    columns: Vec<(String, i64)>,
    rows: Vec<Value>,
}

impl Get<'_> {
    fn everywhere(&self) -> bool {
        self.flags.is("all-namespaces")
    }

    /// Where one of the named stands.
    fn path(&self, named: &Named<'_>) -> String {
        let Client { namespace, .. } = self.client;
        if let Some(name) = &named.name {
            return self.client.object(named.kind, namespace, name);
        }
        let namespace = (!self.everywhere()).then_some(namespace.as_str());
        let mut query = vec!["limit=500".to_owned()];
        for (flag, parameter) in [("selector", "labelSelector"), ("field-selector", "fieldSelector")] {
            query.extend(self.flags.value(flag).map(|value| format!("{parameter}={}", encoded(value))));
        }
        format!("{}?{}", self.client.collection(named.kind, namespace), query.join("&"))
    }

    /// All of an answer that comes in pages.
    async fn pages(&self, named: &Named<'_>, accept: &'static str, items: &str) -> Result<Value, Failure> {
        let path = self.path(named);
        let whole = self.client.get(&path, accept).await;
        let mut whole = whole.map_err(|failure| match named.name {
            Some(_) => failure,
            None => unlisted(failure, named.kind, self.flags),
        })?;
        while let Some(next) = whole["metadata"]["continue"].as_str().filter(|next| !next.is_empty()) {
            let mut page = self.client.get(&format!("{path}&continue={}", encoded(next)), accept).await?;
            let more = page[items].take();
            whole["metadata"] = page["metadata"].take();
            if let (Some(all), Value::Array(more)) = (whole[items].as_array_mut(), more) {
                all.extend(more);
            }
        }
        Ok(whole)
    }

    async fn tables(&self, named: &[Named<'_>], wide: bool) -> Result<u8, Failure> {
        if self.everywhere() && named.iter().any(|named| named.name.is_some()) {
            return Err(Failure::said("a resource cannot be retrieved by name across all namespaces"));
        }
        let mut failures = Vec::new();
        let mut tables: Vec<Rows<'_>> = Vec::new();
        for named in named {
            let table = match self.pages(named, AS_TABLE, "rows").await {
                Ok(table) => table,
                Err(failure) if failure.is_absent() && self.flags.is("ignore-not-found") => continue,
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            };
            let rows = table["rows"].as_array().cloned().unwrap_or_default();
            match tables.last_mut().filter(|last| last.named.kind == named.kind) {
                Some(last) => last.rows.extend(rows),
                None => tables.push(Rows { named, columns: columns(&table), rows }),
            }
        }
        let prefixed = several_kinds(named) || self.flags.is("show-kind");
        tables.retain(|table| !table.rows.is_empty());
        let mut texts = Vec::new();
        // Behind kinds with namespaces, others keep the column and leave it empty.
        let mut with_namespace = false;
        for table in &mut tables {
            with_namespace |= self.everywhere() && table.named.kind.namespaced;
            self.sort(&mut table.rows)?;
            texts.push(self.print(table, wide, prefixed, with_namespace));
        }
        let streams = &self.client.process.streams;
        streams.stdout.write(texts.join(if self.flags.is("no-headers") { "" } else { "\n" })).await;
        if texts.is_empty() && failures.is_empty() && !self.flags.is("ignore-not-found") {
            let namespaced = named.iter().any(|named| named.kind.namespaced);
            let text = match namespaced && !self.everywhere() {
                true => format!("No resources found in {} namespace.", self.client.namespace),
                false => "No resources found".to_owned(),
            };
            streams.stderr.line(text).await;
        }
        Failure::all(failures)
    }

    fn print(&self, table: &Rows<'_>, wide: bool, prefixed: bool, with_namespace: bool) -> String {
        let shown: Vec<usize> = (0..table.columns.len()).filter(|at| wide || table.columns[*at].1 == 0).collect();
        let label_columns: Vec<&str> = self.flags.values("label-columns").flat_map(|names| names.split(',')).collect();
        let mut lines = Vec::new();
        if !self.flags.is("no-headers") {
            let mut headers: Vec<String> = with_namespace.then(|| "NAMESPACE".to_owned()).into_iter().collect();
            headers.extend(shown.iter().map(|at| table.columns[*at].0.to_uppercase()));
            headers.extend(label_columns.iter().map(|name| name.rsplit('/').next().unwrap_or(name).to_uppercase()));
            headers.extend(self.flags.is("show-labels").then(|| "LABELS".to_owned()));
            lines.push(headers.join("\t"));
        }
        for row in &table.rows {
            let metadata = &row["object"]["metadata"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let mut cells: Vec<String> = with_namespace.then(|| text(&metadata["namespace"])).into_iter().collect();
            for at in &shown {
                let cell = cell(&row["cells"][at]);
                let named = prefixed && table.columns[*at].0 == "Name";
                cells.push(if named { format!("{}/{cell}", table.named.kind.qualified()) } else { cell });
            }
            cells.extend(label_columns.iter().map(|name| text(&metadata["labels"][name])));
            cells.extend(self.flags.is("show-labels").then(|| labels(&metadata["labels"])));
            lines.push(cells.join("\t"));
        }
        aligned(&lines.iter().map(|line| format!("{line}\n")).collect::<String>(), TABLE)
    }

    /// Sorts rows or objects by what `--sort-by` names.
    fn sort(&self, values: &mut [Value]) -> Result<(), Failure> {
        let Some(path) = self.flags.value("sort-by") else { return Ok(()) };
        let path = path.trim_matches(|edge| matches!(edge, '{' | '}'));
        let path = if path.starts_with('.') { path.to_owned() } else { format!(".{path}") };
        let key = |value: &Value| -> Result<(f64, String), Failure> {
            let object = value.get("object").unwrap_or(value);
            let found = jsonpath::find(&path, object).map_err(Failure::Said)?;
            let first = found.first();
            let number = first.and_then(|value| value.as_f64()).unwrap_or_default();
            Ok((number, first.map(|value| jsonpath::in_go(value)).unwrap_or_default()))
        };
        let mut keys = Vec::new();
        for value in values.iter_mut() {
            keys.push((key(value)?, value.take()));
        }
        keys.sort_by(|(a, _), (b, _)| {
            a.0.total_cmp(&b.0).then_with(|| if a.0 == 0.0 { a.1.cmp(&b.1) } else { std::cmp::Ordering::Equal })
        });
        for (place, (_, value)) in values.iter_mut().zip(keys) {
            *place = value;
        }
        Ok(())
    }

    async fn objects(&self, named: &[Named<'_>], format: &Format) -> Result<u8, Failure> {
        let (mut objects, mut failures) = (Vec::new(), Vec::new());
        for named in named {
            match self.pages(named, JSON, "items").await {
                Ok(answer) if named.name.is_some() => objects.push(answer),
                Ok(mut answer) => {
                    let Value::Array(items) = answer["items"].take() else { continue };
                    let (version, kind) = (named.kind.api_version(), named.kind.kind.clone());
                    objects.extend(items.into_iter().map(|item| typed(item, &version, &kind)));
                }
                Err(failure) if failure.is_absent() && self.flags.is("ignore-not-found") => {}
                Err(failure) => failures.push(failure),
            }
        }
        self.sort(&mut objects)?;
        let list = named.len() > 1 || named.iter().any(|named| named.name.is_none());
        let managed = self.flags.is("show-managed-fields");
        if !objects.is_empty() || (list && failures.is_empty()) {
            let text = output::print(format, self.kinds, objects, list, managed)?;
            self.client.process.streams.stdout.write(text).await;
        }
        Failure::all(failures)
    }
}

/// The items of a list do not say what they are.
fn typed(item: Value, version: &str, kind: &str) -> Value {
    let Value::Object(fields) = item else { return item };
    let mut typed = serde_json::Map::new();
    typed.insert("apiVersion".to_owned(), version.into());
    typed.insert("kind".to_owned(), kind.into());
    typed.extend(fields);
    Value::Object(typed)
}

fn columns(table: &Value) -> Vec<(String, i64)> {
    let columns = table["columnDefinitions"].as_array().into_iter().flatten();
    columns
        .map(|column| {
            (column["name"].as_str().unwrap_or_default().to_owned(), column["priority"].as_i64().unwrap_or_default())
        })
        .collect()
}

/// A cell as it is printed: its first line.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => match text.split_once('\n') {
            Some((first, _)) => format!("{first}..."),
            None => text.clone(),
        },
        Value::Null => "<none>".to_owned(),
        other => other.to_string(),
    }
}

/// Labels as a table shows them.
pub(super) fn labels(labels: &Value) -> String {
    let mut pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}
