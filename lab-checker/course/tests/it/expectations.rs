//! Expectations: judged over the whole universe, written small, and made from what is true today.

use course::{Expectations, Verified};
use netpol::Engine;
use serde_json::Value;

/// Three pods, and what each may do: web calls api, everybody calls web, names may be asked, reports leave.
const SHOP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api, tier: back}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: ops, labels: {app: job}}
spec: {containers: [{name: c, image: i, ports: [{containerPort: 9000}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress: [{ports: [{port: 80}]}]
  egress: [{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 8080}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]
";

const EXPECTED: &str = r#"
default: blocked
allowed:
  - shop/{app=web} -> shop/{app=api}:8080
  - ops/* -> shop/{app=web}:80
  - "external -> shop/{app=web}:80"
free:
  - "{kubernetes.io/metadata.name notin (shop,ops)}/* -> *"
  - "* -> {kubernetes.io/metadata.name notin (shop,ops)}/*"
  - ops/* -> ops/*
  - ops/* -> external
  - external -> ops/*
"#;

fn objects(text: &str) -> Vec<Value> {
    let parsed = manifest::parse("shop.yaml", text);
    assert!(!parsed.has_errors(), "{:#?}", parsed.diagnostics);
    parsed.into_values()
}

fn engine(objects: &[Value]) -> Engine {
    Engine::with_unknown_addresses(manifest::lower(objects, manifest::Source::Files).unwrap())
}

fn verify(text: &str, expected: &str) -> Verified {
    let objects = objects(text);
    let expectations = Expectations::read("expected.yaml", expected).unwrap_or_else(|wrong| panic!("{wrong}"));
    expectations.verify(&engine(&objects), &objects).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// The flows that are wrong.
fn wrong(verified: &Verified) -> Vec<String> {
    let failed = verified.checks.iter().filter(|check| !check.check.passed);
    failed.map(|check| check.check.flow.as_ref().map(ToString::to_string).unwrap_or_default()).collect()
}

#[track_caller]
fn fails_with(text: &str, expected: &str, flow: &str) {
    let flows = wrong(&verify(text, expected));
    assert!(flows.iter().any(|told| told == flow), "{flow}: {flows:#?}");
}

/// The shop with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert!(SHOP.contains(from), "{from}");
    SHOP.replacen(from, to, 1)
}

#[test]
fn what_is_as_expected_passes() {
    let verified = verify(SHOP, EXPECTED);
    assert_eq!(wrong(&verified), Vec::<String>::new());
    assert!(verified.passed() && verified.incomplete.is_empty() && verified.warnings.is_empty(), "{verified:#?}");
    assert_eq!(verified.checks.len(), 4, "one for each rule, and the default: {:#?}", verified.checks);
}

#[test]
fn one_flow_that_is_open_or_shut_fails_wherever_it_is() {
    // Another port of the same pods; pods of tomorrow with other labels; another namespace; the outside.
    let more_ports = changed("ports: [{port: 8080}]}]\n---", "ports: [{port: 8080, endPort: 8090}]}]\n---");
    let more_ports =
        more_ports.replace("app: web}}}], ports: [{port: 8080}]", "app: web}}}], ports: [{port: 8080, endPort: 8090}]");
    fails_with(&more_ports, EXPECTED, "shop/web → shop/api:8081/TCP");
    let any_pod =
        changed("[{from: [{podSelector: {matchLabels: {app: web}}}], ports", "[{from: [{podSelector: {}}], ports");
    let any_pod = any_pod.replace("policyTypes: [Ingress, Egress]}", "policyTypes: [Ingress]}");
    fails_with(&any_pod, EXPECTED, "shop/{} → shop/api:8080/TCP");
    let any_place = changed(
        "[{from: [{podSelector: {matchLabels: {app: web}}}], ports",
        "[{from: [{namespaceSelector: {}}], ports",
    );
    fails_with(&any_place, EXPECTED, "ops/job → shop/api:8080/TCP");
    let outside = changed("egress: [{to", "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}, {to");
    let flows = wrong(&verify(&outside, EXPECTED));
    assert!(flows.iter().any(|flow| flow.starts_with("shop/web → 203.0.113.")), "{flows:#?}");
    let shut = changed("ingress: [{ports: [{port: 80}]}]", "ingress: [{ports: [{port: 81}]}]");
    fails_with(&shut, EXPECTED, "ops/job → shop/web:80/TCP");
    let udp =
        changed("ingress: [{ports: [{port: 80}]}]", "ingress: [{ports: [{port: 80}, {port: 53, protocol: UDP}]}]");
    fails_with(&udp, EXPECTED, "ops/job → shop/web:53/UDP");
}

#[test]
fn a_flow_that_is_wrong_says_what_was_expected_where_and_why() {
    let shut = changed("ingress: [{ports: [{port: 80}]}]", "ingress: [{ports: [{port: 81}]}]");
    let verified = verify(&shut, EXPECTED);
    let check = verified.checks.iter().find(|check| !check.check.passed).unwrap();
    assert_eq!(check.check.name, "ops/* → shop/{app=web}:80/TCP is allowed");
    assert_eq!((check.place.line, check.place.column), (5, 5));
    assert!(
        check.check.message.starts_with("It must be allowed. ops/job → shop/web:80/TCP is blocked: "),
        "{check:#?}"
    );
    assert!(!check.check.decided_by.is_empty());
}

#[test]
fn the_form_of_a_lab_is_read_and_the_last_rule_counts() {
    let expected = r#"
reachability:
  ports: [8080/TCP]
  dns: false
  default: blocked
  defaultName: nothing else
  except:
    - {name: shop calls api, from: shop/*, to: "shop/api", why: It is a shop.}
  unless:
    - {name: but not itself, from: "shop/api", to: shop/*}
  free:
    - {from: "*", to: "shop/{app=web}", why: Not our affair.}
    - {to: "{kubernetes.io/metadata.name!=shop}/*", why: Not our affair.}
    - {to: external, why: Not our affair.}
"#;
    let flows = wrong(&verify(SHOP, expected));
    assert!(flows.iter().all(|flow| flow.starts_with("shop/") && flow.ends_with(":8080/TCP")), "{flows:#?}");
    assert!(!flows.is_empty(), "shop/{{}} may not call api");
    let verified = verify(SHOP, expected);
    let first = verified.checks.iter().find(|check| !check.check.passed).unwrap();
    assert!(first.check.message.ends_with("It is a shop."), "{first:#?}");
    assert_eq!(verified.checks.last().unwrap().check.name, "nothing else");
}

#[test]
fn ports_go_by_their_names_and_by_what_pods_declare() {
    let open = "apiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: shop, labels: {app: api}}\nspec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\nspec: {containers: [{name: c, image: i}]}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: api, namespace: shop}\nspec: {podSelector: {}, ingress: [{ports: [{port: http}]}]}\n";
    let named = "default: blocked\nallowed:\n  - \"* -> shop/*:http/TCP\"\n  - \"* -> {kubernetes.io/metadata.name!=shop}/*\"\n  - \"* -> external\"\n";
    assert_eq!(wrong(&verify(open, named)), Vec::<String>::new());
    let numbered = named.replace("http/TCP", "8080/TCP");
    let flows = wrong(&verify(open, &numbered));
    assert!(flows.iter().any(|flow| flow.contains("shop/{}[http]")), "a pod may call another port so: {flows:#?}");
    let declared = format!("ports: [declared]\n{}", named.replace(":http/TCP", ""));
    let flows = wrong(&verify(open, &declared));
    assert!(!flows.contains(&"shop/web → shop/api:8080/TCP".to_owned()), "{flows:#?}");
}

#[test]
fn what_cannot_be_used_is_said_with_its_line() {
    for (text, line, words) in [
        ("allowed: []\n", 1, "`default` is missing"),
        ("default: open\n", 1, "`open` is no verdict"),
        ("default: blocked\nallowed:\n  - shop/web shop/api\n", 3, "is not a flow"),
        ("default: blocked\nallowed:\n  - Shop/web -> shop/api\n", 3, "`Shop/web` picks nothing"),
        ("default: blocked\nallowed:\n  - shop/web -> shop/api:Http\n", 3, "are no ports"),
        ("default: blocked\nexcept:\n  - {name: a, from: shop/web}\n", 3, "`to` is missing"),
        ("default: blocked\nalowed: []\n", 2, "there is no such key"),
        ("default: [\n", 0, ""),
    ] {
        let wrong = Expectations::read("expected.yaml", text).expect_err(text).0;
        assert!(wrong.iter().any(|problem| problem.message.contains(words)), "{text}: {wrong:#?}");
        assert!(line == 0 || wrong.iter().any(|problem| problem.line == Some(line)), "{text}: {wrong:#?}");
    }
    let objects = objects(SHOP);
    let unknown = Expectations::read("e.yaml", "default: allowed\nblocked:\n  - shop/wbe -> shop/api\n").unwrap();
    let wrong = unknown.verify(&engine(&objects), &objects).unwrap_err().to_string();
    assert!(
        wrong.contains("e.yaml:3") && wrong.contains("there is no pod `shop/wbe`") && wrong.contains("shop/web"),
        "{wrong}"
    );
    let unknown = Expectations::read("e.yaml", "default: allowed\nblocked:\n  - shpo/{app=web} -> shop/api\n").unwrap();
    let verified = unknown.verify(&engine(&objects), &objects).unwrap();
    assert!(verified.warnings[0].contains("there is no namespace `shpo`"), "{:?}", verified.warnings);
}

#[test]
fn what_depends_on_addresses_is_told_and_does_not_fail() {
    let outside = changed("egress: [{to", "egress: [{to: [{ipBlock: {cidr: 192.168.0.0/16}}]}, {to");
    let free = format!("{EXPECTED}  - shop/{{app=web}} -> external\n");
    let verified = verify(&outside, &free);
    assert!(verified.passed(), "{:#?}", wrong(&verified));
    assert!(
        verified.incomplete[0].contains("on pods' addresses, which the files do not name"),
        "{:?}",
        verified.incomplete
    );
}

/// What is true today, written down and verified.
#[track_caller]
fn init(text: &str) -> String {
    let objects = objects(text);
    let engine = engine(&objects);
    let written = Expectations::of_today(&engine, &objects);
    let read = Expectations::read("init.yaml", &written).unwrap_or_else(|wrong| panic!("{wrong}\n{written}"));
    let verified = read.verify(&engine, &objects).unwrap();
    assert!(verified.passed(), "{written}\n{:#?}", wrong(&verified));
    assert!(!written.contains("free:"), "{written}");
    written
}

#[test]
fn what_is_true_today_is_written_and_any_change_fails() {
    let written = init(SHOP);
    for (from, to) in [
        ("ingress: [{ports: [{port: 80}]}]", "ingress: [{ports: [{port: 81}]}]"),
        ("ingress: [{ports: [{port: 80}]}]", "ingress: [{}]"),
        ("[{from: [{podSelector: {matchLabels: {app: web}}}], ports", "[{from: [{namespaceSelector: {}}], ports"),
        ("spec: {podSelector: {}, policyTypes: [Ingress, Egress]}", "spec: {podSelector: {}, policyTypes: [Egress]}"),
        ("egress: [{to", "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}, {to"),
        (
            "podSelector: {matchLabels: {app: api}}\n  policyTypes",
            "podSelector: {matchLabels: {tier: back}}\n  policyTypes",
        ),
    ] {
        let verified = verify(&changed(from, to), &written);
        assert!(!verified.passed(), "{from} → {to}\n{written}");
        assert!(!wrong(&verified)[0].is_empty(), "a flow shows it");
    }
    // The same said otherwise changes nothing.
    let otherwise = changed(
        "podSelector: {matchLabels: {app: api}}\n  policyTypes",
        "podSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}\n  policyTypes",
    );
    assert!(verify(&otherwise, &written).passed());
}

#[test]
fn policies_of_all_kinds_can_be_written_down() {
    let policy = |spec: &str| {
        let pods = SHOP.split("---\napiVersion: networking").next().unwrap();
        format!(
            "{pods}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
        )
    };
    for spec in [
        "{podSelector: {}}",
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [203.0.113.0/24]}}]}]}",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {app: web}}}], ports: [{port: 80, endPort: 90}]}]}",
        "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web, api]}]}, ingress: []}",
        "{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}, ingress: []}",
        "{podSelector: {matchLabels: {app: api, tier: back}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}]}",
        "{podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: http}]}]}",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [ops, dev]}]}}]}]}",
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}]}]}",
        "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}, {to: [{ipBlock: {cidr: 2001:db8::/32}}]}]}",
    ] {
        init(&policy(spec));
    }
    let none = init(SHOP.split("---\napiVersion: networking").next().unwrap());
    assert!(none.ends_with("default: allowed\n"), "{none}");
}

#[test]
fn labels_that_nobody_looks_at_in_a_namespace_say_nothing_there() {
    let policy = |namespace: &str, name: &str, spec: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
        )
    };
    let pods = SHOP.split("---\napiVersion: networking").next().unwrap();
    let pods = format!("{pods}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ops, labels: {{team: a}}}}\n");
    let policies = [
        policy(
            "shop",
            "a",
            "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}",
        ),
        policy(
            "ops",
            "b",
            "{podSelector: {matchLabels: {tier: x}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [api]}]}}]}]}",
        ),
    ];
    init(&format!("{pods}{}", policies.concat()));
}
