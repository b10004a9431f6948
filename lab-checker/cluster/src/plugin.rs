//! Programs that a kubeconfig names for credentials (`exec`): asked as kubectl asks them, but not for ever, and never left
//! behind.

use std::io::{IsTerminal as _, Write as _};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::client::Body;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout};
use tower::{BoxError, service_fn};

use crate::error::ClusterError;

/// No credentials are longer; the rest is dropped.
const MOST: u64 = 1024 * 1024;
/// So much of what it said is told.
const LAST_WORDS: usize = 2_000;
/// What a program leaves running may hold its output open; nobody waits longer for that.
const GRACE: Duration = Duration::from_secs(1);
/// Credentials that end so soon are not used any more.
const SOON: SignedDuration = SignedDuration::from_secs(10);

/// A program that gives credentials.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    config: ExecConfig,
    /// How long it may take; `None` is for ever.
    limit: Option<Duration>,
}

/// What it gave.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Credentials {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Answer {
    status: Option<Credentials>,
}

impl Plugin {
    pub(crate) fn new(config: ExecConfig, limit: Option<Duration>) -> Self {
        Self { config, limit }
    }

    /// The name of the program.
    pub(crate) fn command(&self) -> String {
        self.config.command.clone().unwrap_or_default()
    }

    /// Runs it. When this is dropped, so is the program, and what it has started.
    ///
    /// # Errors
    /// When it cannot be started, fails, gives no credentials, or does not end in time.
    pub(crate) async fn ask(&self) -> Result<Credentials, ClusterError> {
        let terminal = std::io::stdin().is_terminal();
        let mode = self.config.interactive_mode.as_ref();
        if mode == Some(&ExecInteractiveMode::Always) && !terminal {
            return Err(self.failed("it wants to ask somebody, and there is no terminal (interactiveMode: Always)"));
        }
        let interactive = terminal && mode != Some(&ExecInteractiveMode::Never);
        let mut running = Running::start(self.process(interactive), interactive)
            .map_err(|error| self.failed(&format!("it cannot be started: {error}")))?;
        let ended = match self.limit {
            Some(limit) => timeout(limit, running.end()).await,
            None => Ok(running.end().await),
        };
        let status = match (ended, self.limit) {
            (Ok(status), _) => status.map_err(|error| self.failed(&error.to_string()))?,
            (Err(_), limit) => return Err(self.late(limit.unwrap_or_default(), &running)),
        };
        if !status.success() {
            let said = running.last_words().map_or_else(|| status.to_string(), |said| format!("{said} ({status})"));
            return Err(self.failed(&said));
        }
        let text = String::from_utf8_lossy(&running.stdout);
        // What it printed is a secret, or the half of one: it is not told.
        let (documents, _) = manifest::yaml::read("", &text);
        let answer = documents.into_iter().next().and_then(|first| serde_json::from_value::<Answer>(first.value).ok());
        let credentials = answer.ok_or_else(|| self.failed("what it printed is no ExecCredential"))?.status;
        let usable = credentials.filter(|given| given.token.is_some() || given.certificate().is_some());
        usable.ok_or_else(|| self.failed("its ExecCredential has neither a token nor a certificate with its key"))
    }

