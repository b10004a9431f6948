//! A practice cluster on an ephemeral port, and the kubectl that talks to it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use practice_cluster::{ClusterId, Options, PracticeClusters};
use tempfile::TempDir;

/// One cluster, served for as long as this lives.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) clusters: PracticeClusters,
    pub(crate) id: ClusterId,
    home: TempDir,
    runtime: tokio::runtime::Runtime,
}

/// What a command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Server {
    /// Starts a fresh cluster in memory.
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    /// Starts a fresh cluster at the root of its server, under the name that the recordings have.
    pub(crate) fn alone() -> Self {
        let server = Self::start();
        let config = server.home.path().join("config");
        let text = server.clusters.kubeconfig(&server.id, &server.url);
        let text = text.replace(&format!("/clusters/{}", server.id), "").replace("\"practice\"", "\"real\"");
        std::fs::write(config, text).expect("a kubeconfig");
        server
    }

    /// The same server for another kubectl.
    pub(crate) fn using(self, kubectl: &Path) -> Self {
        let link = self.home.path().join("bin/kubectl");
        std::fs::remove_file(&link).expect("a link");
        std::os::unix::fs::symlink(kubectl, link).expect("a link to kubectl");
        self
    }

    /// 37 for v1.37.1.
    pub(crate) fn kubectl_minor(&self) -> u32 {
        let version = self.kubectl("version --client -o json");
        let version: serde_json::Value = serde_json::from_str(&version).expect("JSON");
        let minor = version["clientVersion"]["minor"].as_str().expect("a minor version");
        minor.trim_end_matches('+').parse().expect("a number")
    }

    /// Starts a fresh cluster with its own options.
    pub(crate) fn with(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let id = ClusterId::random();
        let (clusters, url) = runtime.block_on(async {
            let clusters = PracticeClusters::open(options).await.expect("opens");
            clusters.create(&id).await.expect("creates");
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let router = clusters.router().fallback_service(clusters.root_router(&id));
            tokio::spawn(async move { axum::serve(listener, router).await });
            (clusters, url)
        });
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("config"), clusters.kubeconfig(&id, &url)).expect("a kubeconfig");
        std::fs::create_dir(home.path().join("bin")).expect("a folder");
        std::os::unix::fs::symlink(kubectl(), home.path().join("bin/kubectl")).expect("a link to kubectl");
        Self { url, clusters, id, home, runtime }
    }

    /// The runtime that serves.
    pub(crate) fn runtime(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }

    /// Runs a line of shell in a folder, with kubectl set up for this cluster.
    pub(crate) fn sh(&self, line: &str, folder: &Path, input: Option<&str>) -> Said {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", self.home.path().join("bin").display()))
            .env("HOME", self.home.path())
            .env("KUBECONFIG", self.home.path().join("config"))
            .env("KUBE_EDITOR", "cat")
            .env("TZ", "UTC")
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("sh runs");
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            use std::io::Write;
            stdin.write_all(input.as_bytes()).expect("the command reads");
        }
        said(&child.wait_with_output().expect("the command ends"))
    }

    /// Runs kubectl and expects it to succeed.
    pub(crate) fn kubectl(&self, arguments: &str) -> String {
        let said = self.sh(&format!("kubectl {arguments}"), self.home.path(), None);
        assert_eq!(said.code, 0, "kubectl {arguments}: {}{}", said.stdout, said.stderr);
        said.stdout
    }

    /// Applies a manifest.
    pub(crate) fn apply(&self, manifest: &str) -> Said {
        self.sh("kubectl apply -f -", self.home.path(), Some(manifest))
    }

    /// A folder for the test's own files.
    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Runs kubectl until it says what is expected, for things that take a moment.
    pub(crate) fn eventually(&self, arguments: &str, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let said = self.sh(&format!("kubectl {arguments}"), self.home.path(), None);
            if said.stdout.trim() == expected {
                return;
            }
            assert!(Instant::now() < deadline, "kubectl {arguments}: {}{}", said.stdout, said.stderr);
        }
    }
}

fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `$LAB_CHECKER_KUBECTL`, else the kubectl in `$PATH`.
pub(crate) fn kubectl() -> PathBuf {
    if let Some(path) = std::env::var_os("LAB_CHECKER_KUBECTL") {
        return path.into();
    }
    in_path().expect("this test needs a real kubectl: put one in $PATH or name it in $LAB_CHECKER_KUBECTL")
}

fn in_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|file| file.is_file())
}

/// `$LAB_CHECKER_OLD_KUBECTL`: the oldest one that must feel at home.
pub(crate) fn old_kubectl() -> PathBuf {
    let named = std::env::var_os("LAB_CHECKER_OLD_KUBECTL").map(PathBuf::from);
    let old = named.or_else(in_path).expect("this test needs an old kubectl in $LAB_CHECKER_OLD_KUBECTL");
    std::fs::canonicalize(old).expect("the old kubectl is there")
}

/// Where the recordings are.
pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}
