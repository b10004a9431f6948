//! `verify`: expectations held against folders of YAML, as CI does it.

use serde_json::Value;

use crate::serving::Serving;
use crate::terminal::{Ran, Terminal};

const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 8080}]
";

const EXPECTED: &str = "\
default: allowed
blocked:
  - \"* -> shop/{app=api}\"
allowed:
  - shop/{app=web} -> shop/{app=api}:8080
";

fn folder() -> Terminal {
    let terminal = Terminal::new();
    terminal.file("k8s/shop.yaml", SHOP).file("expected.yaml", EXPECTED);
    terminal
}

fn opened() -> Terminal {
    let terminal = folder();
    terminal.file("k8s/shop.yaml", SHOP.replace("podSelector: {matchLabels: {app: web}}}", "podSelector: {}}"));
    terminal
}

#[test]
fn it_ends_with_0_1_or_2() {
    folder().run("verify -f k8s expected.yaml").exits(0).says("✓ everything is as expected");
    let ran = opened().run("verify -f k8s expected.yaml").exits(1).says("shop/{} → shop/api:8080/TCP");
    ran.says("It must be blocked.").says("decides: k8s/shop.yaml:").says("expected.yaml:3");
    let terminal = folder();
    terminal.file("wrong.yaml", "default: closed\n");
    terminal.run("verify -f k8s wrong.yaml").exits(2).warns("wrong.yaml:1: default: `closed` is no verdict");
    terminal.run("verify -f k8s gone.yaml").exits(2).warns("gone.yaml cannot be read");
    terminal.run("verify -f k8s").exits(2);
    terminal.file("named.yaml", "default: allowed\nblocked: [shop/wbe -> shop/api]\n");
    terminal.run("verify -f k8s named.yaml").exits(2).warns("there is no pod `shop/wbe`; did you mean `shop/web`?");
    terminal.run_with_input("verify -f k8s -", EXPECTED).exits(0);
}

