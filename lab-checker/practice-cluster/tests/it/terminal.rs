//! The terminal of a workstation: a shell with a kubectl of its own, as its user sees it on the screen.

use std::time::Duration;

use bytes::Bytes;
use practice_cluster::{ClusterId, Desk, Enforcement, Home, Left, Options, PracticeClusters, World};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

use crate::server::Said;
use crate::worlds::{lab, world};

/// Somebody who types at a workstation.
pub(crate) struct Typist<'r> {
    runtime: &'r Runtime,
    pub(crate) home: Home,
    keys: mpsc::Sender<Bytes>,
    screen: mpsc::Receiver<Bytes>,
    left: oneshot::Receiver<Left>,
}

impl<'r> Typist<'r> {
    /// Sits down beside a world.
    pub(crate) fn at(runtime: &'r Runtime, clusters: &PracticeClusters, id: &ClusterId, world: &World) -> Self {
        let place = runtime.block_on(clusters.workstation(id, world, "default")).expect("a workstation");
        let home = place.home();
        let Desk { keys, screen, session } = place.open();
        let (tell, left) = oneshot::channel();
        runtime.spawn(async move { tell.send(session.await) });
        let mut typist = Self { runtime, home, keys, screen, left };
        typist.until("$ ");
        typist
    }

    /// Types.
    pub(crate) fn keys(&self, text: &str) {
        self.runtime.block_on(self.keys.send(Bytes::copy_from_slice(text.as_bytes()))).expect("somebody listens");
    }

    /// What the screen shows until a text stands at its end.
    pub(crate) fn until(&mut self, text: &str) -> String {
        let mut shown = String::new();
        while !shown.ends_with(text) {
            let next = async { tokio::time::timeout(Duration::from_secs(30), self.screen.recv()).await };
            let chunk = self.runtime.block_on(next).unwrap_or_else(|_| panic!("no {text:?} in {shown:?}"));
            let chunk = chunk.unwrap_or_else(|| panic!("the screen went dark: {shown:?}"));
            shown.push_str(&String::from_utf8_lossy(&chunk));
        }
        shown
    }

