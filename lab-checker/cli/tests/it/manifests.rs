//! What comes from manifests alone: `reach`, `explain`, `diff`, and manifests that are wrong.

use serde_json::json;

use crate::terminal::Terminal;

/// Two namespaces, three pods, and a policy that lets web reach api alone.
const SHOP: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: api, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: intruder, namespace: dev, labels: {app: web}}
spec: {containers: [{name: sh, image: busybox}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: http}]}
";

const ONLY_WEB: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api-from-web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: http}]
";

fn shop() -> Terminal {
    let terminal = Terminal::new();
    terminal.file("shop.yaml", SHOP).file("policies/only-web.yaml", ONLY_WEB);
    terminal
}

#[test]
fn a_small_reachability_is_a_matrix() {
    let ran = shop().run("reach -f shop.yaml -f policies").exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
                  shop
                  api       web
    from ↓  to →  8080/TCP  80/TCP
    dev/intruder  ✗         ✓
    shop/api      ·         ✓
    shop/web      ✓         ·

    4 flows: ✓ 3 allowed, ✗ 1 blocked
    ");
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_wide_reachability_is_a_list_by_destination() {
    let ran = shop().run("reach -f shop.yaml -f policies --port 8000-8020/TCP --to shop/api").exits(0);
    let first: Vec<_> = ran.stdout.lines().take(3).collect();
    assert_eq!(first, ["shop/api 8000/TCP", "  ✗ dev/intruder, shop/web", "shop/api 8001/TCP"]);
    assert!(ran.stdout.ends_with("42 flows: ✓ 0 allowed, ✗ 42 blocked\n"), "{}", ran.stdout);
}

#[test]
fn json_has_one_row_a_flow() {
    let ran = shop().run("reach -f shop.yaml -f policies -o json --to app=api").exits(0);
    let expected = json!({"flows": [
        {"from": "dev/intruder", "to": "shop/api", "port": 8080, "protocol": "TCP", "verdict": "blocked"},
        {"from": "shop/web", "to": "shop/api", "port": 8080, "protocol": "TCP", "verdict": "allowed"},
    ]});
    assert_eq!(ran.json(), expected);
}

#[test]
fn every_other_form_of_a_reachability() {
    let terminal = shop();
    let csv = terminal.run("reach -f shop.yaml --from dev/* --to shop/web -o csv").exits(0);
    assert_eq!(csv.stdout, "from,to,port,protocol,verdict\ndev/intruder,shop/web,80,TCP,allowed\n");
    let dot = terminal.run("reach -f shop.yaml -f policies -o dot").exits(0);
    assert!(dot.stdout.starts_with("digraph"), "{}", dot.stdout);
    let dot = dot.says(r#""shop/web" -> "shop/api""#);
    assert!(!dot.stdout.contains(r#""dev/intruder" -> "shop/api""#), "{}", dot.stdout);
    let svg = terminal.run("reach -f shop.yaml -o svg").exits(0);
    assert!(svg.stdout.starts_with("<svg ") && svg.stdout.trim_end().ends_with("</svg>"), "{}", svg.stdout);
    svg.says("intruder").says("data-group=\"dev\"").says("shop/web reaches");
}

#[test]
fn a_stateful_set_that_mounts_its_claims_is_read() {
    let terminal = Terminal::new();
    let set = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: x}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: c
          image: postgres:16
          ports: [{containerPort: 5432}]
          volumeMounts: [{name: data, mountPath: /var/lib}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec: {containers: [{name: c, image: nginx}]}
";
    terminal.file("db.yaml", set);
    assert_eq!(terminal.run("reach -f db.yaml").exits(0).says("5432").stderr, "");
    terminal.file("typo.yaml", set.replace("{name: data, mountPath", "{name: date, mountPath"));
    terminal.run("reach -f typo.yaml").exits(2).warns("volumeMounts[0].name").warns("not found: \"date\"");
}

#[test]
fn counting() {
    let terminal = shop();
    terminal.run("reach -f shop.yaml -f policies --count").exits(0).says(r#""flows":4,"allowed":3"#);
    let ran = terminal.run("reach -f shop.yaml -f policies --count --port 80/TCP -o json").exits(0);
    assert_eq!(ran.json(), json!({"pods": 3, "ports": 1, "flows": 6, "allowed": 4}));
}

#[test]
fn ports_by_name_range_and_protocol() {
    let terminal = shop();
    let flows =
        |line: &str| terminal.run(&format!("reach -f shop.yaml -o json {line}")).exits(0).json()["flows"].clone();
    assert_eq!(flows("--port http").as_array().map(Vec::len), Some(4), "http is 80 on web and 8080 on api");
    assert_eq!(flows("--port 8000-8009/TCP").as_array().map(Vec::len), Some(60));
    assert_eq!(flows("--port 53/UDP --from shop/web --to shop/api")[0]["protocol"], "UDP");
}

#[test]
fn selections_that_mean_nothing_are_refused_with_a_guess() {
    let terminal = shop();
    terminal.run("reach -f shop.yaml --from shp").exits(2).warns("did you mean `shop`?");
    terminal.run("reach -f shop.yaml --to shop/apii").exits(2).warns("did you mean `shop/api`?");
    terminal.run("reach -f shop.yaml --to app=database").exits(2).warns("no pod is selected by `app=database`");
    terminal.run("reach -f shop.yaml --to a/b/c").exits(2).warns("--to");
    terminal.run("reach -f shop.yaml --port 80/ICMP").exits(2).warns("ICMP");
    terminal.run("reach -f shop.yaml --port 99999").exits(2).warns("99999");
}

#[test]
fn external_addresses_take_part_when_asked() {
    let ran = shop().run("reach -f shop.yaml -f policies --external 203.0.113.7 --to shop/api -o csv").exits(0);
    assert!(ran.stdout.contains("203.0.113.7,shop/api,8080,TCP,blocked"), "{}", ran.stdout);
}

#[test]
fn standard_input_is_a_file() {
    let terminal = Terminal::new();
    terminal.run_with_input("reach -f -", SHOP).exits(0).says("shop/web");
    terminal.run_with_input("reach -f -", "").exits(2).warns("there is no Kubernetes object to look at");
}

#[test]
fn an_explanation_says_which_policy_and_why() {
    let terminal = shop();
    let ran = terminal.run("explain dev/intruder shop/api:8080 -f shop.yaml -f policies").exits(0);
    assert!(ran.stdout.starts_with("✗ blocked  dev/intruder → shop/api:8080/TCP\n"), "{}", ran.stdout);
    ran.says("NetworkPolicy shop/api-from-web").says("not isolated");
    terminal.run("explain shop/web shop/api:8080 -f shop.yaml -f policies").exits(0).says("✓ allowed");
    terminal.run("explain shop/web svc:shop/api:80 -f shop.yaml -f policies").exits(0).says("✓ allowed");
    terminal.run("explain 203.0.113.7 shop/api:8080 -f shop.yaml -f policies").exits(0).says("✗ blocked");
    terminal.run("explain shop/web [2001:db8::1]:443 -f shop.yaml -f policies").exits(0).says("✓ allowed");
}

#[test]
fn an_explanation_as_json() {
    let ran = shop().run("explain dev/intruder shop/api:8080 -f shop.yaml -f policies -o json").exits(0);
    let json = ran.json();
    let flow = json!({"from": "dev/intruder", "to": "shop/api", "port": 8080, "protocol": "TCP"});
    assert_eq!(json["flow"], flow);
    assert_eq!(json["verdict"], "blocked");
    assert_eq!(json["egress"]["isolated"], false);
    assert_eq!(json["egress"]["verdict"], "allowed");
    assert_eq!(json["ingress"]["isolated"], true);
    assert_eq!(json["ingress"]["policies"][0]["policy"], "shop/api-from-web");
    assert_eq!(json["ingress"]["policies"][0]["matched"], false);
    assert_eq!(
        json["summary"],
        "dev/intruder → shop/api:8080/TCP is blocked: shop/api is isolated for ingress by policy api-from-web, and no rule admits this flow."
    );
}

#[test]
fn an_explanation_names_the_line_that_decides() {
    let terminal = shop();
    let explain = "explain shop/web shop/api:8080 -f shop.yaml -f policies";
    terminal
        .run(explain)
        .exits(0)
        .says("decides: policies/only-web.yaml:8 (shop/api-from-web, spec.ingress[0].from[0])");
    let json = terminal.run(&format!("{explain} -o json")).exits(0).json();
    let decision = &json["decided_by"][0];
    assert_eq!(
        (&decision["file"], &decision["line"], &decision["column"]),
        (&json!("policies/only-web.yaml"), &json!(8), &json!(14)),
        "{json}"
    );
    // What blocks is the policy's selector, and through a Service it is told of each pod.
    let json = terminal.run("explain dev/intruder svc:shop/api:80 -f shop.yaml -f policies -o json").exits(0).json();
    for decision in [&json["decided_by"][0], &json["backends"][0]["decided_by"][0]] {
        assert_eq!((&decision["line"], &decision["field"]), (&json!(6), &json!("spec.podSelector")), "{json}");
    }
    // A policy in JSON has lines too.
    let policy = r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
      "metadata": {"name": "api", "namespace": "shop"},
      "spec": {"podSelector": {}, "ingress": [
        {}]}}"#;
    terminal.file("open.json", policy);
    let json = terminal.run("explain shop/web shop/api:8080 -f shop.yaml -f open.json -o json").exits(0).json();
    assert_eq!(json["decided_by"][0]["line"], 4, "{json}");
}

#[test]
fn an_explanation_of_what_is_not_there() {
    let terminal = shop();
    let explain = |words: &str| terminal.run(&format!("explain {words} -f shop.yaml")).exits(2);
    explain("shop/webb shop/api:8080").warns("did you mean shop/web?");
    explain("shop/web shop/api:grpc").warns("grpc");
    explain("shop/web svc:shop/apii:80").warns("did you mean svc:shop/api?");
    explain("shop/web shop/api").warns("ENDPOINT:PORT");
    explain("svc:shop/api shop/web:80").warns("Service");
}

#[test]
fn a_diff_of_two_snapshots() {
    let terminal = shop();
    terminal.file("after/all.yaml", format!("{SHOP}---{ONLY_WEB}"));
    let ran = terminal.run("diff shop.yaml after").exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    allowed in A, blocked in B
      - dev/intruder → shop/api:8080/TCP

    from A to B
      The second closes 1 flow.
      It closes shop/api:8080/TCP to dev/intruder.

    all pods, ports and addresses, also those that are not here
      - any pod of shop with app=web (today shop/web) → shop/api: TCP 1–8079 and
        8081–65535, every UDP port and every SCTP port
          such as shop/web → shop/api:1/TCP
      - any pod of dev and any new namespace (today dev/intruder), and any pod of
        shop without app=web (today shop/api), and every address outside of the
        cluster → any pod of shop with app=api, that calls the port http (today
        shop/api): every port
          such as dev/intruder → shop/api:8080/TCP
      - any pod, and every address outside of the cluster → any pod of shop with
        app=api, that does not call the port http: every port
          such as dev/intruder → shop/{app=api}:1/TCP
      - any pod of shop with app=web (today shop/web) → any pod of shop with
        app=api, that calls the port http: every UDP port and every SCTP port
          such as shop/web → shop/{app=api}[http]:1/UDP
    ");
    let json = terminal.run("diff after shop.yaml -o json").exits(0).json();
    let flow = json!({"from": "dev/intruder", "to": "shop/api", "port": 8080, "protocol": "TCP"});
    assert_eq!((&json["only_in_a"], &json["only_in_b"]), (&json!([]), &json!([flow])));
    terminal.run("diff shop.yaml shop.yaml").exits(0).says("No difference");
}

#[test]
fn a_diff_of_two_policy_sets_over_the_same_pods() {
    let terminal = shop();
    terminal.file("deny.yaml", ONLY_WEB.replace("[{port: http}]", "[{port: 9090}]"));
    let json = terminal.run("diff policies deny.yaml -f shop.yaml -o json").exits(0).json();
    assert_eq!(json["only_in_a"].as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(json["only_in_a"][0]["from"], "shop/web");
}

#[test]
fn policies_beside_a_whole_snapshot_are_for_its_pods() {
    let ran = shop().run("diff shop.yaml policies -o json").exits(0);
    let flow = json!({"from": "dev/intruder", "to": "shop/api", "port": 8080, "protocol": "TCP"});
    let json = ran.json();
    assert_eq!((&json["only_in_a"], &json["only_in_b"]), (&json!([flow]), &json!([])));
    let ran = shop().run("diff policies shop.yaml").exits(0).says("It opens shop/api:8080/TCP to dev/intruder.");
    assert!(!ran.stdout.contains("closes"), "{}", ran.stdout);
    shop().run("diff - -").exits(2).warns("both sides are the standard input");
}

#[test]
fn no_flows_are_explained() {
    let terminal = shop();
    terminal
        .run("reach -f shop.yaml --port https")
        .exits(0)
        .says("No flows: no destination declares a port of that name");
    terminal.run("reach -f policies").exits(0).says("No flows: there are no running pods.");
    terminal.run("reach -f shop.yaml --from shop/web --to shop/web").exits(0).says("or nobody else is there");
    terminal.run("reach -f shop.yaml --port 90-80").exits(2).warns("a range such as 8000-8100");
    terminal.run("reach -f shop.yaml --count -o svg").exits(2).warns("a count is no picture");
}

#[test]
fn rules_that_policy_types_do_not_list_are_found() {
    let terminal = shop();
    terminal.file("vain.yaml", ONLY_WEB.replace("  ingress:", "  policyTypes: [Egress]\n  ingress:"));
    let ran = terminal.run("lint -f shop.yaml -f vain.yaml").exits(1).says("its ingress rules have no effect");
    ran.says("add Ingress to policyTypes");
    terminal.file("deny.yaml", ONLY_WEB.replace("api-from-web", "deny").replace("app: web", "app: nobody"));
    let ran = terminal.run("explain shop/web shop/api:8080 -f shop.yaml -f vain.yaml -f deny.yaml -o json").exits(0);
    let nearest = ran.json()["nearest_misses"][0].to_string();
    assert!(nearest.contains("shop/api-from-web would admit it if its policyTypes listed Ingress"), "{nearest}");
}

#[test]
fn what_is_open_to_everybody() {
    let terminal = shop();
    let ran = terminal.run("exposure -f shop.yaml -f policies").exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    pods          from every pod  from the internet  to the internet
    dev/intruder  every port      every port         every port
    shop/api      no port         no port            every port
    shop/web      every port      every port         every port

    3 pods: 2 open to every pod, 2 open from the internet, 3 can reach the internet
    ");
    let json = terminal.run("exposure -f shop.yaml -f policies -o json").exits(0).json();
    let api = json!({
        "pods": {"namespace": "shop", "name": "api", "count": 1},
        "names": ["api"],
        "from_cluster": {"open": "nothing"},
        "from_internet": {"open": "nothing"},
        "to_internet": {"open": "everything"},
    });
    assert_eq!(json["exposure"][1], api);
    terminal.run("exposure -f nowhere").exits(2).warns("cannot read nowhere");
    terminal.run("exposure -f policies").exits(0).says("No pods");
}

#[test]
fn every_mistake_of_a_manifest_is_shown_in_its_place() {
    let terminal = Terminal::new();
    let wrong = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
spec:
  podSelectr: {}
  ingress:
    - ports:
        - port: 70000
";
    terminal.file("wrong.yaml", wrong);
    let ran = terminal.run("reach -f wrong.yaml").exits(2).warns("wrong.yaml:6").warns("podSelectr");
    let ran = ran.warns("wrong.yaml:9").warns("70000").warns("2 errors in wrong.yaml");
    assert_eq!(ran.stdout, "");
    terminal.run_with_input("reach -f -", wrong).exits(2).warns("<stdin>:6");
}

#[test]
fn policies_that_do_nothing_are_found() {
    let terminal = shop();
    terminal.file("typo.yaml", ONLY_WEB.replace("app: web", "app: webb"));
    terminal.run("lint -f shop.yaml -f typo.yaml").exits(1).says("shop/api-from-web").says("app=webb");
    let json = terminal.run("lint -f shop.yaml -f typo.yaml -o json").exits(1).json();
    assert_eq!(json["findings"][0]["policy"], "shop/api-from-web");
    terminal.run("lint -f shop.yaml").exits(0).says("nothing suspicious");
    terminal.run("lint -f typo.yaml").exits(0).warns("there are no running pods here");
}
