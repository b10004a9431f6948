//! Pods through real kubectl: what people type in a lesson.

use crate::server::Server;

#[test]
fn run_attach_and_remove() {
    let server = Server::start();
    let said = server.sh(
        "kubectl run once --rm -i --image=busybox --restart=Never -- sh -c 'echo out; exit 3'",
        server.folder(),
        None,
    );
    assert_eq!(said.code, 3, "{}", said.stderr);
    assert!(said.stdout.starts_with("out\n"), "{}", said.stdout);
    assert!(said.stderr.ends_with("pod default/once terminated (Error)\n"), "{}", said.stderr);
    let said = server.sh(
        "kubectl run piped --rm -i --image=busybox --restart=Never -- sh",
        server.folder(),
        Some("hostname; echo $((6*7))\n"),
    );
    assert_eq!(
        (said.code, said.stdout.lines().take(2).collect::<Vec<_>>()),
        (0, vec!["piped", "42"]),
        "{}",
        said.stderr
    );
}

#[test]
fn exec_with_pipes_and_exit_codes() {
    let server = Server::start();
    server.kubectl("run box --image=busybox -- sleep infinity");
    server.kubectl("wait --for=condition=Ready pod/box --timeout=10s");
    let sh = |line: &str, input: Option<&str>| server.sh(line, server.folder(), input);
    assert_eq!(sh("kubectl exec -i box -- cat", Some("one\ntwo\n")).stdout, "one\ntwo\n");
    let said = sh("kubectl exec box -- sh -c 'echo out; echo err >&2; exit 7'", None);
    assert_eq!((said.code, said.stdout.as_str()), (7, "out\n"));
    assert_eq!(said.stderr, "err\ncommand terminated with exit code 7\n");
    let long = sh("kubectl exec box -- seq 20000", None);
    assert_eq!(long.stdout.lines().last(), Some("20000"));
}

#[test]
fn a_debug_container_shares_the_pod_s_network() {
    let server = Server::start();
    server.kubectl("run web --image=nginx");
    server.kubectl("wait --for=condition=Ready pod/web --timeout=10s");
    let line = "kubectl debug web --image=nicolaka/netshoot -i -q -- curl -s http://localhost";
    let said = server.sh(line, server.folder(), None);
    assert!(said.stdout.contains("answered by pod default/web"), "{}{}", said.stdout, said.stderr);
}

#[test]
fn logs_of_a_server_name_its_clients() {
    let server = Server::start();
    server.kubectl("run web --image=nginx --port=80 --expose");
    server.kubectl("run box --image=busybox -- sleep infinity");
    server.kubectl("wait --for=condition=Ready pod/web pod/box --timeout=10s");
    let page = server.kubectl("exec box -- wget -qO- -T 2 http://web");
    assert!(page.contains("answered by pod default/web"), "{page}");
    let address = server.kubectl("get pod box -o jsonpath={.status.podIP}");
    let log = server.kubectl("logs web --tail=1");
    assert!(log.starts_with(&format!("{address} - - [")), "{log}");
}

#[test]
fn a_rollout_to_the_end() {
    let server = Server::start();
    server.kubectl("create deployment web --image=nginx --replicas=2");
    server.kubectl("rollout status deployment/web --timeout=10s");
    server.kubectl("set image deployment/web nginx=nginx:1.29");
    assert!(server.kubectl("rollout status deployment/web --timeout=10s").contains("successfully rolled out"));
    server.kubectl("rollout restart deployment/web");
    server.kubectl("rollout undo deployment/web");
    server.kubectl("rollout status deployment/web --timeout=10s");
    assert_eq!(server.kubectl("get pods -l app=web -o name").lines().count(), 2);
    server.kubectl("delete deployment web");
    server.eventually("get pods -o name", "");
}
