//! One command in a pod without a client's socket: what `kubectl exec` without `-i` and `-t` shows, for the server that
//! holds the clusters.

use std::time::Duration;

use pod::Streams;
use pod::streams::{Capture, Input, Output};

use super::in_process::process;
use super::session::not_started;
use super::target;
use crate::clusters::practice_clusters::PracticeClusters;
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::world::World;

/// A command for a pod.
#[derive(Debug, Clone)]
pub struct Command {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// When it is ended, should it still run.
    pub patience: Duration,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What it printed on both streams, in the order in which it did; what is beyond 256 KiB is dropped.
    pub output: String,
    /// Its exit code; 124 when it was ended, as `timeout` has it.
    pub exit_code: u8,
}

/// How `timeout` reports a program that it ended.
const OUT_OF_TIME: u8 = 124;

impl PracticeClusters {
    /// Runs a command in a pod of a world.
    ///
    /// # Errors
    /// When there is no such world, no such pod, nothing of it runs or has the program, or too many sessions are open.
    pub async fn run(&self, id: &ClusterId, world: &World, command: &Command) -> Result<Ran, ClusterError> {
        let cluster = self.existing(id, world).await?;
        let Some(program) = command.words.first() else {
            return Err(Status::bad_request("you must specify at least 1 command for the container").into());
        };
        let pod = target::pod(&cluster, &command.namespace, &command.pod)?;
        let chosen = target::by_default(&pod);
        let container = target::running(&cluster, &command.namespace, &command.pod, chosen)?;
        let _place = cluster.quota().session_slot()?;
        let printed = Capture::default();
        let streams = Streams {
            stdin: Input::empty(),
            stdout: Output::Capture(printed.clone()),
            stderr: Output::Capture(printed.clone()),
            terminal: false,
        };
        let process = process(container, command.words.clone(), streams);
        let running = pod::start(process).map_err(|problem| not_started(program, problem))?;
        let ended = tokio::time::timeout(command.patience, running).await;
        Ok(Ran { output: printed.text(), exit_code: ended.unwrap_or(OUT_OF_TIME) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clusters::practice_clusters::Options;
    use crate::settings::Enforcement;

    fn objects() -> Vec<serde_json::Value> {
        let pod = |namespace: &str, name: &str| {
            json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace},
                "spec": {"containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]},
            })
        };
        vec![
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}),
            pod("shop", "web"),
            pod("default", "client"),
            json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "two", "namespace": "default"},
                "spec": {"containers": [{"name": "first", "image": "nginx"}, {"name": "second", "image": "busybox"}]},
            }),
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": "deny", "namespace": "shop"},
                "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
            }),
        ]
    }

    async fn begun(enforcement: Enforcement) -> (PracticeClusters, ClusterId, World) {
        let clusters = PracticeClusters::open(Options::default()).await.unwrap();
        let (id, world) = (ClusterId::random(), World::named("lab").unwrap());
        clusters.create(&id).await.unwrap();
        clusters.begin(&id, &world, enforcement, &objects()).await.unwrap();
        (clusters, id, world)
    }

    fn command(namespace: &str, pod: &str, line: &str) -> Command {
        Command {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            words: line.split(' ').map(str::to_owned).collect(),
            patience: Duration::from_secs(10),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_kind_of_network_does_with_packets_what_it_does() {
        for (enforcement, code) in [(Enforcement::Enforcing, 28), (Enforcement::Rejecting, 7), (Enforcement::None, 0)] {
            let (clusters, id, world) = begun(enforcement).await;
            let objects = clusters.objects(&id, &world).await.unwrap();
            let web = objects.iter().find(|object| object["metadata"]["name"] == "web").unwrap();
            let address = web["status"]["podIP"].as_str().unwrap();
            let line = format!("curl -sS -m 2 http://{address}");
            let ran = clusters.run(&id, &world, &command("default", "client", &line)).await.unwrap();
            assert_eq!(ran.exit_code, code, "{enforcement:?}: {}", ran.output);
            let printed = if code == 0 { "Welcome to nginx" } else { "curl: (" };
            assert!(ran.output.contains(printed), "{enforcement:?}: {}", ran.output);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_a_pod_of_two_containers_it_runs_in_the_first() {
        let (clusters, id, world) = begun(Enforcement::None).await;
        // The second one has no curl.
        let ran = clusters.run(&id, &world, &command("default", "two", "curl -sS http://127.0.0.1:1")).await.unwrap();
        assert_eq!(ran.exit_code, 7, "{ran:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_without_end_is_ended_and_one_that_is_not_there_refused() {
        let (clusters, id, world) = begun(Enforcement::None).await;
        for line in ["sleep 1000", "sh -c yes"] {
            let words = match line.split_once(" -c ") {
                Some((shell, script)) => vec![shell.to_owned(), "-c".to_owned(), script.to_owned()],
                None => line.split(' ').map(str::to_owned).collect(),
            };
            let endless = Command { words, ..command("default", "client", line) };
            let ran = clusters.run(&id, &world, &endless).await.unwrap();
            assert_eq!(ran.exit_code, OUT_OF_TIME, "{line}");
            assert!(ran.output.len() <= 256 << 10, "{line}");
        }
        for (pod, line, says) in
            [("ghost", "curl", "pods \"ghost\" not found"), ("client", "nope", "executable file not found in $PATH")]
        {
            let refused = clusters.run(&id, &world, &command("default", pod, line)).await.unwrap_err();
            assert!(refused.to_string().contains(says), "{refused}");
        }
    }
}
