//! `diff` beyond what the files hold: peers that nobody is today, ports that nobody declares, addresses outside.

use serde_json::{Value, json};

use crate::terminal::Terminal;

const PODS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: postgres, ports: [{containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: nginx}]}
";

/// The database admits what this says.
fn policy(ingress: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: db, namespace: shop}}\n\
         spec:\n  podSelector: {{matchLabels: {{app: db}}}}\n  ingress: {ingress}\n"
    )
}

fn sides(a: &str, b: &str) -> Terminal {
    let terminal = Terminal::new();
    terminal.file("pods.yaml", PODS).file("a.yaml", a).file("b.yaml", b);
    terminal
}

const FROM_WEB: &str = "[{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]";

#[test]
fn what_is_not_among_the_files_is_told_too() {
    for (ingress, from, ports, flow) in [
        (
            "[{from: [{podSelector: {matchLabels: {app: web}}}, {podSelector: {matchLabels: {app: backup}}}], \
             ports: [{port: 5432}]}]",
            "any pod of shop with app=backup",
            json!(["5432/TCP"]),
            json!({"from": "shop/{app=backup}", "to": "shop/db", "port": 5432, "protocol": "TCP"}),
        ),
        (
            "[{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}, {port: 5432, protocol: UDP}]}]",
            "any pod of shop with app=web (today shop/web)",
            json!(["5432/UDP"]),
            json!({"from": "shop/web", "to": "shop/db", "port": 5432, "protocol": "UDP"}),
        ),
        (
            "[{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432, endPort: 5433}]}]",
            "any pod of shop with app=web (today shop/web)",
            json!(["5433/TCP"]),
            json!({"from": "shop/web", "to": "shop/db", "port": 5433, "protocol": "TCP"}),
        ),
        (
            "[{from: [{podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: 11.0.0.0/8}}], ports: [{port: 5432}]}]",
            "11.0.0.0/8",
            json!(["5432/TCP"]),
            json!({"from": "11.0.0.1", "to": "shop/db", "port": 5432, "protocol": "TCP"}),
        ),
        (
            "[{from: [{podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: \"fd12::/16\"}}], \
             ports: [{port: 5432}]}]",
            "fd12::/16",
            json!(["5432/TCP"]),
            json!({"from": "fd12::1", "to": "shop/db", "port": 5432, "protocol": "TCP"}),
        ),
    ] {
        let terminal = sides(&policy(FROM_WEB), &policy(ingress));
        let said = terminal.run("diff a.yaml b.yaml -f pods.yaml").exits(0).says(&format!("+ {from} → "));
        assert!(!said.stdout.contains("No difference"), "{}", said.stdout);
        let json = terminal.run("diff a.yaml b.yaml -f pods.yaml -o json").exits(0).json();
        assert_eq!((&json["only_in_a"], &json["only_in_b"], &json["closes"]), (&json!([]), &json!([]), &json!([])));
        let opened = &json["opens"][0];
        assert_eq!((&opened["from"], &opened["ports"], &opened["flow"]), (&json!(from), &ports, &flow), "{json}");
        assert!(json["summary"].as_str().is_some_and(|text| text.contains("nothing differs")), "{json}");
        // The other way round it is closed, and everything else is as it was.
        let back = terminal.run("diff b.yaml a.yaml -f pods.yaml -o json").exits(0).json();
        assert_eq!((&back["opens"], &back["closes"]), (&json!([]), &json["opens"]));
    }
}

#[test]
fn a_policy_of_the_whole_cluster_is_compared_for_namespaces_of_tomorrow() {
    let wall = |team: &str| {
        format!(
            "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: wall}}\n\
             spec:\n  tier: Admin\n  priority: 1\n  subject: {{namespaces: {{matchLabels: {{team: {team}}}}}}}\n  \
             ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]\n"
        )
    };
    let terminal = sides(&wall("red"), &wall("blue"));
    let ran = terminal.run("diff a.yaml b.yaml -f pods.yaml").exits(0);
    let ran = ran.says("- any pod → any pod of any new namespace with team=blue: every port");
    let ran = ran.says("+ any pod → any pod of any new namespace with team=red: every port");
    assert!(!ran.stdout.contains("No difference"), "{}", ran.stdout);
}

#[test]
fn equal_rewrites_do_not_differ() {
    let listed = "[{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}], \
                  ports: [{port: 5432, endPort: 5432, protocol: TCP}]}]";
    let terminal = sides(&policy(FROM_WEB), &policy(listed));
    terminal
        .run("diff a.yaml b.yaml -f pods.yaml")
        .exits(0)
        .says("No difference: the same flows are allowed, also for");
    let json = terminal.run("diff a.yaml b.yaml -f pods.yaml -o json").exits(0).json();
    for list in ["only_in_a", "only_in_b", "opens", "closes"] {
        assert_eq!(json[list], json!([]), "{list}");
    }
    assert_eq!((&json["undefined"], &json["incomplete"]), (&Value::Null, &Value::Null));
}

#[test]
fn undefined_flows_are_said_once() {
    let host = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: shop}\n\
                spec: {hostNetwork: true, containers: [{name: agent, image: agent}]}\n";
    let terminal = sides(&policy(FROM_WEB), &policy("[]"));
    terminal.file("pods.yaml", format!("{PODS}{host}"));
    let said = terminal.run("diff a.yaml b.yaml -f pods.yaml").exits(0).stdout;
    assert_eq!(said.matches("undefined").count(), 1, "{said}");
    let json = terminal.run("diff a.yaml b.yaml -f pods.yaml -o json").exits(0).json();
    assert!(json["undefined"].as_str().is_some_and(|text| text.contains("host-network")), "{json}");
}

#[test]
fn a_question_narrows_the_kinds_too() {
    let terminal = sides(&policy("[]"), &policy("[{}]"));
    let ask = |question: &str| {
        let json = terminal.run(&format!("diff a.yaml b.yaml -f pods.yaml -o json {question}")).exits(0).json();
        let opens = json["opens"].as_array().expect("a list").clone();
        opens.iter().map(|kind| format!("{} → {} {}", kind["from"], kind["to"], kind["ports"])).collect::<Vec<_>>()
    };
    assert_eq!(ask("--from shop/web --to shop/db --port 53/UDP"), [r#""shop/web" → "shop/db" ["53/UDP"]"#]);
    assert_eq!(
        ask("--from shop/db"),
        [r#""shop/db" → "any pod of shop with app=db (today shop/db)" ["TCP","UDP","SCTP"]"#]
    );
    assert_eq!(ask("--to shop/web"), [""; 0]);
}

#[test]
fn hundreds_of_namespaces_are_told_in_a_few_lines() {
    let terminal = Terminal::new();
    let mut text = String::new();
    for at in 0..300 {
        text += &format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: n{at}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n{at}}}\nspec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 80}}]}}]}}\n---\n"
        );
    }
    text += "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: n7}\nspec: {podSelector: {}}\n";
    terminal.file("many.yaml", text);
    let ran = terminal.run("reach -f many.yaml").exits(0).says("n0, n1, n10 and 296 more").says("n7");
    assert!(ran.stdout.lines().count() < 20, "{}", ran.stdout);
    let row = ran.stdout.lines().find(|line| line.starts_with("n7")).expect("a row");
    assert!(row.ends_with("299") && ran.stdout.contains("89,401 allowed"), "{}", ran.stdout);
}
