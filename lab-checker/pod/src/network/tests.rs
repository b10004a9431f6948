//! Names, Services and verdicts, as the tools in a pod feel them.

use crate::testing::TestPods;

/// Two namespaces: a web server and clients in `shop`, a client in `ops`; a headless database.
const SHOP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  containers:
  - name: c
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    args: [serve-hostname, --port=8080]
    ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec:
  selector: {app: nobody}
  ports: [{port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: pods, namespace: shop}
spec:
  clusterIP: None
  selector: {app: web}
  ports: [{port: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: curl, namespace: shop, labels: {role: client}}
spec:
  containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]
---
apiVersion: v1
kind: Pod
metadata: {name: box, namespace: shop, labels: {role: client}}
spec:
  containers: [{name: c, image: 'busybox:1.36', command: [sleep, infinity]}]
---
apiVersion: v1
kind: Pod
metadata: {name: curl, namespace: ops}
spec:
  containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]
";

const DENY: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

const DENY_EGRESS: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress]}
";

/// A command's output, error output, exit code and seconds.
async fn check(pods: &TestPods, pod: &str, script: &str, expected: (&str, &str, u8, u64)) {
    let ran = pods.sh(pod, script).await;
    let seen = (ran.stdout.as_str(), ran.stderr.as_str(), ran.code, ran.took.as_secs());
    assert_eq!(seen, expected, "{script}");
}

