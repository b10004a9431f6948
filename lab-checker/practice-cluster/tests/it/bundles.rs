//! Whole products as people install them: manifests of the shape and size of Argo CD's and of kube-prometheus, made here,
//! applied with a real kubectl, and every pod Running.

use serde_json::{Value, json};

use crate::server::Server;

fn object(api: &str, kind: &str, name: &str, namespace: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": api, "kind": kind, "metadata": {
        "name": name, "labels": {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "bundle"},
    }});
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    for (field, value) in rest.as_object().expect("fields") {
        object[field] = value.clone();
    }
    object
}

/// A definition with a schema as long as those of real ones: hundreds of lines of descriptions.
fn definition(group: &str, plural: &str, kind: &str) -> Value {
    let field = |number: usize| {
        let text = "A field that says what the controller should do with it, in a sentence of usual length. ".repeat(3);
        (
            format!("field{number}"),
            json!({"type": "object", "description": text, "x-kubernetes-preserve-unknown-fields": true}),
        )
    };
    let fields: serde_json::Map<String, Value> = (0..200).map(field).collect();
    let schema = json!({"type": "object", "properties": {"spec": {
        "type": "object", "properties": fields, "x-kubernetes-preserve-unknown-fields": true,
    }}});
    let version = json!({
        "name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}},
    });
    let names = json!({"kind": kind, "plural": plural, "singular": kind.to_lowercase()});
    object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &format!("{plural}.{group}"),
        "",
        json!({
            "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
        }),
    )
}

/// The roles of a component, and who has them.
fn rights(name: &str, namespace: &str) -> Vec<Value> {
    let rules = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]);
    let subjects = json!([{"kind": "ServiceAccount", "name": name, "namespace": namespace}]);
    let rbac = "rbac.authorization.k8s.io/v1";
    let role = |kind: &str| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name});
    vec![
        object("v1", "ServiceAccount", name, namespace, json!({})),
        object(rbac, "Role", name, namespace, json!({"rules": rules})),
        object(rbac, "RoleBinding", name, namespace, json!({"roleRef": role("Role"), "subjects": subjects})),
        object(rbac, "ClusterRole", name, "", json!({"rules": rules})),
        object(rbac, "ClusterRoleBinding", name, "", json!({"roleRef": role("ClusterRole"), "subjects": subjects})),
    ]
}

/// A component: its pods, its Service, its policy and its rights.
fn component(kind: &str, name: &str, namespace: &str, spec: Value) -> Vec<Value> {
    let labels = json!({"app.kubernetes.io/name": name});
    let mut spec = spec;
    spec["serviceAccountName"] = name.into();
    let mut workload = json!({
        "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec},
    });
    if kind == "StatefulSet" {
        workload["serviceName"] = name.into();
    }
    let policy = json!({
        "podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"namespaceSelector": {}}], "ports": [{"port": 8080}]}],
    });
    let mut all = rights(name, namespace);
    all.push(object("apps/v1", kind, name, namespace, json!({"spec": workload})));
    let ports = json!([{"name": "http", "port": 8080, "targetPort": 8080}]);
    all.push(object("v1", "Service", name, namespace, json!({"spec": {"selector": labels, "ports": ports}})));
    all.push(object("networking.k8s.io/v1", "NetworkPolicy", name, namespace, json!({"spec": policy})));
    all
}

