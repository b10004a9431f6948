//! Policies that nobody here evaluates: every answer about traffic names them, on stderr for people and in JSON for
//! programs.

use serde_json::{Value, json};

use crate::terminal::{Ran, Terminal};

const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {app: b}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
";

const OTHERS: &str = "\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: deny, namespace: x}
spec: {selector: all(), types: [Ingress]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny, namespace: x}
spec: {endpointSelector: {}, ingress: [{}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  namespace: x
  name: again
---
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata: {name: g}
spec: {selector: all(), types: [Ingress]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: x}
spec: {}
";

/// The policy that a policy of the same name in another group must not replace.
const OWN: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: x}
spec: {podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress]}
";

const SENTENCES: [&str; 4] = [
    "1 Calico NetworkPolicy was not evaluated",
    "2 CiliumNetworkPolicies were not evaluated",
    "1 GlobalNetworkPolicy was not evaluated",
    "1 Istio AuthorizationPolicy was not evaluated",
];

fn folder() -> Terminal {
    let terminal = Terminal::new();
    terminal.file("k8s/own.yaml", format!("{PODS}---\n{OWN}"));
    terminal.file("k8s/others.yaml", OTHERS).file("pods.yaml", PODS).file("policy.yaml", OWN);
    terminal
}

#[track_caller]
fn named(ran: Ran) -> Ran {
    ran.warns("warning: 1 Calico NetworkPolicy was not evaluated: x/deny (k8s/others.yaml:3)")
        .warns("warning: 2 CiliumNetworkPolicies were not evaluated: x/deny (k8s/others.yaml:8), x/again (k8s/others.yaml:15)")
        .warns("warning: 1 GlobalNetworkPolicy was not evaluated: g (k8s/others.yaml:19)")
        .warns("warning: 1 Istio AuthorizationPolicy was not evaluated: x/nobody (k8s/others.yaml:24)")
}

#[test]
fn every_answer_about_traffic_names_them() {
    let terminal = folder();
    for (command, code) in [
        ("reach -f k8s", 0),
        ("reach -f k8s -o csv", 0),
        ("reach -f k8s -o dot", 0),
        ("reach -f k8s --count", 0),
        ("explain x/a x/b:80 -f k8s", 0),
        ("exposure -f k8s", 0),
        ("lint -f k8s", 0),
        ("diff pods.yaml k8s", 0),
        ("diff k8s pods.yaml", 0),
        ("check default-deny -f k8s", 1),
        ("check default-deny -f k8s -o junit", 1),
    ] {
        named(terminal.run(command).exits(code));
    }
    for (command, code) in [
        ("reach -f k8s -o json", 0),
        ("reach -f k8s --count -o json", 0),
        ("explain x/a x/b:80 -f k8s -o json", 0),
        ("exposure -f k8s -o json", 0),
        ("lint -f k8s -o json", 0),
        ("diff pods.yaml k8s -o json", 0),
        ("check default-deny -f k8s -o json", 1),
    ] {
        let answer = named(terminal.run(command).exits(code)).json();
        assert_eq!(answer["incomplete"], json!(SENTENCES), "{command}: {answer}");
        assert!(answer.as_object().is_some_and(|fields| fields.len() > 1), "{command}: {answer}");
    }
}

#[test]
fn whole_answers_say_nothing_of_it() {
    let terminal = folder();
    for command in [
        "reach -f k8s/own.yaml -o json",
        "reach -f k8s/own.yaml --count",
        "explain x/a x/b:80 -f k8s/own.yaml -o json",
        "exposure -f k8s/own.yaml -o json",
        "lint -f k8s/own.yaml -o json",
        "diff pods.yaml k8s/own.yaml -o json",
    ] {
        let ran = terminal.run(command).exits(0);
        assert_eq!(ran.stderr, "", "{command}");
        assert_eq!(ran.json()["incomplete"], Value::Null, "{command}");
    }
    terminal.run("lint -f k8s/own.yaml").exits(0).says("1 policy, nothing suspicious");
}

#[test]
fn a_linter_that_has_seen_half_does_not_call_it_clean() {
    let terminal = folder();
    let ran = named(terminal.run("lint -f k8s").exits(0)).says("0 findings in 1 policy");
    assert!(!ran.stdout.contains("nothing suspicious"), "{}", ran.stdout);
    for sentence in SENTENCES {
        assert!(ran.stdout.contains(sentence), "{}", ran.stdout);
    }
}

#[test]
fn a_policy_of_another_group_is_never_taken_for_kubernetes_own() {
    let terminal = folder();
    // Whichever is read last: of one name and two groups there are two.
    for files in ["-f k8s/own.yaml -f k8s/others.yaml", "-f k8s/others.yaml -f k8s/own.yaml"] {
        let ran = terminal.run(&format!("explain x/a x/b:80 {files}")).exits(0).says("✗ blocked");
        assert!(!ran.stderr.contains("second time"), "{}", ran.stderr);
        terminal.run(&format!("explain x/b x/a:80 {files}")).exits(0).says("✓ allowed");
    }
    terminal.file("both.yaml", format!("{PODS}---\n{OWN}---\n{OTHERS}"));
    let ran = terminal.run("explain x/a x/b:80 -f both.yaml").exits(0).says("✗ blocked");
    assert!(!ran.stderr.contains("second time"), "{}", ran.stderr);
    // A side that has only the other one replaces nothing.
    terminal.run("diff k8s/others.yaml policy.yaml -f pods.yaml").exits(0).says("allowed in A, blocked in B");
}
