//! What is left of objects: secrets in every field of every kind, and objects that are refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::*;
use crate::admission::{self, FieldValidation};
use crate::schema::{Shape, find};

/// Fills an object of a kind with a text of its own in every field that holds texts, and remembers where.
#[derive(Default)]
struct Planter {
    planted: BTreeMap<String, String>,
}

impl Planter {
    fn object(&mut self, api_version: &str, kind: &str) -> Value {
        let mut object = self.fields(api_version, kind, "", &mut Vec::new());
        object["apiVersion"] = api_version.into();
        object["kind"] = kind.into();
        object["metadata"]["name"] = if kind == "Namespace" { "shop" } else { "web" }.into();
        object["metadata"]["namespace"] = "shop".into();
        object
    }

    fn fields(&mut self, api_version: &str, kind: &str, owner: &str, path: &mut Vec<String>) -> Value {
        let schema = find(api_version, kind).unwrap();
        let found = if owner.is_empty() { schema.root() } else { schema.find(owner).unwrap() };
        let mut object = Map::new();
        for (name, shape) in &found.fields {
            path.push(name.clone());
            // Types that hold themselves (JSON schemas in JSON schemas) end somewhere.
            if path.len() < 16 {
                object.insert(name.clone(), self.value(api_version, kind, shape, path));
            }
            path.pop();
        }
        object.into()
    }

    fn value(&mut self, api_version: &str, kind: &str, shape: &Shape, path: &mut Vec<String>) -> Value {
        let mut inner = |step: &str, shape: &Shape| {
            path.push(step.to_owned());
            let value = self.value(api_version, kind, shape, path);
            path.pop();
            value
        };
        match shape {
            Shape::Struct(name) => self.fields(api_version, kind, name, path),
            Shape::List(shape) => json!([inner("[]", shape), inner("[]", shape)]),
            Shape::Map(shape) => json!({"key": inner("*", shape)}),
            Shape::Bool => true.into(),
            Shape::Integer(_) => 7.into(),
            Shape::Float => 0.5.into(),
            Shape::Text | Shape::Bytes | Shape::IntOrString | Shape::Quantity | Shape::Time | Shape::Any => {
                let text = format!("SECRET-{}-", self.planted.len());
                self.planted.insert(text.clone(), path.join(".").replace(".[]", "[]"));
                text.into()
            }
        }
    }

    /// The places whose texts are in these objects.
    fn found(&self, objects: &[Value]) -> BTreeSet<String> {
        let text = serde_json::to_string(objects).unwrap();
        self.planted.iter().filter(|(secret, _)| text.contains(*secret)).map(|(_, place)| place.clone()).collect()
    }
}

fn scope() -> Scope {
    Scope::new(&[json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})], "shop")
        .with_dns()
        .with_data("shop", "web", "reachable")
}

/// The places of which something is left, of a kind with a secret in every field.
fn left(api_version: &str, kind: &str, from: Source) -> BTreeSet<String> {
    let mut planter = Planter::default();
    let object = planter.object(api_version, kind);
    let count = planter.planted.len();
    assert!(count > 10, "{kind}: only {count} texts");
    planter.found(&reduce(&[object], from, &scope()))
}

const LABELS: &[&str] = &["metadata.labels.*"];
const POD: &[&str] = &[
    "metadata.labels.*",
    "spec.containers[].ports[].name",
    "spec.containers[].ports[].protocol",
    "spec.initContainers[].ports[].name",
    "spec.initContainers[].ports[].protocol",
];

fn template(at: &str) -> Vec<String> {
    POD.iter().map(|place| format!("{at}.{place}")).collect()
}

fn selector(at: &str) -> [String; 4] {
    ["matchLabels.*", "matchExpressions[].key", "matchExpressions[].operator", "matchExpressions[].values[]"]
        .map(|part| format!("{at}.{part}"))
}

