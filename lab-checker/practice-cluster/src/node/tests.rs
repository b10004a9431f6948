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

/// Two containers that share volumes, and what else can be mounted.
const VOLUMES: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {one: '1', two: '2'}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: kept}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: both, labels: {app: web, tier: front}}
spec:
  volumes:
  - {name: shared, emptyDir: {}}
  - {name: kept, persistentVolumeClaim: {claimName: kept}}
  - {name: settings, configMap: {name: settings, items: [{key: two, path: in/two.conf}]}}
  - {name: whole, configMap: {name: settings}}
  - {name: info, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
  - name: all
    projected: {sources: [{configMap: {name: settings}}, {downwardAPI: {items: [{path: me, fieldRef: {fieldPath: metadata.name}}]}}]}
  - {name: host, hostPath: {path: /var/log}}
  containers:
  - name: first
    image: busybox
    command: [sleep, infinity]
    volumeMounts:
    - {name: shared, mountPath: /data}
    - {name: kept, mountPath: /kept, subPath: sub}
    - {name: settings, mountPath: /etc/settings}
    - {name: whole, mountPath: /etc/one.conf, subPath: one}
    - {name: info, mountPath: /etc/info}
    - {name: all, mountPath: /etc/all}
    - {name: host, mountPath: /host}
  - name: web
    image: nginx
    volumeMounts:
    - {name: shared, mountPath: /usr/share/nginx/html}
    - {name: kept, mountPath: /all, readOnly: true}
";

#[tokio::test(start_paused = true)]
async fn a_container_is_told_what_it_may_take() {
    let variable = |resource: &str, divisor: &str| {
        let name = format!("{resource}{divisor}").replace('.', "_").to_uppercase();
        format!("{{name: {name}, valueFrom: {{resourceFieldRef: {{resource: {resource}, divisor: '{divisor}'}}}}}}")
    };
    let all = [("requests.cpu", "1"), ("limits.cpu", "1m"), ("requests.memory", "0"), ("limits.memory", "1Mi")];
    let all: Vec<String> = all.iter().map(|(resource, divisor)| variable(resource, divisor)).collect();
    let yaml = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: told}}\nspec:\n  containers:\n  - name: c\n    image: busybox\n    \
         command: [sleep, infinity]\n    resources: {{requests: {{cpu: 125m, memory: 32Mi}}, limits: {{cpu: 250m, memory: \
         64Mi}}}}\n    env: [{}]\n",
        all.join(", ")
    );
    let cluster = TestCluster::with(&yaml).await;
    let script = "echo $REQUESTS_CPU1 $LIMITS_CPU1M $REQUESTS_MEMORY0 $LIMITS_MEMORY1MI";
    check(&cluster, "default/told", script, ("1 250 33554432 64\n", "", 0, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn volumes_are_shared_by_all_who_mount_them() {
    let cluster = TestCluster::with(VOLUMES).await;
    let first = "default/both";
    check(
        &cluster,
        first,
        "echo hello >/data/index.html; echo kept >/kept/f; wget -qO- localhost",
        ("hello\n", "", 0, 0),
    )
    .await;
    let other = cluster.get("", "pods", "default/both");
    let container = cluster.cluster.runtime().container(&other, "web").expect("a container");
    assert_eq!(container.read_file("/usr/share/nginx/html/index.html").as_deref(), Some(b"hello\n".as_slice()));
    assert_eq!(container.read_file("/all/sub/f").as_deref(), Some(b"kept\n".as_slice()));
    for (script, said) in [
        ("ls /data /kept", "/data:\nindex.html\n\n/kept:\nf\n"),
        ("cat /etc/settings/in/two.conf /etc/one.conf; ls /etc/settings", "21in\n"),
        ("cat /etc/info/labels", "app=\"web\"\ntier=\"front\"\n"),
        ("ls /etc/all; cat /etc/all/me", "me\none\ntwo\nboth"),
        ("ls /host", "containers\npods\nsyslog\n"),
        ("mkdir /data/new && ls /data/new && ls /data", "index.html\nnew\n"),
        ("echo more | tee -a /data/index.html; cat /data/index.html", "more\nhello\nmore\n"),
        ("ls -l /data | grep -c '^-rw.* root .* index.html$'", "1\n"),
        ("rm -rf /data/new /data/index.html; ls /data", ""),
    ] {
        check(&cluster, first, script, (said, "", 0, 0)).await;
    }
    for (script, said, code) in [
        ("touch /etc/settings/x", "touch: /etc/settings/x: Read-only file system\n", 1),
        ("echo x >/etc/settings/x", "sh: can't create /etc/settings/x: Read-only file system\n", 1),
        ("mkdir /data", "mkdir: can't create directory '/data': File exists\n", 1),
        ("rm /data", "rm: '/data' is a directory\n", 1),
    ] {
        check(&cluster, first, script, ("", said, code, 0)).await;
    }
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