#[test]
fn other_programs_get_json_junit_and_sarif() {
    let terminal = opened();
    let answer = terminal.run("verify -f k8s expected.yaml -o json").exits(1).json();
    assert_eq!(answer["passed"], false);
    let checks = answer["checks"].as_array().expect("checks");
    let wrong = checks.iter().find(|check| check["passed"] == false).expect("one fails");
    for field in ["name", "message", "flow", "file", "line", "column", "decided_by"] {
        assert!(!wrong[field].is_null(), "{field}: {wrong}");
    }
    let junit = terminal.run("verify -f k8s expected.yaml -o junit").exits(1);
    let junit = junit.says("<testsuite name=\"expected.yaml\"").says("<failure message=");
    assert!(junit.stdout.starts_with("<?xml"));
    let sarif = terminal.run("verify -f k8s expected.yaml -o sarif").exits(1).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"expectation".into(), &"error".into()));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "k8s/shop.yaml");
    assert!(place["region"]["startLine"].is_u64() && place["region"]["startColumn"].is_u64(), "{place}");
    let related = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(related, "expected.yaml");
    let sarif = folder().run("verify -f k8s expected.yaml -o sarif").exits(0).json();
    assert_eq!(sarif["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn what_is_known_fails_no_more_and_what_is_new_does() {
    let terminal = opened();
    let known = terminal.run("verify -f k8s expected.yaml -o json").exits(1);
    terminal.file("known.json", &known.stdout);
    terminal.run("verify -f k8s expected.yaml --baseline known.json").exits(0).says("known before");
    terminal
        .file("k8s/shop.yaml", SHOP.replace("[{podSelector: {matchLabels: {app: web}}}]", "[{namespaceSelector: {}}]"));
    terminal.run("verify -f k8s expected.yaml --baseline known.json").exits(1);
    terminal.file("none.json", "{}");
    terminal.run("verify -f k8s expected.yaml --baseline none.json").exits(2).warns("none.json is no baseline");
    let lint = terminal.run("lint -f k8s -o json");
    terminal.file("lint.json", &lint.stdout);
    terminal.run("lint -f k8s --baseline lint.json").exits(0);
}

#[test]
fn what_is_true_today_is_written_down() {
    let terminal = folder();
    terminal.run("verify -f k8s --init").exits(0).says("default: ").says("shop/{app=api}");
    // What is said to come next is a command that works, about the same cluster.
    let about = "-f k8s --namespace shop --pod-cidr 10.9.0.0/16 --service-cidr 10.10.0.0/16 --node n1,a=b";
    let written = terminal.run(&format!("verify {about} --init networks.yaml")).exits(0);
    let next = written.stderr.split("lab-checker ").nth(1).and_then(|rest| rest.split(" holds it").next());
    let next = next.unwrap_or_else(|| panic!("a command comes next: {written:?}"));
    assert_eq!(next, format!("verify {} networks.yaml", about.replace("--namespace", "-n")));
    terminal.run(next).exits(0).says("everything is as expected");
    for (name, typed) in
        [("my -x.yaml", "'my -x.yaml'"), ("it's.yaml", r"'it'\''s.yaml'"), ("-odd.yaml", "./-odd.yaml")]
    {
        let mut command = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
        command.args(["verify", "-f", "k8s", "--init", "--", name]);
        Ran::of(command, b"").exits(0).warns(&format!("lab-checker verify -f k8s {typed} holds it"));
    }
    terminal.run("verify -f k8s --init today.yaml").exits(0);
    terminal.run("verify -f k8s --init today.yaml").exits(2).warns("today.yaml is there already");
    terminal.run("verify -f k8s today.yaml").exits(0);
    terminal.file("k8s/shop.yaml", SHOP.replace("port: 8080}]\n", "port: 8081}]\n"));
    terminal.run("verify -f k8s today.yaml").exits(1).says("shop/web → shop/api:8080/TCP");
}

#[test]
fn what_the_files_do_not_say_is_said_and_strict_makes_it_a_failure() {
    let terminal = folder();
    let block = SHOP.replace("[{podSelector: {matchLabels: {app: web}}}]", "[{ipBlock: {cidr: 192.168.0.0/16}}]");
    terminal.file("k8s/shop.yaml", block);
    let ran = terminal.run("explain shop/web shop/api:8080 -f k8s").exits(0);
    let ran = ran.says("? depends").says("depends on the pod's address").says("note:");
    assert!(!ran.stdout.contains("10.244."), "{}", ran.stdout);
    let answer = terminal.run("explain shop/web shop/api:8080 -f k8s -o json").exits(0).json();
    assert_eq!((&answer["verdict"], &answer["depends_on"][0]), (&"depends".into(), &"shop/web".into()));
    terminal.run("reach -f k8s").exits(0).says("?").says("1 not known");
    terminal.run("reach -f k8s -o csv").exits(0).says("shop/web,shop/api,8080,TCP,depends?");
    terminal.run("reach -f k8s -o dot").exits(0).says("style=dotted");
    let rows = terminal.run("reach -f k8s -o json").exits(0).json();
    assert_eq!(rows["flows"][0]["depends_on"][0], "shop/web");
    for (network, verdict) in [("192.168.0.0/16", "allowed"), ("10.42.0.0/16", "blocked")] {
        let line = format!("explain shop/web shop/api:8080 -f k8s --pod-cidr {network} -o json");
        let answer = terminal.run(&line).exits(0).json();
        assert_eq!((&answer["verdict"], &answer["depends_on"]), (&verdict.into(), &Value::Null), "{network}");
    }
    terminal.run("reach -f k8s --pod-cidr nowhere").exits(2).warns("`nowhere` is no network");
    terminal.file(
        "expected.yaml",
        "default: allowed\nblocked: [shop/{app=web} -> shop/{app=api}]\nfree: ['* -> shop/{app=api}']\n",
    );
    let vendor =
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec: {}\n";
    terminal.file("k8s/cilium.yaml", vendor);
    let answer = terminal.run("reach -f k8s -o json").exits(0).json();
    assert_eq!(answer["incomplete"][0], "1 CiliumNetworkPolicy was not evaluated");
    for line in ["reach -f k8s", "explain shop/web shop/api:8080 -f k8s", "exposure -f k8s", "lint -f k8s"] {
        terminal.run(&format!("{line} --strict")).exits(1);
    }
}

#[test]
fn a_pod_that_could_be_there_is_explained() {
    let terminal = folder();
    let ran = terminal.run("explain shop/{app=web} shop/api:8080 -f k8s").exits(0).says("✓ allowed");
    ran.warns("stands for a pod deployed in shop tomorrow, with app=web");
    terminal.run("explain shop/{app=other} shop/api:8080 -f k8s").exits(0).says("✗ blocked");
    terminal.run("explain {team=a}/{} shop/api:8080 -f k8s").exits(0).says("✗ blocked");
    terminal
        .run("explain shpo/{app=web} shop/api:8080 -f k8s")
        .exits(0)
        .warns("there is no namespace shpo yet; did you mean `shop`?");
    terminal.run("explain shop/web shop/{app=api}:8080 -f k8s").exits(0).says("✓ allowed");
}

#[test]
fn what_makes_pods_out_of_sight_is_named_and_its_selectors_are_left_alone() {
    let terminal = folder();
    let rollout = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r, namespace: shop}
spec: {template: {metadata: {labels: {app: r}}, spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, namespace: shop}
spec: {pods: {spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g, namespace: shop}
spec: {colour: red}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: r, namespace: shop}
spec: {podSelector: {matchLabels: {app: r}}, ingress: [{from: [{podSelector: {matchLabels: {app: prometheus}}}]}]}
";
    terminal.file("k8s/more.yaml", rollout);
    let ran = terminal.run("reach -f k8s -o json").exits(0);
    let ran = ran.warns("1 Rollout makes pods that are not looked at: shop/r (k8s/more.yaml:3)");
    let ran = ran.warns("1 object of kinds that are not looked at: 1 Gadget");
    let incomplete = ran.json()["incomplete"].to_string();
    assert!(incomplete.contains("1 Widget makes pods that are not looked at"), "{incomplete}");
    let ran = terminal.run("lint -f k8s").exits(0);
    ran.warns("2 findings about selectors left out");
}

#[test]
fn slips_that_are_certain_are_mended_in_place() {
    let terminal = Terminal::new();
    let text = "\
# The shop.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web # ours
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  # Only the shop.
  - from:
    - podSelector: {}
  - ports:
    # HTTP
    - port: 8080
  - from:
    - ipBlock:
        cidr: \"0.0.0.0/24\" # all
    ports:
    - port: 443
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 8080}, {containerPort: 443}]}]}
";
    terminal.file("k8s/web.yaml", text);
    let ran = terminal.run("lint -f k8s --fix");
    ran.warns("k8s/web.yaml:14: fixed split-rule of shop/web").warns("fixed unusable-block of shop/web");
    let now = std::fs::read_to_string(terminal.path().join("k8s/web.yaml")).expect("it is there");
    let expected = text.replace("  - ports:\n    # HTTP", "    ports:\n    # HTTP").replace("0.0.0.0/24", "0.0.0.0/0");
    assert_eq!(now, expected);
    // Written in one line, it is left to people.
    let flow = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\nspec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}, {ports: [{port: 80}]}]}\n";
    terminal.file("flow.yaml", flow);
    terminal.run("lint -f flow.yaml --fix").exits(1).says("split-rule");
    assert_eq!(std::fs::read_to_string(terminal.path().join("flow.yaml")).expect("it is there"), flow);
}

