//! Commands inside pods, and one attempt to connect as a command.

use std::cell::OnceCell;
use std::time::Duration;

use futures::TryFutureExt;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Client;
use kube::api::{Api, AttachParams};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use crate::error::ClusterError;
use crate::request::get;
use crate::target::{Target, Transport};

/// No command here says more; the rest is dropped.
const MOST_OUTPUT: u64 = 64 * 1024;

/// No command here takes longer; one that does has lost its cluster, or its cluster the command.
const LONGEST: Duration = Duration::from_secs(60);

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside<'a> {
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The pod.
    pub pod: &'a str,
    /// The container; the first one when none is named.
    pub container: Option<&'a str>,
}

impl<'a> From<(&'a str, &'a str)> for Inside<'a> {
    fn from((namespace, pod): (&'a str, &'a str)) -> Self {
        Self { namespace, pod, container: None }
    }
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to the standard output.
    pub stdout: String,
    /// What it wrote to the standard error.
    pub stderr: String,
}

/// How one attempt to connect went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Somebody answered.
    Connected,
    /// Somebody said no: the pod itself, because nobody listens there, or a network plugin that rejects what a
    /// policy blocks.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// The pod has none of the tools that can connect.
    NoTool,
}

/// Runs a command in a pod and waits for its end.
///
/// # Errors
/// When the cluster cannot be reached or refuses, or the command does not end. A command that fails, or that the container does
/// not have, is an [`Output`] with another code than 0.
pub async fn exec<'a>(
    client: &Client,
    inside: impl Into<Inside<'a>>,
    command: &[&str],
) -> Result<Output, ClusterError> {
    let inside = inside.into();
    let doing = format!("run a command in pod {}/{}", inside.namespace, inside.pod);
    match timeout(LONGEST, run(client, inside, command, &doing)).await {
        Ok(output) => output,
        Err(_) => Err(ClusterError::Silent { doing, seconds: LONGEST.as_secs_f64() }),
    }
}

async fn run(client: &Client, inside: Inside<'_>, command: &[&str], doing: &str) -> Result<Output, ClusterError> {
    let failed = |error| ClusterError::from_kube(doing, error);
    let pods = Api::<Pod>::namespaced(client.clone(), inside.namespace);
    let mut parameters = AttachParams::default().stdin(false).stdout(true).stderr(true);
    parameters.container = inside.container.map(str::to_owned);
    let mut process = pods.exec(inside.pod, command.iter().copied(), &parameters).map_err(failed).await?;
    let status = process.take_status();
    let (stdout, stderr) = (process.stdout(), process.stderr());
    let (stdout, stderr) = futures::join!(drain(stdout), drain(stderr));
    let status = match status {
        Some(status) => status.await,
        None => None,
    };
    let (code, message) = status.as_ref().map_or((-1, None), ended);
    let stderr = stderr + message.unwrap_or_default();
    Ok(Output { code, stdout, stderr })
}