    /// Runs a line of shell.
    pub(crate) fn run(&mut self, line: &str) -> Said {
        self.keys(&format!("{line} >/tmp/o 2>/tmp/e; echo \"@@$?\"; cat /tmp/o; echo @@; cat /tmp/e; echo '@@'end\r"));
        let shown = self.until("@@end\r\n~ $ ").replace("\r\n", "\n");
        let (_, shown) = shown.split_once('\n').expect("the echo of what was typed");
        let rest = shown.strip_prefix("@@").and_then(|rest| rest.split_once('\n'));
        let (code, rest) = rest.unwrap_or_else(|| panic!("{line}: {shown}"));
        let (stdout, rest) = rest.split_once("@@\n").unwrap_or_else(|| panic!("{line}: {shown}"));
        let stderr = rest.strip_suffix("@@end\n~ $ ").expect("the end");
        Said { code: code.parse().expect("a code"), stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    /// How the session ended.
    pub(crate) fn left(self) -> Left {
        let Self { runtime, left, screen, .. } = self;
        let end = async { tokio::time::timeout(Duration::from_secs(30), left).await };
        let left = runtime.block_on(end).expect("it ends").expect("and says how");
        drop(screen);
        left
    }
}

/// A runtime, and a cluster in it with a world.
pub(crate) fn begun() -> (Runtime, PracticeClusters, ClusterId) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let id = ClusterId::random();
    let clusters = runtime.block_on(async {
        let clusters = PracticeClusters::open(Options::default()).await.expect("opens");
        clusters.create(&id).await.expect("creates");
        clusters.start(&id, &world("one"), Enforcement::Enforcing, &lab("shop")).await.expect("starts");
        clusters
    });
    (runtime, clusters, id)
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-the-editor, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

#[test]
fn the_editors_file_is_applied_looked_at_and_gone_into() {
    let (runtime, clusters, id) = begun();
    let mut typist = Typist::at(&runtime, &clusters, &id, &world("one"));
    typist.home.put("policy.yaml", POLICY);
    assert_eq!(typist.run("ls").stdout, "policy.yaml\n");
    let applied = typist.run("kubectl apply -f policy.yaml");
    assert_eq!(applied.stdout, "networkpolicy.networking.k8s.io/from-the-editor created\n", "{applied:?}");
    typist.home.put("policy.yaml", &POLICY.replace("Ingress", "Egress"));
    assert_eq!(typist.run("cat policy.yaml | kubectl apply -f -").code, 0);
    let types = typist.run("kubectl get netpol -n shop from-the-editor -o jsonpath='{.spec.policyTypes}'");
    assert_eq!(types.stdout, "[\"Egress\"]");
    assert_eq!(typist.run("kubectl exec -n shop web -- hostname").stdout, "web\n");
    // A shell inside: its keys go to it, `^C` too, and `exit` comes back.
    typist.keys("kubectl exec -it -n shop web -- sh\r");
    typist.until("# ");
    typist.keys("hostname; sleep 100\r");
    typist.until("web\r\r\n");
    typist.keys("\x03");
    typist.until("# ");
    typist.keys("exit 3\r");
    assert!(typist.until("~ $ ").contains("command terminated with exit code 3"));
    typist.keys("kubectl get po\t");
    typist.until("kubectl get pod");
    typist.keys("\x03");
    typist.until("~ $ ");
    typist.keys("kubectl describe pod -n shop w\t");
    typist.until("kubectl describe pod -n shop web ");
    typist.keys("\x03cat pol\t");
    typist.until("cat policy.yaml ");
    typist.keys("\x03");
    typist.until("~ $ ");
    typist.keys("exit\r");
    assert_eq!(typist.left(), Left::Exit);
}

#[test]
fn a_workstation_is_no_pod_and_its_network_no_pods_network() {
    let (runtime, clusters, id) = begun();
    let mut typist = Typist::at(&runtime, &clusters, &id, &world("one"));
    let pods = typist.run("kubectl get pods -A -o name").stdout;
    assert!(pods.contains("pod/web") && !pods.contains("workstation"), "{pods}");
    let web = typist.run("kubectl get pod -n shop web -o jsonpath='{.status.podIP}'").stdout;
    assert_ne!(typist.run(&format!("curl -sS -m 1 http://{web}")).code, 0);
    assert_ne!(typist.run("curl -sS -m 1 http://web.shop").code, 0);
    // And no pod has the workstation's kubectl.
    let inside = typist.run("kubectl exec -n shop web -- kubectl get pods");
    assert!(inside.stderr.contains("executable file not found"), "{inside:?}");
}

#[test]
fn it_ends_when_its_world_begins_anew_or_another_becomes_current() {
    let (runtime, clusters, id) = begun();
    let (one, two) = (world("one"), world("two"));
    let typist = Typist::at(&runtime, &clusters, &id, &one);
    runtime.block_on(clusters.reset(&id, &one, Enforcement::Enforcing, &[])).expect("resets");
    assert_eq!(typist.left(), Left::Moved);
    let typist = Typist::at(&runtime, &clusters, &id, &one);
    runtime.block_on(clusters.start(&id, &two, Enforcement::None, &[])).expect("starts");
    assert_eq!(typist.left(), Left::Moved);
}

#[test]
fn nothing_typed_brings_it_down() {
    let (runtime, clusters, id) = begun();
    let mut typist = Typist::at(&runtime, &clusters, &id, &world("one"));
    // Endless output that somebody reads, and stops.
    typist.keys("yes | cat\r");
    typist.until("y\r\n");
    typist.keys("\x03");
    let mut after = typist.until("~ $ ");
    after.truncate(100);
    // A pipe without end into kubectl, a huge paste, a template that multiplies, a fork bomb.
    let few = typist.run("printf 'y\\ny\\n' | kubectl apply -f -");
    assert_eq!(few.code, 1, "{few:?}");
    let many = typist.run("yes | head -c 300000 | kubectl apply -f -");
    assert_eq!(many.code, 1, "{many:?}");
    let bomb = typist.run("yes | kubectl apply -f -");
    assert_eq!(bomb.code, 1, "{bomb:?}");
    let paste = "a".repeat(100_000);
    typist.keys(&paste);
    typist.keys("\x03");
    typist.until("^C\r\n~ $ ");
    let ranges = format!("{}x{}", "{range $.items[*]}".repeat(15), "{end}".repeat(15));
    let template = typist.run(&format!("kubectl get pods -A -o jsonpath='{ranges}'"));
    assert_eq!(template.code, 1, "{template:?}");
    for line in ["f() { f | f & }; f 2>/dev/null\r", "wait\r"] {
        typist.keys(line);
        typist.until("~ $ ");
    }
    // What was killed takes a moment to go, and begins nothing meanwhile.
    let again = typist.run("until { kubectl get ns -o name | wc -l; } 2>/dev/null; do :; done");
    assert_ne!(again.stdout, "", "{again:?}");
    let endless = typist.run("while true; do kubectl get ns; done | head -1");
    assert!(endless.stdout.starts_with("NAME"), "{endless:?}");
    assert_eq!(typist.run("echo still here").stdout, "still here\n");
}
