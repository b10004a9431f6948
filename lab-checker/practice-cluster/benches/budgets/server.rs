//! A server in a process of its own: `lab-checker cluster` where it is given, else this program.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use practice_cluster::{ClusterId, Options, PracticeClusters};
use serde_json::Value;
use tempfile::TempDir;

use crate::connection::Connection;
use crate::figure::{Budget, Figure};
use crate::runtime;

/// How often a process is started; the best counts.
const STARTS: usize = 10;

/// A running server. It ends with this.
pub(crate) struct Server {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    folder: TempDir,
    kubeconfig: PathBuf,
    /// `HOST:PORT`.
    pub(crate) address: String,
    /// The path of its cluster.
    pub(crate) cluster: String,
}

/// The program that was named.
pub(crate) fn lab_checker() -> Option<PathBuf> {
    let path = std::env::var_os("LAB_CHECKER").filter(|path| !path.is_empty())?;
    Some(std::fs::canonicalize(path).expect("LAB_CHECKER names a program"))
}

impl Server {
    /// Starts a server and waits until it says where it is.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = match lab_checker() {
            Some(program) => {
                let mut command = Command::new(program);
                command.args(["cluster", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
                command
            }
            None => {
                let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
                command.arg("--serve").current_dir(folder.path());
                command
            }
        };
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut ready = String::new();
        stdout.read_line(&mut ready).expect("the server says when it is ready");
        // The command says where its kubeconfig is; this program has it where it runs.
        let path = ready.trim_end().strip_prefix("export KUBECONFIG=").unwrap_or("kubeconfig");
        let kubeconfig = folder.path().join(path);
        let text = std::fs::read_to_string(&kubeconfig).expect("a kubeconfig");
        let parsed: Value = serde_json::from_str(&text).expect("JSON");
        let url = parsed["clusters"][0]["cluster"]["server"].as_str().expect("an address");
        let (address, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
        Self { address: address.to_owned(), cluster: format!("/{path}"), child, _stdout: stdout, folder, kubeconfig }
    }

    /// Its kubeconfig.
    pub(crate) fn kubeconfig(&self) -> &std::path::Path {
        &self.kubeconfig
    }

    /// The folder that it keeps things in.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the start of the process to the first answer of its API.
pub(crate) fn first_answer() -> Figure {
    let mut best = f64::INFINITY;
    for _ in 0..STARTS {
        let start = Instant::now();
        let server = Server::start();
        runtime().block_on(async {
            let mut connection = Connection::open(&server.address).await;
            connection.ask("GET", &format!("{}/api/v1/namespaces", server.cluster), "").await;
        });
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Figure::new("process start to first answer", best, "ms", Budget::Most(50.0))
}

/// Serves a cluster, as `lab-checker cluster` does.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let clusters = PracticeClusters::open(Options::default()).await.expect("opens");
        let id = ClusterId::random();
        clusters.create(&id).await.expect("creates");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        std::fs::write("kubeconfig", clusters.kubeconfig(&id, &url)).expect("a kubeconfig");
        println!("ready");
        axum::serve(listener, clusters.router()).await.expect("serves");
    });
}
