//! A private PostgreSQL for the tests: its own data folder, a socket instead of a port, gone at the end.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// Who runs the database when root runs the tests: PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";

pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let postgres = Self { programs: programs(), folder: tempfile::tempdir().unwrap() };
        let folder = postgres.folder.path().display().to_string();
        if is_root() {
            succeed(Command::new("chown").args([ACCOUNT, &folder]));
        }
        let data = postgres.data();
        postgres.run("initdb", &["-D", &data, "-U", ACCOUNT, "--auth=trust", "--no-sync", "--encoding=UTF8"]);
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off");
        let log = format!("{folder}/log");
        postgres.run("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"]);
        postgres
    }

    /// A new, empty database.
    pub(crate) fn database(&self, name: &str) -> String {
        let folder = self.folder.path().display().to_string();
        self.run("createdb", &["-h", &folder, "-U", ACCOUNT, name]);
        format!("postgres://{ACCOUNT}@localhost/{name}?host={folder}")
    }

    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", ACCOUNT, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        succeed(command.args(arguments).current_dir("/"));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.stop();
        }
    }
}

fn programs() -> PathBuf {
    let mut found: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect(
        "these tests start a private PostgreSQL and there is none in /usr/lib/postgresql: apt-get install postgresql",
    )
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

fn succeed(command: &mut Command) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(
        status.success(),
        "{command:?} failed\n{}\n{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
}
