//! Clusters of one's own: what is touched there, and what is said of them.

use std::process::{Command, Stdio};

use crate::serving::Serving;
use crate::terminal::Terminal;

/// A cluster that does not say that it is one for practice, as the file `real`.
fn real(terminal: &Terminal) -> Serving {
    real_with(terminal, &[])
}

fn real_with(terminal: &Terminal, options: &[&str]) -> Serving {
    let arguments = [&["cluster", "--listen", "127.0.0.1:0"], options].concat();
    let cluster = Serving::start(terminal, &arguments, "export KUBECONFIG=");
    cluster.as_real(terminal);
    cluster
}

/// What a cluster holds of some kinds, as names and UIDs.
fn objects(terminal: &Terminal, cluster: &Serving, kinds: &str) -> String {
    let columns = "custom-columns=KIND:.kind,NS:.metadata.namespace,NAME:.metadata.name,UID:.metadata.uid";
    terminal.kubectl_of(cluster, &format!("get {kinds} -A --no-headers -o {columns}")).exits(0).stdout
}

const EVERYTHING: &str = "namespaces,pods,configmaps,networkpolicies,clusternetworkpolicies";

#[test]
fn a_namespace_of_somebody_else_is_neither_filled_nor_deleted() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    for name in ["production", "dev", "monitoring"] {
        terminal.kubectl_of(&cluster, &format!("create namespace {name}")).exits(0);
        terminal.kubectl_of(&cluster, &format!("create configmap theirs -n {name}")).exits(0);
        let before = objects(&terminal, &cluster, EVERYTHING);
        for command in ["start", "reset"] {
            let ran = terminal.run(&format!("{command} default-deny --kubeconfig real")).exits(2);
            let ran = ran.warns(&format!("Namespace {name} exists already"));
            assert!(!ran.stderr.contains("delete it"), "{}", ran.stderr);
        }
        assert_eq!(objects(&terminal, &cluster, EVERYTHING), before);
        terminal.kubectl_of(&cluster, &format!("delete namespace {name}")).exits(0);
    }
    terminal.run("start default-deny --kubeconfig real").exits(0);
    terminal.run("reset default-deny --kubeconfig real").exits(0);
    // A namespace that does not carry the label any more is not ours any more.
    terminal.kubectl_of(&cluster, "label namespace dev lab-checker/lab-").exits(0);
    let before = objects(&terminal, &cluster, EVERYTHING);
    terminal.run("reset default-deny --kubeconfig real").exits(2).warns("Namespace dev exists already");
    assert_eq!(objects(&terminal, &cluster, EVERYTHING), before);
}

/// A course with one lab that puts objects where those of others stand.
fn guarded(terminal: &Terminal, foreign: bool) {
    let lab = format!(
        "title: Guarded\nchapter: one\nnamespace: vault\nforeign: {foreign}\ntask: Look.\nreachability:\n  default: allowed\n  except:\n  - {{name: closed, from: vault/a, to: vault/b}}\nhints: [Look.]\nsolution: Closed.\n"
    );
    let pod = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: vault, labels: {{app: {name}}}}}\nspec: {{containers: [{{name: c, image: nginx, ports: [{{containerPort: 80}}]}}]}}\n"
        )
    };
    let start = "apiVersion: v1\nkind: Namespace\nmetadata: {name: vault}\n".to_owned()
        + &pod("a")
        + &pod("b")
        + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {whose: the lab's}\n"
        + "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: guard}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {a: b}}}}\n";
    terminal.file("course/labs/guarded/lab.yaml", lab);
    terminal.file("course/labs/guarded/start/all.yaml", start);
    terminal.file(
        "course/labs/guarded/solution/deny.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {matchLabels: {app: b}}}\n",
    );
    terminal.file("course/book/book.toml", "[book]\ntitle = \"A small course\"\n");
    terminal.file("course/book/src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
    terminal.file("course/book/src/one.md", "# One\n\n{{#lab guarded}}\n").file("course/quizzes/.keep", "");
}

const NAMES: &str = "ConfigMap default/settings, ClusterNetworkPolicy guard";

#[test]
fn objects_among_those_of_others_are_named_and_asked_about() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    let before = objects(&terminal, &cluster, EVERYTHING);
    guarded(&terminal, false);
    terminal.run("course check --course course").exits(1).says(NAMES);
    for line in
        ["start guarded --course course --kubeconfig real", "start guarded --course course --kubeconfig real --yes"]
    {
        terminal.run(line).exits(2).warns(NAMES).warns("foreign: true");
    }
    guarded(&terminal, true);
    for command in ["start", "reset"] {
        let ran = terminal.run(&format!("{command} guarded --course course --kubeconfig real")).exits(2);
        ran.warns(NAMES).warns("--yes");
    }
    assert_eq!(objects(&terminal, &cluster, EVERYTHING), before);
    terminal.run("start guarded --course course --kubeconfig real --yes").exits(0).warns(NAMES);
    let label = "get clusternetworkpolicies,configmaps -A -l lab-checker/lab=guarded -o name";
    terminal.kubectl_of(&cluster, label).exits(0).says("guard").says("configmap/settings");
    terminal.run("reset guarded --course course --kubeconfig real --yes").exits(0);
    terminal.run("check guarded --course course --kubeconfig real").exits(1).says("✓ everything else is as it was");
}

