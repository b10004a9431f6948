//! `kubectl describe`: a file for each kind that has a description of its own, and one for all others.

mod age;
mod config_map;
mod container;
mod events;
mod generic;
mod namespace;
mod network_policy;
mod page;
mod pod;
mod selector;
mod service;
mod volumes;

use serde_json::Value;

use super::client::{Client, JSON};
use super::delete;
use super::failure::Failure;
use super::files;
use super::flags::{FILES, Flags, Spec, Takes};
use super::kind::Kind;
use super::names::{self, Named};
use super::resources::{Kinds, fetch};
use crate::process::Process;

const FLAGS: &[Spec] = &[
    ("all-namespaces", Some('A'), Takes::Nothing),
    ("selector", Some('l'), Takes::Value),
    ("field-selector", None, Takes::Value),
    ("show-events", None, Takes::Or("true")),
];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("describe", &[FLAGS, FILES], words)?;
    let client = Client::new(process, &flags)?;
    let kinds = Kinds::of(&client).await?;
    let from_files;
    let words = match flags.value("filename") {
        Some(_) => {
            from_files = files::named(process, &client, &kinds, &flags).await?;
            &from_files
        }
        None => &flags.words,
    };
    let named = names::read(&kinds, "describe", words)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for one in &named {
        match objects(&client, &flags, one).await {
            Ok(objects) => found.extend(objects.into_iter().map(|object| (one.kind, object))),
            Err(failure) => failures.push(failure),
        }
    }
    // Of several, nobody wants to read what happened to each.
    let events = found.len() == 1 && flags.value("show-events") != Some("false");
    for (at, (kind, object)) in found.iter().enumerate() {
        let page = describe(&client, kind, object, events).await?;
        process.streams.stdout.write(format!("{}{page}", if at == 0 { "" } else { "\n\n" })).await;
    }
    if found.is_empty() && failures.is_empty() {
        let namespaced = named.iter().any(|named| named.kind.namespaced) && !flags.is("all-namespaces");
        let text = match namespaced {
            true => format!("No resources found in {} namespace.", client.namespace),
            false => "No resources found".to_owned(),
        };
        process.streams.stderr.line(text).await;
    }
    Failure::all(failures)
}

/// The objects that are named; a name that is none may be the beginning of several.
async fn objects(client: &Client<'_>, flags: &Flags, named: &Named<'_>) -> Result<Vec<Value>, Failure> {
    let Some(name) = &named.name else { return delete::found(client, flags, named.kind).await };
    match fetch(client, named.kind, &client.namespace, name).await {
        Ok(object) => Ok(vec![object]),
        Err(failure) if failure.is_absent() => {
            let mut all = delete::found(client, flags, named.kind).await?;
            all.retain(|object| object["metadata"]["name"].as_str().is_some_and(|known| known.starts_with(name)));
            if all.is_empty() { Err(failure) } else { Ok(all) }
        }
        Err(failure) => Err(failure),
    }
}

async fn describe(client: &Client<'_>, kind: &Kind, object: &Value, events: bool) -> Result<String, Failure> {
    let mut page = page::Page::default();
    let has_events = match kind.kind.as_str() {
        "Pod" => pod::write(&mut page, object),
        "Service" => service::write(&mut page, object, &slices(client, object).await?),
        "Namespace" => namespace::write(&mut page, object),
        "NetworkPolicy" => network_policy::write(&mut page, object),
        "ConfigMap" => config_map::write(&mut page, object),
        _ => generic::write(&mut page, kind, object),
    };
    if has_events && events {
        self::events::write(&mut page, &self::events::of(client, object).await?);
    }
    Ok(page.aligned())
}

/// The EndpointSlices of a Service.
async fn slices(client: &Client<'_>, service: &Value) -> Result<Vec<Value>, Failure> {
    let text = |field: &str| super::client::encoded(service["metadata"][field].as_str().unwrap_or_default());
    let path = format!(
        "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D{}",
        text("namespace"),
        text("name")
    );
    let mut list = client.get(&path, JSON).await?;
    Ok(list["items"].as_array_mut().map(std::mem::take).unwrap_or_default())
}
