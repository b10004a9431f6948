//! The files for operators do what they say: the policies of the servers' pods let through what the servers need and
//! nothing else, by our own engine; every flag they use exists; and nothing in them is looser than it must be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::serving::Serving;
use crate::terminal::Terminal;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").canonicalize().expect("lab-checker/deploy is there")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The objects of the kustomization, in a folder of a terminal, without the kustomization itself.
fn manifests(terminal: &Terminal) -> String {
    for entry in std::fs::read_dir(folder().join("kubernetes")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name != "kustomization.yaml" {
            terminal.file(&format!("k/{name}"), std::fs::read(&path).expect("a file"));
        }
    }
    "-f k".to_owned()
}

/// Everybody who may be around: a server, its database, the ingress, Prometheus, DNS, and others in each namespace.
const AROUND: &str = r#"
{"apiVersion":"v1","kind":"List","items":[
 {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"ingress-nginx"}},
 {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"monitoring"}},
 {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"other"}},
 POD(default-deny/server|app.kubernetes.io/name:lab-checker|http:8080),
 POD(default-deny/server-2|app.kubernetes.io/name:lab-checker|http:8080),
 POD(default-deny/database|app.kubernetes.io/name:postgresql|postgres:5432),
 POD(default-deny/stray|app:stray|http:8080),
 POD(ingress-nginx/ingress|app.kubernetes.io/name:ingress-nginx|http:8080),
 POD(ingress-nginx/stray|app:stray|http:8080),
 POD(monitoring/prometheus|app.kubernetes.io/name:prometheus|http:8080),
 POD(monitoring/stray|app:stray|http:8080),
 POD(other/ingress|app.kubernetes.io/name:ingress-nginx|http:8080),
 POD(other/database|app.kubernetes.io/name:postgresql|postgres:5432),
 POD(kube-system/dns|k8s-app:kube-dns|dns:53)
]}"#;

fn around() -> String {
    let mut text = String::new();
    for (at, part) in AROUND.split("POD(").enumerate() {
        if at == 0 {
            text.push_str(part);
            continue;
        }
        let (inside, rest) = part.split_once(')').expect("a closing bracket");
        let fields: Vec<&str> = inside.split('|').collect();
        let (namespace, name) = fields[0].split_once('/').expect("a namespace");
        let (label, value) = fields[1].split_once(':').expect("a label");
        let (port, number) = fields[2].split_once(':').expect("a port");
        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": {label: value}},
            "spec": {"containers": [{"name": "c", "image": "x", "ports": declared(port, number)}]},
            "status": {"phase": "Running", "podIP": format!("10.0.0.{at}"), "podIPs": [{"ip": format!("10.0.0.{at}")}]}
        });
        text.push_str(&pod.to_string());
        text.push_str(rest);
    }
    text
}

/// DNS is asked by both protocols.
fn declared(name: &str, number: &str) -> Value {
    let number: u16 = number.parse().expect("a number");
    let port =
        |name: &str, protocol: &str| serde_json::json!({"name": name, "containerPort": number, "protocol": protocol});
    if name == "dns" {
        Value::from(vec![port("dns", "UDP"), port("dns-tcp", "TCP")])
    } else {
        Value::from(vec![port(name, "TCP")])
    }
}

fn reach(terminal: &Terminal, port: &str) -> BTreeSet<String> {
    let flows = terminal.run(&format!("reach -f k -f around.json --port {port} -o json")).exits(0).json();
    let flows = flows["flows"].as_array().expect("flows").iter().filter(|flow| flow["verdict"] == "allowed");
    let ours = |name: &str| name.starts_with("default-deny/");
    let text = |flow: &Value, key: &str| flow[key].as_str().expect("a name").to_owned();
    let named = flows.map(|flow| (text(flow, "from"), text(flow, "to")));
    // Workloads stand for their pods: `default-deny/lab-checker` is a server as well.
    let short = |name: String| {
        name.split("/lab-checker")
            .next()
            .map(|it| if it == "default-deny" { "default-deny/server".to_owned() } else { name.clone() })
    };
    named
        .filter(|(from, to)| ours(from) || ours(to))
        .filter_map(|(from, to)| Some(format!("{} → {}", short(from)?, short(to)?)))
        .collect()
}

fn set(flows: &[&str]) -> BTreeSet<String> {
    flows.iter().map(|flow| (*flow).to_owned()).collect()
}

