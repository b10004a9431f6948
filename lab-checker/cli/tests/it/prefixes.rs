//! Several learners in one cluster: the labs of each stand in namespaces of their own, which have a prefix there and the
//! names of the book everywhere else.

use crate::serving::Serving;
use crate::terminal::Terminal;

/// Ada and Bob, and the cluster that both use as the file `real`.
fn shared() -> (Terminal, Terminal, Serving) {
    let (ada, bob) = (Terminal::new(), Terminal::new());
    let cluster = Serving::start(&ada, &["cluster", "--listen", "127.0.0.1:0"], "export KUBECONFIG=");
    cluster.as_real(&ada);
    cluster.as_real(&bob);
    (ada, bob, cluster)
}

/// What the cluster holds, as kinds, names and UIDs; of Bob or of the others.
fn objects(terminal: &Terminal, cluster: &Serving, of_bob: bool) -> Vec<String> {
    let columns = "custom-columns=KIND:.kind,NS:.metadata.namespace,NAME:.metadata.name,UID:.metadata.uid";
    let kinds = "namespaces,pods,services,configmaps,networkpolicies,clusternetworkpolicies";
    let ran = terminal.kubectl_of(cluster, &format!("get {kinds} -A --no-headers -o {columns}")).exits(0);
    ran.stdout.lines().filter(|line| line.contains(" bob-") == of_bob).map(str::to_owned).collect()
}

/// The solution of a lab, with the namespaces of Bob where objects stand, and where selectors name them.
fn solution(lab: &str, place: &str, selected: &str) -> String {
    let folder = format!("{}/../../labs/{lab}/solution", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).expect("a solution").map(|file| file.expect("a file").path());
    let mut text = String::new();
    for file in files {
        text.push_str(&std::fs::read_to_string(file).expect("a text"));
        text.push_str("\n---\n");
    }
    text = text.replace("\n  namespace: ", &format!("\n  namespace: {place}"));
    text = text.replace("metadata.name: ", &format!("metadata.name: {selected}"));
    text.replace(&format!("metadata.name: {selected}kube-system"), "metadata.name: kube-system")
}

#[test]
fn learners_with_a_prefix_do_a_lab_beside_each_other() {
    let (ada, bob, cluster) = shared();
    ada.run("start default-deny --kubeconfig real").exits(0);
    let of_ada = objects(&ada, &cluster, false);
    let refused = bob.run("start default-deny --kubeconfig real").exits(2);
    refused.warns("a lab of another learner").warns("--prefix NAME").warns("Namespace production");
    let started = bob.run("start default-deny --kubeconfig real --prefix bob").exits(0);
    let started = started.says("kubectl get pods -n bob-production").says("kubectl exec -n bob-production web");
    assert!(started.stdout.contains("production is bob-production"), "{}", started.stdout);
    assert_eq!(objects(&ada, &cluster, false), of_ada, "nothing of hers was touched");
    // The prefix is known from now on, and the names are those of the book.
    bob.run("check --kubeconfig real").exits(1).warns("production is bob-production");
    bob.file("answer.yaml", solution("default-deny", "bob-", ""));
    bob.kubectl_of(&cluster, "apply -f answer.yaml").exits(0);
    bob.run("check --kubeconfig real").exits(0);
    ada.run("check --kubeconfig real").exits(1);
    ada.file("answer.yaml", solution("default-deny", "", ""));
    ada.kubectl_of(&cluster, "apply -f answer.yaml").exits(0);
    ada.run("check --kubeconfig real").exits(0);
    bob.run("check --kubeconfig real --probe").exits(0);
    // Whoever else asks is told of the lab that has the names of the book.
    let carol = Terminal::new();
    cluster.as_real(&carol);
    carol.run("check default-deny --kubeconfig real").exits(0);
    // A second start goes on under the prefix, and begins anew what is there.
    bob.run("reset --kubeconfig real").exits(0);
    bob.run("check --kubeconfig real").exits(1);
    bob.run("start no-isolation --kubeconfig real").exits(0).says("-n bob-production");
    ada.run("check --kubeconfig real").exits(0);
    bob.run("clean --kubeconfig real --yes").exits(0).warns("Namespace bob-production");
    assert_eq!(objects(&ada, &cluster, true), Vec::<String>::new());
    ada.run("check --kubeconfig real").exits(0);
    bob.run("start default-deny --kubeconfig real").exits(2).warns("--prefix NAME");
}