    fn process(&self, interactive: bool) -> Command {
        let ExecConfig { args, env, api_version, cluster, .. } = &self.config;
        let mut info =
            json!({"apiVersion": api_version, "kind": "ExecCredential", "spec": {"interactive": interactive}});
        if let (true, Ok(cluster)) = (self.config.provide_cluster_info, serde_json::to_value(cluster)) {
            info["spec"]["cluster"] = cluster;
        }
        let mut command = Command::new(self.command());
        command.args(args.iter().flatten()).env("KUBERNETES_EXEC_INFO", info.to_string());
        for variable in env.iter().flatten() {
            if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
                command.env(name, value);
            }
        }
        command.stdin(if interactive { Stdio::inherit() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    fn failed(&self, said: &str) -> ClusterError {
        ClusterError::Plugin { command: self.command(), said: said.to_owned(), hint: self.hint() }
    }

    fn late(&self, limit: Duration, running: &Running) -> ClusterError {
        let said = running.last_words().map(|said| format!(": {said}")).unwrap_or_default();
        let (command, seconds) = (self.command(), limit.as_secs_f64());
        ClusterError::PluginSilent { command, seconds, said, hint: self.hint() }
    }

    fn hint(&self) -> Option<String> {
        let hint = self.config.install_hint.as_deref().map(str::trim);
        hint.filter(|hint| !hint.is_empty()).map(str::to_owned)
    }

    /// A client that shows the token that it gave, and asks it again when the token has ended or is not accepted.
    pub(crate) fn shown_by(self, given: Credentials, client: Client, namespace: &str) -> Client {
        let state = Arc::new(Mutex::new(Some(given)));
        let service = service_fn(move |mut request: Request<Body>| {
            let (client, plugin, state) = (client.clone(), self.clone(), Arc::clone(&state));
            async move {
                if let Some(token) = plugin.current(&state).await?.token {
                    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(BoxError::from)?;
                    value.set_sensitive(true);
                    request.headers_mut().insert(header::AUTHORIZATION, value);
                }
                let answer = client.send(request).await.map_err(BoxError::from)?;
                if answer.status() == StatusCode::UNAUTHORIZED {
                    *state.lock().await = None;
                }
                Ok::<_, BoxError>(answer)
            }
        });
        Client::new(service, namespace)
    }

    async fn current(&self, state: &Mutex<Option<Credentials>>) -> Result<Credentials, ClusterError> {
        // Whoever comes while it is asked waits for its answer.
        let mut state = state.lock().await;
        match &*state {
            Some(given) if !given.has_ended() => Ok(given.clone()),
            _ => Ok(state.insert(self.ask().await?).clone()),
        }
    }
}

impl Credentials {
    /// A certificate and its key.
    pub(crate) fn certificate(&self) -> Option<(&str, &str)> {
        self.client_certificate_data.as_deref().zip(self.client_key_data.as_deref())
    }

    fn has_ended(&self) -> bool {
        self.expiration_timestamp.is_some_and(|end| Timestamp::now() + SOON >= end)
    }
}

/// A program that runs, and what it has said.
struct Running {
    child: Child,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// Somebody sits there: what it says is shown as it is said.
    interactive: bool,
    /// Whether it leads a group of processes that are nobody else's.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Running {
    fn start(mut command: Command, interactive: bool) -> std::io::Result<Self> {
        // Who is asked something must be in the terminal's own group, where Ctrl-C reaches it too.
        #[cfg(unix)]
        if !interactive {
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        Ok(Self {
            out: child.stdout.take(),
            err: child.stderr.take(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            interactive,
            #[cfg(unix)]
            group: group_of(&child).filter(|_| !interactive),
            child,
        })
    }

    /// Waits for its end, and hears what it says until then.
    async fn end(&mut self) -> std::io::Result<ExitStatus> {
        let (Some(out), Some(err)) = (&mut self.out, &mut self.err) else { return self.child.wait().await };
        let (mut out, mut err) = (Some(out.take(MOST)), Some(err.take(MOST)));
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            if let (None, None, Some((status, _))) = (&out, &err, &ended) {
                self.finished();
                return Ok(*status);
            }
            tokio::select! {
                status = self.child.wait(), if ended.is_none() => ended = Some((status?, Instant::now() + GRACE)),
                read = read(&mut out, &mut self.stdout), if out.is_some() => if read? == 0 { out = None },
                read = read(&mut err, &mut self.stderr), if err.is_some() => match read? {
                    0 => err = None,
                    some if self.interactive => {
                        let from = self.stderr.len() - some;
                        // A closed stderr leaves nobody to tell.
                        let _ = std::io::stderr().write_all(&self.stderr[from..]);
                    }
                    _ => {}
                },
                () = sleep_until(ended.map_or_else(Instant::now, |(_, end)| end)), if ended.is_some() => {
                    (out, err) = (None, None);
                }
            }
        }
    }

    /// What it has left running may go on.
    fn finished(&mut self) {
        #[cfg(unix)]
        {
            self.group = None;
        }
    }

    /// What it said at last.
    fn last_words(&self) -> Option<String> {
        let said = String::from_utf8_lossy(&self.stderr).trim().to_owned();
        let letters = said.chars().count();
        let last: String = said.chars().skip(letters.saturating_sub(LAST_WORDS)).collect();
        (!last.is_empty()).then_some(last)
    }
}

/// Reads what there is; nothing is the end.
async fn read(from: &mut Option<impl tokio::io::AsyncRead + Unpin>, into: &mut Vec<u8>) -> std::io::Result<usize> {
    match from {
        Some(from) => from.read_buf(into).await,
        None => Ok(0),
    }
}

#[cfg(unix)]
fn group_of(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.group {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