fn check(api_version: &str, kind: &str, expected: impl IntoIterator<Item = impl AsRef<str>>) {
    let expected: BTreeSet<String> = expected.into_iter().map(|place| place.as_ref().to_owned()).collect();
    assert_eq!(left(api_version, kind, Source::Cluster), expected, "{kind}");
}

#[test]
fn of_every_kind_only_what_a_check_reads_is_left() {
    check("v1", "Namespace", LABELS);
    check("v1", "ConfigMap", LABELS);
    check("v1", "Pod", POD);
    let service = ["spec.selector.*", "spec.ports[].name", "spec.ports[].protocol", "spec.ports[].targetPort"];
    check("v1", "Service", service.iter().chain(&["spec.ports[].appProtocol"]).chain(LABELS));
    for kind in ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"] {
        let own = LABELS.iter().map(|place| (*place).to_owned());
        check("apps/v1", kind, own.chain(template("spec.template")).chain(selector("spec.selector")));
    }
    let own = || LABELS.iter().map(|place| (*place).to_owned());
    check("batch/v1", "Job", own().chain(template("spec.template")).chain(selector("spec.selector")));
    check("batch/v1", "CronJob", own().chain(template("spec.jobTemplate.spec.template")));
    check("v1", "ReplicationController", own().chain(template("spec.template")).chain(["spec.selector.*".to_owned()]));
}

#[test]
fn of_policies_the_spec_is_left() {
    let mut expected: BTreeSet<String> = ["metadata.labels.*", "spec.policyTypes[]"].map(str::to_owned).into();
    expected.extend(selector("spec.podSelector"));
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        expected.extend(["protocol", "port"].map(|part| format!("spec.{rules}[].ports[].{part}")));
        let peer = format!("spec.{rules}[].{peers}[]");
        expected.extend([format!("{peer}.ipBlock.cidr"), format!("{peer}.ipBlock.except[]")]);
        expected
            .extend(["podSelector", "namespaceSelector"].iter().flat_map(|part| selector(&format!("{peer}.{part}"))));
    }
    check("networking.k8s.io/v1", "NetworkPolicy", &expected);
    let left = left("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", Source::Cluster);
    let other = left.iter().filter(|place| !place.starts_with("spec.") && *place != "metadata.labels.*");
    assert_eq!(other.count(), 0, "{left:?}");
}

#[test]
fn what_no_check_reads_does_not_leave_a_cluster() {
    let kinds: Vec<(&str, &str)> = crate::schema::kinds().collect();
    assert!(kinds.len() > 30);
    for (api_version, kind) in kinds
        .into_iter()
        .filter(|(version, kind)| part(&json!({"apiVersion": version, "kind": kind})).is_none() || *kind == "Node")
    {
        let object = Planter::default().object(api_version, kind);
        assert_eq!(reduce(&[object], Source::Cluster, &scope()), Vec::<Value>::new(), "{kind}");
    }
}

#[test]
fn files_keep_no_more_than_a_cluster_and_their_names() {
    for (api_version, kind) in crate::schema::kinds() {
        let mut planter = Planter::default();
        let object = planter.object(api_version, kind);
        let of_cluster = planter.found(&reduce(std::slice::from_ref(&object), Source::Cluster, &scope()));
        let reduced = reduce(std::slice::from_ref(&object), Source::Files, &scope());
        assert_eq!(ObjectId::of(&reduced[0]), ObjectId::of(&object));
        // What makes the object wrong is told; the texts planted here make many fields wrong.
        let wrong: BTreeSet<String> = super::wrong::places(&object)
            .iter()
            .map(|place| place.chars().filter(|letter| !letter.is_ascii_digit()).collect())
            .collect();
        let more: Vec<_> = planter.found(&reduced).difference(&of_cluster).cloned().collect();
        assert!(more.iter().all(|place| wrong.contains(place)), "{kind}: {more:?}");
    }
}

/// Objects as a learner's namespace holds them, and around it.
fn cluster() -> Vec<Value> {
    let mut objects = crate::baseline();
    let text = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}, annotations: {a: s3cret}}