#[test]
fn every_question_is_asked_with_the_names_of_the_book() {
    let (ada, bob, cluster) = shared();
    ada.run("start default-deny --kubeconfig real").exits(0);
    bob.run("start default-deny --kubeconfig real --prefix bob-").exits(0);
    for namespace in ["production", "bob-production"] {
        let json = bob.run(&format!("reach --kubeconfig real -n {namespace} -o json")).exits(0).json();
        for flow in json["flows"].as_array().expect("flows") {
            let (from, to) = (flow["from"].as_str().expect("a pod"), flow["to"].as_str().expect("a pod"));
            assert!(from.starts_with("production/") && to.starts_with("production/"), "{from} {to}");
        }
        assert_ne!(json["flows"].as_array().map(Vec::len), Some(0));
    }
    let all = bob.run("reach --kubeconfig real").exits(0).stdout;
    assert!(all.contains("production/web") && !all.contains("bob-production"), "{all}");
    assert!(all.contains("production-without-prefix/web"), "what is of others is told from it: {all}");
    let explained = bob.run("explain dev/intruder production/db:5432 --kubeconfig real").exits(0);
    assert!(!explained.stdout.contains("bob-"), "{}", explained.stdout);
    bob.kubectl_of(&cluster, "delete pod db -n bob-production").exits(0);
    ada.run("explain dev/intruder production/db:5432 --kubeconfig real").exits(0);
    bob.run("explain dev/intruder production/db:5432 --kubeconfig real").exits(2);
    let sent = bob.run("submit default-deny --kubeconfig real --dry-run").exits(0).stdout;
    assert!(
        sent.contains("namespace: production") && !sent.contains("bob-") && !sent.contains("without-prefix"),
        "{sent}"
    );
    bob.run("hint default-deny --kubeconfig real").exits(0);
    // What is shown can be piped into kubectl.
    let solution = bob.run("solution default-deny --kubeconfig real").exits(0).says("namespace: bob-production").stdout;
    bob.file("solution.yaml", solution);
    bob.kubectl_of(&cluster, "apply -f solution.yaml").exits(0);
    bob.run("check default-deny --kubeconfig real").exits(1).warns("production is bob-production");
    ada.run("solution default-deny --kubeconfig real").exits(0).says("namespace: production");
    // An empty prefix puts an end to it, and what is of Ada is refused again.
    bob.run("start default-deny --kubeconfig real").exits(0);
    let ended = ["start", "default-deny", "--kubeconfig", "real", "--prefix", ""];
    let mut command = bob.command(env!("CARGO_BIN_EXE_lab-checker"));
    let ended = command.args(ended).output().expect("it runs");
    assert_eq!(ended.status.code(), Some(2), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn a_selector_without_the_prefix_selects_somebody_elses_namespace_and_is_told() {
    let (ada, bob, cluster) = shared();
    ada.run("start capstone --kubeconfig real").exits(0);
    bob.run("start capstone --kubeconfig real --prefix bob").exits(0);
    bob.file("forgotten.yaml", solution("capstone", "bob-", ""));
    bob.kubectl_of(&cluster, "apply -f forgotten.yaml").exits(0);
    let check = bob.run("check capstone --kubeconfig real").exits(1);
    check.warns("NetworkPolicy backend/catalog selects the namespace storefront").warns("yours is bob-storefront");
    bob.file("right.yaml", solution("capstone", "bob-", "bob-"));
    bob.kubectl_of(&cluster, "apply -f right.yaml").exits(0);
    let check = bob.run("check capstone --kubeconfig real").exits(0);
    assert!(!check.stderr.contains("not yours"), "{}", check.stderr);
    ada.run("check capstone --kubeconfig real").exits(1);
}

#[test]
fn what_cannot_have_a_prefix_is_refused_and_nothing_is_made() {
    let (ada, _, cluster) = shared();
    ada.kubectl_of(&cluster, "create namespace production").exits(0);
    let before = objects(&ada, &cluster, false);
    let start = "start default-deny --kubeconfig real";
    ada.run(start).exits(2).warns("Namespace production exists already").warns("--prefix NAME");
    for (line, words) in [
        ("start cluster-wall --kubeconfig real --prefix bob", "it is about ClusterNetworkPolicy"),
        ("start default-deny --prefix bob", "a practice cluster is yours alone"),
        ("start default-deny --kubeconfig real --prefix Bob", "small letters"),
        ("start default-deny --kubeconfig real --prefix kube-bob", "the cluster's own"),
    ] {
        ada.run(line).exits(2).warns(words);
    }
    // No prefix is the way on where one cannot be had.
    let wall = ada.run("start cluster-wall --kubeconfig real").exits(2);
    assert!(!wall.stderr.contains("--prefix"), "{}", wall.stderr);
    assert_eq!(objects(&ada, &cluster, false), before);
    assert_eq!(objects(&ada, &cluster, true), Vec::<String>::new());
    ada.run(&format!("{start} --prefix bob")).exits(0);
    assert_eq!(objects(&ada, &cluster, false), before);
}

#[test]
fn namespaces_may_be_written_as_the_book_does_or_as_the_cluster_does() {
    let (ada, bob, cluster) = shared();
    ada.run("start default-deny --kubeconfig real").exits(0);
    bob.run("start default-deny --kubeconfig real --prefix bob").exits(0);
    bob.kubectl_of(&cluster, "run extra -n bob-dev --image=nginx --port=80 --labels=own=bob").exits(0);
    let expected = "default: allowed\nblocked: [\"DEV/{own=bob} -> PRODUCTION/db:5432\"]\n";
    let closed = "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: x, namespace: PRODUCTION}\nspec: {podSelector: {}}\n";
    bob.file("none.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n");
    for (from, to) in [("dev", "production"), ("bob-dev", "bob-production"), ("bob-dev", "production")] {
        let written = |text: &str| text.replace("DEV", from).replace("PRODUCTION", to);
        bob.file("expected.yaml", written(expected)).file("closed.yaml", written(closed));
        for line in [
            format!("explain {from}/extra {to}/db:5432"),
            format!("explain {from}/{{own=bob}} {to}/db:5432"),
            format!("explain {from}/extra svc:{to}/db:5432"),
            format!("reach --from {from} --to {to}/db"),
            format!("reach --from {from}/ext* --to {to}"),
            format!("reach -n {from}"),
            format!("exposure -n {from}"),
            format!("verify -n {from} --init"),
            format!("diff none.yaml closed.yaml --from {from}/extra --to {to}/db"),
        ] {
            let ran = bob.run(&format!("{line} --kubeconfig real")).exits(0);
            // It is told which namespaces are meant, and they have one name in the answer.
            let ran = ran.warns("dev is bob-dev");
            assert!(
                !ran.stdout.contains("bob-dev") && !ran.stdout.contains("bob-production"),
                "{line}: {}",
                ran.stdout
            );
            let about = ["dev/extra", "dev/*", "dev/{own=bob}", "production/db", "dev  ", "default: allowed"];
            assert!(about.iter().any(|name| ran.stdout.contains(name)), "{line}: {}", ran.stdout);
        }
        let diff = bob.run(&format!("diff none.yaml closed.yaml --from {from}/extra --to {to}/db --kubeconfig real"));
        diff.exits(0).says("dev/extra → production/db:5432/TCP");
        bob.run("verify expected.yaml --kubeconfig real").exits(1).says("production/db:5432");
    }
    // Her namespaces are not his, however he writes them.
    bob.run("reach -n production-without-prefix --kubeconfig real").exits(0).says("production-without-prefix");
    bob.run("explain dev-without-prefix/intruder production-without-prefix/db:5432 --kubeconfig real").exits(0);
    bob.run("explain bob-nowhere/intruder production/db:5432 --kubeconfig real").exits(2);
}
