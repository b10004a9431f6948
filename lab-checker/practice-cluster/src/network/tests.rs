//! Names, Services and verdicts, as the tools in a pod feel them.

use crate::clusters::Options;
use crate::settings::Enforcement;
use crate::testing::TestCluster;

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
async fn check(cluster: &TestCluster, pod: &str, script: &str, expected: (&str, &str, u8, u64)) {
    let ran = cluster.sh(pod, script).await;
    let seen = (ran.stdout.as_str(), ran.stderr.as_str(), ran.code, ran.took.as_secs());
    assert_eq!(seen, expected, "{script}");
}

#[tokio::test(start_paused = true)]
async fn names_in_all_their_forms() {
    let cluster = TestCluster::with(SHOP).await;
    for name in ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local", "web.shop.svc.cluster.local."] {
        check(&cluster, "shop/curl", &format!("curl -s http://{name}"), ("web", "", 0, 0)).await;
    }
    check(&cluster, "shop/curl", "curl -s http://pods:8080", ("web", "", 0, 0)).await;
    check(&cluster, "ops/curl", "curl -s http://web.shop", ("web", "", 0, 0)).await;
    // From another namespace the bare name of a Service means nothing.
    let unknown = ("", "curl: (6) Could not resolve host: web\n", 6, 0);
    check(&cluster, "ops/curl", "curl -sS http://web", unknown).await;
    let address = cluster.get("", "pods", "shop/web")["status"]["podIP"].as_str().unwrap().replace('.', "-");
    let script = format!("curl -s http://{address}.shop.pod.cluster.local:8080");
    check(&cluster, "ops/curl", &script, ("web", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn refused_where_nobody_listens() {
    let cluster = TestCluster::with(SHOP).await;
    let address = cluster.get("", "pods", "shop/web")["status"]["podIP"].as_str().unwrap().to_owned();
    let text = format!("curl: (7) Failed to connect to {address} port 81 after 0 ms: Couldn't connect to server\n");
    check(&cluster, "shop/curl", &format!("curl -sS http://{address}:81"), ("", &text, 7, 0)).await;
    let text = format!("wget: can't connect to remote host ({address}): Connection refused\n");
    check(&cluster, "shop/box", &format!("wget -qO- http://{address}:81"), ("", &text, 1, 0)).await;
    check(&cluster, "shop/box", &format!("nc -zv {address} 81"), ("", "", 1, 0)).await;
    let text = format!("nc: connect to {address} port 81 (tcp) failed: Connection refused\n");
    check(&cluster, "shop/curl", &format!("nc -zv {address} 81"), ("", &text, 1, 0)).await;
    let web = format!("/agnhost connect {address}:81 --timeout=2s");
    check(&cluster, "shop/web", &web, ("", "REFUSED\n", 1, 0)).await;
    // A Service without pods refuses as well.
    let text = "curl: (7) Failed to connect to empty port 80 after 0 ms: Couldn't connect to server\n";
    check(&cluster, "shop/curl", "curl -sS http://empty", ("", text, 7, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn blocked_means_waiting() {
    let cluster = TestCluster::with(SHOP).await;
    cluster.create(DENY).await;
    let address = cluster.get("", "pods", "shop/web")["status"]["podIP"].as_str().unwrap().to_owned();
    let text = "curl: (28) Connection timed out after 2001 milliseconds\n";
    check(&cluster, "shop/curl", "curl -sS -m 2 http://web", ("", text, 28, 2)).await;
    check(&cluster, "shop/curl", "curl -sS --connect-timeout 2 http://web", ("", text, 28, 2)).await;
    check(&cluster, "shop/box", "wget -qO- -T 3 http://web", ("", "wget: download timed out\n", 1, 3)).await;
    check(&cluster, "shop/box", "timeout 3 wget -qO- http://web", ("", "Terminated\n", 143, 3)).await;
    let text = format!("nc: connect to {address} port 8080 (tcp) timed out: Operation now in progress\n");
    check(&cluster, "shop/curl", &format!("nc -zv -w 2 {address} 8080"), ("", &text, 1, 2)).await;
    let probe = format!("/agnhost connect {address}:8080 --timeout=2s");
    // A pod to itself is never blocked.
    check(&cluster, "shop/web", &probe, ("", "", 0, 0)).await;
    let ran = cluster.sh("ops/curl", &format!("ping -c1 -W1 {address}")).await;
    assert!(ran.stdout.contains("1 packets transmitted, 0 received, 100% packet loss, time 0ms"), "{}", ran.stdout);
    assert_eq!((ran.code, ran.took.as_secs()), (1, 1));
    let ran = cluster.sh("shop/box", &format!("ping -c 5 -w 2 {address}")).await;
    assert!(ran.stdout.contains("2 packets transmitted, 0 packets received, 100% packet loss"), "{}", ran.stdout);
    assert_eq!((ran.code, ran.took.as_secs()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_goes_is_felt_by_who_waits() {
    let cluster = TestCluster::with(SHOP).await;
    cluster.create(DENY).await;
    let key = crate::state::Key::of(&cluster.get("networking.k8s.io", "networkpolicies", "shop/deny")).unwrap();
    let delete = async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        cluster.cluster.write(|tx| Ok(tx.remove(&key))).await.unwrap();
    };
    let (ran, ()) = tokio::join!(cluster.sh("shop/curl", "curl -sS -m 10 http://web"), delete);
    assert_eq!((ran.stdout.as_str(), ran.took.as_secs()), ("web", 3));
}

#[tokio::test(start_paused = true)]
async fn no_way_to_the_name_server() {
    let cluster = TestCluster::with(SHOP).await;
    cluster.create(DENY_EGRESS).await;
    let unresolved = "curl: (6) Could not resolve host: web\n";
    check(&cluster, "shop/curl", "curl -sS http://web", ("", unresolved, 6, 5)).await;
    let late = "curl: (28) Resolving timed out after 2001 milliseconds\n";
    check(&cluster, "shop/curl", "curl -sS -m 2 http://web", ("", late, 28, 2)).await;
    check(&cluster, "shop/box", "wget -qO- -T 2 http://web:80", ("", "wget: bad address 'web:80'\n", 1, 10)).await;
    let text = "nc: getaddrinfo for host \"web\" port 80: Try again\n";
    check(&cluster, "shop/curl", "nc -zv web 80", ("", text, 1, 5)).await;
    let text = "DNS: lookup pods on 10.96.0.10:53: i/o timeout\n";
    check(&cluster, "shop/web", "/agnhost connect pods:80", ("", text, 1, 5)).await;
}

#[tokio::test(start_paused = true)]
async fn dns_needs_udp() {
    let cluster = TestCluster::with(SHOP).await;
    let allow = |protocol: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: dns-{}, namespace: shop}}\nspec:\n  podSelector: {{}}\n  policyTypes: [Egress]\n  egress:\n  - to: [{{namespaceSelector: {{}}}}]\n    ports: [{{protocol: {protocol}, port: 53}}, {{protocol: TCP, port: 8080}}]\n",
            protocol.to_lowercase()
        )
    };
    cluster.create(&allow("TCP")).await;
    assert_eq!(cluster.sh("shop/curl", "curl -s http://web").await.code, 6);
    cluster.create(&allow("UDP")).await;
    check(&cluster, "shop/curl", "curl -s http://web", ("web", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn looking_names_up() {
    let cluster = TestCluster::with(SHOP).await;
    let service = cluster.get("", "services", "shop/web")["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let text = format!(
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.shop.svc.cluster.local\nAddress: {service}\n\n"
    );
    check(&cluster, "shop/box", "nslookup web", (&text, "", 0, 0)).await;
    check(&cluster, "shop/curl", "dig +short web.shop.svc.cluster.local", (&format!("{service}\n"), "", 0, 0)).await;
    let ran = cluster.sh("shop/curl", "nslookup nope").await;
    assert!(ran.stdout.contains("** server can't find nope: NXDOMAIN"), "{}", ran.stdout);
    assert_eq!(ran.code, 1);
}

#[tokio::test(start_paused = true)]
async fn names_of_ports_and_addresses() {
    let cluster = TestCluster::with(SHOP).await;
    let service = cluster.get("", "services", "shop/web")["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let pod = cluster.get("", "pods", "shop/web")["status"]["podIP"].as_str().unwrap().to_owned();
    let dashed = pod.replace('.', "-");
    let short = |line: &str| format!("dig +short {line}");
    let name = "web.shop.svc.cluster.local.\n";
    check(&cluster, "shop/curl", &short(&format!("-x {service}")), (name, "", 0, 0)).await;
    let text = format!("{dashed}.pods.shop.svc.cluster.local.\n");
    check(&cluster, "shop/curl", &short(&format!("-x {pod}")), (&text, "", 0, 0)).await;
    check(&cluster, "shop/curl", &short("SRV web.shop.svc.cluster.local"), (&format!("0 100 80 {name}"), "", 0, 0))
        .await;
    let text = format!("0 100 8080 {text}");
    check(&cluster, "shop/curl", &short("pods.shop.svc.cluster.local SRV"), (&text, "", 0, 0)).await;
    let ran = cluster.sh("shop/box", &format!("nslookup {service}")).await;
    assert!(ran.stdout.ends_with(".in-addr.arpa\tname = web.shop.svc.cluster.local\n\n"), "{}", ran.stdout);
    cluster.create(DENY_EGRESS).await;
    let ran = cluster.sh("shop/box", &format!("nslookup {service}")).await;
    assert_eq!((ran.stdout.as_str(), ran.code), (";; connection timed out; no servers could be reached\n\n", 1));
}

#[tokio::test(start_paused = true)]
async fn names_as_old_busybox_prints_them() {
    let cluster = TestCluster::with(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: box}\nspec: {containers: [{name: c, image: 'busybox:1.28', command: [sleep, infinity]}]}",
    )
    .await;
    let head = "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\n";
    let found =
        format!("{head}Name:      kubernetes.default\nAddress 1: 10.96.0.1 kubernetes.default.svc.cluster.local\n");
    check(&cluster, "default/box", "nslookup kubernetes.default", (&found, "", 0, 0)).await;
    check(&cluster, "default/box", "nslookup nope", (head, "nslookup: can't resolve 'nope'\n", 1, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn the_api_server_as_pods_see_it() {
    let cluster = TestCluster::with(SHOP).await;
    let api = "kubernetes.default.svc";
    check(&cluster, "shop/curl", &format!("curl -sk https://{api}/healthz"), ("ok", "", 0, 0)).await;
    let plain = "Client sent an HTTP request to an HTTPS server.\n";
    check(&cluster, "shop/curl", &format!("curl -s http://{api}:443"), (plain, "", 0, 0)).await;
    let certificate = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
    let ran = cluster.sh("shop/curl", &format!("curl -s --cacert {certificate} https://{api}/api/v1/pods")).await;
    assert!(ran.stdout.contains("cannot get path \\\"/api/v1/pods\\\""), "{}", ran.stdout);
    assert_eq!(cluster.sh("shop/curl", &format!("curl -s https://{api}")).await.code, 60);
}

#[tokio::test(start_paused = true)]
async fn the_death_star() {
    let cluster = TestCluster::with(
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
    )
    .await;
    let land = "curl -s -XPOST deathstar.default.svc.cluster.local/v1/request-landing";
    check(&cluster, "default/tiefighter", land, ("Ship landed\n", "", 0, 0)).await;
    let ran = cluster.sh("default/tiefighter", "curl -s -XPUT deathstar/v1/exhaust-port").await;
    assert!(ran.stdout.starts_with("Panic: deathstar exploded\n"), "{}", ran.stdout);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_opened_by_hand() {
    let cluster = TestCluster::with(SHOP).await;
    let address = cluster.get("", "pods", "shop/box")["status"]["podIP"].as_str().unwrap().to_owned();
    let probe =
        format!("sleep 1; nc -zv -w 2 {address} 9000; echo hello | nc {address} 9000; nc -z {address} 9000; echo $?");
    let (server, client) = tokio::join!(
        cluster.sh("shop/box", "nc -lk -p 9000 & sleep 2; netstat -tln | grep -c LISTEN; nc -l -p 9000; kill $!"),
        cluster.sh("shop/curl", &probe)
    );
    assert_eq!((server.stdout.as_str(), server.stderr.as_str()), ("hello\n1\n", "nc: bind: Address already in use\n"));
    assert_eq!(client.stdout, "0\n");
    assert_eq!(client.stderr, format!("Connection to {address} 9000 port [tcp/*] succeeded!\n"));
    let text = format!("nc: connect to {address} port 9000 (tcp) failed: Connection refused\n");
    check(&cluster, "shop/curl", &format!("sleep 1; nc -zv {address} 9000"), ("", &text, 1, 1)).await;
    cluster.create(DENY).await;
    let fetch = format!("curl -s -m 2 {address}:8080");
    let (_, client) =
        tokio::join!(cluster.sh("shop/box", "timeout 5 httpd -f -p 8080"), cluster.sh("shop/curl", &fetch));
    assert_eq!(client.code, 28);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_somebody_wrote() {
    let cluster = TestCluster::with(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: nginx}]}",
    )
    .await;
    let ran = cluster.sh("default/web", "curl -s localhost | grep -c 'answered by pod default/web'").await;
    assert_eq!(ran.stdout, "1\n");
    let write = "echo mine > /usr/share/nginx/html/index.html; echo up > /usr/share/nginx/html/health; curl -s localhost localhost/health";
    check(&cluster, "default/web", write, ("mine\nup\n", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn retries_wait_longer_each_time() {
    let cluster = TestCluster::with(SHOP).await;
    cluster.create(DENY).await;
    check(&cluster, "shop/curl", "curl -s --retry 3 -m 1 http://web", ("", "", 28, 11)).await;
}

#[tokio::test(start_paused = true)]
async fn outside_the_cluster() {
    let cluster = TestCluster::with(SHOP).await;
    check(&cluster, "shop/curl", "curl -so /dev/null -w '%{http_code}' http://example.com", ("200", "", 0, 0)).await;
    check(
        &cluster,
        "shop/curl",
        "nc -zv 203.0.113.10 443",
        ("", "Connection to 203.0.113.10 443 port [tcp/*] succeeded!\n", 0, 0),
    )
    .await;
    cluster.create(DENY_EGRESS).await;
    let text = "nc: connect to 203.0.113.10 port 443 (tcp) timed out: Operation now in progress\n";
    check(&cluster, "shop/curl", "nc -zv -w 2 203.0.113.10 443", ("", text, 1, 2)).await;
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_ignores_policies() {
    let options = Options { enforcement: Enforcement::None, ..Options::default() };
    let cluster = TestCluster::set_up(options, SHOP).await;
    cluster.create(DENY).await;
    check(&cluster, "ops/curl", "curl -s http://web.shop", ("web", "", 0, 0)).await;
    let daemon_sets = cluster.list("apps", "daemonsets", "kube-system");
    assert_eq!(daemon_sets[0]["metadata"]["name"], "kube-flannel-ds");
}

#[tokio::test(start_paused = true)]
async fn the_plugin_can_be_changed() {
    let cluster = TestCluster::with(SHOP).await;
    cluster.create(DENY).await;
    assert_eq!(cluster.sh("ops/curl", "curl -s -m 1 http://web.shop").await.code, 28);
    let install = |enforcement| cluster.cluster.write(move |tx| crate::controllers::install_plugin(tx, enforcement));
    install(Enforcement::None).await.unwrap();
    assert_eq!(cluster.sh("ops/curl", "curl -s -m 1 http://web.shop").await.stdout, "web");
    install(Enforcement::Enforcing).await.unwrap();
    assert_eq!(cluster.sh("ops/curl", "curl -s -m 1 http://web.shop").await.code, 28);
    assert_eq!(cluster.list("apps", "daemonsets", "kube-system").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_takes_its_time() {
    let options = Options { enforcement_delay: std::time::Duration::from_secs(5), ..Options::default() };
    let cluster = TestCluster::set_up(options, SHOP).await;
    cluster.create(DENY).await;
    check(&cluster, "ops/curl", "curl -s http://web.shop", ("web", "", 0, 0)).await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(cluster.sh("ops/curl", "curl -s -m 1 http://web.shop").await.code, 28);
}