#[test]
fn the_policies_let_through_what_the_servers_need_and_nothing_else() {
    let terminal = Terminal::new();
    manifests(&terminal);
    terminal.file("around.json", around());
    let servers = ["default-deny/server", "default-deny/server-2"];
    let learners: Vec<String> = ["ingress-nginx/ingress", "monitoring/prometheus"]
        .iter()
        .flat_map(|from| servers.iter().map(move |to| format!("{from} → {to}")))
        .collect();
    assert_eq!(reach(&terminal, "8080/TCP"), learners.into_iter().collect(), "to the servers");
    let database =
        set(&["default-deny/server → default-deny/database", "default-deny/server-2 → default-deny/database"]);
    assert_eq!(reach(&terminal, "5432/TCP"), database);
    let dns = set(&["default-deny/server → kube-system/dns", "default-deny/server-2 → kube-system/dns"]);
    for port in ["53/UDP", "53/TCP"] {
        assert_eq!(reach(&terminal, port), dns, "{port}");
    }
    for port in ["80/TCP", "443/TCP", "8080/UDP"] {
        assert_eq!(reach(&terminal, port), BTreeSet::new(), "{port}");
    }
    let why = terminal.run("explain default-deny/server 203.0.113.7:443 -f k -f around.json -o json").json();
    assert_eq!(why["verdict"], "blocked", "no server calls the internet: {why}");
    terminal.run("lint -f k -f around.json").exits(0).says("nothing suspicious");
}

#[test]
fn the_objects_are_as_kubernetes_wants_them_and_as_restricted_as_they_can_be() {
    let terminal = Terminal::new();
    manifests(&terminal);
    // A field that Kubernetes does not know, or a value that it refuses, is said on stderr by whatever reads it.
    let ran = terminal.run("reach -f k --count -o json").exits(0);
    assert_eq!(ran.stderr.lines().filter(|line| line.contains("error")).count(), 0, "{}", ran.stderr);
    let deployment = read("kubernetes/deployment.yaml");
    for needed in [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [ALL]",
        "type: RuntimeDefault",
        "automountServiceAccountToken: false",
        "path: /readyz",
        "path: /healthz",
        "startupProbe:",
        "requests:",
        "limits:",
    ] {
        assert!(deployment.contains(needed), "{needed}");
    }
    let kustomization = read("kubernetes/kustomization.yaml");
    for entry in std::fs::read_dir(folder().join("kubernetes")).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        assert!(name == "kustomization.yaml" || kustomization.contains(&format!("- {name}")), "{name} is left out");
    }
    let services = read("kubernetes/service.yaml");
    assert!(services.contains("targetPort: http") && read("kubernetes/disruption.yaml").contains("maxUnavailable: 1"));
}

#[test]
fn every_flag_in_the_files_exists() {
    let terminal = Terminal::new();
    let help = terminal.run("serve --help").exits(0).stdout;
    let files = ["Containerfile", "lab-checker.service", "kubernetes/deployment.yaml", "OPERATING.md", "Caddyfile"];
    let mut found = 0;
    for file in files {
        // The list of all commands' flags has a test of its own.
        let text = read(file).split("<!-- flags").next().expect("a beginning").to_owned();
        let served = text.split("serve").skip(1).flat_map(|rest| rest.lines().take(6));
        for word in served.flat_map(|line| line.split([' ', '"', '`', ',', '=', '[', ']'])) {
            let is_flag = word.starts_with("--")
                && word.len() > 4
                && word[2..].chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let others = ["--replace", "--database", "--read-only", "--cap-drop", "--now", "--help"];
            if is_flag && !others.contains(&word) {
                found += 1;
                assert!(help.contains(word), "{file}: serve has no {word}");
            }
        }
    }
    assert!(found >= 8, "{found}");
}

/// As in a container whose root is read-only: there is no other place than the data folder.
#[test]
fn the_server_needs_no_place_but_its_data_folder() {
    let terminal = Terminal::new();
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["serve", "--listen", "127.0.0.1:0"]).env("TMPDIR", "/proc/there-is-no-such-folder");
    let server = Serving::from(command, "Ctrl-C");
    let address = server.url.strip_prefix("http://").expect("an address");
    let began = Instant::now();
    while crate::crowd::status(address, "/readyz") != 200 {
        assert!(began.elapsed() < Duration::from_secs(60), "it is never ready");
    }
    assert_eq!(crate::crowd::status(address, "/book/"), 200);
}

#[test]
fn the_image_and_the_unit_run_as_nobody_in_particular() {
    let image = read("Containerfile");
    let last = image.rsplit("\nFROM ").next().expect("a stage");
    assert!(last.contains("\nUSER 65532:65532\n") && !last.contains("\nRUN "), "{last}");
    assert!(last.contains("ENTRYPOINT [\"/usr/local/bin/lab-checker\"]"), "{last}");
    assert!(image.contains("--locked"), "the image is built from what was tested");
    let unit = read("lab-checker.service");
    for line in
        ["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "UMask=0077"]
    {
        assert!(unit.lines().any(|there| there == line), "{line}");
    }
}

#[test]
fn the_proxies_pass_on_what_the_server_needs() {
    let nginx = read("nginx.conf");
    for line in [
        "proxy_buffering off;",
        "proxy_set_header Host $host;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header X-Request-Id $request_id;",
        "client_max_body_size 8m;",
    ] {
        assert!(nginx.contains(line), "{line}");
    }
    let caddy = read("Caddyfile");
    for words in ["flush_interval -1", "header_up X-Request-Id", "max_size 8MiB"] {
        assert!(caddy.contains(words), "{words}");
    }
    for proxy in [nginx, caddy] {
        assert!(proxy.contains("metrics"), "what is for operators stays with them");
    }
}
