//! `kubectl config`, and the file that it is about: which namespace is meant when none is named.

use serde_json::{Value, json};

use super::failure::Failure;
use super::flags::{Flags, PRINTING, Spec, Takes};
use super::json::sorted;
use super::jsonpath;
use super::tabs::{TABLE, aligned};
use super::yaml;
use crate::files::absolute;
use crate::process::Process;

/// The only context.
pub(super) const CONTEXT: &str = "practice";

const FLAGS: &[Spec] = &[
    ("current", None, Takes::Nothing),
    ("minify", None, Takes::Nothing),
    ("raw", None, Takes::Nothing),
    ("no-headers", None, Takes::Nothing),
];

fn path(process: &Process) -> String {
    let home = process.environment.get("HOME").map_or("/root", String::as_str);
    let given = process.environment.get("KUBECONFIG").cloned();
    absolute(&process.directory, &given.unwrap_or_else(|| format!("{home}/.kube/config")))
}

/// The file as it stands; a fresh one when there is none, or none that can be read.
fn read(process: &Process) -> Value {
    let text = process.container.read_file(&path(process)).unwrap_or_default();
    let (documents, _) = manifest::yaml::read("config", &String::from_utf8_lossy(&text));
    let known = documents.into_iter().map(|document| document.value).find(|value| value["kind"] == "Config");
    known.unwrap_or_else(|| {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": CONTEXT,
            "clusters": [{"name": CONTEXT, "cluster": {"server": "https://kubernetes"}}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "users": [{"name": CONTEXT, "user": {}}],
        })
    })
}

/// The namespace of what names none.
pub(super) fn namespace(process: &Process) -> String {
    let file = read(process);
    let set = file["contexts"][0]["context"]["namespace"].as_str().filter(|namespace| !namespace.is_empty());
    set.unwrap_or("default").to_owned()
}

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("config", &[FLAGS, PRINTING], words)?;
    let words: Vec<&str> = flags.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["current-context"] => process.say(CONTEXT).await,
        ["get-contexts", ..] => contexts(process, &flags).await,
        ["get-clusters"] => process.say(format!("NAME\n{CONTEXT}")).await,
        ["use-context" | "use", CONTEXT] => process.say(format!("Switched to context \"{CONTEXT}\".")).await,
        ["use-context" | "use", other] => {
            return Err(Failure::said(format!("no context exists with the name: \"{other}\"")));
        }
        ["set-context", ..] => return set(process, &flags, words.get(1).copied()).await,
        ["view"] => return view(process, &flags).await,
        [] => return Err(Failure::said("say what: current-context, get-contexts, set-context, use-context or view")),
        [other, ..] => return Err(Failure::said(format!("config {other} is not part of this terminal"))),
    }
    Ok(0)
}

async fn contexts(process: &Process, flags: &Flags) {
    let file = read(process);
    let namespace = file["contexts"][0]["context"]["namespace"].as_str().unwrap_or_default();
    let header = if flags.is("no-headers") { "" } else { "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n" };
    let text = format!("{header}*\t{CONTEXT}\t{CONTEXT}\t{CONTEXT}\t{namespace}\n");
    process.streams.stdout.write(aligned(&text, TABLE)).await;
}

async fn set(process: &Process, flags: &Flags, name: Option<&str>) -> Result<u8, Failure> {
    if !flags.is("current") && name != Some(CONTEXT) {
        return Err(Failure::said(format!("this terminal has one context, {CONTEXT}: use --current")));
    }
    let mut file = read(process);
    if let Some(namespace) = flags.value("namespace") {
        file["contexts"][0]["context"]["namespace"] = namespace.into();
    }
    if !process.container.write_file(&path(process), yaml::print(&file).into_bytes()) {
        return Err(Failure::said("the disk is full: the context is as it was"));
    }
    process.say(format!("Context \"{CONTEXT}\" modified.")).await;
    Ok(0)
}

async fn view(process: &Process, flags: &Flags) -> Result<u8, Failure> {
    let file = sorted(&read(process));
    let text = match flags.value("output") {
        None | Some("yaml") => yaml::print(&file),
        Some("json") => format!("{file:#}\n"),
        Some(other) => match other.strip_prefix("jsonpath=") {
            Some(template) => jsonpath::print(template, &file).map_err(Failure::Said)?,
            None => return Err(Failure::said(format!("config view does not know -o {other}"))),
        },
    };
    process.streams.stdout.write(text).await;
    Ok(0)
}