/// What code scanning asks of a log, beyond what the schema says.
fn can_be_uploaded(log: &Value) -> usize {
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1);
    let (driver, run) = (&runs[0]["tool"]["driver"], &runs[0]);
    let rules = driver["rules"].as_array().expect("rules");
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|text| !text.is_empty()), "{text}: {rule}");
        }
    }
    let mut prints = std::collections::HashSet::new();
    for result in run["results"].as_array().expect("results") {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a number")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        let print = result["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a fingerprint");
        assert!(prints.insert((print.to_owned(), result["ruleId"].to_string())), "{result}");
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        for location in result["locations"].as_array().expect("locations").iter().chain(related) {
            let place = &location["physicalLocation"];
            let (file, uri) = (&place["artifactLocation"], place["artifactLocation"]["uri"].as_str().expect("a file"));
            assert_eq!(file["uriBaseId"], "%SRCROOT%");
            assert!(!uri.starts_with('/') && !uri.contains(' ') && !uri.contains(".."), "{uri}");
            for field in ["startLine", "startColumn"] {
                assert!(place["region"][field].as_u64().is_some_and(|number| number >= 1), "{place}");
            }
        }
    }
    prints.len()
}

#[test]
fn sarif_can_be_uploaded_however_files_are_named() {
    let terminal = opened();
    let here = terminal.path().canonicalize().expect("a path").display().to_string();
    std::fs::rename(terminal.path().join("k8s"), terminal.path().join("k8s ü#%")).expect("a name");
    let prints = |log: &Value| {
        let results = log["runs"][0]["results"].as_array().expect("results");
        results.iter().map(|one| one["partialFingerprints"].to_string()).collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    for folder in ["k8s ü#%".to_owned(), "./k8s ü#%/".to_owned(), format!("{here}/k8s ü#%/shop.yaml")] {
        for command in [&["verify", "expected.yaml"][..], &["lint"][..]] {
            let mut process = terminal.command(env!("CARGO_BIN_EXE_lab-checker"));
            process.args(command).args(["-o", "sarif", "-f", &folder]);
            let log = crate::terminal::Ran::of(process, b"").json();
            let results = can_be_uploaded(&log);
            assert!(results > 0 || command[0] == "lint", "{log}");
            assert_eq!(log["runs"][0]["automationDetails"]["id"], format!("lab-checker-{}/", command[0]));
            seen.push(prints(&log));
        }
    }
    assert!(seen.chunks(2).all(|pair| pair == &seen[..2]), "they are the same, however the files are named");
    // Lines move, and nothing is new.
    let terminal = opened();
    let before = terminal.run("verify -f k8s expected.yaml -o sarif").exits(1).json();
    let known = terminal.run("verify -f k8s expected.yaml -o json").exits(1).stdout;
    let text = std::fs::read_to_string(terminal.path().join("k8s/shop.yaml")).expect("a file");
    terminal.file("k8s/shop.yaml", format!("# moved\n\n{text}")).file("expected.yaml", format!("# moved\n{EXPECTED}"));
    let after = terminal.run("verify -f k8s expected.yaml -o sarif").exits(1).json();
    assert_eq!(prints(&before), prints(&after));
    assert_ne!(before["runs"][0]["results"], after["runs"][0]["results"]);
    terminal.file("known.json", known);
    terminal.run("verify -f k8s expected.yaml --baseline known.json").exits(0);
}

#[test]
fn what_was_not_looked_at_stands_in_every_report() {
    let terminal = folder();
    let vendor =
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec: {}\n";
    terminal.file("k8s/cilium.yaml", vendor);
    let words = "1 CiliumNetworkPolicy was not evaluated";
    for line in ["verify -f k8s expected.yaml -o junit", "verify -f k8s expected.yaml -o sarif", "lint -f k8s -o sarif"]
    {
        terminal.run(line).says(words);
    }
    let junit = terminal.run("verify -f k8s expected.yaml -o junit").exits(0);
    junit.says("everything was looked at").says("skipped=\"1\"");
}

#[test]
fn a_refactoring_that_changes_nothing_passes_and_one_that_opens_a_hole_does_not() {
    let terminal = folder();
    terminal.run("verify -f k8s --init today.yaml").exits(0);
    let policy = SHOP.rfind("apiVersion: networking").expect("a policy");
    let (pods, before) = SHOP.split_at(policy);
    // One policy becomes two: one that isolates, and one that opens; the port is a range.
    let split = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}, policyTypes: [Ingress]}\n---\n";
    let renamed =
        before.replace("name: api,", "name: from-web,").replace("- port: 8080", "- port: 8080\n      endPort: 8080");
    terminal.file("k8s/shop.yaml", format!("{pods}{split}{renamed}"));
    terminal.run("verify -f k8s today.yaml --strict").exits(0).says("✓ everything is as expected");
    // A hole for pods that are not there today.
    let hole = before.replace("{app: web}}}]", "{app: web}}}, {podSelector: {matchLabels: {app: batch}}}]");
    terminal.file("k8s/shop.yaml", format!("{pods}{split}{hole}"));
    let ran = terminal.run("verify -f k8s today.yaml").exits(1).says("shop/{app=batch}");
    assert!(!ran.stdout.contains("✓ everything"), "{}", ran.stdout);
    // The namespaces of others tomorrow are told too.
    let hole = before.replace("{app: web}}}]", "{app: web}}}, {namespaceSelector: {matchLabels: {team: a}}}]");
    terminal.file("k8s/shop.yaml", format!("{pods}{split}{hole}"));
    terminal.run("verify -f k8s today.yaml").exits(1).says("team=a");
}

