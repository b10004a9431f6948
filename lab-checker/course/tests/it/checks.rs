//! Checking a lab: what a learner is told, cell by cell.

use course::{Checker, Lab, Report};
use manifest::Source;
use serde_json::{Value, json};

use crate::sample::{SOLUTION, Sample};

fn checker() -> Checker {
    Checker::new(Sample::new().course().lab("close-the-door").unwrap().clone())
}

fn objects(yaml: &str) -> Vec<Value> {
    manifest::parse("test.yaml", yaml).into_values()
}

fn failing(report: &Report) -> Vec<&str> {
    report.checks.iter().filter(|check| !check.passed).map(|check| check.message.as_str()).collect()
}

/// What a practice cluster would hold: the lab's start with controllers' objects and server's fields.
fn live(lab: &Lab) -> Vec<Value> {
    let mut objects = manifest::baseline();
    objects.extend(lab.start_objects().iter().cloned());
    for (at, object) in objects.iter_mut().enumerate() {
        object["metadata"]["uid"] = format!("uid-{at}").into();
        object["metadata"]["resourceVersion"] = "1".into();
        if object["kind"] == "Namespace" {
            let name = object["metadata"]["name"].clone();
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
        }
        if object["kind"] == "Pod" && object["status"]["podIP"].is_null() {
            object["status"] = json!({ "phase": "Running", "podIP": "10.244.1.1", "podIPs": [{ "ip": "10.244.1.1" }] });
        }
    }
    objects.push(json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": { "name": "api-6d4cf56db6", "namespace": "shop",
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "uid": "1" }] },
        "spec": { "selector": { "matchLabels": { "app": "api" } } },
    }));
    for (name, address) in [("api-6d4cf56db6-aaaaa", "10.244.1.2"), ("api-6d4cf56db6-bbbbb", "10.244.1.3")] {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": name, "namespace": "shop", "labels": { "app": "api", "pod-template-hash": "6d4cf56db6" },
                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-6d4cf56db6", "uid": "2" }] },
            "spec": { "containers": [{ "name": "api", "image": "api", "ports": [{ "containerPort": 8080, "protocol": "TCP", "name": "http" }] }] },
            "status": { "phase": "Running", "podIP": address, "podIPs": [{ "ip": address }] },
        }));
    }
    objects
}

fn in_shop(yaml: &str) -> Vec<Value> {
    let mut objects = objects(yaml);
    for object in &mut objects {
        object["metadata"]["namespace"] = "shop".into();
    }
    objects
}

#[test]
fn a_right_answer_passes_however_it_is_spelled() {
    let checker = checker();
    let other_spelling = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: first}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}, {key: app, operator: Exists}]}
  policyTypes: [Ingress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: second}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
      podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}
    ports: [{port: 8080, protocol: TCP, endPort: 8080}]
";
    for answer in [SOLUTION, other_spelling] {
        let report = checker.check_files(&objects(answer));
        assert!(report.passed, "{:#?}", failing(&report));
        assert_eq!((report.points, report.max_points), (8.0, 8.0));
        assert_eq!(report.mistake, None);
    }
}

#[test]
fn a_failing_check_names_the_flow_what_must_be_and_why_it_is_not() {
    let report = checker().check_files(&[]);
    assert!(!report.passed);
    assert_eq!(report.points, 0.0);
    assert_eq!(report.mistake, None, "nothing was done yet");
    let check = report.checks.iter().find(|check| !check.passed).unwrap();
    assert_eq!(check.name, "api is closed");
    let flow = check.flow.as_ref().unwrap();
    assert_eq!((flow.from.as_str(), flow.to.as_str(), flow.port), ("shop/web", "shop/api", 9999));
    assert!(check.message.starts_with("It must be blocked. "), "{}", check.message);
    assert!(check.message.contains("is allowed: no policy isolates"), "{}", check.message);
    assert!(check.message.ends_with("Only web needs it."), "{}", check.message);
}

#[test]
fn the_json_is_what_the_contract_says() {
    let report = checker().check_files(&[]);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["lab"], "close-the-door");
    assert_eq!(json["passed"], false);
    assert_eq!(json["max_points"], 8.0);
    assert_eq!(json["mistake"], Value::Null);
    let check = json["checks"].as_array().unwrap().iter().find(|check| check["passed"] == false).unwrap();
    assert_eq!(check["flow"]["protocol"], "TCP");
    assert!(check["flow"]["from"].is_string());
}

#[test]
fn mistakes_are_known_again_by_what_they_do() {
    let checker = checker();
    let closed = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: another-name}
spec:
  podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}
  policyTypes: [Ingress]
  ingress: []
