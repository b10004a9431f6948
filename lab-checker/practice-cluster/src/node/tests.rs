//! What processes in a cluster's pods feel of it: the API server, and the network plugin.

use crate::clusters::practice_clusters::Options;
use crate::settings::Enforcement;
use crate::testing::TestCluster;

/// A web server in `shop`, and a client in `shop` and in `ops`.
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
kind: Pod
metadata: {name: curl, namespace: shop, labels: {role: client}}
spec:
  containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]
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

/// A command's output, error output, exit code and seconds.
async fn check(cluster: &TestCluster, pod: &str, script: &str, expected: (&str, &str, u8, u64)) {
    let ran = cluster.sh(pod, script).await;
    let seen = (ran.stdout.as_str(), ran.stderr.as_str(), ran.code, ran.took.as_secs());
    assert_eq!(seen, expected, "{script}");
}

#[tokio::test(start_paused = true)]
async fn files_and_variables_of_a_container() {
    let cluster = TestCluster::with(SHOP).await;
    let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    check(&cluster, "shop/curl", &format!("cat {folder}/namespace; echo; hostname"), ("shop\ncurl\n", "", 0, 0)).await;
    let service = cluster.get("", "services", "shop/web")["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let text = format!("{service} 10.96.0.1\n");
    check(&cluster, "shop/curl", "echo $WEB_SERVICE_HOST $KUBERNETES_SERVICE_HOST", (&text, "", 0, 0)).await;
    let conf =
        "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";
    check(&cluster, "shop/curl", "cat /etc/resolv.conf", (conf, "", 0, 0)).await;
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
async fn a_plugin_that_ignores_policies() {
    let options = Options { enforcement: Enforcement::None, ..Options::default() };
    let cluster = TestCluster::set_up(options, SHOP).await;
    cluster.create(DENY).await;
    check(&cluster, "ops/curl", "curl -s http://web.shop", ("web", "", 0, 0)).await;
    let daemon_sets = cluster.list("apps", "daemonsets", "kube-system");
    assert_eq!(daemon_sets[0]["metadata"]["name"], "kube-flannel-ds");
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_rejects() {
    let options = Options { enforcement: Enforcement::Rejecting, ..Options::default() };
    let cluster = TestCluster::set_up(options, SHOP).await;
    check(&cluster, "ops/curl", "curl -s http://web.shop", ("web", "", 0, 0)).await;
    cluster.create(DENY).await;
    let ran = cluster.sh("ops/curl", "curl -sS http://web.shop").await;
    assert_eq!((ran.code, ran.took.as_secs()), (7, 0), "{ran:?}");
    assert!(ran.stderr.contains("Failed to connect"), "{ran:?}");
    let daemon_sets = cluster.list("apps", "daemonsets", "kube-system");
    assert_eq!(daemon_sets.iter().map(|set| &set["metadata"]["name"]).collect::<Vec<_>>(), ["kube-router"]);
}

#[tokio::test(start_paused = true)]
async fn the_plugin_can_be_changed() {
    let cluster = TestCluster::with(SHOP).await;
    cluster.create(DENY).await;
    let code = async || cluster.sh("ops/curl", "curl -s -m 1 http://web.shop").await.code;
    assert_eq!(code().await, 28);
    let sets = crate::resource::known("apps", "daemonsets");
    for (name, then) in [("kindnet", 0), ("kube-router", 7), ("cilium", 28)] {
        match cluster.cluster.state().find(sets, "kube-system", name).cloned() {
            Some(set) => {
                let key = crate::store::state::Key::of(&set).unwrap();
                cluster.cluster.write(|tx| Ok(tx.remove(&key))).await.unwrap();
            }
            None => cluster.create(&daemon_set(name)).await,
        }
        assert_eq!(code().await, then, "{name}");
    }
}

fn daemon_set(name: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: {name}, namespace: kube-system}}, spec: {{selector: \
         {{matchLabels: {{k8s-app: {name}}}}}, template: {{metadata: {{labels: {{k8s-app: {name}}}}}, spec: \
         {{containers: [{{name: agent, image: {name}}}]}}}}}}}}"
    )
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