#[test]
fn what_the_readme_says_can_be_typed_as_it_stands() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).expect("a README");
    let section = readme.split("\n## ").find(|section| section.starts_with("Policy tests in CI")).expect("a section");
    let blocks: Vec<&str> = section.split("```").skip(1).step_by(2).collect();
    let block = |language: &str, word: &str| {
        let mut found = blocks.iter().filter_map(|block| block.strip_prefix(language));
        found.find(|text| text.contains(word)).expect("a block").to_owned()
    };
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_lab-checker")).parent().expect("a folder");
    let path = std::env::join_paths(
        [program.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let typed = |terminal: &Terminal, line: &str| {
        let mut shell = terminal.command("sh");
        shell.env("PATH", path.as_ref().expect("a path")).args(["-c", line]);
        crate::terminal::Ran::of(shell, b"")
    };
    let terminal = folder();
    let lines = block("console\n", "verify");
    let lines: Vec<&str> = lines.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        typed(&terminal, line).exits(0);
    }
    // The example is a file that can be used, and the workflow's commands end as they should.
    let terminal = folder();
    terminal.file("expectations.yaml", block("yaml\n", "# expectations.yaml"));
    let workflow = block("yaml\n", "runs-on");
    let commands: Vec<&str> = workflow.lines().filter_map(|line| line.split("run: ").nth(1)).collect();
    assert_eq!(commands.len(), 2, "{workflow}");
    for command in commands {
        let ran = typed(&terminal, command);
        assert!(ran.code < 2, "{command}: {ran:?}");
        let file = command.split("> ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a file");
        let log = std::fs::read_to_string(terminal.path().join(file)).expect("it is written");
        can_be_uploaded(&serde_json::from_str(&log).expect("JSON"));
    }
}

