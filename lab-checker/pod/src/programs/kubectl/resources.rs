//! The kinds that the API server serves, and the one that a word on the command line means.

use serde_json::Value;

use super::client::{Client, JSON};
use super::failure::Failure;
use super::flags::{Flags, Spec, Takes};
use super::kind::Kind;
use super::tabs::{TABLE, aligned};
use crate::process::Process;

/// Every kind.
pub(super) struct Kinds(Vec<Kind>);

impl Kinds {
    /// Asks for them.
    pub(super) async fn of(client: &Client<'_>) -> Result<Self, Failure> {
        const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        let mut kinds = Vec::new();
        for path in ["/api", "/apis"] {
            let groups = client.get(path, ACCEPT).await?;
            for group in list(&groups, "items") {
                let name = group["metadata"]["name"].as_str().unwrap_or_default();
                for version in list(group, "versions") {
                    kinds.extend(list(version, "resources").map(|resource| read(name, version, resource)));
                }
            }
        }
        Ok(Self(kinds))
    }

    /// What a word means: a kind, or a category of kinds.
    pub(super) fn meant(&self, word: &str) -> Result<Vec<&Kind>, Failure> {
        if let Some(kind) = self.0.iter().find(|kind| kind.is_called(word)) {
            return Ok(vec![kind]);
        }
        let all: Vec<&Kind> = self
            .0
            .iter()
            .filter(|kind| kind.listed && kind.categories.iter().any(|category| category == word))
            .collect();
        if all.is_empty() {
            return Err(Failure::said(format!("the server doesn't have a resource type \"{word}\"")));
        }
        Ok(all)
    }

    /// The kind of an object.
    pub(super) fn of_object(&self, object: &Value) -> Option<&Kind> {
        let (version, kind) = (object["apiVersion"].as_str()?, object["kind"].as_str()?);
        self.0.iter().find(|known| known.kind == kind && known.api_version() == version)
    }

    /// What kinds are called that can be listed.
    pub(super) fn plurals(&self) -> Vec<String> {
        self.0.iter().filter(|kind| kind.listed).map(|kind| kind.plural.clone()).collect()
    }

    /// A kind that every API server has.
    pub(super) fn known(&self, word: &str) -> Result<&Kind, Failure> {
        self.meant(word)?.first().copied().ok_or_else(|| Failure::said(format!("there is no {word}")))
    }
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[field].as_array().into_iter().flatten()
}

fn read(group: &str, version: &Value, resource: &Value) -> Kind {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |field: &str| list(resource, field).map(text).collect();
    let kind = text(&resource["responseKind"]["kind"]);
    let singular = text(&resource["singularResource"]);
    Kind {
        group: group.to_owned(),
        version: text(&version["version"]),
        plural: text(&resource["resource"]),
        singular: if singular.is_empty() { kind.to_lowercase() } else { singular },
        kind,
        short_names: texts("shortNames"),
        categories: texts("categories"),
        namespaced: resource["scope"] == "Namespaced",
        listed: list(resource, "verbs").any(|verb| verb == "list"),
    }
}

/// `kubectl api-resources`.
pub(super) async fn list_all(process: &Process, words: &[String]) -> Result<u8, Failure> {
    const FLAGS: &[Spec] = &[
        ("api-group", None, Takes::Value),
        ("namespaced", None, Takes::Or("true")),
        ("no-headers", None, Takes::Nothing),
    ];
    let flags = Flags::read("api-resources", &[FLAGS], words)?;
    let client = Client::new(process, &flags)?;
    let mut kinds = Kinds::of(&client).await?.0;
    kinds.retain(|kind| flags.value("api-group").is_none_or(|group| group == kind.group));
    kinds.retain(|kind| flags.value("namespaced").is_none_or(|wanted| (wanted == "true") == kind.namespaced));
    kinds.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    let mut text = String::new();
    if !flags.is("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND\n");
    }
    for kind in &kinds {
        let (version, short) = (kind.api_version(), kind.short_names.join(","));
        text.push_str(&format!("{}\t{short}\t{version}\t{}\t{}\n", kind.plural, kind.namespaced, kind.kind));
    }
    process.streams.stdout.write(aligned(&text, TABLE)).await;
    Ok(0)
}

/// An object by its kind and name.
pub(super) async fn fetch(client: &Client<'_>, kind: &Kind, namespace: &str, name: &str) -> Result<Value, Failure> {
    client.get(&client.object(kind, namespace, name), JSON).await
}
