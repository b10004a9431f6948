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

#[test]
fn policies_about_nodes_that_no_file_names_are_told() {
    let terminal = folder();
    let policy = "\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: keep-off}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  egress:
  - {action: Deny, to: [{nodes: {matchLabels: {rack: two}}}]}
";
    let node = "\
apiVersion: v1
kind: Node
metadata: {name: two, labels: {rack: two}}
status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
";
    terminal.file("nodes/policy.yaml", policy).file("nodes/pods.yaml", PODS).file("node.yaml", node);
    let sentence = "1 ClusterNetworkPolicy names nodes by labels, and no file says which nodes there are: whether a flow \
                    from or to a node gets through depends on them";
    for command in ["reach -f nodes", "explain x/a 192.168.0.2:80 -f nodes", "lint -f nodes", "exposure -f nodes"] {
        terminal.run(command).exits(0).warns("keep-off (nodes/policy.yaml:3)").warns("kubectl get nodes -o yaml");
        let answer = terminal.run(&format!("{command} -o json")).exits(0).json();
        assert_eq!(answer["incomplete"], json!([sentence]), "{command}");
    }
    // A Node beside them is believed, and says which flows are meant; so is one that is named.
    for told in [
        "-f node.yaml",
        "--node two,rack=two@192.168.0.2",
        "--node other@192.168.0.3 --node two,rack=two@::1,192.168.0.2",
    ] {
        for (to, verdict) in [("192.168.0.2:80", "blocked"), ("192.168.0.3:80", "allowed")] {
            let ran = terminal.run(&format!("explain x/a {to} -f nodes {told} -o json")).exits(0);
            assert_eq!((ran.json()["verdict"].as_str(), ran.stderr.as_str()), (Some(verdict), ""), "{to} {told}");
        }
    }
    for (wrong, why) in [
        ("rack=two@192.168.0.2", "has no name"),
        ("two,rack@192.168.0.2", "`rack` is no label: write disktype=ssd"),
        ("two@rack", "`rack` is no address"),
    ] {
        terminal.run(&format!("reach -f nodes --node {wrong}")).exits(2).warns(why);
    }
}

#[test]
fn a_flow_that_depends_on_nodes_is_marked() {
    let terminal = folder();
    let policy = "\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: keep-off}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  egress:
  - {action: Deny, to: [{nodes: {matchLabels: {rack: two}}}]}
";
    terminal.file("nodes/policy.yaml", policy).file("nodes/pods.yaml", PODS).file("policy.yaml", policy);
    let ask = "-f nodes --from x/a --to 192.168.0.2 --to x/b --port 80";
    let answer = terminal.run(&format!("reach {ask} -o json")).exits(0).json();
    let marked = json!({"from": "x/a", "to": "192.168.0.2", "port": 80, "protocol": "TCP", "verdict": "depends",
        "depends_on": ["192.168.0.2"]});
    let flows = answer["flows"].as_array().expect("flows");
    assert!(flows.contains(&marked), "{answer}");
    assert_eq!(flows.iter().filter(|flow| flow["verdict"] == "allowed").count(), 1, "{answer}");
    let ran = terminal.run(&format!("reach {ask}")).exits(0);
    ran.says("? 1 not known").says("which nodes there are, which the files do not name; --node tells");
    terminal.run(&format!("reach {ask} -o csv")).exits(0).says("x/a,192.168.0.2,80,TCP,depends?");
    let ran = terminal.run("explain x/a 192.168.0.2:80 -f nodes").exits(0);
    ran.says("depends on which node 192.168.0.2 is, if any").says("--node tells which nodes");
    let answer = terminal.run("explain x/a 192.168.0.2:80 -f nodes -o json").exits(0).json();
    assert_eq!((&answer["verdict"], &answer["depends_on"]), (&json!("depends"), &json!(["192.168.0.2"])), "{answer}");
    let ran = terminal.run("diff pods.yaml nodes --from x/a --to 192.168.0.2 --port 80").exits(0);
    ran.says("A: allowed, B: depends; by the node of 192.168.0.2").says("--node tells which nodes there are");
    terminal.run(&format!("reach {ask} --node two@192.168.0.2")).exits(0).says("2 allowed");
}

#[test]
fn a_difference_that_depends_on_addresses_is_marked() {
    let terminal = folder();
    let policy = |peer: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: out, namespace: x}}\nspec:\n  \
             podSelector: {{matchLabels: {{app: a}}}}\n  policyTypes: [Egress]\n  egress: [{{to: [{peer}]}}]\n"
        )
    };
    terminal.file("all.yaml", policy("{ipBlock: {cidr: 0.0.0.0/0}}"));
    terminal.file("some.yaml", policy("{ipBlock: {cidr: 0.0.0.0/0, except: [10.42.0.0/16]}}"));
    terminal.file("none.yaml", policy("{ipBlock: {cidr: 203.0.113.0/24}}"));
    let diff = |words: &str| terminal.run(&format!("diff {words} -f pods.yaml -o json")).exits(0).json();
    let marked = diff("all.yaml some.yaml");
    assert_eq!((&marked["only_in_a"], &marked["only_in_b"]), (&json!([]), &json!([])), "{marked}");
    let expected = json!([{"from": "x/a", "to": "x/b", "port": 80, "protocol": "TCP", "in_a": "allowed",
        "in_b": "depends", "depends_on": ["x/b"]}]);
    assert_eq!(marked["depends"], expected, "{marked}");
    let text = terminal.run("diff all.yaml some.yaml -f pods.yaml").exits(0);
    text.says("? x/a → x/b:80/TCP").says("A: allowed, B: depends; by the address of x/b").says("--pod-cidr");
    let sure = diff("all.yaml none.yaml");
    assert_eq!((sure["only_in_a"].as_array().map(Vec::len), &sure["depends"]), (Some(1), &Value::Null), "{sure}");
    // Whoever tells where pods are gets a verdict.
    for (network, closed) in [("10.42.0.0/16", 1), ("10.244.0.0/16", 0)] {
        let told = diff(&format!("all.yaml some.yaml --pod-cidr {network}"));
        assert_eq!(told["only_in_a"].as_array().map(Vec::len), Some(closed), "{told}");
        assert_eq!(told["depends"], Value::Null, "{told}");
    }
}