#[tokio::test(start_paused = true)]
async fn names_in_all_their_forms() {
    let pods = TestPods::with(SHOP);
    for name in ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local", "web.shop.svc.cluster.local."] {
        check(&pods, "shop/curl", &format!("curl -s http://{name}"), ("web", "", 0, 0)).await;
    }
    check(&pods, "shop/curl", "curl -s http://pods:8080", ("web", "", 0, 0)).await;
    check(&pods, "ops/curl", "curl -s http://web.shop", ("web", "", 0, 0)).await;
    // From another namespace the bare name of a Service means nothing.
    let unknown = ("", "curl: (6) Could not resolve host: web\n", 6, 0);
    check(&pods, "ops/curl", "curl -sS http://web", unknown).await;
    let address = pods.address("shop/web").replace('.', "-");
    let script = format!("curl -s http://{address}.shop.pod.cluster.local:8080");
    check(&pods, "ops/curl", &script, ("web", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn refused_where_nobody_listens() {
    let pods = TestPods::with(SHOP);
    let address = pods.address("shop/web");
    let text = format!("curl: (7) Failed to connect to {address} port 81 after 0 ms: Couldn't connect to server\n");
    check(&pods, "shop/curl", &format!("curl -sS http://{address}:81"), ("", &text, 7, 0)).await;
    let text = format!("wget: can't connect to remote host ({address}): Connection refused\n");
    check(&pods, "shop/box", &format!("wget -qO- http://{address}:81"), ("", &text, 1, 0)).await;
    check(&pods, "shop/box", &format!("nc -zv {address} 81"), ("", "", 1, 0)).await;
    let text = format!("nc: connect to {address} port 81 (tcp) failed: Connection refused\n");
    check(&pods, "shop/curl", &format!("nc -zv {address} 81"), ("", &text, 1, 0)).await;
    let web = format!("/agnhost connect {address}:81 --timeout=2s");
    check(&pods, "shop/web", &web, ("", "REFUSED\n", 1, 0)).await;
    // A Service without pods refuses as well.
    let text = "curl: (7) Failed to connect to empty port 80 after 0 ms: Couldn't connect to server\n";
    check(&pods, "shop/curl", "curl -sS http://empty", ("", text, 7, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn blocked_means_waiting() {
    let pods = TestPods::with(SHOP);
    pods.create(DENY);
    let address = pods.address("shop/web");
    let text = "curl: (28) Connection timed out after 2001 milliseconds\n";
    check(&pods, "shop/curl", "curl -sS -m 2 http://web", ("", text, 28, 2)).await;
    check(&pods, "shop/curl", "curl -sS --connect-timeout 2 http://web", ("", text, 28, 2)).await;
    check(&pods, "shop/box", "wget -qO- -T 3 http://web", ("", "wget: download timed out\n", 1, 3)).await;
    check(&pods, "shop/box", "timeout 3 wget -qO- http://web", ("", "Terminated\n", 143, 3)).await;
    let text = format!("nc: connect to {address} port 8080 (tcp) timed out: Operation now in progress\n");
    check(&pods, "shop/curl", &format!("nc -zv -w 2 {address} 8080"), ("", &text, 1, 2)).await;
    let probe = format!("/agnhost connect {address}:8080 --timeout=2s");
    // A pod to itself is never blocked.
    check(&pods, "shop/web", &probe, ("", "", 0, 0)).await;
    let ran = pods.sh("ops/curl", &format!("ping -c1 -W1 {address}")).await;
    assert!(ran.stdout.contains("1 packets transmitted, 0 received, 100% packet loss, time 0ms"), "{}", ran.stdout);
    assert_eq!((ran.code, ran.took.as_secs()), (1, 1));
    let ran = pods.sh("shop/box", &format!("ping -c 5 -w 2 {address}")).await;
    assert!(ran.stdout.contains("2 packets transmitted, 0 packets received, 100% packet loss"), "{}", ran.stdout);
    assert_eq!((ran.code, ran.took.as_secs()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_goes_is_felt_by_who_waits() {
    let pods = TestPods::with(SHOP);
    pods.create(DENY);
    let delete = async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        pods.delete("NetworkPolicy", "deny");
    };
    let (ran, ()) = tokio::join!(pods.sh("shop/curl", "curl -sS -m 10 http://web"), delete);
    assert_eq!((ran.stdout.as_str(), ran.took.as_secs()), ("web", 3));
}

#[tokio::test(start_paused = true)]
async fn no_way_to_the_name_server() {
    let pods = TestPods::with(SHOP);
    pods.create(DENY_EGRESS);
    let unresolved = "curl: (6) Could not resolve host: web\n";
    check(&pods, "shop/curl", "curl -sS http://web", ("", unresolved, 6, 5)).await;
    let late = "curl: (28) Resolving timed out after 2001 milliseconds\n";
    check(&pods, "shop/curl", "curl -sS -m 2 http://web", ("", late, 28, 2)).await;
    check(&pods, "shop/box", "wget -qO- -T 2 http://web:80", ("", "wget: bad address 'web:80'\n", 1, 10)).await;
    let text = "nc: getaddrinfo for host \"web\" port 80: Try again\n";
    check(&pods, "shop/curl", "nc -zv web 80", ("", text, 1, 5)).await;
    let text = "DNS: lookup pods on 10.96.0.10:53: i/o timeout\n";
    check(&pods, "shop/web", "/agnhost connect pods:80", ("", text, 1, 5)).await;
}

#[tokio::test(start_paused = true)]
async fn dns_needs_udp() {
    let pods = TestPods::with(SHOP);
    let allow = |protocol: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: dns-{}, namespace: shop}}\nspec:\n  podSelector: {{}}\n  policyTypes: [Egress]\n  egress:\n  - to: [{{namespaceSelector: {{}}}}]\n    ports: [{{protocol: {protocol}, port: 53}}, {{protocol: TCP, port: 8080}}]\n",
            protocol.to_lowercase()
        )
    };
    pods.create(&allow("TCP"));
    assert_eq!(pods.sh("shop/curl", "curl -s http://web").await.code, 6);
    pods.create(&allow("UDP"));
    check(&pods, "shop/curl", "curl -s http://web", ("web", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn looking_names_up() {
    let pods = TestPods::with(SHOP);
    let service = pods.get("Service", "shop/web")["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let text = format!(
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.shop.svc.cluster.local\nAddress: {service}\n\n"
    );
    check(&pods, "shop/box", "nslookup web", (&text, "", 0, 0)).await;
    check(&pods, "shop/curl", "dig +short web.shop.svc.cluster.local", (&format!("{service}\n"), "", 0, 0)).await;
    let ran = pods.sh("shop/curl", "nslookup nope").await;
    assert!(ran.stdout.contains("** server can't find nope: NXDOMAIN"), "{}", ran.stdout);
    assert_eq!(ran.code, 1);
}

#[tokio::test(start_paused = true)]
async fn names_of_ports_and_addresses() {
    let pods = TestPods::with(SHOP);
    let service = pods.get("Service", "shop/web")["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let pod = pods.address("shop/web");
    let dashed = pod.replace('.', "-");
    let short = |line: &str| format!("dig +short {line}");
    let name = "web.shop.svc.cluster.local.\n";
    check(&pods, "shop/curl", &short(&format!("-x {service}")), (name, "", 0, 0)).await;
    let text = format!("{dashed}.pods.shop.svc.cluster.local.\n");
    check(&pods, "shop/curl", &short(&format!("-x {pod}")), (&text, "", 0, 0)).await;
    check(&pods, "shop/curl", &short("SRV web.shop.svc.cluster.local"), (&format!("0 100 80 {name}"), "", 0, 0)).await;
    let text = format!("0 100 8080 {text}");
    check(&pods, "shop/curl", &short("pods.shop.svc.cluster.local SRV"), (&text, "", 0, 0)).await;
    let ran = pods.sh("shop/box", &format!("nslookup {service}")).await;
    assert!(ran.stdout.ends_with(".in-addr.arpa\tname = web.shop.svc.cluster.local\n\n"), "{}", ran.stdout);
    pods.create(DENY_EGRESS);
    let ran = pods.sh("shop/box", &format!("nslookup {service}")).await;
    assert_eq!((ran.stdout.as_str(), ran.code), (";; connection timed out; no servers could be reached\n\n", 1));
}

#[tokio::test(start_paused = true)]
async fn names_as_old_busybox_prints_them() {
    let pods = TestPods::with(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: box}\nspec: {containers: [{name: c, image: 'busybox:1.28', command: [sleep, infinity]}]}",
    );
    let head = "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\n";
    let found =
        format!("{head}Name:      kubernetes.default\nAddress 1: 10.96.0.1 kubernetes.default.svc.cluster.local\n");
    check(&pods, "default/box", "nslookup kubernetes.default", (&found, "", 0, 0)).await;
    check(&pods, "default/box", "nslookup nope", (head, "nslookup: can't resolve 'nope'\n", 1, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn the_death_star() {
    let pods = TestPods::with(
        "
apiVersion: v1
kind: Pod
metadata: {name: deathstar, labels: {class: deathstar}}
spec: {containers: [{name: deathstar, image: 'quay.io/cilium/starwars:v2.1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: deathstar}
spec: {selector: {class: deathstar}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tiefighter}
spec: {containers: [{name: spaceship, image: 'quay.io/cilium/json-mock:v1.3.8'}]}
",
    );
    let land = "curl -s -XPOST deathstar.default.svc.cluster.local/v1/request-landing";
    check(&pods, "default/tiefighter", land, ("Ship landed\n", "", 0, 0)).await;
    let ran = pods.sh("default/tiefighter", "curl -s -XPUT deathstar/v1/exhaust-port").await;
    assert!(ran.stdout.starts_with("Panic: deathstar exploded\n"), "{}", ran.stdout);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_opened_by_hand() {
    let pods = TestPods::with(SHOP);
    let address = pods.address("shop/box");
    let probe =
        format!("sleep 1; nc -zv -w 2 {address} 9000; echo hello | nc {address} 9000; nc -z {address} 9000; echo $?");
    let (server, client) = tokio::join!(
        pods.sh("shop/box", "nc -lk -p 9000 & sleep 2; netstat -tln | grep -c LISTEN; nc -l -p 9000; kill $!"),
        pods.sh("shop/curl", &probe)
    );
    assert_eq!((server.stdout.as_str(), server.stderr.as_str()), ("hello\n1\n", "nc: bind: Address already in use\n"));
    assert_eq!(client.stdout, "0\n");
    assert_eq!(client.stderr, format!("Connection to {address} 9000 port [tcp/*] succeeded!\n"));
    let text = format!("nc: connect to {address} port 9000 (tcp) failed: Connection refused\n");
    check(&pods, "shop/curl", &format!("sleep 1; nc -zv {address} 9000"), ("", &text, 1, 1)).await;
    pods.create(DENY);
    let fetch = format!("curl -s -m 2 {address}:8080");
    let (_, client) = tokio::join!(pods.sh("shop/box", "timeout 5 httpd -f -p 8080"), pods.sh("shop/curl", &fetch));
    assert_eq!(client.code, 28);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_somebody_wrote() {
    let pods = TestPods::with(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: nginx}]}",
    );
    let ran = pods.sh("default/web", "curl -s localhost | grep -c 'answered by pod default/web'").await;
    assert_eq!(ran.stdout, "1\n");
    let write = "echo mine > /usr/share/nginx/html/index.html; echo up > /usr/share/nginx/html/health; curl -s localhost localhost/health";
    check(&pods, "default/web", write, ("mine\nup\n", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn retries_wait_longer_each_time() {
    let pods = TestPods::with(SHOP);
    pods.create(DENY);
    check(&pods, "shop/curl", "curl -s --retry 3 -m 1 http://web", ("", "", 28, 11)).await;
}

#[tokio::test(start_paused = true)]
async fn outside_the_cluster() {
    let pods = TestPods::with(SHOP);
    check(&pods, "shop/curl", "curl -so /dev/null -w '%{http_code}' http://example.com", ("200", "", 0, 0)).await;
    check(
        &pods,
        "shop/curl",
        "nc -zv 203.0.113.10 443",
        ("", "Connection to 203.0.113.10 443 port [tcp/*] succeeded!\n", 0, 0),
    )
    .await;
    pods.create(DENY_EGRESS);
    let text = "nc: connect to 203.0.113.10 port 443 (tcp) timed out: Operation now in progress\n";
    check(&pods, "shop/curl", "nc -zv -w 2 203.0.113.10 443", ("", text, 1, 2)).await;
}
