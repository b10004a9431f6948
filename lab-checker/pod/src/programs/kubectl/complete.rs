//! What may stand next on a command line: for the Tab key.

use super::client::{Client, JSON};
use super::commands::COMMANDS;
use super::failure::Failure;
use super::flags::Flags;
use super::resources::Kinds;
use crate::process::Process;

/// The words that may stand where the last one of `words` begins.
pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let Some((last, before)) = words.split_last() else { return Ok(0) };
    let mut candidates = after(process, before).await?;
    candidates.retain(|candidate| candidate.starts_with(last.as_str()));
    candidates.sort();
    candidates.dedup();
    for candidate in candidates {
        process.say(candidate).await;
    }
    Ok(0)
}

async fn after(process: &Process, before: &[String]) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut namespace: Vec<String> = Vec::new();
    let mut rest = before.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--" => return Ok(Vec::new()),
            "-n" | "--namespace" => match rest.next() {
                Some(value) => namespace = vec!["-n".to_owned(), value.clone()],
                None => return names(process, &[], "namespaces").await,
            },
            "-c" | "-l" | "-o" | "--tail" | "--image" => drop(rest.next()),
            "-f" | "--filename" if rest.as_slice().is_empty() => return Ok(Vec::new()),
            flag if flag.starts_with('-') => {}
            word => words.push(word),
        }
    }
    match words.as_slice() {
        [] => Ok(COMMANDS.iter().map(|command| (*command).to_owned()).collect()),
        ["exec" | "attach"] => names(process, &namespace, "pods").await,
        ["logs"] => names(process, &namespace, "pods").await,
        ["get" | "describe" | "delete" | "label" | "annotate" | "expose"] => kinds(process).await,
        ["get" | "describe" | "delete" | "label" | "annotate" | "expose", kind] => {
            names(process, &namespace, kind).await
        }
        ["create"] => Ok(["configmap", "deployment", "namespace", "service"].map(str::to_owned).to_vec()),
        ["config"] => {
            Ok(["current-context", "get-contexts", "set-context", "use-context", "view"].map(str::to_owned).to_vec())
        }
        _ => Ok(Vec::new()),
    }
}

async fn kinds(process: &Process) -> Result<Vec<String>, Failure> {
    let client = Client::new(process, &Flags::default())?;
    Ok(Kinds::of(&client).await?.plurals())
}

async fn names(process: &Process, namespace: &[String], kind: &str) -> Result<Vec<String>, Failure> {
    let flags = Flags::read("get", &[], namespace)?;
    let client = Client::new(process, &flags)?;
    let kinds = Kinds::of(&client).await?;
    let kind = kinds.known(kind)?;
    let list = client.get(&client.collection(kind, Some(&client.namespace)), JSON).await?;
    let items = list["items"].as_array().into_iter().flatten();
    Ok(items.filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect())
}
