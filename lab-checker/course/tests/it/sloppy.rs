//! Answers that look right between today's pods at today's ports, and are wrong: each fails, and the report names a
//! flow that shows it. They are the kind that people write in a hurry.

use std::path::Path;

use course::{Checker, Course};
use serde_json::Value;

const BEYOND: &str = "also for pods, ports and addresses that are not here today";

fn repository() -> Course {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Course::load(&directory).unwrap_or_else(|errors| panic!("the course cannot be loaded:\n{errors}"))
}

fn checker(course: &Course, lab: &str) -> Checker {
    Checker::new(course.lab(lab).unwrap().clone())
}

/// The answer fails, every named check of it holds, and a flow as this one says why.
fn fails_beyond(course: &Course, lab: &str, answer: &[Value], flow: &str) {
    let report = checker(course, lab).check_files(answer);
    assert!(!report.passed, "{lab}");
    assert!(report.points > 0.0 && report.points < report.max_points, "{lab}: {}", report.points);
    let (beyond, named): (Vec<_>, Vec<_>) = report.checks.iter().partition(|check| check.name == BEYOND);
    let failed: Vec<_> = named.iter().filter(|check| !check.passed).collect();
    assert!(failed.is_empty(), "{lab}: {failed:#?}");
    let flows: Vec<String> = beyond.iter().filter_map(|check| Some(check.flow.as_ref()?.to_string())).collect();
    assert!(flows.iter().any(|told| told == flow), "{lab}: {flows:#?}");
    assert!(
        beyond.iter().all(|check| check.message.starts_with("It must be ") || check.message.contains(": It must be "))
    );
}

fn parsed(text: &str) -> Vec<Value> {
    let parsed = manifest::parse("answer.yaml", text);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    parsed.into_values()
}

/// The solution with one place of its YAML written otherwise.
fn changed(course: &Course, lab: &str, change: impl Fn(&mut Value)) -> Vec<Value> {
    let mut objects = course.lab(lab).unwrap().solution.objects.clone();
    objects.iter_mut().for_each(change);
    objects
}

#[test]
fn a_port_that_became_every_port() {
    let course = repository();
    let answer = changed(&course, "allow-web-to-api", |policy| {
        for direction in ["ingress", "egress"] {
            if let Some(rule) = policy["spec"][direction].get_mut(0) {
                rule["ports"] = serde_json::json!([{"protocol": "TCP", "port": 8080}, {"protocol": "UDP"}]);
            }
        }
    });
    fails_beyond(&course, "allow-web-to-api", &answer, "production/web → production/api:1/UDP");
}

#[test]
fn deny_everything_but_the_internet() {
    let course = repository();
    let answer = parsed(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nearly-everything, namespace: production}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress:
  - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
",
    );
    fails_beyond(&course, "default-deny", &answer, "production/api → 198.51.100.7:1/TCP");
}

#[test]
fn dns_is_any_pod_of_its_namespace() {
    let course = repository();
    let answer = changed(&course, "dns-egress", |policy| {
        for rule in policy["spec"]["egress"].as_array_mut().into_iter().flatten() {
            for peer in rule["to"].as_array_mut().into_iter().flatten() {
                peer.as_object_mut().unwrap().shift_remove("podSelector");
            }
        }
    });
    fails_beyond(&course, "dns-egress", &answer, "production/api → kube-system/{}:53/TCP");
}

#[test]
fn the_two_namespaces_of_today_by_name() {
    let course = repository();
    let answer = changed(&course, "cluster-wall", |policy| {
        policy["spec"]["subject"]["namespaces"] = serde_json::json!({"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "payments"]},
        ]});
    });
    let report = checker(&course, "cluster-wall").check_files(&answer);
    assert!(!report.passed);
    let flow = |check: &course::Check| check.flow.as_ref().map(ToString::to_string).unwrap_or_default();
    let strangers =
        report.checks.iter().any(|check| !check.passed && flow(check).contains("{environment=production}/"));
    assert!(strangers, "{:#?}", report.checks);
}

#[test]
fn half_of_an_exception_and_another_block_beside_it() {
    let course = repository();
    let halved = changed(&course, "internet-only", |policy| {
        let block = &mut policy["spec"]["egress"][0]["to"][0]["ipBlock"];
        block["except"] = serde_json::json!(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/17", "169.254.0.0/16"]);
    });
    fails_beyond(&course, "internet-only", &halved, "production/mailer → 192.168.128.1:1/TCP");
    let v6 = changed(&course, "internet-only", |policy| {
        let peers = policy["spec"]["egress"][0]["to"].as_array_mut().unwrap();
        peers.push(serde_json::json!({"ipBlock": {"cidr": "::/0"}}));
    });
    fails_beyond(&course, "internet-only", &v6, "production/mailer → [2001:db8::1]:1/TCP");
}

#[test]
fn a_rule_without_its_port() {
    let course = repository();
    let answer = changed(&course, "least-permissive", |policy| {
        policy["spec"]["ingress"][0]["ports"] = serde_json::json!([{"protocol": "TCP", "port": 8080, "endPort": 8081}]);
    });
    fails_beyond(&course, "least-permissive", &answer, "partners/client → production/api:8081/TCP");
}

#[test]
fn a_capstone_with_a_block_too_many() {
    let course = repository();
    let answer = changed(&course, "capstone", |policy| {
        for rule in policy["spec"]["egress"].as_array_mut().into_iter().flatten() {
            let peers = rule["to"].as_array_mut().unwrap();
            if peers[0].get("ipBlock").is_some() {
                peers.push(serde_json::json!({"ipBlock": {"cidr": "11.0.0.0/8"}}));
            }
        }
    });
    fails_beyond(&course, "capstone", &answer, "backend/payments → 11.0.0.1:443/TCP");
}

#[test]
fn a_system_that_does_not_stay_as_it_is() {
    let course = repository();
    let mut answer = course.lab("default-deny").unwrap().solution.objects.clone();
    answer.extend(parsed(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: everything-else, namespace: kube-system}
spec: {podSelector: {matchLabels: {app: metrics}}, policyTypes: [Ingress]}
",
    ));
    fails_beyond(&course, "default-deny", &answer, "dev/builder → kube-system/{app=metrics}:1/TCP");
}

#[test]
fn what_is_wrong_is_said_first_and_where_it_stands() {
    let course = repository();
    let mut answer = course.lab("default-deny").unwrap().solution.objects.clone();
    answer.extend(parsed(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: monitoring, namespace: production}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
    - podSelector: {matchLabels: {app: prometheus}}
",
    ));
    let report = checker(&course, "default-deny").check_files(&answer);
    let finding = report.finding.expect("a finding");
    assert_eq!((finding.policy.as_str(), finding.field.as_str()), ("production/monitoring", "spec.ingress[0].from[1]"));
    let wrong = report.checks.iter().find(|check| !check.passed && check.flow.is_some()).unwrap();
    let decision = wrong.decided_by.iter().find(|decision| decision.policy == "production/monitoring").unwrap();
    assert_eq!((decision.rule, decision.peer, decision.field.as_str()), (Some(0), Some(0), "spec.ingress[0].from[0]"));
}