";
    let report = checker.check_files(&objects(closed));
    assert!(!report.passed);
    assert_eq!(report.mistake.unwrap().name, "everything-closed");
    assert_eq!(report.points, 0.0, "it closes what must be open, and that weighs as much as what it rightly closes");
}

#[test]
fn a_policy_that_breaks_more_than_it_fixes_earns_nothing() {
    let deny_all = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
";
    let report = checker().check_files(&objects(deny_all));
    assert_eq!(report.points, 0.0, "{:#?}", failing(&report));
}

#[test]
fn only_the_kinds_of_the_lab_may_change() {
    let mut files = objects(SOLUTION);
    files.push(json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "api" }, "spec": { "ports": [{ "port": 80 }] } }));
    let report = checker().check_files(&files);
    assert!(!report.passed);
    let told = failing(&report);
    assert!(told.iter().any(|message| message.contains("Service shop/api is left out")), "{told:#?}");
}

#[test]
fn a_file_may_repeat_the_start_but_not_change_it() {
    let checker = checker();
    let mut files = objects(SOLUTION);
    files.extend(checker.lab().start_objects().iter().cloned());
    assert!(checker.check_files(&files).passed);
    for file in &mut files {
        if file["kind"] == "Pod" {
            file["metadata"]["labels"]["app"] = "intruder".into();
        }
    }
    let report = checker.check_files(&files);
    let told = failing(&report);
    assert!(told.iter().any(|message| message.contains("Pod shop/web must stay as it is")), "{told:#?}");
}

#[test]
fn what_the_api_server_refuses_is_refused() {
    let refused = SOLUTION.replace("{port: 8080}", "{port: 99999}");
    let report = checker()
        .check_files(&manifest::yaml::read("x", &refused).0.into_iter().map(|it| it.value).collect::<Vec<_>>());
    let told = failing(&report);
    assert!(told.iter().any(|message| message.contains("the API server refuses NetworkPolicy shop/api")), "{told:#?}");
}

#[test]
fn a_live_cluster_is_checked_through_owners_of_pods() {
    let checker = checker();
    let mut snapshot = live(checker.lab());
    let report = checker.check(&snapshot, Source::Cluster);
    assert!(!report.passed && report.mistake.is_none(), "{report:#?}");
    assert!(!failing(&report).iter().any(|message| message.contains("cannot be judged")), "{:#?}", failing(&report));
    snapshot.extend(in_shop(SOLUTION));
    let report = checker.check(&snapshot, Source::Cluster);
    assert!(report.passed, "{:#?}", failing(&report));
}

#[test]
fn a_lab_that_is_not_started_is_told_in_one_sentence() {
    let report = checker().check(&manifest::baseline(), Source::Cluster);
    assert_eq!(report.checks[0].name, "the lab is started");
    assert!(report.checks[0].message.contains("lab-checker start close-the-door"), "{report:#?}");
    assert_eq!((report.points, report.mistake), (0.0, None));
}

#[test]
fn one_lab_can_be_loaded_without_the_rest() {
    let sample = Sample::new();
    sample.write("quizzes/first.toml", "this is wrong");
    let find = |name| course::Course::find_lab(Some(sample.directory()), name);
    let lab = find("close-the-door").unwrap().unwrap();
    assert!(Checker::new(lab).check_files(&objects(SOLUTION)).passed);
    for unknown in ["nothing", "", "../close-the-door", "close-the-door/", "/etc", "close-the-door/start"] {
        assert!(find(unknown).unwrap().is_none(), "{unknown}");
    }
    sample.replace("labs/close-the-door/lab.yaml", "points: 8", "points: x");
    assert!(find("close-the-door").is_err());
}

#[test]
fn replicas_that_differ_are_no_answer() {
    let checker = checker();
    let mut snapshot = live(checker.lab());
    snapshot.extend(in_shop(SOLUTION));
    let pod = snapshot.iter_mut().find(|object| object["metadata"]["name"] == "api-6d4cf56db6-bbbbb").unwrap();
    pod["metadata"]["labels"]["app"] = "odd".into();
    let report = checker.check(&snapshot, Source::Cluster);
    let told = failing(&report);
    assert!(told.iter().any(|message| message.contains("allowed for some of the pods")), "{told:#?}");

    let pod = snapshot.iter_mut().find(|object| object["metadata"]["name"] == "api-6d4cf56db6-bbbbb").unwrap();
    pod["metadata"]["deletionTimestamp"] = "2026-11-23T10:00:00Z".into();
    assert!(checker.check(&snapshot, Source::Cluster).passed, "a pod on its way out does not count");
}

