//! A practice cluster in memory for tests, and commands in its pods. The clock is Tokio's, so a test that
//! waits thirty seconds takes none.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use pod::streams::{Capture, Input, Output};
use pod::{Ancestors, Process, Streams};
use serde_json::Value;
use tokio::time::Instant;

use crate::clusters::cluster::Cluster;
use crate::clusters::practice_clusters::{Options, PracticeClusters};
use crate::incoming::create;
use crate::resource;
use crate::store::cluster_id::ClusterId;
use crate::store::world::World;

/// A cluster, and what keeps it alive.
pub(crate) struct TestCluster {
    pub(crate) cluster: Arc<Cluster>,
}

/// What a command did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: u8,
    pub(crate) took: Duration,
}

impl TestCluster {
    /// A fresh cluster with these objects in it.
    pub(crate) async fn with(yaml: &str) -> Self {
        Self::set_up(Options::default(), yaml).await
    }

    /// The same with options.
    pub(crate) async fn set_up(options: Options, yaml: &str) -> Self {
        let clusters = PracticeClusters::open(options).await.unwrap();
        let id = ClusterId::random();
        clusters.create(&id).await.unwrap();
        let cluster = clusters.existing(&id, &World::sandbox()).await.unwrap();
        let test = Self { cluster };
        test.create(yaml).await;
        test
    }

    /// Creates objects.
    pub(crate) async fn create(&self, yaml: &str) {
        let parsed = manifest::parse("test.yaml", yaml);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        for object in parsed.objects {
            let mut value = object.value;
            if crate::store::object::namespace(&value).is_empty()
                && !matches!(crate::store::object::kind(&value), "Namespace" | "ClusterNetworkPolicy")
            {
                value["metadata"]["namespace"] = "default".into();
            }
            self.cluster.write(|tx| create::admitted(tx, value)).await.unwrap();
        }
    }

    /// One object, by `NAMESPACE/NAME`.
    pub(crate) fn get(&self, group: &str, plural: &str, name: &str) -> Arc<Value> {
        let (namespace, name) = name.split_once('/').unwrap();
        let found = self.cluster.state().find(resource::known(group, plural), namespace, name).cloned();
        found.unwrap_or_else(|| panic!("no {plural} {namespace}/{name}"))
    }

    /// The objects of a kind in a namespace.
    pub(crate) fn list(&self, group: &str, plural: &str, namespace: &str) -> Vec<Arc<Value>> {
        let state = self.cluster.state();
        state.list(resource::known(group, plural), Some(namespace)).map(|(_, object)| Arc::clone(object)).collect()
    }

    /// Runs a script in the first container of a pod.
    pub(crate) async fn sh(&self, pod: &str, script: &str) -> Ran {
        self.exec(pod, &["sh", "-c", script]).await
    }

    /// Runs a command in the first container of a pod.
    pub(crate) async fn exec(&self, pod: &str, command: &[&str]) -> Ran {
        let pod = self.get("", "pods", pod);
        let name = pod["spec"]["containers"][0]["name"].as_str().unwrap();
        let container = Arc::new(self.cluster.runtime().container(&pod, name).unwrap());
        let (stdout, stderr) = (Capture::default(), Capture::default());
        let process = Process {
            environment: container.environment.clone(),
            directory: container.directory.clone(),
            container,
            arguments: command.iter().map(|&word| word.to_owned()).collect(),
            streams: Streams {
                stdin: Input::empty(),
                stdout: Output::Capture(stdout.clone()),
                stderr: Output::Capture(stderr.clone()),
                terminal: false,
            },
            depth: 0,
            ancestors: Ancestors::default(),
        };
        let started = Instant::now();
        let code = pod::start(process).unwrap().await;
        Ran { stdout: stdout.text(), stderr: stderr.text(), code, took: started.elapsed() }
    }
}

/// Everything that is logged in this process.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

/// The log, which is written from now on.
pub(crate) fn log() -> Log {
    static LOG: LazyLock<Log> = LazyLock::new(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        subscriber.with_writer(move || writer.clone()).init();
        log
    });
    LOG.clone()
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("a log")).into_owned()
    }

    /// The first line that holds this.
    pub(crate) fn line_with(&self, part: &str) -> String {
        let text = self.text();
        text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part:?} in {text}")).to_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