#[test]
fn objects_of_others_under_the_names_of_a_lab_stay_as_they_are() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    guarded(&terminal, true);
    terminal.kubectl_of(&cluster, "create configmap settings -n default --from-literal=whose=theirs").exits(0);
    let policy = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: guard}\nspec: {tier: Admin, priority: 9, subject: {namespaces: {}}}\n";
    terminal.file("theirs.yaml", policy);
    terminal.kubectl_of(&cluster, "apply -f theirs.yaml").exits(0);
    let before = objects(&terminal, &cluster, EVERYTHING);
    for command in ["start", "reset"] {
        let ran = terminal.run(&format!("{command} guarded --course course --kubeconfig real --yes")).exits(2);
        ran.warns(&format!("{NAMES} exist already"));
    }
    assert_eq!(objects(&terminal, &cluster, EVERYTHING), before);
    terminal.kubectl_of(&cluster, "get configmap settings -n default -o yaml").exits(0).says("whose: theirs");
    // A practice cluster is nobody's: there is no question, and what is in the way goes.
    let kubeconfig = cluster.kubeconfig().display().to_string();
    terminal.run(&format!("start guarded --course course --kubeconfig {kubeconfig}")).exits(0);
}

#[test]
fn the_doctor_proves_what_networks_do() {
    let terminal = Terminal::new();
    let check = |options: &[&str], wait: u32, code: i32, words: &str| {
        let cluster = real_with(&terminal, options);
        let before = objects(&terminal, &cluster, EVERYTHING);
        terminal.run(&format!("doctor --kubeconfig real --prove --wait {wait}")).exits(code).says(words);
        assert_eq!(objects(&terminal, &cluster, EVERYTHING), before, "the doctor cleans up");
    };
    check(&["--cni", "rejecting"], 60, 0, "it is refused then");
    check(&["--enforcement-delay", "1500"], 60, 0, "✓ proved: two pods connect");
    check(&["--enforcement-delay", "600000"], 1, 1, "whether a policy denies ingress or not");
    check(&["--cni", "none"], 1, 1, "whether a policy denies ingress or not");
}

