//! The main processes that really run: commands that end or go on talking.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use pod::image::{Main, Role, main_process};
use pod::streams::{Input, carriage_returns, marked};
use pod::{Ancestors, Process, Streams, Unknown};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::console::{Console, STDERR, STDOUT};
use super::containers::{Containers, Id};
use super::host::Ended;
use super::places::{Place, Places};
use super::spec::container_spec;
use crate::controllers::{self, Exit};
use crate::store::object;
use crate::store::state::Key;

/// How long the end of an interactive container waits for somebody to attach, so that `kubectl run -i` sees
/// what a short command printed.
const LINGER: Duration = Duration::from_secs(5);

/// The running processes of a cluster. The containers for which there is no place stand still.
pub(super) struct Processes {
    running: HashMap<Id, Running>,
    places: Places,
}

struct Running {
    /// The restart that this process belongs to.
    restarts: u64,
    task: AbortHandle,
    _place: Place,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Processes {
    /// None yet.
    pub(super) fn new(places: Places) -> Self {
        Self { running: HashMap::new(), places }
    }

    /// Starts what a pod's status says runs, and stops what it no longer says.
    pub(super) fn follow(&mut self, containers: &Arc<Containers>, pod: &Value) {
        let uid = object::uid(pod);
        let wanted: HashMap<&str, u64> = controllers::running_containers(pod).collect();
        self.running.retain(|(pod, name), running| {
            pod != uid || wanted.get(name.as_str()).is_some_and(|restarts| *restarts == running.restarts)
        });
        for (name, restarts) in wanted {
            let id = (uid.to_owned(), name.to_owned());
            let Some(spec) = container_spec(pod, name) else { continue };
            if self.running.contains_key(&id) {
                continue;
            }
            let role = role(pod, spec);
            if let Main::Runs(arguments) = main_process(spec, role) {
                let Ok(place) = self.places.take() else { continue };
                let task = start(containers, pod, spec, (arguments, role), restarts);
                self.running.insert(id, Running { restarts, task, _place: place });
            }
        }
    }

    /// Stops the processes of a pod.
    pub(super) fn stop(&mut self, uid: &str) {
        self.running.retain(|(pod, _), _| pod != uid);
    }
}

/// What a container is for: init containers and those of jobs come to an end.
fn role(pod: &Value, spec: &Value) -> Role {
    let inits = pod["spec"]["initContainers"].as_array().into_iter().flatten();
    let init = inits.filter(|init| init["restartPolicy"] != "Always").any(|init| init["name"] == spec["name"]);
    let owners = pod["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    let of_job = owners.into_iter().any(|owner| owner["kind"] == "Job");
    if init || of_job { Role::Ends } else { Role::Serves }
}

/// What becomes of programs that are not simulated. Somebody who watches is told.
fn unknown(spec: &Value, role: Role) -> Unknown {
    match role {
        _ if spec["stdin"] == true || spec["tty"] == true => Unknown::Refused,
        Role::Serves => Unknown::Stay,
        Role::Ends => Unknown::Complete,
    }
}

/// A process about to run in the background.
struct Launch {
    containers: Weak<Containers>,
    pod: Value,
    container: String,
    arguments: Vec<String>,
    unknown: Unknown,
    restarts: u64,
    input: Option<mpsc::Receiver<bytes::Bytes>>,
    terminal: bool,
    console: Arc<Console>,
}

fn start(
    containers: &Arc<Containers>,
    pod: &Value,
    spec: &Value,
    (arguments, role): (Vec<String>, Role),
    restarts: u64,
) -> AbortHandle {
    let name = spec["name"].as_str().unwrap_or_default().to_owned();
    let console = containers.console(pod, &name);
    let (sender, receiver) = match spec["stdin"] == true {
        true => {
            let (sender, receiver) = mpsc::channel(64);
            (Some(sender), Some(receiver))
        }
        false => (None, None),
    };
    console.begin(sender, spec["tty"] == true);
    let launch = Launch {
        containers: Arc::downgrade(containers),
        pod: pod.clone(),
        container: name,
        arguments,
        unknown: unknown(spec, role),
        restarts,
        input: receiver,
        terminal: spec["tty"] == true,
        console,
    };
    tokio::spawn(launch.run()).abort_handle()
}

impl Launch {
    async fn run(self) {
        let started = Timestamp::now();
        let (interactive, restarts) = (self.input.is_some(), self.restarts);
        let (containers, key, uid) = (self.containers.clone(), Key::of(&self.pod), object::uid(&self.pod).to_owned());
        let (container, console) = (self.container.clone(), Arc::clone(&self.console));
        let code = self.process().await;
        let finished = Timestamp::now();
        console.end();
        if interactive {
            // Nobody may come.
            let _ = tokio::time::timeout(LINGER, console.visited()).await;
        }
        let (Some(containers), Some(pod)) = (containers.upgrade(), key) else { return };
        let exit = Exit { restarts, code, started, finished };
        containers.host.ended(Ended { pod, uid, container, exit });
    }

    async fn process(self) -> u8 {
        // The handle on the cluster must not outlive this line: a process does not keep a cluster in memory.
        let container = match self.containers.upgrade() {
            Some(containers) => containers.container(&self.pod, &self.container),
            None => None,
        };
        let Some(mut container) = container else { return 1 };
        container.unknown = self.unknown;
        // A terminal has one stream.
        let (stdout, stderr, mut printed) = marked(STDOUT, if self.terminal { STDOUT } else { STDERR });
        let stdin = self.input.map_or_else(Input::empty, Input::from_channel);
        let interactive = pod::is_interactive(&self.arguments);
        let process = Process {
            environment: container.environment.clone(),
            directory: container.directory.clone(),
            container: Arc::new(container),
            arguments: self.arguments.clone(),
            streams: Streams { stdin, stdout, stderr, terminal: self.terminal },
            depth: 0,
            ancestors: Ancestors::default(),
        };
        let running = async {
            match pod::start(process) {
                Ok(running) => running.await,
                Err(_) => {
                    let name = self.arguments.first().map_or("", String::as_str);
                    let text = format!("exec: \"{name}\": executable file not found in $PATH\n");
                    self.console.append(STDERR, text.as_bytes());
                    127
                }
            }
        };
        let raw = self.terminal && !interactive;
        let print = async {
            while let Some((stream, chunk)) = printed.recv().await {
                let chunk = if raw { carriage_returns(&chunk) } else { chunk.to_vec() };
                self.console.append(stream, &chunk);
            }
        };
        let (code, ()) = tokio::join!(running, print);
        code
    }
}