async fn drain(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // A stream that breaks has said what it could.
        let _ = stream.take(MOST_OUTPUT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The exit code stands among the causes of a failure; without one the command could not be started,
/// and the message says why.
fn ended(status: &Status) -> (i32, Option<&str>) {
    if status.status.as_deref() == Some("Success") {
        return (0, None);
    }
    let causes = status.details.iter().flat_map(|details| details.causes.iter().flatten());
    let mut codes = causes.filter(|cause| cause.reason.as_deref() == Some("ExitCode"));
    match codes.next().and_then(|cause| cause.message.as_deref()?.parse().ok()) {
        Some(code) => (code, None),
        None => (127, status.message.as_deref()),
    }
}

/// Tries to connect from a pod, with whatever tool the pod has, for at most `seconds`. Over UDP it counts that an answer
/// comes back.
///
/// # Errors
/// As [`exec`].
pub async fn probe<'a>(
    client: &Client,
    from: impl Into<Inside<'a>>,
    target: Target,
    seconds: u8,
) -> Result<Probe, ClusterError> {
    let first = OnceCell::new();
    let mut from: Inside<'_> = from.into();
    for command in tools(target, seconds) {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let output = match exec(client, from, &words).await {
            // Of a pod with several containers, one must be named.
            Err(error) if error.code() == Some(400) && from.container.is_none() => {
                let name = first_container(client, from).await?.ok_or(error)?;
                from.container = Some(first.get_or_init(|| name));
                exec(client, from, &words).await?
            }
            output => output?,
        };
        if let Some(probe) = verdict(words[0], &output) {
            return Ok(probe);
        }
    }
    Ok(Probe::NoTool)
}

/// The container that kubectl takes when none is named.
async fn first_container(client: &Client, inside: Inside<'_>) -> Result<Option<String>, ClusterError> {
    let Inside { namespace, pod, .. } = inside;
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    let found = get(client, &path, &format!("look at pod {namespace}/{pod}")).await?.unwrap_or_default();
    let chosen = &found["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"];
    let names = || found["spec"]["containers"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
    let chosen = names().find(|name| *chosen == **name);
    Ok(chosen.or_else(|| names().next()).map(str::to_owned))
}

/// The commands that can make the attempt, the one that says most about it first.
fn tools(target: Target, seconds: u8) -> Vec<Vec<String>> {
    let Target { address, port, transport } = target;
    let socket = std::net::SocketAddr::new(address, port).to_string();
    let url = format!("http://{socket}/");
    let line = |text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    match transport {
        Transport::Tcp => vec![
            line(format!("/agnhost connect {socket} --timeout={seconds}s")),
            line(format!("nc -z -w {seconds} {address} {port}")),
            line(format!("curl -s -o /dev/null --connect-timeout {seconds} --max-time {seconds} {url}")),
            line(format!("wget -q -O /dev/null -T {seconds} {url}")),
            script("bash", format!("timeout {seconds} bash -c 'exec 3<>/dev/tcp/{address}/{port}'")),
        ],
        // What counts is that something comes back. Where nothing does, a better tool must say what that means.
        Transport::Udp => vec![
            line(format!("/agnhost connect {socket} --protocol=udp --timeout={seconds}s")),
            script("sh", format!("echo hostname | nc -u -w {seconds} {address} {port}")),
            script(
                "bash",
                format!(
                    "exec 3<>/dev/udp/{address}/{port} || exit 126; echo hostname >&3; \
                     read -t {seconds} -r -n 1 -u 3 && exit 0; exit {NO_ANSWER}"
                ),
            ),
        ],
    }
}

/// The words of a command that a shell runs.
fn script(shell: &str, text: String) -> Vec<String> {
    vec![shell.to_owned(), "-c".to_owned(), text]
}

/// How our own script ends when nothing came back.
const NO_ANSWER: i32 = 110;

/// What is said where a tool is not there, or not able to do this.
const UNABLE: [&str; 7] = [
    "executable file not found",
    "no such file or directory",
    "nonexistent directory",
    "command not found",
    "invalid option",
    "unrecognized option",
    "illegal option",
];

/// What the system says when an answer came and it was no.
const REJECTIONS: [&str; 5] =
    ["refused", "no route to host", "host is unreachable", "network is unreachable", "administratively prohibited"];

/// What is said when nothing came back in time.
const LATE: [&str; 2] = ["timeout", "timed out"];
/// How `timeout` ends what takes too long.
const ENDED_BY_TIMEOUT: i32 = 124;

/// What a tool's end says about the connection; nothing when the tool is not there.
fn verdict(tool: &str, output: &Output) -> Option<Probe> {
    let said = format!("{}{}", output.stdout, output.stderr).to_lowercase();
    let refused = REJECTIONS.iter().any(|words| said.contains(words));
    // Over UDP these cannot tell a server that has nothing to say from a packet that was dropped.
    let silent = (tool == "sh" && output.stdout.is_empty()) || output.code == NO_ANSWER;
    if output.code == 0 && !silent {
        return Some(Probe::Connected);
    }
    if !refused && (silent || matches!(output.code, 126 | 127 | -1) || UNABLE.iter().any(|words| said.contains(words)))
    {
        return None;
    }
    Some(match (tool, output.code) {
        _ if refused => Probe::Refused,
        ("curl", 7) => Probe::Refused,
        // Connected, and then something that is no HTTP.
        ("curl", 1 | 52 | 56) => Probe::Connected,
        ("wget", _) if said.contains("server returned error") => Probe::Connected,
        ("curl", 28) => Probe::TimedOut,
        ("curl", _) => return None,
        // Some say nothing at all.
        // It was killed.
        (_, 129..) => return None,
        _ if output.code == ENDED_BY_TIMEOUT
            || said.trim().is_empty()
            || LATE.iter().any(|words| said.contains(words)) =>
        {
            Probe::TimedOut
        }
        // It failed for a reason of its own, which says nothing about the network.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_tool_says_how_the_connection_went() {
        let check = |tool: &str, code, stderr: &str, expected| {
            let output = Output { code, stdout: String::new(), stderr: stderr.to_owned() };
            assert_eq!(verdict(tool, &output), expected, "{tool} {code} {stderr}");
        };
        check("/agnhost", 0, "", Some(Probe::Connected));
        check("/agnhost", 1, "REFUSED", Some(Probe::Refused));
        check("/agnhost", 1, "TIMEOUT", Some(Probe::TimedOut));
        check("/agnhost", 1, "OTHER: dial tcp 10.0.0.1:80: connect: no route to host", Some(Probe::Refused));
        check("nc", 1, "nc: 10.0.0.1 (10.0.0.1:80): Network is unreachable", Some(Probe::Refused));
        check("nc", 1, "", Some(Probe::TimedOut));
        check("curl", 28, "", Some(Probe::TimedOut));
        // What fails for another reason knows nothing of the network.
        check("curl", 2, "", None);
        check("curl", 6, "", None);
        check("/agnhost", 1, "OTHER: lookup nowhere: no such host", None);
        check("/agnhost", 1, "DNS", None);
        check("nc", 1, "nc: bad address 'x'", None);
        check("nc", 1, "Ncat: TIMEOUT.", Some(Probe::TimedOut));
        check("nc", 1, "(UNKNOWN) [10.0.0.1] 80 (?) : Connection timed out", Some(Probe::TimedOut));
        check("wget", 1, "wget: can't open '/dev/null': Permission denied", None);
        check("wget", 1, "wget: download timed out", Some(Probe::TimedOut));
        check("bash", 1, "bash: fork: Resource temporarily unavailable", None);
        check("/agnhost", 137, "", None);
        check("curl", 52, "", Some(Probe::Connected));
        check("wget", 1, "wget: can't connect to remote host (10.0.0.1): Connection refused", Some(Probe::Refused));
        check("nc", 127, "exec: \"nc\": executable file not found in $PATH", None);
        check("bash", 0, "", Some(Probe::Connected));
        check("bash", 1, "bash: connect: Connection refused", Some(Probe::Refused));
        check("bash", 124, "", Some(Probe::TimedOut));
        check("bash", 127, "bash: line 1: timeout: command not found", None);
        check("bash", 126, "bash: /dev/udp/10.0.0.1/53: No such file or directory", None);
        check("bash", NO_ANSWER, "", None);
        check("bash", NO_ANSWER, "bash: line 1: read: read error: 3: Connection refused", Some(Probe::Refused));
    }

    #[test]
    fn over_udp_an_answer_counts_and_not_how_the_tool_ends() {
        let check = |code, stdout: &str, stderr: &str, expected| {
            let output = Output { code, stdout: stdout.to_owned(), stderr: stderr.to_owned() };
            assert_eq!(verdict("sh", &output), expected, "{code} {stdout} {stderr}");
        };
        check(0, "server\n", "", Some(Probe::Connected));
        check(0, "", "", None);
        check(1, "", "nc: timed out", None);
        check(1, "", "nc: read: Connection refused", Some(Probe::Refused));
        check(127, "", "sh: nc: not found", None);
        check(1, "", "nc: invalid option -- 'u'", None);
        check(127, "", "exec: \"sh\": executable file not found in $PATH", None);
    }

    #[test]
    fn addresses_of_both_families_are_written_as_tools_take_them() {
        let words = |address: &str, transport| {
            let target = Target { address: address.parse().unwrap(), port: 53, transport };
            tools(target, 2).iter().map(|words| words.join(" ")).collect::<Vec<_>>().join("\n")
        };
        for transport in [Transport::Tcp, Transport::Udp] {
            let six = words("fd00::1", transport);
            assert!(six.contains("/agnhost connect [fd00::1]:53") && six.contains("fd00::1 53\n"), "{six}");
            assert!(words("10.0.0.1", transport).contains("10.0.0.1 53"));
        }
    }
}
