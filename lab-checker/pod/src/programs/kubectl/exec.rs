//! `kubectl exec` and `kubectl attach`.

use serde_json::Value;

use super::client::{Client, JSON, encoded};
use super::failure::Failure;
use super::flags::{Flags, Spec, Takes};
use super::resources::{Kinds, fetch};
use crate::kubernetes::Target;
use crate::process::Process;
use crate::shell;
use crate::streams::{Input, Streams};

const FLAGS: &[Spec] = &[
    ("container", Some('c'), Takes::Value),
    ("stdin", Some('i'), Takes::Nothing),
    ("tty", Some('t'), Takes::Nothing),
    ("quiet", Some('q'), Takes::Nothing),
    ("pod-running-timeout", None, Takes::Value),
];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("exec", &[FLAGS], words)?;
    let [pod] = flags.words.as_slice() else {
        return Err(match flags.words.as_slice() {
            [] => Failure::said("pod, type/name or --filename must be specified"),
            _ => Failure::said(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
            ),
        });
    };
    let command = flags.behind.clone().filter(|command| !command.is_empty());
    let command = command.ok_or_else(|| Failure::said("you must specify at least one command for the container"))?;
    let client = Client::new(process, &flags)?;
    let pod = pod_of(&client, pod).await?;
    let target = target(&client, &flags, &pod).await?;
    let streams = streams(process, &flags).await;
    let raw = streams.terminal && shell::is_interactive(&command);
    let code = as_terminal(process, raw, client.service.exec(target, command, streams)).await;
    match code.map_err(failed)? {
        0 => Ok(0),
        code => Ok(process.fail(code, format!("command terminated with exit code {code}")).await),
    }
}

/// A session that could not begin is told behind `error: `.
fn failed(status: Value) -> Failure {
    match status["reason"].as_str() {
        Some("NotFound" | "BadRequest") => Failure::server(status),
        _ => Failure::said(status["message"].as_str().unwrap_or_default()),
    }
}

/// Hands the terminal over for as long as somebody else reads keys.
pub(super) async fn as_terminal<T>(process: &Process, raw: bool, session: impl Future<Output = T>) -> T {
    let terminals = &process.container.session;
    if !raw {
        return session.await;
    }
    terminals.terminal_begins();
    let done = session.await;
    terminals.terminal_ends();
    done
}

/// The streams that a session gets: input with `-i`, a terminal with `-t`.
pub(super) async fn streams(process: &Process, flags: &Flags) -> Streams {
    let terminal = flags.is("tty") && process.streams.terminal;
    if flags.is("tty") && !terminal {
        let text = "Unable to use a TTY - input is not a terminal or the right kind of file";
        process.streams.stderr.line(text).await;
    }
    let stdin = if flags.is("stdin") { process.streams.stdin.clone() } else { Input::empty() };
    Streams { stdin, terminal, ..process.streams.clone() }
}

/// The pod that a word means: its name, `pod/NAME`, or any pod of what selects some.
pub(super) async fn pod_of(client: &Client<'_>, word: &str) -> Result<Value, Failure> {
    let kinds = Kinds::of(client).await?;
    let pods = kinds.known("pods")?;
    let Some((kind, name)) = word.split_once('/') else {
        return fetch(client, pods, &client.namespace, word).await;
    };
    let kind = kinds.known(kind)?;
    let object = fetch(client, kind, &client.namespace, name).await?;
    if kind.kind == "Pod" {
        return Ok(object);
    }
    let spec = &object["spec"];
    let labels = if kind.kind == "Service" { &spec["selector"] } else { &spec["selector"]["matchLabels"] };
    let selector = super::get::labels(labels);
    if selector == "<none>" {
        return Err(Failure::said(format!("cannot attach to {}: it selects no pods", kind.kind)));
    }
    let path = format!("{}?labelSelector={}", client.collection(pods, Some(&client.namespace)), encoded(&selector));
    let mut list = client.get(&path, JSON).await?;
    let items = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let running = |pod: &&Value| pod["status"]["phase"] == "Running";
    let chosen = items.iter().find(running).or_else(|| items.first()).cloned();
    chosen.ok_or_else(|| Failure::said(format!("timed out waiting for the condition: no pod of {word} runs")))
}

/// The container of a pod, checked as kubectl does, and told when it was not named.
pub(super) async fn target(client: &Client<'_>, flags: &Flags, pod: &Value) -> Result<Target, Failure> {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let names = |list: &str| -> Vec<String> {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    };
    let (main, init, ephemeral) = (names("containers"), names("initContainers"), names("ephemeralContainers"));
    let all: Vec<String> = main
        .iter()
        .cloned()
        .chain(init.iter().map(|name| format!("{name} (init)")))
        .chain(ephemeral.iter().map(|name| format!("{name} (ephem)")))
        .collect();
    let asked = flags.value("container").map(str::to_owned);
    if let Some(asked) = &asked
        && ![&main, &init, &ephemeral].into_iter().flatten().any(|name| name == asked)
    {
        let all = all.join(", ");
        return Err(Failure::said(format!("container {asked} is not valid for pod {name} out of: {all}")));
    }
    let preferred = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].as_str();
    let preferred = preferred.map(str::to_owned).or_else(|| main.first().cloned());
    if asked.is_none() && all.len() > 1 && !flags.is("quiet") {
        let chosen = preferred.clone().unwrap_or_default();
        let text = format!("Defaulted container \"{chosen}\" out of: {}", all.join(", "));
        client.process.streams.stderr.line(text).await;
    }
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    Ok(Target { namespace, pod: name, container: asked.or(preferred) })
}

/// `kubectl attach`.
pub(super) async fn attach(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("attach", &[FLAGS], words)?;
    let [pod] = flags.words.as_slice() else {
        return Err(Failure::said("at least 1 argument is required for attach"));
    };
    let client = Client::new(process, &flags)?;
    let pod = pod_of(&client, pod).await?;
    let target = target(&client, &flags, &pod).await?;
    let streams = streams(process, &flags).await;
    let raw = streams.terminal && flags.is("stdin");
    as_terminal(process, raw, client.service.attach(target, streams)).await.map_err(failed)?;
    Ok(0)
}
