//! From a name to a running program.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{
    agnhost, awk, curl, dns, files, filters, grep, identity, install, listen, nc, ping, run_others, sed, text, wget,
};
use crate::container::{Container, Process, Streams};
use crate::network::Answering;
use crate::network::http::{Request, Response};

/// Why a program did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// There is no such program.
    NotFound,
    /// The path is a directory.
    IsDirectory,
}

/// Starts the program that a process names.
pub fn start(mut process: Process) -> Result<BoxFuture<'static, u8>, NotStarted> {
    let word = process.arguments.first().cloned().unwrap_or_default();
    let name = resolve(&process.container, &word)?;
    process.depth += 1;
    if process.depth > crate::shell::limits::DEPTH {
        return Ok(async move { process.fail(2, format!("{name}: maximum nesting level exceeded")).await }.boxed());
    }
    Ok(run(name, process))
}

/// The path at which a program is found.
pub(crate) fn path(container: &Container, word: &str) -> Option<String> {
    let name = resolve(container, word).ok()?;
    Some(match name.as_str() {
        _ if word.starts_with('/') => word.to_owned(),
        "agnhost" => "/agnhost".to_owned(),
        "sh" | "cat" | "ls" | "echo" | "ping" | "hostname" | "date" | "sleep" | "ash" => format!("/bin/{name}"),
        _ => format!("/usr/bin/{name}"),
    })
}

/// The name of the program that a word means.
fn resolve(container: &Container, word: &str) -> Result<String, NotStarted> {
    if word.contains('/') && container.is_directory(&crate::container::absolute("/", word)) {
        return Err(NotStarted::IsDirectory);
    }
    let (folder, name) = word.rsplit_once('/').unwrap_or(("", word));
    let folders = ["", "/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"];
    let in_path =
        !word.contains('/') || folders[1..].contains(&folder) || (name == "agnhost" && matches!(folder, "" | "."));
    if in_path && container.image.leaves_out(name) && !container.has_installed(name) {
        return Ok(name.to_owned());
    }
    if in_path && !name.is_empty() && (container.image.has(name) || container.has_installed(name)) && exists(name) {
        Ok(name.to_owned())
    } else {
        Err(NotStarted::NotFound)
    }
}

/// Whether a program is written here at all.
fn exists(name: &str) -> bool {
    matches!(
        name,
        "agnhost"
            | "curl"
            | "wget"
            | "nc"
            | "ncat"
            | "netcat"
            | "telnet"
            | "httpd"
            | "nslookup"
            | "dig"
            | "host"
            | "getent"
            | "ping"
            | "traceroute"
            | "sh"
            | "ash"
            | "bash"
            | "dash"
            | "timeout"
            | "env"
            | "time"
            | "xargs"
            | "watch"
            | "nohup"
            | "busybox"
            | "grep"
            | "egrep"
            | "fgrep"
            | "sed"
            | "awk"
            | "apk"
            | "apt-get"
            | "apt"
    ) || files::NAMES.contains(&name)
        || text::NAMES.contains(&name)
        || filters::NAMES.contains(&name)
        || identity::NAMES.contains(&name)
}

/// Runs a program. Each is boxed: programs run programs, and what one level takes of the stack limits their
/// number.
fn run(name: String, process: Process) -> BoxFuture<'static, u8> {
    async move {
        match name.as_str() {
            name if process.container.image.leaves_out(name) && !process.container.has_installed(name) => {
                // The real image has it: that must not read as if it were not there.
                process.fail(127, format!("{name}: this program is not simulated in a practice cluster")).await
            }
            "sh" | "ash" | "bash" | "dash" => crate::shell::main(process).boxed().await,
            "curl" => curl::run(&process).boxed().await,
            "wget" => wget::run(&process).boxed().await,
            "nc" | "ncat" | "netcat" => nc::run(&process).boxed().await,
            "httpd" => listen::run(&process).boxed().await,
            "telnet" => nc::telnet(&process).boxed().await,
            "nslookup" => dns::nslookup(&process).boxed().await,
            "dig" => dns::dig(&process).boxed().await,
            "host" => dns::host(&process).boxed().await,
            "getent" => dns::getent(&process).boxed().await,
            "ping" => ping::run(&process).boxed().await,
            "traceroute" => ping::traceroute(&process).boxed().await,
            "agnhost" => agnhost::run(&process).boxed().await,
            "timeout" => run_others::timeout(process).boxed().await,
            "env" if process.arguments.len() > 1 => run_others::env(process).boxed().await,
            "time" | "nohup" | "busybox" => run_others::plain(process).boxed().await,
            "xargs" => run_others::xargs(process).boxed().await,
            "watch" => run_others::watch(process).boxed().await,
            "apk" | "apt-get" | "apt" => install::run(&process).boxed().await,
            "grep" | "egrep" | "fgrep" => grep::run(&process).boxed().await,
            "sed" => sed::run(&process).boxed().await,
            "awk" => awk::run(&process).boxed().await,
            name if filters::NAMES.contains(&name) => filters::run(name, &process).boxed().await,
            name if files::NAMES.contains(&name) => files::run(name, &process).boxed().await,
            name if text::NAMES.contains(&name) => text::run(name, &process).boxed().await,
            name => identity::run(name, &process).boxed().await,
        }
    }
    .boxed()
}

impl Process {
    /// The arguments behind the program's name.
    pub(super) fn rest(&self) -> &[String] {
        self.arguments.get(1..).unwrap_or_default()
    }

    /// Its name without folders.
    pub(super) fn name(&self) -> &str {
        let word = self.arguments.first().map_or("", String::as_str);
        word.rsplit('/').next().unwrap_or(word)
    }

    /// Prints a line.
    pub(super) async fn say(&self, text: impl AsRef<str>) {
        self.streams.stdout.line(text).await;
    }

    /// Prints a line on standard error and gives the exit code back.
    pub(super) async fn fail(&self, code: u8, text: impl AsRef<str>) -> u8 {
        self.streams.stderr.line(text).await;
        code
    }

    /// Another program in the same place.
    pub(super) fn with(&self, arguments: Vec<String>) -> Self {
        Self { arguments, ..self.clone() }
    }

    /// The same program with other streams.
    pub(super) fn on(&self, streams: Streams) -> Self {
        Self { streams, ..self.clone() }
    }
}

/// Asks a web server, which notes the request in its log; `None` when it does not speak HTTP.
pub(super) fn ask(process: &Process, answering: &Answering, request: &Request) -> Option<Response> {
    let network = process.container.network.current();
    let from = &process.container.pod;
    let mut response = network.respond(from, answering, request);
    if let (Some(pod), Some(response)) = (&answering.pod, &mut response)
        && let Some(path) = crate::network::http::served_file(&answering.service, request)
        && let Some(page) = process.container.network.page(pod, &path)
    {
        response.replace(String::from_utf8_lossy(&page).into_owned());
    }
    if let (Some(pod), Some(response)) = (&answering.pod, &response) {
        let client = network.address_of(from).map_or_else(|| "-".to_owned(), |address| address.to_string());
        if let Some(line) = crate::network::http::access_log(&answering.service, &client, request, response) {
            process.container.network.log(pod, line);
        }
    }
    response
}
