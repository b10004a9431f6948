//! The release binary as a class server, and what is asked of its process.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use server::store::Database;
use tempfile::TempDir;
use tokio::{net::TcpStream, time};

use super::client::Client;

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs. It ends with this.
pub(crate) struct Program {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    instructor: String,
    database: Option<String>,
}

impl Program {
    pub(crate) async fn start() -> Self {
        let (binary, folder) = (binary(), tempfile::tempdir().unwrap());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let data = folder.path().join("data");
        let database = std::env::var("LAB_CHECKER_DATABASE").ok();
        let mut command = Command::new(binary);
        // Not on loopback: it is a class that is measured.
        command.arg("serve").arg("--listen").arg(format!("0.0.0.0:{}", address.port()));
        command.arg("--data").arg(&data).arg("--course").arg(top());
        command.args(database.iter().flat_map(|address| ["--database", address]));
        let process = command.stdout(Stdio::null()).spawn().unwrap();
        let up = async {
            while TcpStream::connect(address).await.is_err() {
                time::sleep(Duration::from_millis(20)).await;
            }
            // It listens before it serves.
            assert_eq!(Client::new(address, "").get("/healthz").await.status, 200);
        };
        time::timeout(PATIENCE, up).await.expect("the server answers");
        let instructor = std::fs::read_to_string(data.join("instructor-token")).unwrap().trim().to_owned();
        Self { process, address, folder, instructor, database }
    }

    /// So many learners, each with a connection.
    pub(crate) async fn enrol(&self, learners: usize) -> Vec<String> {
        let names: Vec<Value> = (0..learners).map(|at| json!({"name": format!("Learner {at}")})).collect();
        let mut instructor = Client::new(self.address, &self.instructor);
        let imported = instructor.post("/api/v1/roster", &Value::from(names).to_string()).await.json();
        let created = imported["created"].as_array().unwrap().iter();
        created.map(|learner| learner["token"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.database.is_some()
    }

    pub(crate) fn database(&self) -> &'static str {
        if self.is_postgres() { "PostgreSQL" } else { "SQLite" }
    }

    /// A database of the same kind, beside the server's: another file, the same PostgreSQL.
    pub(crate) fn beside(&self) -> Database {
        Database::choose(self.folder.path(), self.database.as_deref()).unwrap().beside("bare.db")
    }

    /// Resident memory in MB, where the system tells it.
    pub(crate) fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: f64 = line.trim().split(' ').next()?.parse().ok()?;
        Some(kilobytes / 1000.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The top of this project, where the course is.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("LAB_CHECKER") {
        return named.into();
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--release", "--locked"]).current_dir(top()).status();
    assert!(built.unwrap().success(), "the release binary was built");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), PathBuf::from);
    target.join("release/lab-checker")
}
