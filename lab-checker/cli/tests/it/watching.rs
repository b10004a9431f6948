//! `check --watch`, and what happens to a cluster while somebody watches; and servers that never answer.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// A `check --watch` that runs, and its reports as they come.
struct Watching {
    child: Child,
    reports: serde_json::StreamDeserializer<'static, serde_json::de::IoRead<ChildStdout>, Value>,
}

impl Watching {
    fn start(terminal: &Terminal, options: &str) -> Self {
        let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
        command.args(["check", "default-deny", "--watch", "-o", "json"]).args(options.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the command starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        Self { child, reports: serde_json::Deserializer::from_reader(stdout).into_iter() }
    }

    /// The next report that says so.
    fn until(&mut self, passed: bool) {
        let found = self.reports.by_ref().any(|report| report.expect("JSON")["passed"] == passed);
        assert!(found, "the watch ended");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const SOLUTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../labs/default-deny/solution");

/// The address of a server, as `--listen` takes it.
fn address(url: &str) -> String {
    url.split('/').nth(2).expect("an address").to_owned()
}

fn kubeconfig(cluster: &Serving) -> Value {
    let text = std::fs::read_to_string(cluster.kubeconfig()).expect("a kubeconfig");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_server_that_was_restarted_is_watched_on() {
    let terminal = Terminal::new();
    let mut serve = Serving::serve(&terminal);
    terminal.run("start default-deny").exits(0);
    let mut watching = Watching::start(&terminal, "");
    watching.until(false);
    let address = address(&serve.url);
    assert!(serve.terminate());
    let _again = Serving::start(&terminal, &["serve", "--listen", &address], "Ctrl-C");
    terminal.kubectl(&format!("apply -n production -f {SOLUTION}")).exits(0);
    watching.until(true);
    // A lab that begins anew has another history.
    terminal.run("reset default-deny").exits(0);
    watching.until(false);
}

#[test]
fn a_lab_that_begins_while_it_is_watched_is_seen() {
    let terminal = Terminal::new();
    let _cluster = Serving::cluster(&terminal);
    let mut watching = Watching::start(&terminal, "");
    watching.until(false);
    terminal.run("start default-deny").exits(0);
    terminal.kubectl(&format!("apply -n production -f {SOLUTION}")).exits(0);
    watching.until(true);
}

/// Stands before a cluster and lets in who has the token of the day.
struct Doorkeeper {
    url: String,
    inner: Arc<Mutex<Door>>,
}

struct Door {
    token: String,
    open: Vec<TcpStream>,
}

impl Doorkeeper {
    fn before(server: &str, token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = server.replace(&address(server), &listener.local_addr().expect("an address").to_string());
        let inner = Arc::new(Mutex::new(Door { token: token.to_owned(), open: Vec::new() }));
        let (door, behind) = (Arc::clone(&inner), address(server));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (door, behind) = (Arc::clone(&door), behind.clone());
                // A connection that breaks off has said what it could.
                std::thread::spawn(move || let_in(client, &door, &behind).ok());
            }
        });
        Self { url, inner }
    }

    /// Another token is the right one from now on, and whoever is inside is put out.
    fn renew(&self, token: &str) {
        let mut door = self.inner.lock().expect("the door");
        token.clone_into(&mut door.token);
        for inside in door.open.drain(..) {
            // It may have left by itself.
            let _ = inside.shutdown(Shutdown::Both);
        }
    }
}

fn let_in(mut client: TcpStream, door: &Mutex<Door>, behind: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let mut server = TcpStream::connect(behind)?;
    {
        let mut door = door.lock().expect("the door");
        if !String::from_utf8_lossy(&head).contains(&format!("Bearer {}\r\n", door.token)) {
            let body = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","message":"Unauthorized","code":401}"#;
            let head = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close";
            return write!(client, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
        door.open.extend([client.try_clone()?, server.try_clone()?]);
    }
    server.write_all(&head)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        // Either end may hang up.
        let _ = std::io::copy(&mut from_client, &mut to_server);
        to_server.shutdown(Shutdown::Write)
    });
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Write)
}

#[test]
fn credentials_that_are_renewed_are_used() {
    // A plugin that gives the token of a file, as cloud providers' do; and the file itself.
    let script = "printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' $(cat token)";
    let plugin = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "interactiveMode": "Never",
    }});
    for user in [plugin, json!({"tokenFile": "token"})] {
        let terminal = Terminal::new();
        let cluster = Serving::cluster(&terminal);
        let mut config = kubeconfig(&cluster);
        let server = config["clusters"][0]["cluster"]["server"].as_str().expect("an address").to_owned();
        let door = Doorkeeper::before(&server, "first");
        config["contexts"][0]["context"].as_object_mut().expect("a context").remove("extensions");
        config["clusters"][0]["cluster"]["server"] = door.url.as_str().into();
        config["users"][0]["user"] = user;
        terminal.file("renewed", config.to_string()).file("token", "first\n");
        terminal.run("start default-deny --kubeconfig renewed").exits(0);
        let mut watching = Watching::start(&terminal, "--kubeconfig renewed");
        watching.until(false);
        door.renew("second");
        terminal.run("reach --kubeconfig renewed").exits(2).warns("does not accept these credentials");
        terminal.kubectl_of(&cluster, &format!("apply -n production -f {SOLUTION}")).exits(0);
        terminal.file("token", "second\n");
        watching.until(true);
    }
}

