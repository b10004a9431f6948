//! The terminal journey with real kubectl: start a lab, fail, apply, pass, reset; on a practice
//! cluster alone and on `serve`, over restarts and a kill.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::json;

use crate::serving::Serving;
use crate::terminal::Terminal;

const LAB: &str = "default-deny";

/// Writes the lab's solution into a file.
fn solution(terminal: &Terminal) {
    let solution = terminal.run(&format!("solution {LAB}")).exits(0);
    terminal.file("solution.yaml", solution.stdout);
}

#[test]
fn a_lab_from_start_to_reset() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    assert_eq!(cluster.announcement, format!("export KUBECONFIG={}\n", cluster.kubeconfig().display()));
    let started = terminal.run(&format!("start {LAB}")).exits(0).says("Default deny");
    started.says("kubectl get pods -n production").says("lab-checker check default-deny --watch");
    terminal.kubectl("get pods -n production").exits(0).says("web").says("Running");
    let failed = terminal.run(&format!("check {LAB}")).exits(1).says("✗ Default deny  0 of 10 points");
    failed
        .says("✗ nothing comes in to production")
        .says("dev/builder → production/api:8080/TCP")
        .says("no policy isolates");
    solution(&terminal);
    terminal.kubectl("apply -f solution.yaml").exits(0).says("default-deny-all created");
    terminal.run("check").exits(0).says("✓ Default deny  10 of 10 points").says("Passed.");
    terminal.run(&format!("reset {LAB}")).exits(0).says("back at its start");
    terminal.kubectl("get networkpolicy -n production").exits(0).warns("No resources found");
    terminal.run(&format!("check {LAB}")).exits(1);
}

#[test]
fn reach_and_explain_look_at_the_practice_cluster() {
    let terminal = Terminal::new();
    let _cluster = Serving::cluster(&terminal);
    terminal.run(&format!("start {LAB}")).exits(0);
    terminal.run("reach --from dev/intruder --to production").exits(0).says("✓").says("5432/TCP");
    terminal.run("explain dev/intruder production/db:5432").exits(0).says("✓ allowed");
    solution(&terminal);
    terminal.kubectl("apply -f solution.yaml").exits(0);
    terminal.run("explain dev/intruder production/db:5432").exits(0).says("✗ blocked").says("default-deny-all");
    terminal.file("open.yaml", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open, namespace: production}\nspec: {ingress: [{}], egress: [{}]}\n");
    let json = terminal.run("diff solution.yaml open.yaml --from dev --to production -o json").exits(0).json();
    assert_eq!(json["only_in_a"].as_array().map(Vec::len), Some(0), "{json}");
    let opened = json["only_in_b"].as_array().expect("a list");
    for (from, to, port) in [("dev/intruder", "production/db", 5432), ("dev/builder", "production/api", 8080)] {
        let flow = json!({"from": from, "to": to, "port": port, "protocol": "TCP"});
        assert!(opened.contains(&flow), "{flow} is not among {json}");
    }
    assert!(opened.iter().all(|flow| flow["to"].as_str().is_some_and(|to| to.starts_with("production/"))), "{json}");
}

