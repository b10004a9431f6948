//! A real cluster behind what stands before one: load balancers, proxies, pages to log in, API servers that are busy, older
//! or half away. What is said is what is known.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// Stands before a cluster, and answers some requests itself.
struct Before {
    rules: Arc<Mutex<Vec<Rule>>>,
}

#[derive(Clone)]
struct Rule {
    /// What the request line has in it.
    request: &'static str,
    /// How often; then the cluster answers.
    times: usize,
    answer: String,
}

/// An answer with a body.
fn says(code: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {code} So\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

/// An API server's refusal.
fn refuses(code: u16, message: &str) -> String {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code});
    says(code, "Content-Type: application/json\r\n", &body.to_string())
}

impl Before {
    /// Stands before a cluster, to which the kubeconfig `real` leads.
    fn cluster(terminal: &Terminal, cluster: &Serving) -> Self {
        cluster.as_real(terminal);
        let path = terminal.path().join("real");
        let mut config: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a kubeconfig")).expect("JSON");
        let server = config["clusters"][0]["cluster"]["server"].as_str().expect("an address").to_owned();
        let behind = server.split('/').nth(2).expect("an address").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = listener.local_addr().expect("an address").to_string();
        config["clusters"][0]["cluster"]["server"] = server.replace(&behind, &here).into();
        config["users"][0]["user"] = json!({"token": "geheim-token"});
        terminal.file("real", config.to_string());
        let rules = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&rules);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (rules, behind) = (Arc::clone(&shared), behind.clone());
                // A connection that breaks off has said what it could.
                std::thread::spawn(move || pass(client, &rules, &behind).ok());
            }
        });
        Self { rules }
    }

    /// From now on these requests are answered so.
    fn rules(&self, rules: &[(&'static str, usize, String)]) {
        let rule = |(request, times, answer): &(&'static str, usize, String)| Rule {
            request,
            times: *times,
            answer: answer.clone(),
        };
        *self.rules.lock().expect("the rules") = rules.iter().map(rule).collect();
    }
}

fn pass(mut client: TcpStream, rules: &Mutex<Vec<Rule>>, behind: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let line = text.lines().next().unwrap_or_default();
    let answer = {
        let mut rules = rules.lock().expect("the rules");
        let rule = rules.iter_mut().find(|rule| rule.times > 0 && line.contains(rule.request));
        rule.map(|rule| {
            rule.times -= 1;
            rule.answer.clone()
        })
    };
    if let Some(answer) = answer {
        client.write_all(answer.as_bytes())?;
        return client.shutdown(Shutdown::Both);
    }
    // One request a connection, so that each is looked at.
    let head = match text.to_lowercase().contains("upgrade:") {
        true => text,
        false => text.replacen("\r\n", "\r\nConnection: close\r\n", 1),
    };
    let mut server = TcpStream::connect(behind)?;
    server.write_all(head.as_bytes())?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        // Either end may hang up.
        let _ = std::io::copy(&mut from_client, &mut to_server);
        to_server.shutdown(Shutdown::Write)
    });
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}

const ALWAYS: usize = usize::MAX;
const PAGE: &str = "<!DOCTYPE html><html><head><title>Log in</title></head><body>geheim-page</body></html>";

