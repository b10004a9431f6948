//! A `serve` or `cluster` that runs for the length of a test, on a free port.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::terminal::{Ran, Terminal};

/// A running server. It is killed when it goes out of scope.
pub(crate) struct Serving {
    child: Child,
    /// Keeps the pipe open: a server that cannot print would end.
    _stdout: BufReader<ChildStdout>,
    /// The words it printed when it was ready.
    pub(crate) announcement: String,
    /// Its address, `http://127.0.0.1:PORT`; with TLS, `https://`.
    pub(crate) url: String,
}

impl Serving {
    /// Starts `lab-checker serve` and waits until it says where it is.
    pub(crate) fn serve(terminal: &Terminal) -> Self {
        Self::start(terminal, &["serve", "--listen", "127.0.0.1:0"], "Ctrl-C")
    }

    /// Starts `lab-checker serve` for a class, on the sample course, which is quickly rendered.
    pub(crate) fn sample_class(terminal: &Terminal, arguments: &[&str]) -> Self {
        let course = sample_course();
        let serve = ["serve", "--listen", "0.0.0.0:0", "--course", &course];
        Self::start(terminal, &[&serve, arguments].concat(), "Ctrl-C")
    }

    /// What stands after a word in what it printed.
    pub(crate) fn said_after(&self, word: &str) -> &str {
        let said = self.announcement.split(word).nth(1).and_then(|rest| rest.split_whitespace().next());
        said.unwrap_or_else(|| panic!("no {word} in\n{}", self.announcement))
    }

    /// Starts `lab-checker cluster` and waits until it says where its kubeconfig is.
    pub(crate) fn cluster(terminal: &Terminal) -> Self {
        Self::start(terminal, &["cluster", "--listen", "127.0.0.1:0"], "export KUBECONFIG=")
    }

    /// Starts the command with any arguments and reads until the line that holds `last`.
    pub(crate) fn start(terminal: &Terminal, arguments: &[&str], last: &str) -> Self {
        let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
        command.args(arguments);
        Self::from(command, last)
    }

    /// Starts the command and reads until the line that holds `last`.
    pub(crate) fn from(mut command: Command, last: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut announcement = String::new();
        while !announcement.lines().any(|line| line.contains(last)) {
            if stdout.read_line(&mut announcement).expect("stdout is text") == 0 {
                let mut words = String::new();
                child.stderr.take().expect("stderr is piped").read_to_string(&mut words).expect("stderr is text");
                panic!("{command:?} ended early\n--- stdout\n{announcement}--- stderr\n{words}");
            }
        }
        let url = announcement
            .split_whitespace()
            .find(|word| word.starts_with("http://") || word.starts_with("https://"))
            .unwrap_or_default();
        Self { child, _stdout: stdout, url: url.to_owned(), announcement }
    }

    /// The kubeconfig that a `cluster` announces.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        let path = self.announcement.split("export KUBECONFIG=").nth(1).and_then(|rest| rest.lines().next());
        let path = path.unwrap_or_else(|| panic!("no kubeconfig in\n{}", self.announcement));
        PathBuf::from(path.trim_matches('\''))
    }

    /// Writes a kubeconfig for a `cluster` that does not say that it is a practice cluster: to the command it is
    /// somebody's real one then.
    pub(crate) fn as_real(&self, terminal: &Terminal) {
        let text = std::fs::read_to_string(self.kubeconfig()).expect("a kubeconfig");
        let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        config["contexts"][0]["context"].as_object_mut().expect("a context").remove("extensions");
        config["clusters"][0]["cluster"].as_object_mut().expect("a cluster").remove("extensions");
        terminal.file("real", config.to_string());
    }

    /// Its number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a supervisor does, and waits until it has; whether it said that all is well.
    pub(crate) fn terminate(&mut self) -> bool {
        let told = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        self.child.wait().expect("it ends").success()
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A course of one lab and one quiz.
pub(crate) fn sample_course() -> String {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/tests/sample-course");
    course.to_str().expect("a path").to_owned()
}

/// The kubectl that tests use: `$LAB_CHECKER_KUBECTL`, else the one in `$PATH`.
pub(crate) fn kubectl() -> PathBuf {
    if let Some(path) = std::env::var_os("LAB_CHECKER_KUBECTL") {
        return PathBuf::from(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|program| program.is_file()).expect(
        "this test needs a real kubectl: put one in $PATH or name it in $LAB_CHECKER_KUBECTL (lab-checker/test does)",
    )
}

impl Terminal {
    /// The token that `join` has kept.
    pub(crate) fn token_of_learner(&self) -> String {
        let files = std::fs::read_dir(self.data()).expect("a data folder").filter_map(Result::ok);
        let texts: Vec<String> = files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect();
        let token = texts.iter().find_map(|text| text[text.find("learner_")?..].split(['"', '\n']).next());
        token.expect("it keeps the token").to_owned()
    }

    /// Runs real kubectl on the practice cluster of the data folder: that of `serve`, or the only other one.
    pub(crate) fn kubectl(&self, line: &str) -> Ran {
        let entries = std::fs::read_dir(self.data()).expect("a data folder");
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        found.retain(|path| path.to_string_lossy().ends_with("kubeconfig"));
        found.sort_by_key(|path| path.file_name().is_some_and(|name| name != "kubeconfig"));
        self.kubectl_with(&found[0], line)
    }

    /// Runs real kubectl on a `cluster`.
    pub(crate) fn kubectl_of(&self, cluster: &Serving, line: &str) -> Ran {
        self.kubectl_with(&cluster.kubeconfig(), line)
    }

    /// Runs real kubectl with a kubeconfig.
    pub(crate) fn kubectl_with(&self, kubeconfig: &Path, line: &str) -> Ran {
        let mut command = self.command(kubectl());
        command.env("KUBECONFIG", kubeconfig).args(line.split_whitespace());
        Ran::of(command, b"")
    }
}