#[test]
fn a_learner_who_deletes_relabels_or_edits_is_told_so() {
    let checker = checker();
    let told = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut snapshot = live(checker.lab());
        snapshot.extend(in_shop(SOLUTION));
        change(&mut snapshot);
        let report = checker.check(&snapshot, Source::Cluster);
        assert!(!report.passed && report.points < report.max_points);
        failing(&report).join("\n")
    };
    let deleted = told(&|objects| objects.retain(|object| object["metadata"]["name"] != "web"));
    assert!(deleted.contains("Pod shop/web is gone"), "{deleted}");
    assert!(deleted.contains("shop/web does not exist"), "{deleted}");
    let relabelled = told(&|objects| {
        let web = objects.iter_mut().find(|object| object["metadata"]["name"] == "web").unwrap();
        web["metadata"]["labels"]["role"] = "client".into();
    });
    assert!(relabelled.contains("the labels of Pod shop/web have changed"), "{relabelled}");
    let edited = told(&|objects| {
        let api = objects.iter_mut().find(|object| object["kind"] == "Deployment").unwrap();
        api["spec"]["template"]["metadata"]["labels"]["app"] = "web".into();
    });
    assert!(edited.contains("Deployment shop/api has changed"), "{edited}");
}

#[test]
fn whatever_else_a_cluster_holds_changes_nothing() {
    let checker = checker();
    let mut snapshot = live(checker.lab());
    snapshot.extend(in_shop(SOLUTION));
    for number in 0..3000 {
        snapshot.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": format!("noise-{number}"), "namespace": "elsewhere", "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "x", "image": "x" }] },
            "status": { "podIP": format!("10.245.{}.{}", number / 250, number % 250) },
        }));
    }
    for strange in [
        json!(null),
        json!(7),
        json!("text"),
        json!([]),
        json!({}),
        json!({ "kind": 7, "metadata": [] }),
        json!({ "kind": "Pod", "metadata": "none", "spec": 3 }),
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "odd", "namespace": "elsewhere" }, "spec": { "containers": "many" } }),
        json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": { "name": "odd", "namespace": "elsewhere" }, "spec": { "podSelector": 7 } }),
    ] {
        snapshot.push(strange);
    }
    let report = checker.check(&snapshot, Source::Cluster);
    assert!(report.passed, "{:#?}", failing(&report));
}

#[test]
fn strange_files_are_told_apart_and_never_crash() {
    let checker = checker();
    for strange in [
        json!(null),
        json!([1]),
        json!({}),
        json!({ "kind": "NetworkPolicy" }),
        json!({ "kind": "NetworkPolicy", "metadata": { "name": ["x"] } }),
    ] {
        let report = checker.check_files(std::slice::from_ref(&strange));
        assert!(!report.passed, "{strange}");
        assert!(report.checks.iter().any(|check| check.name == "your files"), "{strange}: {report:#?}");
    }
}

#[test]
fn a_namespace_that_does_not_exist_is_told() {
    let report = checker().check_files(&objects(&SOLUTION.replace("{name: api}", "{name: api, namespace: shpo}")));
    let told = failing(&report).join("\n");
    assert!(told.contains("there is no namespace `shpo`; did you mean `shop`?"), "{told}");
}

#[test]
fn thousands_of_policies_are_judged_and_not_explained() {
    let checker = checker();
    let mut snapshot = live(checker.lab());
    for number in 0..2000 {
        let mut policy = in_shop(SOLUTION).remove(0);
        policy["metadata"]["name"] = format!("policy-{number}").into();
        policy["spec"]["ingress"][0]["ports"][0]["port"] = (9000 + number).into();
        snapshot.push(policy);
    }
    let report = checker.check(&snapshot, Source::Cluster);
    assert!(!report.passed);
    let told = failing(&report).join("\n");
    assert!(told.contains("shop/web → shop/api:9999/TCP is allowed."), "{told}");
}

#[test]
fn cells_say_what_must_be_and_what_is() {
    let checker = checker();
    let mut files = checker.lab().start_objects().to_vec();
    files.extend(in_shop(SOLUTION));
    let cells = checker.cells(&files, Source::Files);
    assert!(cells.iter().all(course::Cell::is_right));
    assert!(cells.iter().any(|cell| cell.flow.from == "203.0.113.10" && cell.flow.to == "shop/api"));
    assert!(cells.iter().any(|cell| cell.flow.to == "kube-dns" && cell.flow.port == 53));
    assert!(cells.iter().any(|cell| cell.flow.to == "203.0.113.10" && cell.flow.port == 9999));
}

const FINDINGS: &str = "\
title: Look around
chapter: first
namespace: dev
task: Find out what `intruder` reaches.
findings: {from: dev/intruder, configMap: dev/findings}
hints: [Try each port.]
mistakes: {own-namespace: You looked at home only.}
solution: Everything is open.
";