#[test]
fn whatever_answers_it_is_said_what_it_is() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    let before = Before::cluster(&terminal, &cluster);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let html = "Content-Type: text/html\r\n";
    let long = "geheim-text ".repeat(10_000);
    for (rule, code, words) in [
        // Busy for a moment.
        (("/api/v1/pods", 2, says(429, "Retry-After: 0\r\n", "too many requests")), 0, ""),
        (("/api/v1/pods", 1, says(503, "Retry-After: 1\r\n", "starting")), 0, ""),
        // Away.
        (
            ("/api/v1/pods", ALWAYS, refuses(503, "etcd is away")),
            3,
            "is not able to list pods: HTTP status 503: etcd is away",
        ),
        (("/api/v1/pods", ALWAYS, says(502, html, PAGE)), 3, "is not able to list pods: HTTP status 502, with a page"),
        (("/api/v1/pods", ALWAYS, says(504, "", "")), 3, "is not able to list pods: HTTP status 504"),
        (("/api/v1/pods", ALWAYS, refuses(500, "internal error")), 2, "refuses to list pods: internal error"),
        (("/api/v1/pods", ALWAYS, says(418, "", &long)), 2, "HTTP status 418: geheim-text"),
        // Somebody else.
        (("/api/v1/pods", ALWAYS, says(200, html, PAGE)), 3, "not a Kubernetes API"),
        (("/api/v1/pods", ALWAYS, says(200, "", "{}")), 3, "not a Kubernetes API"),
        (("GET ", ALWAYS, says(200, html, PAGE)), 3, "not a Kubernetes API"),
        (
            ("GET ", ALWAYS, says(302, "Location: https://login.invalid/?token=geheim\r\n", "")),
            3,
            "not a Kubernetes API",
        ),
        // Half an answer, and none.
        (
            ("/api/v1/pods", ALWAYS, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"items\": [".to_owned()),
            3,
            "cannot reach the cluster to list pods",
        ),
        (("/api/v1/pods", ALWAYS, String::new()), 3, "cannot reach the cluster to list pods"),
        // Rights.
        (("/api/v1/pods", ALWAYS, refuses(401, "Unauthorized")), 2, "does not accept these credentials"),
        (("/api/v1/pods", ALWAYS, refuses(403, "pods is forbidden")), 2, "kind: ClusterRole"),
        // An older server, and one that hides something.
        (("/apis/policy.networking.k8s.io", ALWAYS, refuses(404, "not found")), 0, ""),
        (
            ("/clusternetworkpolicies", ALWAYS, refuses(403, "hidden")),
            0,
            "does not show its ClusterNetworkPolicy objects: hidden",
        ),
        (("/clusternetworkpolicies", ALWAYS, refuses(503, "away")), 3, "is not able to list clusternetworkpolicies"),
        (("/customresourcedefinitions", ALWAYS, refuses(403, "hidden")), 0, ""),
        (("GET /clusters", 0, String::new()), 0, ""),
    ] {
        let (request, _, answer) = &rule;
        let what = format!("{request}: {}", answer.chars().take(60).collect::<String>());
        before.rules(std::slice::from_ref(&rule));
        for line in ["reach", "check default-deny", "explain dev/intruder production/db:5432", "lint", "exposure"] {
            let rule = rule.clone();
            before.rules(&[rule]);
            let ran = terminal.run_in(&[("RUST_LOG", "trace,kube_client=off")], &format!("{line} --kubeconfig real"));
            // Rights in the lab's namespaces are enough for a check.
            let in_namespaces = line.starts_with("check") && words == "kind: ClusterRole";
            let words = if in_namespaces { "" } else { words };
            let expected = if line.starts_with("check") && (code == 0 || in_namespaces) { 1 } else { code };
            // Lint has findings where the policies are gone with the kind, or none are there.
            assert!(ran.code == expected || (line == "lint" && code == 0 && ran.code < 2), "{line}, {what}: {ran:?}");
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains(words), "{line}, {what}: {}", ran.stderr);
            assert!(!said.contains("geheim-page") && !said.contains("geheim-token"), "{line}, {what}: {said}");
            assert!(said.matches("geheim-text").count() < 500 && !said.contains("panicked"), "{line}, {what}");
        }
    }
}

#[test]
fn no_log_tells_what_was_answered_or_shown() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    let before = Before::cluster(&terminal, &cluster);
    let pod = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, annotations: {a: geheim-annotation}}\nspec: {containers: [{name: c, image: nginx, args: [geheim-argument], env: [{name: A, value: geheim-env}], ports: [{containerPort: 80}]}]}\n";
    terminal.file("pod.yaml", pod);
    terminal.kubectl_of(&cluster, "apply -f pod.yaml").exits(0);
    for level in ["debug", "trace"] {
        for answer in [None, Some(says(200, "", PAGE)), Some(says(500, "", PAGE)), Some(refuses(403, "geheim-message"))]
        {
            for line in
                ["reach", "doctor -o json", "check default-deny", "start default-deny", "submit default-deny --dry-run"]
            {
                before.rules(&answer.iter().map(|answer| ("/api/v1/pods", ALWAYS, answer.clone())).collect::<Vec<_>>());
                let ran = terminal.run_in(&[("RUST_LOG", level)], &format!("{line} --kubeconfig real"));
                let said = format!("{}{}", ran.stdout, ran.stderr);
                for secret in ["geheim-token", "geheim-page", "geheim-env", "geheim-argument", "geheim-annotation"] {
                    assert!(!said.contains(secret), "{level}, {line}, {secret}: {said}");
                }
            }
        }
    }
    // An API server's sentence is for whoever asks.
    before.rules(&[("/api/v1/pods", ALWAYS, refuses(403, "geheim-message"))]);
    terminal.run("reach --kubeconfig real").exits(2).warns("geheim-message");
}

