//! `kubectl run`: a pod, and with `-i` the way into it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::apply::DryRun;
use super::client::{Client, JSON};
use super::create::made;
use super::exec::{as_terminal, streams};
use super::failure::Failure;
use super::flags::{Flags, PRINTING, Spec, Takes};
use super::resources::{Kinds, fetch};
use crate::kubernetes::Target;
use crate::process::Process;
use crate::shell;

const FLAGS: &[Spec] = &[
    ("image", None, Takes::Value),
    ("labels", Some('l'), Takes::Value),
    ("port", None, Takes::Value),
    ("env", None, Takes::Value),
    ("restart", None, Takes::Value),
    ("command", None, Takes::Nothing),
    ("stdin", Some('i'), Takes::Nothing),
    ("tty", Some('t'), Takes::Nothing),
    ("attach", None, Takes::Nothing),
    ("rm", None, Takes::Nothing),
    ("quiet", Some('q'), Takes::Nothing),
    ("dry-run", None, Takes::Or("unchanged")),
    ("image-pull-policy", None, Takes::Value),
    ("annotations", None, Takes::Value),
    ("pod-running-timeout", None, Takes::Value),
];

/// How long a pod may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("run", &[FLAGS, PRINTING], words)?;
    let Some((name, arguments)) = flags.words.split_first() else {
        return Err(Failure::said("NAME is required for run\nSee 'kubectl run -h' for help and examples"));
    };
    let image = flags.value("image").filter(|image| !image.is_empty());
    let image = image.ok_or_else(|| Failure::said("required flag(s) \"image\" not set"))?;
    let attached = flags.is("stdin") || flags.is("attach");
    if flags.is("rm") && !attached {
        return Err(Failure::said("--rm should only be used for attached containers"));
    }
    if flags.is("tty") && !flags.is("stdin") {
        return Err(Failure::said("stdin is required for containers with -t/--tty=true"));
    }
    let client = Client::new(process, &flags)?;
    let arguments: Vec<String> = arguments.iter().chain(flags.behind.iter().flatten()).cloned().collect();
    let pod = pod(&flags, name, image, &arguments)?;
    if !attached || DryRun::of(&flags)? != DryRun::No {
        return made(&client, &flags, "pods", pod, "created").await;
    }
    interact(&client, &flags, name, &pod, &arguments).await
}

fn pod(flags: &Flags, name: &str, image: &str, arguments: &[String]) -> Result<Value, Failure> {
    let mut container = json!({"image": image, "name": name});
    if !arguments.is_empty() {
        container[if flags.is("command") { "command" } else { "args" }] = json!(arguments);
    }
    let mut variables = Vec::new();
    for variable in flags.values("env") {
        let Some((name, value)) = variable.split_once('=') else {
            return Err(Failure::said(format!("invalid env: {variable}")));
        };
        variables.push(json!({"name": name, "value": value}));
    }
    if !variables.is_empty() {
        container["env"] = variables.into();
    }
    if let Some(policy) = flags.value("image-pull-policy") {
        container["imagePullPolicy"] = policy.into();
    }
    if let Some(port) = flags.value("port") {
        let number: u16 = port.parse().map_err(|_| Failure::said(format!("invalid port: {port}")))?;
        container["ports"] = json!([{"containerPort": number}]);
    }
    container["resources"] = json!({});
    for (flag, fields) in [("stdin", ["stdin", "stdinOnce"].as_slice()), ("tty", &["tty"])] {
        if flags.is(flag) {
            fields.iter().for_each(|field| container[field] = true.into());
        }
    }
    let mut metadata = json!({"labels": {"run": name}, "name": name});
    for (flag, field) in [("labels", "labels"), ("annotations", "annotations")] {
        let pairs: Vec<&str> = flags.values(flag).flat_map(|pairs| pairs.split(',')).collect();
        if pairs.is_empty() {
            continue;
        }
        metadata[field] = json!({});
        for pair in pairs {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| Failure::said(format!("unexpected label spec: {pair}")))?;
            metadata[field][key] = value.into();
        }
    }
    let restart = flags.value("restart").unwrap_or("Always");
    Ok(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    }))
}

/// Creates the pod, joins it when it runs, and with `--rm` takes it away.
async fn interact(
    client: &Client<'_>,
    flags: &Flags,
    name: &str,
    pod: &Value,
    arguments: &[String],
) -> Result<u8, Failure> {
    let process = client.process;
    let kinds = Kinds::of(client).await?;
    let pods = kinds.known("pods")?;
    let path = client.collection(pods, Some(&client.namespace));
    client.post(&format!("{path}?fieldManager=kubectl-run&fieldValidation=Strict"), pod).await?;
    let started = Instant::now();
    let running = loop {
        let pod = fetch(client, pods, &client.namespace, name).await?;
        match pod["status"]["phase"].as_str() {
            Some("Running") => break true,
            Some("Succeeded" | "Failed") => break false,
            _ if started.elapsed() > PATIENCE => {
                return Err(Failure::said("timed out waiting for the condition"));
            }
            _ => sleep(PAUSE).await,
        }
    };
    if running {
        if !flags.is("quiet") && flags.is("stdin") {
            process.streams.stderr.line("If you don't see a command prompt, try pressing enter.").await;
        }
        let target =
            Target { namespace: client.namespace.clone(), pod: name.to_owned(), container: Some(name.to_owned()) };
        let streams = streams(process, flags).await;
        let raw = streams.terminal && (arguments.is_empty() || shell::is_interactive(arguments));
        let attached = as_terminal(process, raw, client.service.attach(target, streams)).await;
        attached.map_err(Failure::server)?;
    } else {
        let log = format!("{path}/{name}/log");
        let request = crate::kubernetes::Request { method: "GET", path: log, accept: "*/*", ..Default::default() };
        let mut body = client.stream(request).await?;
        while let Some(chunk) = futures::StreamExt::next(&mut body).await {
            process.streams.stdout.write(&chunk).await;
        }
    }
    let code = ended(client, pods, name).await?;
    if flags.is("rm") {
        client.delete(&client.object(pods, &client.namespace, name), None).await?;
        process.say(format!("pod \"{name}\" deleted from {} namespace", client.namespace)).await;
    } else if flags.value("restart").is_none_or(|restart| restart == "Always") {
        let text = format!(
            "Session ended, resume using 'kubectl attach {name} -c {name} -i{} -n {}' command when the pod is running",
            if flags.is("tty") { " -t" } else { "" },
            client.namespace
        );
        process.say(text).await;
    }
    Ok(code)
}

/// The exit code of what ran in the pod.
async fn ended(client: &Client<'_>, pods: &super::kind::Kind, name: &str) -> Result<u8, Failure> {
    let pod: Value = client.get(&client.object(pods, &client.namespace, name), JSON).await?;
    let state = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    let code = state["exitCode"].as_u64().unwrap_or(0);
    if code != 0 {
        let reason = state["reason"].as_str().unwrap_or("Error");
        client.process.streams.stderr.line(format!("pod {}/{name} terminated ({reason})", client.namespace)).await;
    }
    Ok(u8::from(code != 0))
}