fn container(name: &str, image: &str, args: &[&str], port: u16) -> Value {
    json!({
        "name": name, "image": image, "args": args, "ports": [{"containerPort": port}],
        "securityContext": {"runAsNonRoot": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": port}, "initialDelaySeconds": 30},
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": port}},
        "env": [{"name": "REDIS_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "auth", "optional": true}}}],
    })
}

fn argo() -> Vec<Value> {
    let namespace = "argocd";
    let image = "quay.io/argoproj/argocd:v3.2.1";
    let plain = |name: &str, words: &[&str]| {
        json!({
            "containers": [container(name, image, words, 8080)],
            "volumes": [
                {"name": "tls", "configMap": {"name": "argocd-tls-certs-cm", "optional": true}}, {"name": "tmp", "emptyDir": {}},
            ],
        })
    };
    let copy = json!({
        "name": "copyutil", "image": image, "command": ["/bin/cp", "-n", "/usr/local/bin/argocd", "/var/run/argocd/argocd"],
        "volumeMounts": [{"name": "tmp", "mountPath": "/var/run/argocd"}],
    });
    let mut repo = plain("repo-server", &["/usr/local/bin/argocd-repo-server"]);
    repo["initContainers"] = json!([copy]);
    let mut dex = plain("dex", &[]);
    dex["containers"][0]["image"] = "ghcr.io/dexidp/dex:v2.44.0".into();
    dex["containers"][0]["command"] = json!(["/shared/argocd-dex", "rundex"]);
    dex["initContainers"] = json!([copy]);
    let redis = json!({
        "containers": [container("redis", "public.ecr.aws/docker/library/redis:8.2-alpine", &["--save", "", "--appendonly", "no"], 6379)],
        "initContainers": [{"name": "secret-init", "image": image, "command": ["argocd", "admin", "redis-initial-password"]}],
    });
    let mut all = vec![object("v1", "Namespace", namespace, "", json!({}))];
    for (plural, kind) in
        [("applications", "Application"), ("applicationsets", "ApplicationSet"), ("appprojects", "AppProject")]
    {
        all.push(definition("argoproj.io", plural, kind));
    }
    for name in
        ["argocd-cm", "argocd-cmd-params-cm", "argocd-gpg-keys-cm", "argocd-rbac-cm", "argocd-ssh-known-hosts-cm"]
    {
        all.push(object("v1", "ConfigMap", name, namespace, json!({"data": {"key": "value"}})));
    }
    all.push(object("v1", "Secret", "argocd-secret", namespace, json!({"type": "Opaque"})));
    let mut controller = plain("controller", &["/usr/local/bin/argocd-application-controller"]);
    controller["containers"][0]["volumeMounts"] = json!([{"name": "tmp", "mountPath": "/home/argocd"}]);
    all.extend(component("StatefulSet", "argocd-application-controller", namespace, controller));
    for (name, spec) in [
        ("argocd-applicationset-controller", plain("sets", &["/usr/local/bin/argocd-applicationset-controller"])),
        ("argocd-dex-server", dex),
        ("argocd-notifications-controller", plain("notes", &["/usr/local/bin/argocd-notifications"])),
        ("argocd-redis", redis),
        ("argocd-repo-server", repo),
        ("argocd-server", plain("server", &["/usr/local/bin/argocd-server"])),
    ] {
        all.extend(component("Deployment", name, namespace, spec));
    }
    all
}

/// What the walk-through has applied first, and then.
fn prometheus() -> (Vec<Value>, Vec<Value>) {
    let (namespace, group) = ("monitoring", "monitoring.coreos.com");
    let kinds = [
        ("alertmanagers", "Alertmanager"),
        ("alertmanagerconfigs", "AlertmanagerConfig"),
        ("podmonitors", "PodMonitor"),
        ("probes", "Probe"),
        ("prometheuses", "Prometheus"),
        ("prometheusagents", "PrometheusAgent"),
        ("prometheusrules", "PrometheusRule"),
        ("scrapeconfigs", "ScrapeConfig"),
        ("servicemonitors", "ServiceMonitor"),
        ("thanosrulers", "ThanosRuler"),
    ];
    let mut setup = vec![object("v1", "Namespace", namespace, "", json!({}))];
    setup.extend(kinds.map(|(plural, kind)| definition(group, plural, kind)));
    let proxy = |port| {
        container("kube-rbac-proxy", "quay.io/brancz/kube-rbac-proxy:v0.20.0", &["--secure-listen-address=:8443"], port)
    };
    let beside = |name: &str, image: &str, args: &[&str]| json!({"containers": [container(name, image, args, 8080), proxy(8443)]});
    let mut exporter = beside("node-exporter", "quay.io/prometheus/node-exporter:v1.10.2", &["--path.sysfs=/host/sys"]);
    exporter["hostNetwork"] = true.into();
    exporter["hostPID"] = true.into();
    exporter["tolerations"] = json!([{"operator": "Exists"}]);
    exporter["volumes"] = json!([{"name": "root", "hostPath": {"path": "/"}}]);
    exporter["containers"][0]["volumeMounts"] = json!([{"name": "root", "mountPath": "/host/root", "readOnly": true}]);
    let mut all = component("DaemonSet", "node-exporter", namespace, exporter);
    for (name, image, args) in [
        (
            "prometheus-operator",
            "quay.io/prometheus-operator/prometheus-operator:v0.87.0",
            &["--kubelet-service=kube-system/kubelet"][..],
        ),
        ("grafana", "grafana/grafana:12.3.0", &[]),
        ("kube-state-metrics", "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0", &["--host=127.0.0.1"]),
        ("blackbox-exporter", "quay.io/prometheus/blackbox-exporter:v0.28.0", &["--config.file=/etc/config.yml"]),
        (
            "prometheus-adapter",
            "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0",
            &["--secure-port=6443"],
        ),
    ] {
        all.extend(component("Deployment", name, namespace, beside(name, image, args)));
    }
    let api = format!("{group}/v1");
    all.push(object(&api, "Prometheus", "k8s", namespace, json!({"spec": {"replicas": 2}})));
    all.push(object(&api, "Alertmanager", "main", namespace, json!({"spec": {"replicas": 3}})));
    let monitor =
        json!({"spec": {"endpoints": [{"interval": "30s", "port": "http"}], "selector": {"matchLabels": {"a": "b"}}}});
    all.extend(
        (0..15).map(|number| object(&api, "ServiceMonitor", &format!("monitor-{number}"), namespace, monitor.clone())),
    );
    let rule =
        json!({"alert": "Down", "expr": "up == 0", "for": "10m", "annotations": {"summary": "It is down.".repeat(20)}});
    let rules = json!({"spec": {"groups": [{"name": "rules", "rules": vec![rule; 40]}]}});
    all.extend(
        (0..8).map(|number| object(&api, "PrometheusRule", &format!("rules-{number}"), namespace, rules.clone())),
    );
    let dashboard = json!({"data": {"dashboard.json": "{\"panels\": []}".repeat(2000)}});
    all.extend(
        (0..10).map(|number| object("v1", "ConfigMap", &format!("dashboard-{number}"), namespace, dashboard.clone())),
    );
    all.push(object(
        "apiregistration.k8s.io/v1",
        "APIService",
        "v1beta1.metrics.example.com",
        "",
        json!({"spec": {
            "group": "metrics.example.com", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "service": {"name": "prometheus-adapter", "namespace": namespace},
        }}),
    ));
    (setup, all)
}

fn write(server: &Server, name: &str, objects: &[Value]) {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    std::fs::write(server.folder().join(name), list.to_string()).expect("a file");
}

fn run(server: &Server, line: &str) -> String {
    let said = server.sh(line, server.folder(), None);
    assert_eq!(said.code, 0, "{line}: {}{}", said.stdout, said.stderr);
    said.stdout
}

/// Every pod of a namespace runs and is ready, and there are so many.
fn all_run(server: &Server, namespace: &str, pods: usize) {
    run(server, &format!("kubectl wait --for=condition=Ready pods --all -n {namespace} --timeout=30s"));
    let shown = run(server, &format!("kubectl get pods -n {namespace} --no-headers"));
    let running = shown.lines().filter(|line| line.contains(" Running ")).count();
    assert_eq!((running, shown.lines().count()), (pods, pods), "{shown}");
    assert!(shown.lines().all(|line| line.split_whitespace().nth(3) == Some("0")), "no pod began again: {shown}");
}

#[test]
fn argo_cd() {
    let server = Server::start();
    write(&server, "install.json", &argo());
    // As its documentation has it; the definitions are too large for the annotation of a client-side apply.
    run(&server, "kubectl apply --server-side -f install.json");
    all_run(&server, "argocd", 7);
    let again = run(&server, "kubectl apply --server-side -f install.json");
    assert!(again.lines().all(|line| line.ends_with("serverside-applied")), "{again}");
    let app = object("argoproj.io/v1", "Application", "guestbook", "argocd", json!({"spec": {"project": "default"}}));
    write(&server, "app.json", &[app]);
    run(&server, "kubectl apply -f app.json");
    assert!(run(&server, "kubectl get applications -n argocd").contains("guestbook"));
    run(&server, "kubectl delete ns argocd --timeout=30s");
}

#[test]
fn kube_prometheus() {
    let server = Server::start();
    let (setup, manifests) = prometheus();
    write(&server, "setup.json", &setup);
    write(&server, "manifests.json", &manifests);
    run(&server, "kubectl apply --server-side -f setup.json");
    run(&server, "kubectl wait --for condition=Established --all CustomResourceDefinition --timeout=30s");
    run(&server, "kubectl apply -f manifests.json");
    all_run(&server, "monitoring", 6);
    let again = run(&server, "kubectl apply -f manifests.json");
    assert!(
        again.lines().filter(|line| line.contains("monitoring.coreos.com")).all(|line| line.ends_with("unchanged")),
        "{again}"
    );
    assert_eq!(run(&server, "kubectl get servicemonitors,prometheusrules -n monitoring -o name").lines().count(), 23);
    assert!(run(&server, "kubectl get prometheus -n monitoring").contains("k8s"));
}