#[test]
fn what_is_true_in_a_cluster_is_written_down_and_held_against_it() {
    let terminal = Terminal::new();
    let cluster = Serving::cluster(&terminal);
    cluster.as_real(&terminal);
    terminal.run("start default-deny --kubeconfig real").exits(0);
    let solution = concat!(env!("CARGO_MANIFEST_DIR"), "/../../labs/default-deny/solution");
    terminal.kubectl_of(&cluster, &format!("apply -n production -f {solution}")).exits(0);
    terminal.run("verify --init today.yaml --kubeconfig real").exits(0);
    terminal.run("verify today.yaml --kubeconfig real").exits(0).says("✓ everything is as expected");
    // Another policy that says the same changes nothing, one that opens something does.
    let same = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: again, namespace: production}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n";
    terminal.file("same.yaml", same);
    terminal.kubectl_of(&cluster, "apply -f same.yaml").exits(0);
    terminal.run("verify today.yaml --kubeconfig real").exits(0);
    let open = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open, namespace: production}\nspec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: nobody}}}]}]}\n";
    terminal.file("open.yaml", open);
    terminal.kubectl_of(&cluster, "apply -f open.yaml").exits(0);
    terminal.run("verify today.yaml --kubeconfig real").exits(1).says("team=nobody").says("policy open");
    let sarif = terminal.run("verify today.yaml --kubeconfig real -o sarif").exits(1).json();
    assert!(can_be_uploaded(&sarif) > 0, "where no file decides, the expectation is shown");
}
