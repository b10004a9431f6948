//! `kubectl delete`: by name, by label, all of a kind, or what stands in a file.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::apply::DryRun;
use super::client::{Client, JSON, encoded};
use super::failure::Failure;
use super::files;
use super::flags::{FILES, Flags, Spec, Takes};
use super::kind::Kind;
use super::names;
use super::resources::Kinds;
use crate::process::Process;
use crate::programs::arguments::duration;

const FLAGS: &[Spec] = &[
    ("all", None, Takes::Nothing),
    ("all-namespaces", Some('A'), Takes::Nothing),
    ("selector", Some('l'), Takes::Value),
    ("field-selector", None, Takes::Value),
    ("ignore-not-found", None, Takes::Nothing),
    ("now", None, Takes::Nothing),
    ("force", None, Takes::Nothing),
    ("grace-period", None, Takes::Value),
    ("wait", None, Takes::Or("true")),
    ("timeout", None, Takes::Value),
    ("cascade", None, Takes::Or("background")),
    ("output", Some('o'), Takes::Value),
];

/// How often is looked whether it is gone.
const PAUSE: Duration = Duration::from_millis(50);

/// One object to delete.
struct Doomed<'k> {
    kind: &'k Kind,
    namespace: String,
    name: String,
}

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("delete", &[FLAGS, FILES], words)?;
    let client = Client::new(process, &flags)?;
    let kinds = Kinds::of(&client).await?;
    let (doomed, mut failures) = doomed(&client, &kinds, &flags).await?;
    if doomed.is_empty() && failures.is_empty() {
        process.say("No resources found").await;
        return Ok(0);
    }
    let dry = DryRun::of(&flags)?;
    let mut gone = Vec::new();
    for one in &doomed {
        let path = client.object(one.kind, &one.namespace, &one.name);
        let deleted = match dry {
            DryRun::Client => client.get(&path, JSON).await,
            dry => client.delete(&format!("{path}?{}", dry.asked().trim_start_matches('&')), grace(&flags)?).await,
        };
        match deleted {
            Ok(answer) => {
                tell(&client, &flags, one, dry).await;
                gone.push((path, uid(&answer)));
            }
            Err(failure) if failure.is_absent() && flags.is("ignore-not-found") => {}
            Err(failure) => failures.push(failure),
        }
    }
    if dry == DryRun::No && flags.value("wait") != Some("false") && !flags.is("force") {
        wait(&client, &flags, &gone).await?;
    }
    Failure::all(failures)
}

/// What is to be deleted.
async fn doomed<'k>(
    client: &Client<'_>,
    kinds: &'k Kinds,
    flags: &Flags,
) -> Result<(Vec<Doomed<'k>>, Vec<Failure>), Failure> {
    let (mut doomed, mut failures) = (Vec::new(), Vec::new());
    if flags.value("filename").is_some() {
        for read in files::read(client.process, client, kinds, flags).await? {
            match read {
                Ok(read) => {
                    let name = read.name().to_owned();
                    doomed.push(Doomed { kind: read.kind, namespace: read.namespace, name });
                }
                Err(failure) => failures.push(failure),
            }
        }
        return Ok((doomed, failures));
    }
    let chosen = flags.is("all") || flags.value("selector").is_some() || flags.value("field-selector").is_some();
    for named in names::read(kinds, "delete", &flags.words)? {
        let kind = named.kind;
        match named.name {
            Some(name) => doomed.push(Doomed { kind, namespace: client.namespace.clone(), name }),
            None if !chosen => return Err(Failure::said("resource(s) were provided, but no name was specified")),
            None => {
                for object in found(client, flags, kind).await? {
                    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
                    doomed.push(Doomed { kind, namespace: text("namespace"), name: text("name") });
                }
            }
        }
    }
    Ok((doomed, failures))
}

/// The objects of a kind that labels or fields choose.
pub(super) async fn found(client: &Client<'_>, flags: &Flags, kind: &Kind) -> Result<Vec<Value>, Failure> {
    let namespace = (!flags.is("all-namespaces")).then_some(client.namespace.as_str());
    let mut query = Vec::new();
    for (flag, parameter) in [("selector", "labelSelector"), ("field-selector", "fieldSelector")] {
        query.extend(flags.value(flag).map(|value| format!("{parameter}={}", encoded(value))));
    }
    let list = client.get(&format!("{}?{}", client.collection(kind, namespace), query.join("&")), JSON).await;
    let mut list = list.map_err(|failure| unlisted(failure, kind, flags))?;
    Ok(match list["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    })
}

/// Says what was looked for, when the server does not understand it.
pub(super) fn unlisted(failure: Failure, kind: &Kind, flags: &Flags) -> Failure {
    let Failure::Server { mut status, doing } = failure else { return failure };
    if status["reason"] == "BadRequest" || status["reason"] == "NotFound" {
        let resource = format!("{}/{}, Resource={}", kind.group, kind.version, kind.plural);
        let message = status["message"].as_str().unwrap_or_default();
        let asked = |name: &str| flags.value(name).unwrap_or_default();
        let message = match (asked("selector"), asked("field-selector")) {
            ("", "") => format!("Unable to list \"{resource}\": {message}"),
            (labels, fields) => format!(
                "Unable to find \"{resource}\" that match label selector \"{labels}\", field selector \"{fields}\": {message}"
            ),
        };
        status["message"] = message.into();
    }
    Failure::Server { status, doing }
}

fn grace(flags: &Flags) -> Result<Option<u32>, Failure> {
    if flags.is("now") {
        return Ok(Some(1));
    }
    match flags.value("grace-period") {
        None | Some("-1") => Ok(flags.is("force").then_some(0)),
        Some(text) => text.parse().map(Some).map_err(|_| Failure::said(format!("invalid --grace-period: {text}"))),
    }
}

async fn tell(client: &Client<'_>, flags: &Flags, one: &Doomed<'_>, dry: DryRun) {
    let named = match flags.value("output") {
        Some("name") => format!("{}/{}", one.kind.qualified(), one.name),
        _ => {
            let forced = if flags.is("force") { "force deleted" } else { "deleted" };
            let from = if one.kind.namespaced { format!(" from {} namespace", one.namespace) } else { String::new() };
            format!("{} \"{}\" {forced}{from}{}", one.kind.qualified(), one.name, dry.told())
        }
    };
    client.process.say(named).await;
}

fn uid(answer: &Value) -> String {
    let known = [&answer["metadata"]["uid"], &answer["details"]["uid"]];
    known.iter().find_map(|uid| uid.as_str()).unwrap_or_default().to_owned()
}

/// Waits until the objects are gone; one of the same name that came since is another.
async fn wait(client: &Client<'_>, flags: &Flags, gone: &[(String, String)]) -> Result<(), Failure> {
    let patience = flags.value("timeout").and_then(duration).filter(|patience| !patience.is_zero());
    let started = Instant::now();
    for (path, uid) in gone {
        loop {
            match client.get(path, JSON).await {
                Err(failure) if failure.is_absent() => break,
                Err(failure) => return Err(failure),
                Ok(object) if object["metadata"]["uid"] != **uid => break,
                Ok(_) if patience.is_some_and(|patience| started.elapsed() > patience) => {
                    let (collection, name) = path.rsplit_once('/').unwrap_or(("", path));
                    let plural = collection.rsplit('/').next().unwrap_or_default();
                    return Err(Failure::said(format!("timed out waiting for the condition on {plural}/{name}")));
                }
                Ok(_) => sleep(PAUSE).await,
            }
        }
    }
    Ok(())
}