#[test]
fn a_lab_about_a_network_is_refused_on_another_one() {
    let terminal = Terminal::new();
    let enforcing = real(&terminal);
    for line in ["start no-enforcement", "reset no-enforcement", "check no-enforcement", "check no-enforcement --watch"]
    {
        let ran = terminal.run(&format!("{line} --kubeconfig real")).exits(2);
        ran.warns("no-enforcement needs a network that ignores policies").warns("--cni none");
    }
    terminal.file("data/class.json", r#"{"url":"http://127.0.0.1:1","token":"t"}"#);
    terminal.run("submit no-enforcement --kubeconfig real").exits(2).warns("needs a network that ignores policies");
    assert!(!objects(&terminal, &enforcing, "namespaces").contains("production"));
    drop(enforcing);
    let ignoring = real_with(&terminal, &["--cni", "none"]);
    terminal.run("start no-enforcement --kubeconfig real").exits(0);
    terminal.run("check no-enforcement --kubeconfig real").exits(1);
    // The other way round: who finds out by trying finds what this network does.
    for lab in ["who-is-isolated", "audit", "host-network"] {
        let start = terminal.run(&format!("start {lab} --kubeconfig real")).exits(2);
        start.warns("needs a network that enforces policies");
        terminal.run(&format!("check {lab} --kubeconfig real")).exits(2).warns("Flannel");
    }
    // Without policies there is nothing to ignore.
    terminal.run("start no-isolation --kubeconfig real").exits(0);
    terminal.run("check no-isolation --kubeconfig real").exits(1);
    // In a practice cluster each lab has the network that it needs.
    for lab in ["audit", "no-enforcement"] {
        terminal.run(&format!("start {lab}")).exits(0);
        terminal.run(&format!("check {lab}")).exits(1);
    }
    drop(ignoring);
}

#[test]
fn of_a_named_cluster_it_is_said_that_policies_speak() {
    let terminal = Terminal::new();
    let _cluster = real(&terminal);
    terminal.run("start default-deny").exits(0);
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: production}\nspec: {podSelector: {}}\n";
    terminal.file("a.yaml", policy).file("b.yaml", policy.replace("podSelector: {}", "podSelector: {}, ingress: [{}]"));
    let note = "this is what the policies say, not what packets do";
    for line in [
        "check default-deny",
        "reach",
        "reach --count",
        "explain dev/intruder production/db:5432",
        "diff a.yaml b.yaml",
        "exposure",
        "lint",
    ] {
        let named = terminal.run(&format!("{line} --context practice --kubeconfig real"));
        let lines = named.stderr.lines().filter(|text| text.contains(note)).count();
        assert_eq!(lines, 1, "{line}: {}", named.stderr);
        assert!(!named.stdout.contains(note), "{line}: {}", named.stdout);
        named.warns("lab-checker doctor --context practice --kubeconfig real --prove");
        let json = format!("{line} --kubeconfig real{}", if line == "reach --count" { "" } else { " -o json" });
        assert_eq!(terminal.run(&json).json()["basis"], "policies", "{line}");
        let unnamed = terminal.run(line);
        assert!(!unnamed.stderr.contains(note), "{line}: {}", unnamed.stderr);
        let json = json.replace(" --kubeconfig real", "");
        assert_eq!(terminal.run(&json).json().get("basis"), None, "{line}");
    }
}

#[test]
fn the_doctor_tells_what_it_tried_and_what_not() {
    let terminal = Terminal::new();
    let _cluster = real(&terminal);
    let json = terminal.run("doctor --kubeconfig real --prove -o json").exits(0).json();
    let tried: Vec<_> = json["tried"].as_array().unwrap().iter().map(|tried| tried["what"].as_str().unwrap()).collect();
    let expected = ["ingress, TCP", "egress, TCP", "ingress, UDP", "egress, UDP", "endPort", "ClusterNetworkPolicy"];
    assert_eq!(tried, expected, "{json}");
    for tried in json["tried"].as_array().unwrap() {
        assert!(tried["proof"] == "enforced" && tried["seconds"].is_number(), "{tried}");
    }
    assert_eq!(json["not_tried"][0]["what"], "ingress, TCP over IPv6");
    assert_eq!(json["practice"], false);
    terminal.run("doctor").exits(0).says("(a practice cluster)");
}

#[test]
fn what_the_doctor_found_out_is_remembered_with_its_date() {
    let terminal = Terminal::new();
    let note = |cluster: &Serving, words: &str| {
        cluster.as_real(&terminal);
        terminal.run("reach --kubeconfig real").warns(words);
    };
    let enforcing = real(&terminal);
    note(&enforcing, "not what packets do");
    terminal.run("doctor --kubeconfig real --prove").exits(0);
    note(&enforcing, "the doctor proved that this cluster's network enforces them");
    let start = terminal.run("start no-enforcement --kubeconfig real").exits(2);
    start.warns("as the doctor found on 2").warns("needs a network that ignores policies");
    // Another cluster is another network.
    let ignoring = real_with(&terminal, &["--cni", "none"]);
    note(&ignoring, "not what packets do; ");
    terminal.run("doctor --kubeconfig real --prove --wait 1").exits(1);
    note(&ignoring, "this cluster's network ignored policies");
    terminal.run("start no-enforcement --kubeconfig real").exits(0);
}