const FINDINGS_START: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: dev}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: intruder, namespace: dev}
spec: {containers: [{name: x, image: x}]}
---
apiVersion: v1
kind: Pod
metadata: {name: neighbour, namespace: dev}
spec: {containers: [{name: x, image: x, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {containers: [{name: x, image: x, ports: [{containerPort: 5432}, {containerPort: 53, protocol: UDP}]}]}
";

fn findings_lab(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("    {line}")).collect();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: findings}}\ndata:\n  reachable: |\n{}\n",
        lines.join("\n")
    )
}

#[test]
fn findings_are_compared_with_what_the_engine_says() {
    let sample = Sample::new();
    sample.write("labs/look-around/lab.yaml", FINDINGS);
    sample.write("labs/look-around/start/pods.yaml", FINDINGS_START);
    let right = "shop/db:5432\n- shop/db:53/UDP  # the resolver\n\ndev/neighbour:80/TCP";
    sample.write("labs/look-around/solution/list.yaml", findings_lab(right));
    sample.write("labs/look-around/mistakes/own-namespace.yaml", findings_lab("dev/neighbour:80"));
    sample.replace(
        "book/src/first.md",
        "\n{{#lab close-the-door}}",
        "\n{{#lab look-around}}\n\n{{#lab close-the-door}}",
    );
    assert_eq!(sample.problems(), []);
    let course = sample.course();
    let checker = Checker::new(course.lab("look-around").unwrap().clone());

    let partly = checker.check_files(&objects(&findings_lab("shop/db:5432\nshop/db:81\nnonsense")));
    assert!(!partly.passed);
    let told = failing(&partly).join("\n");
    assert!(told.contains("1 of 3 are listed"), "{told}");
    assert!(told.contains("shop/db:81/TCP is listed, but dev/intruder cannot reach it"), "{told}");
    assert!(told.contains("`nonsense` is not an entry"), "{told}");
    assert!(!told.contains("neighbour"), "what is missing is not given away: {told}");
    assert_eq!(partly.points, 0.0);

    let home = checker.check_files(&objects(&findings_lab("dev/neighbour:80")));
    assert_eq!(home.mistake.unwrap().name, "own-namespace");
    assert_eq!(home.points, 3.0, "one of three entries, in halves");
}

#[test]
fn who_has_written_something_is_not_told_that_nothing_was_done() {
    let kinds: Vec<_> = manifest::kinds::KINDS.iter().filter(|kind| kind.is_changeable()).collect();
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    let sample = Sample::new();
    sample.replace(
        "labs/close-the-door/lab.yaml",
        "points: 8",
        &format!("points: 8\nmayChange: [{}]", names.join(", ")),
    );
    sample.replace("labs/close-the-door/lab.yaml", "mistakes:", "mistakes:\n  no-effect: It does nothing to traffic.");
    let no_effect = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: api}\n\
                     spec: {podSelector: {}, ingress: [{}]}\n";
    sample.write("labs/close-the-door/mistakes/no-effect.yaml", no_effect);
    let checker = Checker::new(sample.course().lab("close-the-door").unwrap().clone());
    let start = live(checker.lab());
    let mistake = |objects: &[Value]| checker.check(objects, Source::Cluster).mistake.map(|mistake| mistake.name);
    assert_eq!(mistake(&start), None, "nothing was done yet");
    for kind in kinds {
        let template = json!({"metadata": {"labels": {"app": "new"}}, "spec": {"containers": []}});
        let mut added = json!({
            "apiVersion": kind.api_version(), "kind": kind.name, "metadata": {"name": "new"},
            "spec": {"template": template, "jobTemplate": {"spec": {"template": template}}},
        });
        if kind.namespaced {
            added["metadata"]["namespace"] = "shop".into();
        }
        match kind.name {
            "NetworkPolicy" => {
                // It does nothing today, and something to pods of tomorrow: that is another mistake.
                added["spec"] = json!({"podSelector": {"matchLabels": {"app": "nobody"}}});
                assert_eq!(mistake(&[start.clone(), vec![added.clone()]].concat()), None);
                added["spec"] = json!({"podSelector": {}, "ingress": [{}]});
            }
            // They do something to traffic, or are not part of the lab.
            "Pod" | "Service" | "ConfigMap" | "ClusterNetworkPolicy" | "Namespace" => continue,
            _ => {}
        }
        let written = kind.learner == manifest::kinds::Learner::Writes;
        let told = mistake(&[start.clone(), vec![added]].concat());
        assert_eq!(told.as_deref(), written.then_some("no-effect"), "{}", kind.name);
    }
}
