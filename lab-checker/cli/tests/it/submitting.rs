//! What leaves the machine when a lab is handed in.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// A word that must not leave the machine.
const SECRET: &str = "s3cret-word";

/// A class server that writes down what it is sent, once.
struct Recorder {
    url: String,
    address: SocketAddr,
    body: JoinHandle<String>,
}

impl Recorder {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let body = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("somebody hands in");
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let report = json!({"lab": "default-deny", "passed": false, "points": 0.0, "max_points": 10.0, "checks": [], "mistake": null}).to_string();
            let head = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
            write!(reader.get_mut(), "{head}: {}\r\n\r\n{report}", report.len()).expect("an answer");
            String::from_utf8(body).expect("text")
        });
        Self { url: format!("http://{address}"), address, body }
    }

    /// What it was sent; nothing when nobody came.
    fn body(self) -> String {
        drop(TcpStream::connect(self.address));
        self.body.join().expect("the recorder ends")
    }
}

/// Hands in, and gives what was sent.
fn sent(terminal: &Terminal, line: &str) -> Value {
    let recorder = Recorder::new();
    terminal.file("data/class.json", json!({"url": recorder.url, "token": "t"}).to_string());
    terminal.run(line).exits(1);
    let body = recorder.body();
    assert!(!body.contains(SECRET), "{body}");
    serde_json::from_str(&body).expect("JSON")
}

fn names(sent: &Value) -> Vec<String> {
    let name = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str().map(|name| format!("{name}/")).unwrap_or_default();
        format!(
            "{} {namespace}{}",
            object["kind"].as_str().unwrap_or_default(),
            object["metadata"]["name"].as_str().unwrap_or_default()
        )
    };
    sent["objects"].as_array().expect("a list").iter().map(name).collect()
}

/// Objects with the word in every place that people keep secrets in.
fn planted() -> String {
    let container = format!(
        "{{name: {SECRET}, image: {SECRET}, args: [{SECRET}], command: [{SECRET}], env: [{{name: KEY, value: {SECRET}}}], ports: [{{containerPort: 80}}], volumeMounts: [{{name: {SECRET}, mountPath: /{SECRET}}}]}}"
    );
    let spec = format!("{{containers: [{container}], volumes: [{{name: {SECRET}, hostPath: {{path: /{SECRET}}}}}]}}");
    let pod = |namespace: &str, name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, annotations: {{note: {SECRET}}}}}\nspec: {spec}\n"
        )
    };
    let namespace =
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: payroll, labels: {{owner: {SECRET}}}}}\n");
    let others = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: production}}\ndata: {{key: {SECRET}}}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: door, namespace: production}}\nstringData: {{key: {SECRET}}}\n\
         ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: extra, namespace: production, annotations: {{note: {SECRET}}}}}\n\
         spec: {{selector: {{matchLabels: {{app: extra}}}}, template: {{metadata: {{labels: {{app: extra}}, annotations: {{note: {SECRET}}}}}, spec: {spec}}}}}\n\
         ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: elsewhere, namespace: payroll}}\nspec: {{podSelector: {{matchLabels: {{app: {SECRET}}}}}}}\n\
         ---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: elsewhere}}\n\
         spec: {{tier: Admin, priority: 1, subject: {{namespaces: {{matchLabels: {{owner: {SECRET}}}}}}}}}\n\
         ---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: everywhere, annotations: {{note: {SECRET}}}}}\n\
         spec: {{tier: Admin, priority: 2, subject: {{namespaces: {{}}}}}}\n"
    );
    namespace + &pod("production", "own") + &pod("payroll", "wages") + &pod("kube-system", "agent") + &others
}

#[test]
fn of_a_cluster_only_what_the_check_reads_is_sent() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    terminal.run("start default-deny").exits(0);
    terminal.file("planted.yaml", planted());
    terminal.kubectl_of(&cluster, "apply -f planted.yaml").exits(0);
    for line in ["submit default-deny", "submit default-deny --context practice --kubeconfig KUBECONFIG"] {
        let sent = sent(&terminal, &line.replace("KUBECONFIG", &cluster.kubeconfig().display().to_string()));
        assert_eq!(sent["source"], "cluster");
        let names = names(&sent);
        for name in [
            "Namespace production",
            "Pod production/web",
            "Pod production/own",
            "Service production/web",
            "ClusterNetworkPolicy everywhere",
        ] {
            assert!(names.iter().any(|sent| sent == name), "no {name} in {names:?}");
        }
        for word in ["payroll", "kube-root-ca.crt", "settings", "Secret", "Node ", "elsewhere", "default/"] {
            assert!(!names.iter().any(|name| name.contains(word)), "{word} in {names:?}");
        }
        let of_system = names.iter().filter(|name| name.contains(" kube-system/"));
        assert!(of_system.clone().all(|name| name.starts_with("Pod kube-system/coredns-")), "{names:?}");
        assert_eq!(of_system.count(), 2, "the lab judges DNS");
    }
}

#[test]
fn of_files_only_what_the_check_reads_is_sent() {
    let terminal = Terminal::new();
    let policy = format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: mine, namespace: production, annotations: {{note: {SECRET}}}}}\nspec: {{podSelector: {{}}}}\n"
    );
    // What a learner's own policies select is what they hand in.
    let elsewhere = format!("podSelector: {{matchLabels: {{app: {SECRET}}}}}");
    terminal.file("planted.yaml", planted().replace(&elsewhere, "podSelector: {}") + &policy);
    let sent = sent(&terminal, "submit default-deny -f planted.yaml");
    let names = names(&sent);
    assert!(names.contains(&"NetworkPolicy production/mine".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("Secret")), "{names:?}");
}

#[test]
fn of_a_cluster_of_ones_own_it_is_listed_and_asked_and_can_be_shown() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    terminal.file("planted.yaml", planted());
    terminal.kubectl_of(&cluster, "apply -f planted.yaml").exits(0);
    // Without a class too: nothing is sent.
    let shown = terminal.run("submit default-deny --kubeconfig real --dry-run").exits(0).warns("nothing was sent");
    assert!(shown.stdout.contains("kind: Pod") && !shown.stdout.contains(SECRET), "{}", shown.stdout);
    let shown = terminal.run("submit default-deny --kubeconfig real --dry-run -o json").exits(0).json();
    // Whoever would send something would find that nobody is there.
    terminal.file("data/class.json", json!({"url": "http://127.0.0.1:1", "token": "t"}).to_string());
    let asked = terminal.run("submit default-deny --kubeconfig real").exits(2).warns("--yes");
    assert!(asked.stderr.contains("NetworkPolic") || asked.stderr.contains("production/web"), "{}", asked.stderr);
    assert!(!asked.stderr.contains(SECRET), "{}", asked.stderr);
    terminal.run("submit default-deny --kubeconfig real --dry-run").exits(0);
    assert_eq!(sent(&terminal, "submit default-deny --kubeconfig real --yes"), shown);
}