#[test]
fn whatever_was_interrupted_is_found_and_removed() {
    let terminal = Terminal::new();
    let cluster = real_with(&terminal, &["--cni", "none"]);
    let before = objects(&terminal, &cluster, EVERYTHING);
    for signal in ["TERM", "INT", "KILL"] {
        for line in ["doctor --kubeconfig real --prove --wait 600", "start default-deny --kubeconfig real"] {
            let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
            command.args(line.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("it starts");
            while objects(&terminal, &cluster, "namespaces") == namespaces_of(&before) {
                std::thread::yield_now();
            }
            let told = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
            // A start may have ended by then.
            assert!(told.is_ok());
            child.wait().expect("it ends");
            if line.starts_with("doctor") && signal != "KILL" {
                assert_eq!(objects(&terminal, &cluster, EVERYTHING), before, "{signal}");
            }
            terminal.run("clean --kubeconfig real --yes").exits(0);
            assert_eq!(objects(&terminal, &cluster, EVERYTHING), before, "{signal} {line}");
        }
    }
    terminal.run("clean --kubeconfig real").exits(0).says("nothing that we made");
    terminal.run("clean").exits(0).says("nothing that we made");
}

fn namespaces_of(everything: &str) -> String {
    everything
        .lines()
        .filter(|line| line.starts_with("Namespace "))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn clean_lists_asks_and_removes_what_is_ours_with_a_learners_answers() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    terminal.kubectl_of(&cluster, "create namespace theirs").exits(0);
    let policy = |name: &str, label: &str| {
        format!(
            "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{tier: Admin, priority: 9, subject: {{namespaces: {{matchLabels: {{kubernetes.io/metadata.name: {label}}}}}}}, ingress: [{{name: a, action: Deny, from: [{{namespaces: {{}}}}]}}]}}\n---\n"
        )
    };
    terminal.file("theirs.yaml", policy("theirs", "theirs"));
    terminal.kubectl_of(&cluster, "apply -f theirs.yaml").exits(0);
    let before = objects(&terminal, &cluster, EVERYTHING);
    let started = terminal.run("start cluster-wall --kubeconfig real").exits(0);
    started.warns("cluster-wall makes in practice").warns("production");
    terminal.file("answer.yaml", policy("answer", "production"));
    terminal.kubectl_of(&cluster, "apply -f answer.yaml").exits(0);
    let held = objects(&terminal, &cluster, EVERYTHING);
    let listed = terminal.run("clean --kubeconfig real").exits(2).warns("Namespace production").warns("--yes");
    assert!(listed.stderr.contains("ClusterNetworkPolicy answer") && !listed.stderr.contains("theirs"));
    assert_eq!(objects(&terminal, &cluster, EVERYTHING), held);
    // It would decide about the next lab.
    let next = terminal.run("start default-deny --kubeconfig real").exits(0);
    next.warns("goes first").warns("ClusterNetworkPolicy answer");
    terminal.run("clean --kubeconfig real --yes").exits(0);
    assert_eq!(objects(&terminal, &cluster, EVERYTHING), before);
}

#[test]
fn a_second_learner_of_a_shared_cluster_leaves_the_first_alone() {
    let (ada, bob) = (Terminal::new(), Terminal::new());
    let cluster = real(&ada);
    cluster.as_real(&bob);
    ada.run("start default-deny --kubeconfig real").exits(0);
    let before = objects(&ada, &cluster, EVERYTHING);
    for line in ["start default-deny", "reset default-deny", "start default-deny --yes"] {
        bob.run(&format!("{line} --kubeconfig real")).exits(2).warns("a lab of another learner");
    }
    bob.run("clean --kubeconfig real --yes").exits(0).warns("of other learners");
    assert_eq!(objects(&ada, &cluster, EVERYTHING), before);
    ada.run("reset default-deny --kubeconfig real").exits(0);
    bob.run("clean --kubeconfig real --all --yes").exits(0);
    assert!(!objects(&ada, &cluster, "namespaces").contains("production"));
}

#[test]
fn a_namespace_can_be_asked_about_alone() {
    let terminal = Terminal::new();
    let _cluster = real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let flows = |options: &str| {
        let json = terminal.run(&format!("reach --kubeconfig real -o json {options}")).exits(0).json();
        let flows = json["flows"].as_array().unwrap().clone();
        let spaces = flows.iter().map(|flow| flow["from"].as_str().unwrap().split('/').next().unwrap().to_owned());
        spaces.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(flows("-n production").into_iter().collect::<Vec<_>>(), ["production"]);
    let (own, mut all) = (flows(""), flows("-A"));
    assert!(own.len() > 1 && !own.contains("kube-system"), "{own:?}");
    assert!(all.remove("kube-system") && all == own, "the cluster's own pods with -A alone: {all:?}");
    terminal.run("reach --kubeconfig real -A -n production").exits(2);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}\n";
    terminal.file("a.yaml", pod).file("b.yaml", pod.replace("name: a", "name: b, namespace: theirs"));
    let json = terminal.run("reach -f a.yaml -f b.yaml -n mine -o json").exits(0).json();
    assert_eq!((&json["flows"][0]["from"], &json["flows"][0]["to"]), (&"mine/a".into(), &"theirs/b".into()));
}

#[test]
fn packets_are_tried_and_a_network_that_does_otherwise_is_told() {
    let terminal = Terminal::new();
    let agnhost = "registry.k8s.io/e2e-test-images/agnhost:2.53";
    let pod = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: tried}}\nspec: {{containers: [{{name: c, image: '{agnhost}', args: [serve-hostname, --port=8080], ports: [{{containerPort: 8080}}]}}]}}\n"
        )
    };
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tried}\n".to_owned();
    let deny = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: tried}\nspec: {podSelector: {}}\n";
    terminal.file("tried.yaml", namespace + &pod("a") + &pod("b") + deny);
    for (cni, network) in [("enforcing", "blocked"), ("rejecting", "blocked"), ("none", "allowed")] {
        let cluster = real_with(&terminal, &["--cni", cni]);
        terminal.kubectl_of(&cluster, "apply -f tried.yaml").exits(0);
        terminal.kubectl_of(&cluster, "wait --for=condition=Ready pod --all -n tried --timeout=60s").exits(0);
        let code = i32::from(network == "allowed");
        let json = terminal.run("reach --kubeconfig real -n tried --probe -o json").exits(code).json();
        let flows = json["flows"].as_array().unwrap();
        assert_eq!(flows.len(), 2, "{json}");
        for cell in flows {
            assert_eq!((&cell["policy"], &cell["network"]), (&"blocked".into(), &network.into()), "{cni}: {cell}");
        }
        let words = if code == 0 { "in 2 of 2 flows" } else { "policy says blocked, network does allowed" };
        terminal.run("reach --kubeconfig real -n tried --probe").exits(code).says(words);
        terminal.kubectl_of(&cluster, "delete networkpolicy deny -n tried").exits(0);
        terminal.run("reach --kubeconfig real -n tried --probe").exits(0).says("in 2 of 2 flows");
    }
}