---
apiVersion: v1
kind: Namespace
metadata: {name: payroll, labels: {team: s3cret}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}, ownerReferences: [{apiVersion: v1, kind: Node, name: s3cret, uid: s3cret}]}
spec:
  nodeName: ip-10-0-0-1.s3cret.internal
  containers: [{name: s3cret, image: s3cret, env: [{name: KEY, value: s3cret}], command: [s3cret], ports: [{containerPort: 80, name: http}]}]
status: {phase: Running, podIP: 10.1.1.1, podIPs: [{ip: 10.1.1.1}], message: s3cret, hostIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: wages, namespace: payroll, labels: {app: s3cret}}
spec: {containers: [{name: a, image: b}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: kube-system, labels: {app: s3cret}}
spec: {containers: [{name: a, image: b}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
data: {reachable: shop/db:80, notes: s3cret, more: s3cret}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {reachable: s3cret}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: payroll}
spec: {podSelector: {matchLabels: {app: s3cret}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: kube-system}
spec: {podSelector: {matchLabels: {app: s3cret}}}
---
apiVersion: v1
kind: Secret
metadata: {name: door, namespace: shop}
stringData: {key: s3cret}
";
    objects.extend(crate::parse("cluster.yaml", text).into_values());
    objects
}

fn names(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| ObjectId::of(object).to_string()).collect()
}

#[test]
fn of_a_cluster_the_labs_namespaces_and_the_dns_pods_are_left() {
    let reduced = reduce(&cluster(), Source::Cluster, &scope());
    let expected = [
        "Namespace kube-system",
        "Pod kube-system/coredns-7d764666f9-4xk2p",
        "Pod kube-system/coredns-7d764666f9-9wq7t",
        "Namespace shop",
        "Pod shop/web",
        "ConfigMap shop/web",
        "NetworkPolicy shop/deny",
    ];
    assert_eq!(names(&reduced), expected);
    assert!(!json!(reduced).to_string().contains("s3cret"), "{reduced:#?}");
    assert_eq!(
        reduced[1],
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": "coredns-7d764666f9-4xk2p", "namespace": "kube-system",
                "labels": {"k8s-app": "kube-dns", "pod-template-hash": "7d764666f9"},
            },
            "spec": {"containers": [{"name": "container-0", "image": "not-sent", "ports": [
                {"name": "dns", "containerPort": 53, "protocol": "UDP"},
                {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
                {"name": "metrics", "containerPort": 9153, "protocol": "TCP"},
            ]}]},
            "status": {
                "phase": "Running", "hostIP": "192.168.49.2", "hostIPs": [{"ip": "192.168.49.2"}],
                "podIP": "10.244.0.2", "podIPs": [{"ip": "10.244.0.2"}],
            },
        })
    );
    assert_eq!(
        reduced[4],
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}, "ownerReferences": []},
            "spec": {"nodeName": "some-node-1", "containers": [
                {"name": "container-0", "image": "not-sent", "ports": [{"containerPort": 80, "name": "http"}]},
            ]},
            "status": {"phase": "Running", "podIP": "10.1.1.1", "podIPs": [{"ip": "10.1.1.1"}], "hostIP": "10.0.0.1"},
        })
    );
    // That the learner wrote something else counts for recognising mistakes; what it says does not.
    assert_eq!(reduced[5]["data"], json!({"reachable": "shop/db:80", "others": ""}));
}

#[test]
fn a_lab_without_dns_reads_nothing_of_the_system() {
    let scope = Scope::new(&[], "shop");
    assert_eq!(
        names(&reduce(&cluster(), Source::Cluster, &scope)),
        ["Namespace shop", "Pod shop/web", "NetworkPolicy shop/deny"]
    );
}

#[test]
fn of_the_systems_namespace_only_the_labels_that_a_policy_asks_for_are_left() {
    let mut objects = cluster();
    let system = objects.iter_mut().find(|object| object["metadata"]["name"] == "kube-system").unwrap();
    system["metadata"]["labels"] = json!({"zone": "dns", "owner": "s3cret"});
    let policy = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dns, namespace: shop}
