//! `kubectl`, for a container that is handed an API server: what learners do with the real one, in its words.
//!
//! A command is a file. Each reads its [`flags`], asks through a [`client`], and prints by [`output`].

mod apply;
mod client;
mod commands;
mod complete;
mod config;
mod create;
mod delete;
mod describe;
mod exec;
mod expose;
mod failure;
mod files;
mod flags;
mod get;
mod json;
mod jsonpath;
mod kind;
mod label;
mod logs;
mod names;
mod output;
mod resources;
mod run;
mod tabs;
mod three_way;
mod version;
mod yaml;

use commands::ABSENT;
use failure::Failure;
use flags::Flags;

use crate::process::Process;

pub(super) async fn run(process: &Process) -> u8 {
    let words = process.rest();
    // Flags may stand before the command: `kubectl -n shop get pods`.
    let (before, rest) = flags::before_command(words);
    let Some((command, rest)) = rest.split_first() else {
        process.say(HELP).await;
        return 0;
    };
    let words: Vec<String> = before.iter().chain(rest).cloned().collect();
    let done = dispatch(process, command, &words).await;
    match done {
        Ok(code) => code,
        Err(failure) => {
            let text = failure.to_string();
            if !text.is_empty() {
                process.streams.stderr.line(text.trim_end_matches('\n')).await;
            }
            1
        }
    }
}

async fn dispatch(process: &Process, command: &str, words: &[String]) -> Result<u8, Failure> {
    match command {
        "annotate" => label::run(process, label::Map::Annotations, words).await,
        "api-resources" => resources::list_all(process, words).await,
        "apply" => apply::run(process, words).await,
        "attach" => exec::attach(process, words).await,
        "config" => config::run(process, words).await,
        "create" => create::run(process, words).await,
        "delete" => delete::run(process, words).await,
        "describe" => describe::run(process, words).await,
        "exec" => exec::run(process, words).await,
        "expose" => expose::run(process, words).await,
        "get" => get::run(process, words).await,
        "label" => label::run(process, label::Map::Labels, words).await,
        "logs" => logs::run(process, words).await,
        "run" => run::run(process, words).await,
        "version" => version::run(process, words).await,
        "__complete" => complete::run(process, words).await,
        "help" | "options" | "--help" | "-h" => {
            process.say(HELP).await;
            Ok(0)
        }
        known if ABSENT.contains(&known) => Err(Failure::said(format!(
            "kubectl {known} is not part of this terminal; the kubectl on your own machine has it"
        ))),
        unknown if unknown.starts_with('-') => Err(Flags::unknown(unknown, "kubectl")),
        unknown => Err(Failure::said(format!("unknown command \"{unknown}\" for \"kubectl\""))),
    }
}

const HELP: &str = "kubectl controls the practice cluster of this lab.

 Look:    get, describe, logs, api-resources, version
 Change:  apply, create, run, expose, label, annotate, delete
 Go in:   exec, attach
 Set:     config current-context, config set-context --current --namespace=NAME, config view

Usage:
  kubectl [flags] COMMAND [options]

For example:
  kubectl get pods -A
  kubectl describe networkpolicy
  kubectl apply -f policy.yaml
  kubectl exec -n shop web -- curl -sS -m 2 http://api:8080";