#[test]
fn a_lab_is_checked_with_packets_too() {
    let terminal = Terminal::new();
    let _cluster = real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let json = terminal.run("check default-deny --kubeconfig real --probe -o json").exits(1).json();
    let flows = json["flows"].as_array().unwrap();
    assert!(flows.iter().any(|cell| cell["policy"] == "allowed" && cell["network"] == "allowed"), "{json}");
    terminal.run("check default-deny --probe -f a.yaml").exits(2);
    // In a practice cluster too, where kubectl is in the lab's world.
    terminal.run("start default-deny").exits(0);
    terminal.run("check default-deny --probe").exits(1).says("✓ tried with packets");
    terminal.run("start sandbox").exits(0);
    terminal.run("check default-deny --probe").exits(2).warns("current world alone");
}

#[test]
fn watching_says_nothing_of_changes_that_it_does_not_judge() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
    command.args(["check", "default-deny", "--watch", "-o", "json", "--kubeconfig", "real"]);
    let mut watch = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the command starts");
    let stdout = watch.stdout.take().expect("stdout is piped");
    let mut reports = serde_json::Deserializer::from_reader(stdout).into_iter::<serde_json::Value>();
    let mut next = || reports.next().expect("another report").expect("JSON");
    assert_eq!(next()["passed"], false);
    for line in [
        "create namespace elsewhere",
        "create configmap unrelated -n production",
        "create deployment unrelated -n elsewhere --image=nginx",
        "annotate namespace production note=unrelated",
        "annotate pod --all -n production note=unrelated",
    ] {
        terminal.kubectl_of(&cluster, line).exits(0);
    }
    let solution = concat!(env!("CARGO_MANIFEST_DIR"), "/../../labs/default-deny/solution");
    terminal.kubectl_of(&cluster, &format!("apply -n production -f {solution}")).exits(0);
    assert_eq!(next()["passed"], true, "the report after the first is about the policy");
    watch.kill().expect("it can be ended");
    watch.wait().expect("it ends");
}

