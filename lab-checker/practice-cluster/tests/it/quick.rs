//! Commands that are over at once, one after the other and at the same time: none may lose what it printed, its exit
//! code or its last word to a connection that closes. `benches/quick.sh` types more of them, with more kubectls.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::{Server, kubectl, old_kubectl};

/// A line, what it is given, what it prints, and how it ends.
const QUICK: [(&str, Option<&str>, &str, i32); 12] = [
    ("kubectl exec box -- echo hello", None, "hello\n", 0),
    ("kubectl exec box -- true", None, "", 0),
    ("kubectl exec box -- sh -c 'exit 3'", None, "", 3),
    ("kubectl exec box -- sh -c 'echo out; exit 7'", None, "out\n", 7),
    ("kubectl exec -i box -- cat", Some("one\ntwo\n"), "one\ntwo\n", 0),
    ("kubectl exec -i box -- true", Some("nobody reads this\n"), "", 0),
    ("kubectl cp given.txt box:/tmp/given.txt", None, "", 0),
    ("kubectl cp box:/etc/hostname got-$$.txt && cat got-$$.txt", None, "box\n", 0),
    ("kubectl logs box", None, "", 0),
    ("kubectl run quick-$$ --rm -i -q --image=busybox --restart=Never -- echo hi", None, "hi\n", 0),
    (
        "kubectl run late-$$ --image=busybox --restart=Never -- sh -c 'sleep 2; echo late' >/dev/null && \
         kubectl wait --for=condition=Ready pod/late-$$ --timeout=10s >/dev/null && kubectl attach late-$$",
        None,
        "late\n",
        0,
    ),
    (
        "kubectl run cat-$$ -i --attach=false --image=busybox --restart=Never -- cat >/dev/null </dev/null && \
         kubectl wait --for=condition=Ready pod/cat-$$ --timeout=10s >/dev/null && kubectl attach -i cat-$$",
        Some("one\ntwo\n"),
        "one\ntwo\n",
        0,
    ),
];

/// How many of them each kubectl is to run.
fn wanted() -> usize {
    std::env::var("LAB_CHECKER_QUICK").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

/// The kubectls at hand.
fn kubectls() -> Vec<PathBuf> {
    match std::env::var_os("LAB_CHECKER_KUBECTLS") {
        Some(all) => std::env::split_paths(&all).collect(),
        None => vec![kubectl(), old_kubectl()],
    }
}

/// What was wrong with any of so many commands.
fn run_quickly(kubectl: &Path, count: usize) -> Vec<String> {
    let server = Server::start().using(kubectl);
    std::fs::write(server.folder().join("given.txt"), "given\n").expect("a file");
    server.kubectl("run box --image=busybox -- sleep infinity");
    server.kubectl("wait --for=condition=Ready pod/box --timeout=10s");
    let next = AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return;
                    }
                    let (line, input, stdout, code) = QUICK[at % QUICK.len()];
                    let said = server.sh(line, server.folder(), input);
                    let strange =
                        ["websocket", "close", "EOF", "error stream"].iter().any(|odd| said.stderr.contains(odd));
                    if strange || said.code != code || !said.stdout.ends_with(stdout) {
                        let words = format!("{line}: {} {:?} {:?}", said.code, said.stdout, said.stderr);
                        wrong.lock().expect("nobody panicked").push(words);
                    }
                }
            });
        }
    });
    wrong.into_inner().expect("nobody panicked")
}

#[test]
fn quick_commands_lose_nothing() {
    for kubectl in kubectls() {
        let wrong = run_quickly(&kubectl, wanted());
        assert!(wrong.is_empty(), "{}: {} of {}:\n{}", kubectl.display(), wrong.len(), wanted(), wrong.join("\n"));
    }
}
