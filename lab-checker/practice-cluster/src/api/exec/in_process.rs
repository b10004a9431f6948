//! exec and attach without a socket, for a kubectl that runs in this process.

use std::sync::Arc;

use bytes::Bytes;
use pod::kubernetes::Target;
use pod::streams::Output;
use pod::{Ancestors, Container, Process, Streams};
use tokio::sync::broadcast::error::RecvError;

use super::session::not_started;
use super::target;
use crate::clusters::cluster::Cluster;
use crate::node::STDOUT;
use crate::status::Status;

/// Runs a command in a container; its exit code.
pub(crate) async fn run(
    cluster: &Cluster,
    target: &Target,
    words: Vec<String>,
    streams: Streams,
) -> Result<u8, Status> {
    let container = target::running(cluster, &target.namespace, &target.pod, target.container.as_deref())?;
    let Some(program) = words.first().cloned() else {
        return Err(Status::bad_request("you must specify at least 1 command for the container"));
    };
    let _place = cluster.quota().session_slot()?;
    let running = pod::start(process(container, words, streams)).map_err(|problem| not_started(&program, problem))?;
    Ok(running.await)
}

/// A command about to run in a container, as a container runtime starts it.
pub(super) fn process(container: Arc<Container>, words: Vec<String>, streams: Streams) -> Process {
    let mut environment = container.environment.clone();
    if streams.terminal {
        environment.insert("TERM".to_owned(), "xterm".to_owned());
    }
    Process {
        directory: container.directory.clone(),
        container,
        environment,
        arguments: words,
        streams,
        depth: 0,
        ancestors: Ancestors::default(),
    }
}

/// Joins the main process of a container until it ends.
pub(crate) async fn join_streams(cluster: &Cluster, target: &Target, streams: Streams) -> Result<(), Status> {
    let pod = target::pod(cluster, &target.namespace, &target.pod)?;
    let name = target::container(&pod, target.container.as_deref())?;
    target::must_run(&pod, &name)?;
    let _place = cluster.quota().session_slot()?;
    let console = cluster.runtime().console(&pod, &name);
    let mut attachment = console.attach();
    for (channel, bytes) in std::mem::take(&mut attachment.before) {
        print(&streams, channel, &bytes).await;
    }
    let mut input = attachment.input.take();
    loop {
        tokio::select! {
            biased;
            next = attachment.live.recv() => match next {
                Ok((channel, bytes)) => print(&streams, channel, &bytes).await,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
            () = attachment.end.reached() => return Ok(()),
            typed = streams.stdin.chunk(), if input.is_some() => match (typed, &input) {
                (Some(typed), Some(open)) => {
                    if open.send(Bytes::from(typed)).await.is_err() {
                        input = None;
                    }
                }
                _ => {
                    input = None;
                    console.close_input();
                }
            },
        }
    }
}

async fn print(streams: &Streams, channel: u8, bytes: &[u8]) {
    let output: &Output = if channel == STDOUT { &streams.stdout } else { &streams.stderr };
    output.write(bytes).await;
}
