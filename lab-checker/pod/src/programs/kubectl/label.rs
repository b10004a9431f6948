//! `kubectl label` and `kubectl annotate`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::apply::DryRun;
use super::client::{Client, MERGE};
use super::delete::found;
use super::failure::Failure;
use super::flags::{FILES, Flags, PRINTING, Spec, Takes};
use super::kind::Kind;
use super::names;
use super::output::{self, Format};
use super::resources::{Kinds, fetch};
use crate::process::Process;

const FLAGS: &[Spec] = &[
    ("all", None, Takes::Nothing),
    ("all-namespaces", Some('A'), Takes::Nothing),
    ("selector", Some('l'), Takes::Value),
    ("field-selector", None, Takes::Value),
    ("overwrite", None, Takes::Nothing),
    ("list", None, Takes::Nothing),
];

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Map {
    Labels,
    Annotations,
}

impl Map {
    fn field(self) -> &'static str {
        if self == Self::Labels { "labels" } else { "annotations" }
    }

    fn command(self) -> &'static str {
        if self == Self::Labels { "label" } else { "annotate" }
    }
}

/// One change: a key, and its value, or none when it goes.
type Change = (String, Option<String>);

pub(super) async fn run(process: &Process, map: Map, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read(map.command(), &[FLAGS, FILES, PRINTING], words)?;
    let is_change = |word: &&String| word.contains('=') || (word.ends_with('-') && word.len() > 1);
    let changes: Vec<&String> = flags.words.iter().filter(is_change).collect();
    let rest: Vec<String> = flags.words.iter().filter(|word| !is_change(word)).cloned().collect();
    let changes = changes.into_iter().map(|word| change(map, word)).collect::<Result<Vec<Change>, Failure>>()?;
    if rest.is_empty() {
        return Err(Failure::said("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    if changes.is_empty() && !flags.is("list") {
        let what = if map == Map::Labels { "label" } else { "annotation" };
        return Err(Failure::said(format!("at least one {what} update is required")));
    }
    let client = Client::new(process, &flags)?;
    let kinds = Kinds::of(&client).await?;
    let mut failures = Vec::new();
    let chosen = flags.is("all") || flags.value("selector").is_some() || flags.value("field-selector").is_some();
    for named in names::read(&kinds, map.command(), &rest)? {
        let objects = match &named.name {
            Some(name) => fetch(&client, named.kind, &client.namespace, name).await.map(|object| vec![object]),
            None if !chosen => Err(Failure::said("resource(s) were provided, but no name was specified")),
            None => found(&client, &flags, named.kind).await,
        };
        match objects {
            Err(failure) => failures.push(failure),
            Ok(objects) => {
                for object in objects {
                    let object = with_type(object, named.kind);
                    failures.extend(one(&client, &kinds, &flags, map, named.kind, &object, &changes).await.err());
                }
            }
        }
    }
    Failure::all(failures)
}

fn with_type(mut object: Value, kind: &Kind) -> Value {
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.kind.clone().into();
    object
}

fn change(map: Map, word: &str) -> Result<Change, Failure> {
    let Some((key, value)) = word.split_once('=') else {
        return Ok((word.trim_end_matches('-').to_owned(), None));
    };
    static VALUE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$").ok());
    let fits = value.len() <= 63 && VALUE.as_ref().is_none_or(|rule| rule.is_match(value));
    if map == Map::Labels && !fits {
        let rule = match value.len() > 63 {
            true => "must be no more than 63 bytes",
            false => {
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            }
        };
        return Err(Failure::said(format!("invalid label value: \"{word}\": {rule}")));
    }
    Ok((key.to_owned(), Some(value.to_owned())))
}

async fn one(
    client: &Client<'_>,
    kinds: &Kinds,
    flags: &Flags,
    map: Map,
    kind: &Kind,
    object: &Value,
    changes: &[Change],
) -> Result<(), Failure> {
    let process = client.process;
    let current = &object["metadata"][map.field()];
    if flags.is("list") {
        for (key, value) in current.as_object().into_iter().flatten() {
            process.say(format!("{key}={}", value.as_str().unwrap_or_default())).await;
        }
        return Ok(());
    }
    let mut patch = json!({});
    let (mut set, mut removed) = (false, false);
    for (key, value) in changes {
        let before = current[key].as_str();
        match value {
            Some(value) if before.is_some_and(|before| before != value) && !flags.is("overwrite") => {
                return Err(taken(map, key, before.unwrap_or_default()));
            }
            Some(value) if before == Some(value.as_str()) => {}
            Some(value) => {
                set = true;
                patch[key.as_str()] = value.as_str().into();
            }
            None if before.is_none() && map == Map::Labels => process.say(format!("label \"{key}\" not found.")).await,
            None => {
                removed |= before.is_some();
                patch[key.as_str()] = Value::Null;
            }
        }
    }
    let dry = DryRun::of(flags)?;
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let mut after = object.clone();
    if (set || removed) && dry != DryRun::Client {
        let path = client.object(kind, namespace, name);
        let path = format!("{path}?fieldManager=kubectl-{}{}", map.command(), dry.asked());
        after = client.patch(&path, MERGE, &json!({"metadata": {map.field(): patch}})).await?;
    }
    let done = match (map, set, removed) {
        (Map::Annotations, ..) => "annotated",
        (_, true, false) => "labeled",
        (_, false, true) => "unlabeled",
        (_, true, true) => "modified",
        (_, false, false) => "not labeled",
    };
    match output::format(flags)? {
        Format::Table { .. } => process.say(format!("{} {done}{}", output::name(kinds, object), dry.told())).await,
        format => process.streams.stdout.write(output::print(&format, kinds, vec![after], false, false)?).await,
    }
    Ok(())
}

fn taken(map: Map, key: &str, before: &str) -> Failure {
    let text = format!("'{key}' already has a value ({before})");
    Failure::said(match map {
        Map::Labels => format!("{text}, and --overwrite is false"),
        Map::Annotations => format!("--overwrite is false but found the following declared annotation(s): {text}"),
    })
}
