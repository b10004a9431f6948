//! What people do with kubectl, beyond the recordings.

use crate::server::Server;

#[test]
fn a_first_look() {
    let server = Server::start();
    assert_eq!(
        server.kubectl("get ns -o name"),
        "namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n"
    );
}

#[test]
fn workloads_from_start_to_end() {
    let server = Server::start();
    server.kubectl("create ns shop");
    server.kubectl("create deployment web -n shop --image=nginx --replicas=2");
    server.kubectl("rollout status deploy/web -n shop --timeout=30s");
    server.kubectl("expose deploy web -n shop --port 80");
    server.kubectl("set image deploy/web -n shop nginx=nginx:1.27");
    server.kubectl("scale deploy web -n shop --replicas=3");
    server.kubectl("rollout status deploy/web -n shop --timeout=30s");
    let ready = server.kubectl("get deploy web -n shop -o jsonpath='{.status.readyReplicas}'");
    assert_eq!(ready, "3");
    server.kubectl("label deploy web -n shop tier=front");
    server.kubectl("annotate deploy web -n shop note=hello");
    assert_eq!(server.kubectl("get deploy -n shop -l tier=front -o name"), "deployment.apps/web\n");
    server.kubectl("delete deploy web -n shop --cascade=foreground --timeout=30s");
    server.kubectl("delete ns shop --timeout=30s");
    server.eventually("get ns shop --ignore-not-found", "");
}

#[test]
fn three_way_apply_keeps_what_others_set() {
    let server = Server::start();
    let service = |extra: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, labels: {{a: '1'{extra}}}}}\nspec: {{ports: [{{port: 80}}], selector: {{app: web}}}}\n"
        )
    };
    assert_eq!(server.apply(&service(", b: '2'")).stdout, "service/web created\n");
    server.kubectl("label svc web other=kept");
    assert_eq!(server.apply(&service("")).stdout, "service/web configured\n");
    let labels = server.kubectl("get svc web -o jsonpath='{.metadata.labels}'");
    assert_eq!(labels, r#"{"a":"1","other":"kept"}"#);
    assert_eq!(server.apply(&service("")).stdout, "service/web unchanged\n");
}

#[test]
fn a_watch_sees_what_happens() {
    let server = Server::start();
    server.kubectl("create cm one --from-literal=a=b");
    let line = "kubectl get cm -w --output-watch-events --request-timeout=4s > seen & \
                while ! grep -q ' one ' seen 2>/dev/null; do :; done; \
                kubectl create cm two --from-literal=a=b; kubectl delete cm two; wait";
    server.sh(line, server.folder(), None);
    let seen = std::fs::read_to_string(server.folder().join("seen")).expect("the watch wrote");
    let events: Vec<Vec<&str>> = seen
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().take(2).collect())
        .filter(|e: &Vec<&str>| e[1] != "kube-root-ca.crt")
        .collect();
    assert_eq!(events, [["ADDED", "one"], ["ADDED", "two"], ["DELETED", "two"]], "{seen}");
}
