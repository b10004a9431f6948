//! Switching worlds under a real kubectl, whose kubeconfig stays as it is.

use std::process::{Child, Command, Stdio};

use practice_cluster::{Enforcement, World};

use crate::server::Server;
use crate::worlds::{lab, world};

impl Server {
    fn start_world(&self, world: &World) {
        let objects = lab("shop");
        let started = self.clusters.start(&self.id, world, Enforcement::Enforcing, &objects);
        self.runtime().block_on(started).expect("starts");
    }

    /// Runs kubectl until it ends by itself; what it prints goes into a file.
    fn background(&self, file: &str, arguments: &str) -> Child {
        let line = format!("exec kubectl {arguments} > {file} 2>&1");
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(self.folder()).env("KUBECONFIG", self.folder().join("config"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.folder().join("bin").display()));
        command.env("HOME", self.folder()).stdin(Stdio::piped()).spawn().expect("kubectl starts")
    }

    /// Waits until a file has a text in it.
    fn wait_for(&self, file: &str, text: &str) {
        let line = format!("for i in $(seq 600); do grep -q '{text}' {file} && exit 0; sleep 0.05; done; exit 1");
        let said = self.sh(&line, self.folder(), None);
        assert_eq!(said.code, 0, "no {text} in {file}: {}", self.text(file));
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder().join(file)).unwrap_or_default()
    }
}

#[test]
fn kubectl_goes_from_one_world_to_the_next_and_back() {
    let server = Server::start();
    let config = server.text("config");
    server.kubectl("create configmap of-the-sandbox");
    server.start_world(&world("one"));
    assert_eq!(server.kubectl("get pods -n shop -o name"), "pod/web\n");
    server.kubectl("label pod web -n shop team=one");
    server.kubectl("delete networkpolicy deny -n shop");
    server.start_world(&world("two"));
    assert_eq!(server.kubectl("get pods -n shop -l team=one -o name"), "");
    assert_eq!(server.kubectl("get networkpolicy -n shop -o name"), "networkpolicy.networking.k8s.io/deny\n");
    server.start_world(&world("one"));
    assert_eq!(server.kubectl("get pods -n shop -l team=one -o name"), "pod/web\n");
    assert_eq!(server.kubectl("get networkpolicy -n shop -o name"), "");
    server.start_world(&World::sandbox());
    assert_eq!(server.kubectl("get configmap of-the-sandbox -o name"), "configmap/of-the-sandbox\n");
    assert_eq!(server.text("config"), config);
}

#[test]
fn what_kubectl_read_in_one_world_is_refused_in_another() {
    let server = Server::start();
    server.start_world(&world("one"));
    for object in ["pod web -n shop", "namespace default", "service kubernetes"] {
        server.start_world(&world("one"));
        server.sh(&format!("kubectl get {object} -o yaml > old.yaml"), server.folder(), None);
        server.start_world(&world("two"));
        let said = server.sh("kubectl replace -f old.yaml", server.folder(), None);
        assert_eq!(said.code, 1, "{object}: {}{}", said.stdout, said.stderr);
        assert!(said.stderr.contains("Conflict") || said.stderr.contains("conflict"), "{object}: {}", said.stderr);
        let said = server.sh(&format!("kubectl get {object} -o yaml | kubectl replace -f -"), server.folder(), None);
        assert_eq!(said.code, 0, "{object}: {}{}", said.stdout, said.stderr);
    }
}

#[test]
fn what_lasts_ends_with_its_world() {
    let server = Server::start();
    server.start_world(&world("one"));
    let talker =
        "run talker -n shop --image=busybox --restart=Never -- sh -c 'while true; do echo words; sleep 1; done'";
    server.kubectl(talker);
    server.kubectl("wait pod/talker -n shop --for=condition=Ready --timeout=20s");
    let mut lasting = [
        ("logs", "logs -f talker -n shop", "words"),
        ("attach", "attach talker -n shop", "words"),
        ("exec", "exec talker -n shop -- sh -c 'echo in; sleep 600'", "in"),
        ("shell", "exec -i talker -n shop -- sh -c 'echo in; cat'", "in"),
    ]
    .map(|(file, arguments, first)| (server.background(file, arguments), file, first));
    let mut watch = server.background("watch", "get pods -n shop -w --output-watch-events");
    for (_, file, first) in &lasting {
        server.wait_for(file, first);
    }
    server.wait_for("watch", "talker");
    server.start_world(&world("two"));
    for (child, file, _) in &mut lasting {
        child.wait().unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    // kubectl ends a watch whose revision has expired.
    watch.wait().expect("it ends");
    assert!(!server.text("watch").contains("DELETED"), "nothing was deleted: {}", server.text("watch"));
    server.start_world(&world("one"));
    assert_eq!(server.kubectl("get pod talker -n shop -o jsonpath={.status.phase}"), "Running", "it went on meanwhile");
}