#[test]
fn a_pod_without_a_tool_is_lent_one_and_only_once() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    let pod = |name: &str, image: &str, port: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: tried, labels: {{app: {name}}}}}\nspec: {{containers: [{{name: c, image: '{image}'{port}}}]}}\n"
        )
    };
    let server = ", args: [netexec, --http-port=8080, --udp-port=8081], ports: [{containerPort: 8080}, {containerPort: 8081, protocol: UDP}]";
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tried}\n".to_owned()
        + &pod("server", "registry.k8s.io/e2e-test-images/agnhost:2.53", server)
        + &pod("bare", "registry.k8s.io/pause:3.10", "")
        + &pod("busy", "busybox:1.36", ", command: [sleep, infinity]");
    terminal.file("tried.yaml", text);
    terminal.kubectl_of(&cluster, "apply -f tried.yaml").exits(0);
    terminal.kubectl_of(&cluster, "wait --for=condition=Ready pod --all -n tried --timeout=60s").exits(0);
    let lent = |pod: &str| {
        let path = "jsonpath={.spec.ephemeralContainers[*].name}";
        terminal.kubectl_of(&cluster, &format!("get pod {pod} -n tried -o {path}")).exits(0).stdout
    };
    let tried = |expected: &str| {
        let ran = terminal.run("reach --kubeconfig real -n tried --to tried/server --probe -o json").exits(0);
        for cell in ran.json()["flows"].as_array().expect("flows") {
            assert_eq!(cell["network"], expected, "{cell}");
        }
        ran
    };
    tried("allowed").warns("tried/bare").warns("is listed in the pod until the pod goes");
    tried("allowed");
    assert_eq!(lent("bare"), "lab-checker-probe", "the one that is there is used again");
    assert_eq!(lent("server"), "");
    let deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: tried}\nspec: {podSelector: {matchLabels: {app: server}}}\n";
    terminal.file("deny.yaml", deny);
    terminal.kubectl_of(&cluster, "apply -f deny.yaml").exits(0);
    tried("blocked");
    // As kubectl debug does it.
    let debug = "debug -n tried bare --image=busybox:1.36 -c mine -- nc -z -w 2 server 80";
    terminal.kubectl_of(&cluster, debug).exits(0);
    assert!(lent("bare").contains("mine"));
}

#[test]
fn an_incomplete_check_fails_when_it_is_to_be_strict() {
    let terminal = Terminal::new();
    let cluster = real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let solution = concat!(env!("CARGO_MANIFEST_DIR"), "/../../labs/default-deny/solution");
    terminal.kubectl_of(&cluster, &format!("apply -n production -f {solution}")).exits(0);
    terminal.run("check default-deny --kubeconfig real --strict").exits(0);
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ciliumnetworkpolicies.cilium.io}\nspec:\n  group: cilium.io\n  scope: Namespaced\n  names: {plural: ciliumnetworkpolicies, singular: ciliumnetworkpolicy, kind: CiliumNetworkPolicy, listKind: CiliumNetworkPolicyList}\n  versions: [{name: v2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]\n";
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: other, namespace: production}\nspec: {}\n";
    terminal.file("definition.yaml", definition).file("policy.yaml", policy);
    terminal.kubectl_of(&cluster, "apply -f definition.yaml").exits(0);
    terminal.kubectl_of(&cluster, "apply -f policy.yaml").exits(0);
    for output in ["text", "json"] {
        let check = format!("check default-deny --kubeconfig real -o {output}");
        terminal.run(&check).exits(0).warns("CiliumNetworkPolicy");
        terminal.run(&format!("{check} --strict")).exits(1);
    }
    let json = terminal.run("check default-deny --kubeconfig real --strict -o json").exits(1).json();
    assert_eq!(json["passed"], true, "{json}");
    assert_eq!(json["incomplete"].as_array().map(Vec::len), Some(1), "{json}");
    terminal.run(&format!("check default-deny -f {solution} --strict")).exits(0);
}

#[test]
fn of_a_namespace_that_is_not_there_nothing_is_said() {
    let terminal = Terminal::new();
    let _cluster = real(&terminal);
    terminal.file("expected.yaml", "default: allowed\n");
    for line in [
        "reach -n prodution",
        "exposure -n prodution",
        "lint -n prodution",
        "verify -n prodution expected.yaml",
        "verify -n prodution --init",
        "explain a/b c/d:80 -n prodution",
    ] {
        let ran = terminal.run(&format!("{line} --kubeconfig real")).exits(2).warns("has no namespace prodution");
        assert_eq!(ran.stdout, "", "{line}");
    }
    let none = terminal.run("reach -n kube-public --probe --kubeconfig real").exits(0).says("no flow was tried");
    assert!(!none.stdout.contains('✓'), "{}", none.stdout);
}
