//! `kubectl expose`: a Service in front of what selects pods.

use serde_json::{Value, json};

use super::client::Client;
use super::create::made;
use super::failure::Failure;
use super::flags::{Flags, PRINTING, Spec, Takes};
use super::names;
use super::resources::{Kinds, fetch};
use crate::process::Process;

const FLAGS: &[Spec] = &[
    ("port", None, Takes::Value),
    ("target-port", None, Takes::Value),
    ("protocol", None, Takes::Value),
    ("name", None, Takes::Value),
    ("type", None, Takes::Value),
    ("labels", Some('l'), Takes::Value),
    ("selector", None, Takes::Value),
    ("cluster-ip", None, Takes::Value),
    ("dry-run", None, Takes::Or("unchanged")),
];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("expose", &[FLAGS, PRINTING], words)?;
    let client = Client::new(process, &flags)?;
    let kinds = Kinds::of(&client).await?;
    let named = names::read(&kinds, "expose", &flags.words)?;
    let [named] = named.as_slice() else { return Err(Failure::said("expose one object at a time")) };
    let Some(name) = &named.name else {
        return Err(Failure::said("resource(s) were provided, but no name was specified"));
    };
    let object = fetch(&client, named.kind, &client.namespace, name).await?;
    let spec = &object["spec"];
    let (selector, template) = match named.kind.kind.as_str() {
        "Pod" => (&object["metadata"]["labels"], spec),
        "Service" => (&spec["selector"], spec),
        "Deployment" | "ReplicaSet" => (&spec["selector"]["matchLabels"], &spec["template"]["spec"]),
        "ReplicationController" => (&spec["selector"], &spec["template"]["spec"]),
        _ => return Err(Failure::said(format!("cannot expose a {}", named.kind.resource()))),
    };
    let selector = match flags.value("selector") {
        Some(text) => pairs(text)?,
        None => selector.clone(),
    };
    if selector.as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(Failure::said(format!(
            "couldn't retrieve selectors via --selector flag or introspection: the {} has no labels and cannot be exposed",
            named.kind.singular
        )));
    }
    let labels = match flags.value("labels") {
        Some(text) => pairs(text)?,
        None => object["metadata"]["labels"].clone(),
    };
    let mut metadata = json!({"name": flags.value("name").unwrap_or(name)});
    if labels.is_object() {
        metadata["labels"] = labels;
    }
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"ports": ports(&flags, template)?, "selector": selector},
        "status": {"loadBalancer": {}},
    });
    if let Some(kind) = flags.value("type") {
        service["spec"]["type"] = kind.into();
    }
    if let Some(address) = flags.value("cluster-ip") {
        service["spec"]["clusterIP"] = address.into();
    }
    made(&client, &flags, "services", service, "exposed").await
}

fn pairs(text: &str) -> Result<Value, Failure> {
    let mut map = json!({});
    for pair in text.split(',') {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Failure::said(format!("unexpected label spec: {pair}")))?;
        map[key] = value.into();
    }
    Ok(map)
}

/// The ports of the flags, or those that the containers declare.
fn ports(flags: &Flags, template: &Value) -> Result<Vec<Value>, Failure> {
    let target = |text: &str| text.parse::<u16>().map_or_else(|_| json!(text), |number| json!(number));
    let declared: Vec<&Value> = template["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .collect();
    let wanted: Vec<(u64, String)> = match flags.value("port") {
        Some(text) => {
            let mut wanted = Vec::new();
            for port in text.split(',') {
                let number: u16 = port.parse().map_err(|_| Failure::said(format!("invalid port: {port}")))?;
                wanted.push((u64::from(number), flags.value("protocol").unwrap_or("TCP").to_uppercase()));
            }
            wanted
        }
        None => declared
            .iter()
            .filter_map(|port| {
                Some((port["containerPort"].as_u64()?, port["protocol"].as_str().unwrap_or("TCP").to_owned()))
            })
            .collect(),
    };
    if wanted.is_empty() {
        return Err(Failure::said(
            "couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples",
        ));
    }
    let several = wanted.len() > 1;
    let made = wanted.iter().enumerate().map(|(at, (port, protocol))| {
        let mut made = json!({"port": port, "protocol": protocol, "targetPort": flags.value("target-port").map_or(json!(port), target)});
        if several {
            made["name"] = format!("port-{}", at + 1).into();
        }
        made
    });
    Ok(made.collect())
}