#[test]
fn a_watch_without_the_right_to_watch_looks_again_and_says_so_once() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    let before = Before::cluster(&terminal, &cluster);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    before.rules(&[("watch=true", ALWAYS, refuses(403, "cannot watch"))]);
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["check", "default-deny", "--watch", "-o", "json", "--kubeconfig", "real"]);
    let words = std::fs::File::create(terminal.path().join("words")).expect("a file");
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(words).spawn().expect("it starts");
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut reports = serde_json::Deserializer::from_reader(stdout).into_iter::<Value>();
    assert_eq!(reports.next().expect("a report").expect("JSON")["passed"], false);
    let solution = concat!(env!("CARGO_MANIFEST_DIR"), "/../../labs/default-deny/solution");
    terminal.kubectl_of(&cluster, &format!("apply -n production -f {solution}")).exits(0);
    let began = Instant::now();
    assert!(reports.any(|report| report.expect("JSON")["passed"] == true), "it is seen");
    assert!(began.elapsed() < Duration::from_secs(40), "soon enough");
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    let words = std::fs::read_to_string(terminal.path().join("words")).expect("words");
    assert_eq!(words.matches("and not watch: it is looked every 10 seconds").count(), 1, "{words}");
    assert!(!words.contains("lost sight"), "{words}");
}

#[test]
fn a_watch_that_must_look_anew_outlives_a_cluster_that_is_away() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    let before = Before::cluster(&terminal, &cluster);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["check", "default-deny", "--watch", "-o", "json", "--kubeconfig", "real"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut reports = serde_json::Deserializer::from_reader(stdout).into_iter::<Value>();
    assert_eq!(reports.next().expect("a report").expect("JSON")["passed"], false);
    before.rules(&[
        ("/apis HTTP", 1, String::new()),
        ("/apis HTTP", 1, refuses(503, "away")),
        ("/api/v1/namespaces?", 1, says(200, "", PAGE)),
    ]);
    // A kind of policies comes, so that everything is looked at anew.
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ciliumnetworkpolicies.cilium.io}\nspec:\n  group: cilium.io\n  scope: Namespaced\n  names: {plural: ciliumnetworkpolicies, singular: ciliumnetworkpolicy, kind: CiliumNetworkPolicy, listKind: CiliumNetworkPolicyList}\n  versions: [{name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n";
    terminal.file("definition.yaml", definition);
    terminal.kubectl_of(&cluster, "apply -f definition.yaml").exits(0);
    let solution = concat!(env!("CARGO_MANIFEST_DIR"), "/../../labs/default-deny/solution");
    terminal.kubectl_of(&cluster, &format!("apply -n production -f {solution}")).exits(0);
    assert!(reports.any(|report| report.expect("JSON")["passed"] == true), "the watch ended");
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn a_signal_ends_what_runs_after_a_plugin_gave_credentials_and_lets_it_clean_up() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    let path = terminal.path().join("real");
    let mut config: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a kubeconfig")).expect("JSON");
    let given = r#"echo '{"kind":"ExecCredential","status":{"token":"t"}}'"#;
    config["users"][0]["user"] = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", given], "interactiveMode": "Never",
    }});
    terminal.file("real", config.to_string());
    let namespaces = || terminal.kubectl_of(&cluster, "get namespaces -o name").exits(0).stdout;
    let before = namespaces();
    for signal in ["INT", "TERM", "INT"] {
        let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
        command.args(["doctor", "--prove", "--kubeconfig", "real"]);
        let child = command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn();
        let child = child.expect("it starts");
        while namespaces() == before {
            std::thread::yield_now();
        }
        let told = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        let ended = child.wait_with_output().expect("it ends");
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(2) && words.contains("the experiments were interrupted"), "{words}");
        assert_eq!(namespaces(), before, "nothing is left");
    }
    // Whoever does nothing about it ends at once.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    config["clusters"][0]["cluster"]["server"] = format!("http://{}", silent.local_addr().expect("an address")).into();
    terminal.file("silent", config.to_string());
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    let mut child = command
        .args(["reach", "--kubeconfig", "silent"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    // It asks the cluster when the plugin is done.
    let _asked = silent.accept().expect("somebody asks");
    let told = std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(told.expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}