spec:
  podSelector: {}
  egress: [{to: [{namespaceSelector: {matchExpressions: [{key: zone, operator: Exists}]}}]}]
";
    objects.extend(crate::parse("policy.yaml", policy).into_values());
    let reduced = reduce(&objects, Source::Cluster, &scope());
    let system = reduced.iter().find(|object| object["metadata"]["name"] == "kube-system").unwrap();
    assert_eq!(system["metadata"]["labels"], json!({"zone": "dns"}));
}

fn cluster_policy(name: &str, spec: &str) -> Value {
    let text = format!(
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    );
    crate::parse("policy.yaml", &text).into_values().remove(0)
}

#[test]
fn cluster_policies_that_touch_the_lab_are_left() {
    const ELSEWHERE: &str = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: payroll}}}";
    let touches = |subject: &str, rules: &str, scope: &Scope| {
        let mut objects = cluster();
        objects.push(cluster_policy("one", &format!("{{tier: Admin, priority: 1, subject: {subject}, {rules}}}")));
        names(&reduce(&objects, Source::Cluster, scope)).contains(&"ClusterNetworkPolicy one".to_owned())
    };
    let check = |subject: &str, rules: &str, expected: bool| {
        assert_eq!(touches(subject, rules, &scope()), expected, "subject {subject}, {rules}");
    };
    check("{namespaces: {}}", "", true);
    check("{namespaces: {matchLabels: {team: shop}}}", "", true);
    check(ELSEWHERE, "", false);
    check("{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}", "", true);
    check("{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: wages}}}}", "", false);
    let egress = |peer: &str| format!("egress: [{{action: Deny, to: [{peer}]}}]");
    check(ELSEWHERE, &egress("{namespaces: {matchLabels: {team: shop}}}"), true);
    check(ELSEWHERE, &egress("{namespaces: {matchLabels: {team: other}}}"), false);
    check(ELSEWHERE, &egress("{networks: [10.1.0.0/16]}"), true);
    check(ELSEWHERE, &egress("{networks: [10.2.0.0/16]}"), false);
    check(ELSEWHERE, &egress("{nodes: {}}"), false);
    let ingress = |peer: &str| format!("ingress: [{{action: Deny, from: [{peer}]}}]");
    check(ELSEWHERE, &ingress("{pods: {namespaceSelector: {}, podSelector: {}}}"), true);
    check(ELSEWHERE, &ingress("{pods: {namespaceSelector: {matchLabels: {team: other}}, podSelector: {}}}"), false);
    // The DNS pods are judged with the lab, or they are not.
    let dns = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}}";
    check(dns, "", true);
    assert!(!touches(dns, "", &Scope::new(&[], "shop")));
}

#[test]
fn nodes_are_read_when_a_policy_asks_for_them_and_then_without_their_names() {
    let mut objects = cluster();
    objects.push(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "ip-10-0-0-1.s3cret.internal", "labels": {"zone": "a", "host": "s3cret"}},
        "status": {"addresses": [
            {"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": "s3cret"},
        ], "nodeInfo": {"machineID": "s3cret"}},
    }));
    let spec = "{tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{nodes: {matchLabels: {zone: a}}}]}]}";
    objects.push(cluster_policy("nodes", spec));
    let reduced = reduce(&objects, Source::Cluster, &scope());
    assert!(!json!(reduced).to_string().contains("s3cret"), "{reduced:#?}");
    let pod = reduced.iter().find(|object| object["metadata"]["name"] == "web").unwrap();
    let node = reduced.iter().rfind(|object| object["kind"] == "Node").unwrap();
    assert_eq!(node["metadata"], json!({"name": pod["spec"]["nodeName"], "labels": {"zone": "a"}}));
    assert_eq!(node["status"]["addresses"][0], json!({"type": "InternalIP", "address": "10.0.0.1"}));
}

