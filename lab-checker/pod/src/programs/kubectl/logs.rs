//! `kubectl logs`.

use futures::StreamExt;
use serde_json::Value;

use super::client::{Client, encoded};
use super::delete::found;
use super::exec::{pod_of, target};
use super::failure::Failure;
use super::flags::{Flags, Spec, Takes};
use super::resources::Kinds;
use crate::kubernetes::Request;
use crate::process::Process;
use crate::programs::arguments::duration;

const FLAGS: &[Spec] = &[
    ("container", Some('c'), Takes::Value),
    ("follow", Some('f'), Takes::Nothing),
    ("previous", Some('p'), Takes::Nothing),
    ("tail", None, Takes::Value),
    ("since", None, Takes::Value),
    ("since-time", None, Takes::Value),
    ("timestamps", None, Takes::Nothing),
    ("limit-bytes", None, Takes::Value),
    ("selector", Some('l'), Takes::Value),
    ("field-selector", None, Takes::Value),
    ("all-namespaces", Some('A'), Takes::Nothing),
    ("quiet", Some('q'), Takes::Nothing),
    ("prefix", None, Takes::Nothing),
];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("logs", &[FLAGS], words)?;
    let client = Client::new(process, &flags)?;
    let pods = match flags.words.as_slice() {
        [] if flags.value("selector").is_some() => {
            let kinds = Kinds::of(&client).await?;
            found(&client, &flags, kinds.known("pods")?).await?
        }
        [pod] => vec![absent(&client, pod_of(&client, pod).await)?],
        // The second word is the container, as in old times.
        [pod, _] => vec![absent(&client, pod_of(&client, pod).await)?],
        _ => {
            return Err(Failure::said(
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
            ));
        }
    };
    for pod in &pods {
        one(&client, &flags, pod).await?;
    }
    Ok(0)
}

/// What logs say of a pod that is not there.
fn absent(client: &Client<'_>, pod: Result<Value, Failure>) -> Result<Value, Failure> {
    pod.map_err(|failure| match &failure {
        Failure::Server { status, .. } if failure.is_absent() && status["details"]["kind"] == "pods" => {
            let message = status["message"].as_str().unwrap_or_default();
            Failure::said(format!("error from server (NotFound): {message} in namespace \"{}\"", client.namespace))
        }
        _ => failure,
    })
}

async fn one(client: &Client<'_>, flags: &Flags, pod: &Value) -> Result<(), Failure> {
    let mut target = target(client, flags, pod).await?;
    if let [_, container] = flags.words.as_slice() {
        target.container = Some(container.clone());
    }
    let mut query = vec![format!("container={}", encoded(&target.container.unwrap_or_default()))];
    for name in ["follow", "previous", "timestamps"] {
        query.extend(flags.is(name).then(|| format!("{name}=true")));
    }
    let tail = flags.value("tail").or(flags.value("selector").map(|_| "10")).filter(|tail| *tail != "-1");
    query.extend(tail.map(|tail| format!("tailLines={}", encoded(tail))));
    query.extend(flags.value("limit-bytes").map(|bytes| format!("limitBytes={}", encoded(bytes))));
    query.extend(flags.value("since-time").map(|time| format!("sinceTime={}", encoded(time))));
    query.extend(
        flags.value("since").and_then(duration).map(|since| format!("sinceSeconds={}", since.as_secs().max(1))),
    );
    let (namespace, pod) = (encoded(&target.namespace), encoded(&target.pod));
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?{}", query.join("&"));
    let mut body = client.stream(Request { method: "GET", path, accept: "*/*", ..Request::default() }).await?;
    while let Some(chunk) = body.next().await {
        if !client.process.streams.stdout.offer(&chunk).await {
            break;
        }
    }
    Ok(())
}