#[test]
fn watching_reacts_to_every_change() {
    let terminal = Terminal::new();
    let _cluster = Serving::cluster(&terminal);
    terminal.run(&format!("start {LAB}")).exits(0);
    solution(&terminal);
    let mut watch = terminal
        .command(env!("CARGO_BIN_EXE_lab-checker"))
        .args(["check", "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut lines = BufReader::new(watch.stdout.take().expect("stdout is piped")).lines();
    let mut wait_for = |text: &str| {
        let found = lines.by_ref().map(|line| line.expect("text")).find(|line| line.contains(text));
        assert!(found.is_some(), "the watch ended without `{text}`");
    };
    wait_for("✗ Default deny");
    terminal.kubectl("apply -f solution.yaml").exits(0);
    wait_for("✓ Default deny");
    terminal.kubectl("delete -f solution.yaml").exits(0);
    wait_for("✗ Default deny");
    watch.kill().expect("it can be ended");
    watch.wait().expect("it ends");
}

#[test]
fn serve_announces_itself_and_survives_a_restart() {
    let terminal = Terminal::new();
    let mut server = Serving::serve(&terminal);
    assert!(server.announcement.lines().count() <= 10, "{}", server.announcement);
    assert!(server.announcement.contains("instructor"), "{}", server.announcement);
    terminal.run(&format!("start {LAB}")).exits(0);
    solution(&terminal);
    terminal.kubectl("apply -f solution.yaml").exits(0);
    terminal.run("check").exits(0).says("Recorded; your best is 10 of 10 points.");
    server.kill();
    terminal.run("check").exits(3).warns("is lab-checker serve (or cluster) still running?");
    terminal.run("status").exits(3).warns("does not answer");

    let server = Serving::serve(&terminal);
    assert!(!server.announcement.contains("instructor"), "the token is shown once: {}", server.announcement);
    terminal.kubectl("get networkpolicy -n production").exits(0).says("default-deny-all");
    terminal.run("check").exits(0);
    terminal.run("status").exits(0).says("lab default-deny").says("10 of 10");
    drop(server);
}

#[test]
fn an_attempt_that_was_answered_survives_a_kill() {
    let terminal = Terminal::new();
    let mut server = Serving::serve(&terminal);
    terminal.run(&format!("start {LAB}")).exits(0);
    terminal.run("check").exits(1).says("Recorded");
    server.kill();
    let _server = Serving::serve(&terminal);
    let status = terminal.run("status -o json").exits(0).json();
    let lab = status["labs"].as_array().expect("a list").iter().find(|lab| lab["name"] == LAB).expect("the lab");
    assert_eq!((&lab["attempts"], &lab["passed"]), (&1.into(), &false.into()));
}

#[cfg(unix)]
#[test]
fn what_opens_doors_is_kept_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let terminal = Terminal::new();
    let _server = Serving::serve(&terminal);
    for file in ["kubeconfig", "instructor-token", "learner.json"] {
        let metadata = std::fs::metadata(terminal.data().join(file)).expect(file);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_port_that_is_taken() {
    let terminal = Terminal::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    terminal.run(&format!("serve --listen {address}")).exits(2).warns("cannot listen on").warns("--listen");
    terminal.run(&format!("cluster --listen {address}")).exits(2).warns("cannot listen on").warns("--listen");
}

#[test]
fn a_database_that_is_none() {
    let terminal = Terminal::new();
    terminal.file("data/lab-checker.db", "this is a shopping list, not a database\n".repeat(100));
    terminal.run("serve --listen 127.0.0.1:0").exits(2).warns("is not a SQLite database");
    let unreachable = "serve --listen 127.0.0.1:0 --database postgres://nobody@127.0.0.1:1/none";
    terminal.run(unreachable).exits(3).warns("cannot be reached");
    terminal.run("serve --listen 127.0.0.1:0 --database mysql://x").exits(2).warns("mysql");
}

#[test]
fn a_data_folder_that_cannot_be_written() {
    let terminal = Terminal::new();
    terminal.file("file", "in the way");
    for command in ["serve", "cluster"] {
        // Nobody, root included, can make a folder inside a file.
        let ran = terminal.run(&format!("{command} --listen 127.0.0.1:0 --data file/data")).exits(2);
        ran.warns("data folder").warns("file/data");
    }
}

#[test]
fn without_a_cluster_the_way_to_one_is_shown() {
    let terminal = Terminal::new();
    for command in ["reach", "start default-deny", "check default-deny", "reset default-deny", "explain a/b c/d:80"] {
        terminal.run(command).exits(3).warns("no practice cluster is running").warns("lab-checker serve");
    }
    terminal.run("status").exits(3).warns("lab-checker serve");
    terminal.file("other", r#"{"apiVersion":"v1","kind":"Config","current-context":"a","contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}],"clusters":[{"name":"a","cluster":{"server":"http://127.0.0.1:1"}}],"users":[{"name":"a","user":{}}]}"#);
    terminal.run("reach --kubeconfig other").exits(3).warns("cannot reach the cluster");
    terminal.run("reach --kubeconfig other --context b").exits(2).warns("no context `b`");
    terminal.run("reach --kubeconfig nowhere").exits(2).warns("nowhere");
    terminal.file("data/kubeconfig", std::fs::read(terminal.path().join("other")).expect("the file"));
    terminal.run("reach").exits(2).warns("does not belong to a practice cluster");
}

/// A server for a class, its address, and what learners enrol with.
fn class(terminal: &Terminal) -> (Serving, String, String) {
    let server = Serving::start(terminal, &["serve", "--listen", "0.0.0.0:0"], "Ctrl-C");
    let code = server.announcement.split("join code").nth(1).and_then(|rest| rest.split_whitespace().next());
    let code = code.unwrap_or_else(|| panic!("no join code in\n{}", server.announcement)).to_owned();
    let url = format!("http://127.0.0.1:{}", server.url.rsplit(':').next().expect("a port"));
    (server, url, code)
}

#[test]
fn a_class_from_joining_to_the_gradebook() {
    let terminal = Terminal::new();
    let (_server, url, code) = class(&terminal);
    terminal.run(&format!("join {url} WRONG --name Ada")).exits(2).warns("join code");
    terminal.run(&format!("join {url} {code} --name Ada")).exits(0).says("Enrolled").says("as Ada");
    terminal.run("status").exits(0).says("Ada  0 of ");
    terminal.run(&format!("grades --url {url}")).exits(0).says("Ada");
    terminal.run(&format!("grades --url {url} --format csv")).exits(0).says("Ada");
    let json = terminal.run(&format!("grades --url {url} --format json")).exits(0).json();
    assert_eq!(json["learners"][0]["name"], "Ada");
    terminal.run("join nowhere CODE --name Ada").exits(2).warns("not the address of a server");
    terminal.run("join http://127.0.0.1:1 CODE --name Ada").exits(3).warns("does not answer");
}

/// What a server answers to somebody with a token, without the head.
fn asked(url: &str, token: &str, path: &str) -> String {
    let address = url.strip_prefix("http://").expect("an address without TLS");
    let mut stream = std::net::TcpStream::connect(address).expect("the server listens");
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    std::io::Write::write_all(&mut stream, head.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).expect("the server answers");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

#[test]
fn a_lab_is_handed_in_to_a_class() {
    let terminal = Terminal::new();
    terminal.run(&format!("submit {LAB}")).exits(2).warns("you have joined no class").warns("lab-checker join");
    let (mut server, url, code) = class(&terminal);
    terminal.run(&format!("join {url} {code} --name Ada")).exits(0).says("lab-checker start LAB");
    terminal.run(&format!("submit {LAB}")).exits(2).warns("start the lab first");
    let _cluster = Serving::cluster(&terminal);
    terminal
        .run(&format!("submit {LAB}"))
        .exits(2)
        .warns("start the lab first")
        .warns("2 practice clusters are running");
    terminal.run("submit nosuch").exits(2).warns("there is no lab `nosuch`");
    terminal.run(&format!("start {LAB}")).exits(0);
    let failed = terminal.run("submit").exits(1).says("✗ Default deny  0 of 10 points");
    failed
        .says("dev/builder → production/api:8080/TCP")
        .says(&format!("Recorded at {url}; your best is 0 of 10 points."));
    solution(&terminal);
    terminal.kubectl("create secret generic door -n production --from-literal=word=hunter2").exits(0);
    terminal.kubectl("apply -f solution.yaml").exits(0);
    terminal.run("submit").exits(0).says("✓ Default deny  10 of 10 points").says("your best is 10 of 10 points.");
    // What was deleted in the cluster counts as deleted; files are graded on top of the start.
    terminal.kubectl("delete -f solution.yaml").exits(0);
    assert_eq!(terminal.run("submit -o json").exits(1).json()["passed"], false);
    let json = terminal.run(&format!("submit {LAB} -f solution.yaml -o json")).exits(0).json();
    assert_eq!((&json["lab"], &json["passed"], &json["best_points"]), (&LAB.into(), &true.into(), &10.0.into()));
    terminal.run(&format!("grades --url {url}")).exits(0).says("10 of ");
    let token = std::fs::read_to_string(terminal.data().join("instructor-token")).expect("the instructor's token");
    let list: serde_json::Value = serde_json::from_str(&asked(&url, token.trim(), "/api/v1/attempts")).expect("JSON");
    let ids =
        list["attempts"].as_array().expect("attempts").iter().map(|attempt| attempt["id"].as_str().expect("an id"));
    let kept: String = ids.map(|id| asked(&url, token.trim(), &format!("/api/v1/attempts/{id}"))).collect();
    assert!(kept.contains("default-deny-all"), "what was handed in is kept");
    assert!(!kept.contains("aHVudGVyMg=="), "the Secret left the cluster");
    server.kill();
    terminal.run(&format!("submit {LAB}")).exits(3).warns("does not answer");
}

#[test]
fn the_doctor_knows_the_practice_cluster() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    let mut found = terminal.run("doctor -o json").exits(0).json();
    let server = found["server"].take();
    let address = std::fs::read_to_string(cluster.kubeconfig()).expect("a kubeconfig");
    assert!(server.as_str().is_some_and(|server| address.contains(server)), "{server} is not in {address}");
    assert_eq!(
        found,
        json!({
            "server": null, "proof": null, "blocked": null, "step": null, "reason": null,
            "plugins": [{
                "name": "kindnet", "enforces": "when", "when": "since kind 0.24",
                "evidence": "DaemonSet kube-system/kindnet",
            }],
        })
    );
    terminal
        .run("doctor")
        .exits(0)
        .says("? kindnet enforces NetworkPolicies since kind 0.24")
        .says("--prove tries it out");
}