fn refusal(object: &Value) -> Option<String> {
    let mut decoded = match admission::decode(object, FieldValidation::Strict) {
        Ok(decoded) => decoded.value,
        Err(refused) => return Some(refused.message),
    };
    admission::default(&mut decoded);
    let errors: Vec<_> = admission::validate(&decoded).iter().map(ToString::to_string).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

#[test]
fn what_is_refused_is_refused_for_the_same_reason() {
    let policy = |rest: Value| {
        let mut object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object
    };
    let pod = |spec: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec});
    let container = |rest: Value| {
        let mut container = json!({"name": "a", "image": "b"});
        container.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        pod(json!({"containers": [container]}))
    };
    let objects = [
        policy(json!({"podSelector": {}})),
        policy(json!({"spec": {"podSelektor": {"matchLabels": {"a": "b"}}}})),
        policy(json!({"spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"app": "SECRET"}}]}]}})),
        policy(json!({"spec": {"podSelector": {"matchLabels": {"app.kubernetes.io/name": 8}}}})),
        policy(json!({"spec": {"podSelector": [], "policyTypes": "Ingress"}})),
        policy(json!({"spec": {"podSelector": {}, "ingress": [{"from": [{}]}]}})),
        policy(json!({"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 70000}]}]}})),
        policy(json!({"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 8.5}]}]}})),
        policy(json!({"metadata": {"name": "p", "label": {"a": "SECRET"}}, "spec": {"podSelector": {}}})),
        policy(json!({"metadata": {"name": "UPPER"}, "spec": {"podSelector": {}}})),
        pod(json!({})),
        pod(json!({"containers": [{"name": "a"}]})),
        pod(json!({"containers": [{"image": "a"}]})),
        pod(json!({"containers": {"name": "SECRET"}})),
        container(json!({"env": [{"name": "KEY", "value": 8}]})),
        container(json!({"env": [{"name": "KEY", "vale": "SECRET"}]})),
        container(json!({"evn": [{"name": "KEY", "value": "SECRET"}]})),
        container(json!({"ports": [{"containerPort": 80}, {"containerPort": 0}]})),
        container(json!({"livenessProbe": {"periodSeconds": "SECRET"}})),
        container(json!({"imagePullPolicy": "Sometimes"})),
    ];
    for object in objects {
        let reduced = reduce(std::slice::from_ref(&object), Source::Files, &scope()).remove(0);
        let wanted = refusal(&object);
        assert!(wanted.is_some(), "{object}");
        assert_eq!(refusal(&reduced), wanted, "{reduced}");
        assert!(!reduced.to_string().contains("SECRET"), "{reduced}");
    }
}

#[test]
fn what_is_refused_for_more_than_can_be_shown_is_still_refused() {
    let twice = json!({"containers": [{"name": "a", "image": "b"}, {"name": "a", "image": "b"}]});
    let objects = [
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": twice}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "annotations": {"a b": "SECRET"}}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "binaryData": {"a b": "SECRET"}}),
    ];
    for object in objects {
        let reduced = reduce(std::slice::from_ref(&object), Source::Files, &scope()).remove(0);
        assert!(refusal(&object).is_some() && refusal(&reduced).is_some(), "{reduced}");
        assert!(!reduced.to_string().contains("SECRET"), "{reduced}");
    }
}

#[test]
fn what_is_no_object_stays_none() {
    let given = [json!(1), json!("SECRET"), Value::Null, json!([1]), json!({}), json!({"kind": "NetworkPolicy"})];
    let reduced = reduce(&given, Source::Files, &scope());
    assert_eq!(reduced, [json!(0), json!(""), Value::Null, json!([]), json!({}), json!({"kind": "NetworkPolicy"})]);
    assert_eq!(reduce(&given, Source::Cluster, &scope()), Vec::<Value>::new());
}

#[test]
fn reducing_twice_changes_nothing_more() {
    for from in [Source::Files, Source::Cluster] {
        let once = reduce(&cluster(), from, &scope());
        assert_eq!(reduce(&once, from, &scope()), once);
    }
}
