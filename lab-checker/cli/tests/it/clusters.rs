//! Practice clusters side by side: each has a kubeconfig of its own, and a command says which one it is about. And
//! how one ends that has much to do.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::Value;

use crate::serving::Serving;
use crate::terminal::Terminal;

/// Makes a ConfigMap that tells clusters apart.
fn mark(terminal: &Terminal, kubeconfig: &Path, name: &str) {
    terminal.kubectl_with(kubeconfig, &format!("create namespace {name}")).exits(0);
}

/// The namespaces that a kubeconfig leads to.
fn marks(terminal: &Terminal, kubeconfig: &Path) -> String {
    terminal.kubectl_with(kubeconfig, "get namespaces -o name").exits(0).stdout
}

#[test]
fn every_practice_cluster_has_a_kubeconfig_of_its_own() {
    let terminal = Terminal::new();
    let mut serve = Serving::serve(&terminal);
    let before = std::fs::read(serve.kubeconfig()).expect("a kubeconfig");
    let mut first = Serving::cluster(&terminal);
    let second = Serving::cluster(&terminal);
    let all = [serve.kubeconfig(), first.kubeconfig(), second.kubeconfig()];
    assert_eq!(all[0], terminal.data().join("kubeconfig"));
    for (kubeconfig, name) in all.iter().zip(["of-serve", "of-first", "of-second"]) {
        mark(&terminal, kubeconfig, name);
    }
    for (kubeconfig, name) in all.iter().zip(["of-serve", "of-first", "of-second"]) {
        let found = marks(&terminal, kubeconfig);
        assert!(found.contains(name) && found.matches("of-").count() == 1, "{}: {found}", kubeconfig.display());
    }
    assert_eq!(std::fs::read(serve.kubeconfig()).expect("a kubeconfig"), before);

    // A command that names none takes that of `serve`, and says so.
    terminal.run("start default-deny").exits(0).warns("3 practice clusters are running").warns("that of serve at ");
    assert!(marks(&terminal, &all[0]).contains("production"));
    // What the shell has been told counts, and needs no word.
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.env("KUBECONFIG", &all[1]).args(["check", "default-deny"]);
    let told = crate::terminal::Ran::of(command, b"").exits(1);
    assert!(!told.stderr.contains("practice clusters"), "{}", told.stderr);
    assert!(!marks(&terminal, &all[1]).contains("production"));

    // A cluster takes its kubeconfig with it, and leaves those of the others.
    assert!(first.terminate());
    assert!(!all[1].exists() && all[2].exists() && all[0].exists());
    terminal.run("reach").exits(0).warns("2 practice clusters are running").warns(&all[2].display().to_string());
    // Of those that do not run any more nobody speaks.
    serve.kill();
    let reach = terminal.run("reach -o json").exits(0);
    assert!(reach.stderr.is_empty() && !reach.stdout.contains("production"), "{}{}", reach.stderr, reach.stdout);
    drop(second);
    terminal.run("reach").exits(3).warns("does not answer");
    // The next one clears away what was left behind.
    assert!(all[2].exists());
    let _third = Serving::cluster(&terminal);
    assert!(!all[2].exists());
    terminal.run("reach").exits(0);
}

/// Sends one request to a practice cluster, and reads the answer when it is called.
fn request(server: &str, head: &str, body: &str) -> impl FnOnce() -> String + use<> {
    let (address, root) = server.trim_start_matches("http://").split_once('/').expect("a path");
    let (method, path) = head.split_once(' ').expect("a method and a path");
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = format!(
        "{method} /{root}{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("it is sent");
    move || {
        let mut answer = String::new();
        // The server may end in the middle of it.
        let _ = stream.read_to_string(&mut answer);
        answer
    }
}

/// A StatefulSet that fills the cluster with pods.
fn storm(name: &str) -> String {
    let labels = serde_json::json!({"app": name});
    serde_json::json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {
            "replicas": 3_000_000, "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "c", "image": "nginx"}]},
            },
        },
    })
    .to_string()
}

#[cfg(unix)]
#[test]
fn a_busy_cluster_ends_when_it_is_told_to() {
    let terminal = Terminal::new();
    let mut cluster = Serving::cluster(&terminal);
    let kubeconfig = std::fs::read_to_string(cluster.kubeconfig()).expect("a kubeconfig");
    let kubeconfig: Value = serde_json::from_str(&kubeconfig).expect("JSON");
    let server = kubeconfig["clusters"][0]["cluster"]["server"].as_str().expect("an address").to_owned();
    let sets = "POST /apis/apps/v1/namespaces/default/statefulsets";
    let storms: Vec<_> = (0..8).map(|number| request(&server, sets, &storm(&format!("storm-{number}")))).collect();
    // Reading goes on while the first of them is written.
    assert!(request(&server, "GET /version", "")().starts_with("HTTP/1.1 200"));
    assert!(cluster.terminate());
    for answer in storms {
        let answer = answer();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
}