#[test]
fn policies_of_a_kind_that_comes_while_one_watches_are_told() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let mut watching = Watching::start(&terminal, "--kubeconfig real");
    watching.until(false);
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ciliumnetworkpolicies.cilium.io}\nspec:\n  group: cilium.io\n  scope: Namespaced\n  names: {plural: ciliumnetworkpolicies, singular: ciliumnetworkpolicy, kind: CiliumNetworkPolicy, listKind: CiliumNetworkPolicyList}\n  versions: [{name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n";
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: other, namespace: production}\nspec: {}\n";
    terminal.file("definition.yaml", definition).file("policy.yaml", policy);
    terminal.kubectl_of(&cluster, "apply -f definition.yaml").exits(0);
    terminal.kubectl_of(&cluster, "apply -f policy.yaml").exits(0);
    let told =
        watching.reports.by_ref().map(|report| report.expect("JSON")).find(|report| report["incomplete"].is_array());
    assert_eq!(told.expect("a report")["incomplete"][0], "1 CiliumNetworkPolicy was not evaluated");
    terminal.kubectl_of(&cluster, "delete -f policy.yaml").exits(0);
    assert!(watching.reports.next().expect("a report").expect("JSON")["incomplete"].is_null());
}

#[test]
fn a_server_that_takes_requests_and_never_answers_is_given_up_in_time() {
    let terminal = Terminal::new();
    // The system takes the connections; nobody reads what they say.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "clusters": [{"name": "one", "cluster": {"server": format!("http://{address}")}}],
        "users": [{"name": "one", "user": {"token": "t"}}],
    });
    terminal.file("silent", config.to_string());
    for line in [
        "reach",
        "explain a/b c/d:80",
        "lint",
        "check default-deny",
        "check default-deny --watch",
        "start default-deny",
        "reset default-deny",
        "clean",
        "doctor",
        "doctor --prove",
        "submit default-deny --dry-run",
    ] {
        let began = Instant::now();
        let ran = terminal.run(&format!("{line} --kubeconfig silent --request-timeout 300ms")).exits(3);
        ran.warns("did not answer within 0.3 seconds");
        assert!(began.elapsed() < Duration::from_secs(30), "{line}: not at its usual limit");
    }
    terminal.run("reach --kubeconfig silent --request-timeout soon").exits(2).warns("such as 500ms, 10s, 2m or 1h");
}

/// Whether a process is there, and not just waiting to be forgotten.
fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn a_plugin_that_hangs_leaves_nothing_behind_however_it_ends() {
    let terminal = Terminal::new();
    let script = "echo open the browser >&2; sleep 1000 & echo $$ > p; echo $! >> p; mv p pids; wait";
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "clusters": [{"name": "one", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "one", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
            "installHint": "Log in first.", "interactiveMode": "IfAvailable",
        }}}],
    });
    terminal.file("hangs", config.to_string());
    let gone = || {
        let pids = std::fs::read_to_string(terminal.path().join("pids")).expect("it ran");
        while pids.lines().any(is_running) {
            std::thread::yield_now();
        }
        std::fs::remove_file(terminal.path().join("pids")).expect("it ran");
    };
    for line in ["reach", "check default-deny --watch", "start default-deny", "doctor", "submit default-deny --dry-run"]
    {
        let ran = terminal.run(&format!("{line} --kubeconfig hangs --request-timeout 500ms")).exits(3);
        ran.warns("`sh`").warns("did not end within 0.5 seconds").warns("open the browser").warns("Log in first.");
        gone();
        for signal in ["INT", "TERM"] {
            let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
            command.args(line.split_whitespace()).args(["--kubeconfig", "hangs"]);
            let child = command.stderr(Stdio::piped()).spawn().expect("it starts");
            while !terminal.path().join("pids").exists() {
                std::thread::yield_now();
            }
            let told = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
            assert!(told.expect("kill runs").success());
            let ended = child.wait_with_output().expect("it ends");
            let words = String::from_utf8_lossy(&ended.stderr).into_owned();
            // A watch may end as it does when nothing has passed yet.
            let watches = line.contains("--watch") && ended.status.code() == Some(1);
            assert!(watches || ended.status.code() == Some(2), "{line} ends with {}: {words}", ended.status);
            assert!(watches || words.contains("interrupted while `sh` was asked for credentials"), "{line}: {words}");
            gone();
        }
    }
}

#[test]
fn the_plugin_of_a_cluster_that_nobody_named_is_not_run() {
    let terminal = Terminal::new();
    let _cluster = Serving::cluster(&terminal);
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "clusters": [{"name": "one", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "one", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", "touch asked; exit 1"],
            "interactiveMode": "Never",
        }}}],
    });
    terminal.file("named", config.to_string());
    for line in ["reach", "start default-deny", "check", "status", "labs", "hint", "submit --dry-run"] {
        terminal.run_in(&[("KUBECONFIG", "named")], line);
        assert!(!terminal.path().join("asked").exists(), "{line}");
    }
    terminal.run("reach --kubeconfig named").exits(2);
    assert!(terminal.path().join("asked").exists());
}
