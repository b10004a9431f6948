//! Every lab in a world of its own: from one to the next and back, in the terminal and with real kubectl, on a practice
//! cluster alone, on `serve`, and on a cluster that is one world.

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::terminal::Terminal;

const LABS: [&str; 3] = ["default-deny", "deny-ingress", "no-enforcement"];

fn policies(terminal: &Terminal) -> String {
    terminal.kubectl("get networkpolicies -A -o name").exits(0).stdout
}

/// Applies the solution of a lab.
fn solve(terminal: &Terminal, lab: &str) {
    let solution = terminal.run(&format!("solution {lab}")).exits(0);
    terminal.file("solution.yaml", solution.stdout);
    terminal.kubectl("apply -f solution.yaml").exits(0);
}

#[test]
fn labs_do_not_get_into_each_others_way() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    let kubeconfig = std::fs::read(cluster.kubeconfig()).expect("a kubeconfig");
    terminal.kubectl("create namespace of-the-sandbox").exits(0);
    for lab in LABS {
        terminal.run(&format!("start {lab}")).exits(0).says("In the cluster now");
        terminal.run("check").exits(1);
        solve(&terminal, lab);
        terminal.run("check").exits(0);
    }
    // Each is as it was left, and none has solved another.
    for lab in LABS {
        let elsewhere = terminal.run(&format!("check {lab} -o json")).exits(0);
        assert_eq!(elsewhere.json()["lab"], lab);
        terminal.run(&format!("start {lab}")).exits(0).says("as you left it");
        let here = terminal.run("check -o json").exits(0);
        assert_eq!(here.json()["lab"], lab, "{}", here.stderr);
        assert!(here.stderr.is_empty(), "{}", here.stderr);
    }
    // A reset is about one of them.
    terminal.run("start default-deny").exits(0);
    terminal.run("reset deny-ingress").exits(0).says("back at its start").says("still in the world of default-deny");
    assert!(policies(&terminal).contains("default-deny-all"));
    let ran = terminal.run("check deny-ingress").exits(1);
    ran.warns("kubectl is in the world of default-deny, and this is about deny-ingress").warns("start deny-ingress");
    terminal.run("check").exits(0);
    terminal.run("hint").exits(0).says("Hint 1 of");
    terminal.run("hint").exits(0).says("Hint 2 of");
    terminal.run("hint deny-ingress").exits(0).says("Hint 1 of");
    terminal.run("reset").exits(0).says("Default deny is back at its start");
    terminal.run("hint").exits(0).says("Hint 1 of");
    terminal.run("hint deny-ingress").exits(0).says("Hint 2 of");
    assert_eq!(terminal.run("solution -o json").exits(0).json()["lab"], "default-deny");
    assert_eq!(policies(&terminal), "");
    terminal.run("check no-enforcement").exits(0);
    terminal.run("start sandbox").exits(0).says("sandbox");
    assert!(terminal.kubectl("get namespaces -o name").exits(0).stdout.contains("of-the-sandbox"));
    for command in ["check", "hint", "solution", "reset"] {
        terminal.run(command).exits(2).warns("the sandbox has no task");
    }
    terminal.run("check dns-egress").exits(1).warns("dns-egress has not begun: lab-checker start dns-egress");
    assert_eq!(std::fs::read(cluster.kubeconfig()).expect("a kubeconfig"), kubeconfig);
}

#[test]
fn where_no_policy_is_enforced_packets_tell() {
    let terminal = Terminal::new();
    let _serve = Serving::serve(&terminal);
    terminal.run("start no-enforcement").exits(0).says("ignores policies");
    assert!(terminal.kubectl("get daemonsets -n kube-system -o name").exits(0).stdout.contains("flannel"));
    let pods = "get pod db -n production -o jsonpath={.status.podIP}";
    let address = terminal.kubectl(pods).exits(0).stdout;
    terminal.kubectl(&format!("exec -n dev intruder -- nc -z -w 2 {address} 5432")).exits(0);
    terminal.run("check").exits(1);
    solve(&terminal, "no-enforcement");
    // Done in serve's own cluster, it is recorded.
    terminal.run("check").exits(0).says("Recorded; your best is 10 of 10 points.");
    terminal.run("start default-deny").exits(0);
    assert!(!terminal.kubectl("get daemonsets -n kube-system -o name").exits(0).stdout.contains("flannel"));
}

fn lab<'a>(labs: &'a Value, name: &str) -> &'a Value {
    labs["labs"].as_array().expect("labs").iter().find(|lab| lab["name"] == name).expect("the lab")
}

#[test]
fn labs_and_status_say_where_one_is_and_what_comes_next() {
    let terminal = Terminal::new();
    terminal.run("labs").exits(0).says("Begin one with lab-checker start LAB.");
    let _serve = Serving::serve(&terminal);
    let before = terminal.run("labs -o json").exits(0).json();
    let first = before["labs"][0]["name"].as_str().expect("a name").to_owned();
    assert_eq!((&before["current"], &before["next"]), (&json!("sandbox"), &json!(first)));
    terminal.run("labs").exits(0).says(&format!("Next: lab-checker start {first}"));
    terminal.run("start default-deny").exits(0);
    terminal.run("labs").exits(0).says("▸").says("kubectl is in default-deny. Next: lab-checker check --watch");
    solve(&terminal, "default-deny");
    terminal.run("check").exits(0).says("Recorded");
    let after = terminal.run("labs -o json").exits(0).json();
    let done = lab(&after, "default-deny");
    assert_eq!((&done["current"], &done["passed"], &done["best_points"]), (&json!(true), &json!(true), &json!(10.0)));
    assert_eq!(
        (&after["current"], &after["next"]),
        (&json!("default-deny"), &json!(first)),
        "what is done is not next"
    );
    terminal.run("start deny-ingress").exits(0);
    let labs = terminal.run("labs").exits(0).says("✓").says("10 of 10");
    assert!(labs.stdout.lines().all(|line| line.chars().count() <= 80), "{}", labs.stdout);
    let status = terminal.run("status").exits(0).says("kubectl is in deny-ingress (▸).").says("Next: lab-checker ");
    let place = |text: &str| status.stdout.find(text).unwrap_or_else(|| panic!("no {text} in {}", status.stdout));
    // A quiz of an early lesson stands before a lab of a late one.
    assert!(place("quiz no-isolation") < place("lab capstone"), "{}", status.stdout);
}

#[test]
fn a_cluster_that_is_one_world_says_which_lab_it_holds() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0).says("check default-deny --kubeconfig real --watch");
    terminal.run("check default-deny --kubeconfig real").exits(1);
    let other = terminal.run("check dns-egress --kubeconfig real").exits(2);
    other.warns("this cluster holds default-deny, not dns-egress").warns("start dns-egress --kubeconfig real");
    terminal.run("start sandbox --kubeconfig real").exits(2).warns("only practice clusters have a sandbox");
    terminal.run("start dns-egress --kubeconfig real").exits(0);
    terminal.run("check dns-egress --kubeconfig real").exits(1);
}
