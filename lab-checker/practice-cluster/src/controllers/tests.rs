//! What controllers make of objects, seen in the stored objects.

use std::time::Duration;

use serde_json::Value;

use crate::resource;
use crate::store::object;
use crate::store::removal;
use crate::store::state::Key;
use crate::store::task::Task;
use crate::store::transaction::{Purpose, Transaction};
use crate::testing::TestCluster;

fn pod(name: &str, rest: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n{rest}")
}

fn deployment(replicas: u32, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: c, image: {image}}}]}}\n"
    )
}

/// What a table would say of a pod: its phase, or the reason of its first container.
fn state(pod: &Value) -> String {
    let state = &pod["status"]["containerStatuses"][0]["state"];
    let reason = [&state["waiting"]["reason"], &state["terminated"]["reason"]].into_iter().find_map(Value::as_str);
    reason.or(pod["status"]["phase"].as_str()).unwrap_or_default().to_owned()
}

async fn settle(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn patch(cluster: &TestCluster, group: &str, plural: &str, name: &str, change: impl FnOnce(&mut Value)) {
    let mut object = Value::clone(&cluster.get(group, plural, name));
    change(&mut object);
    cluster.cluster.write(|tx| Ok(tx.update(object))).await.unwrap();
}

async fn delete(cluster: &TestCluster, group: &str, plural: &str, name: &str) {
    let object = cluster.get(group, plural, name);
    let work = |tx: &mut crate::store::transaction::Transaction| Ok(removal::remove_or_terminate(tx, &object, None));
    cluster.cluster.write(work).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pod_runs_at_once() {
    let cluster = TestCluster::with(&pod("web", "  containers: [{name: c, image: nginx}]")).await;
    let pod = cluster.get("", "pods", "default/web");
    assert_eq!(pod["status"]["phase"], "Running");
    assert_eq!(pod["spec"]["nodeName"], "node-1");
    assert!(pod["status"]["podIP"].as_str().unwrap().starts_with("10.244."));
    assert_eq!(pod["spec"]["serviceAccountName"], "default");
    assert_eq!(pod["spec"]["containers"][0]["imagePullPolicy"], "Always");
    assert_eq!(pod["status"]["containerStatuses"][0]["image"], "docker.io/library/nginx:latest");
    let reasons: Vec<String> = cluster
        .list("", "events", "default")
        .iter()
        .map(|event| event["reason"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(reasons, ["Scheduled", "Pulling", "Pulled", "Created", "Started"]);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_comes_back_has_another_address() {
    let yaml = pod("web", "  containers: [{name: c, image: nginx}]");
    let cluster = TestCluster::with(&yaml).await;
    let before = cluster.get("", "pods", "default/web")["status"]["podIP"].clone();
    delete(&cluster, "", "pods", "default/web").await;
    assert_eq!(cluster.list("", "pods", "default").len(), 0);
    cluster.create(&yaml).await;
    assert_ne!(cluster.get("", "pods", "default/web")["status"]["podIP"], before);
}

#[tokio::test(start_paused = true)]
async fn commands_that_end() {
    let cluster = TestCluster::with(&pod(
        "ok",
        "  restartPolicy: Never\n  containers: [{name: c, image: busybox, args: [echo, hi]}]",
    ))
    .await;
    cluster
        .create(&pod(
            "bad",
            "  restartPolicy: Never\n  containers: [{name: c, image: busybox, args: [sh, -c, exit 3]}]",
        ))
        .await;
    cluster.create(&pod("again", "  containers: [{name: c, image: busybox, args: ['false']}]")).await;
    cluster.create(&pod("bare", "  containers: [{name: c, image: busybox}]")).await;
    settle(2).await;
    let get = |name: &str| cluster.get("", "pods", &format!("default/{name}"));
    assert_eq!((state(&get("ok")).as_str(), &get("ok")["status"]["phase"]), ("Completed", &"Succeeded".into()));
    assert_eq!((state(&get("bad")).as_str(), &get("bad")["status"]["phase"]), ("Error", &"Failed".into()));
    assert_eq!(get("bad")["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 3);
    assert_eq!(state(&get("again")), "CrashLoopBackOff");
    assert_eq!(get("again")["status"]["containerStatuses"][0]["restartCount"], 1);
    assert_eq!(get("again")["status"]["phase"], "Running");
    assert_eq!(state(&get("bare")), "CrashLoopBackOff");
    settle(15).await;
    assert_eq!(get("again")["status"]["containerStatuses"][0]["restartCount"], 2);
}

#[tokio::test(start_paused = true)]
async fn images_that_cannot_be_pulled() {
    let cluster = TestCluster::with(&pod("typo", "  containers: [{name: c, image: ngnix}]")).await;
    cluster.create(&pod("never", "  containers: [{name: c, image: 'nosuch:1', imagePullPolicy: Never}]")).await;
    assert_eq!(state(&cluster.get("", "pods", "default/typo")), "ErrImagePull");
    assert_eq!(state(&cluster.get("", "pods", "default/never")), "ErrImageNeverPull");
    settle(20).await;
    assert_eq!(state(&cluster.get("", "pods", "default/typo")), "ImagePullBackOff");
    patch(&cluster, "", "pods", "default/typo", |pod| pod["spec"]["containers"][0]["image"] = "nginx".into()).await;
    assert_eq!(state(&cluster.get("", "pods", "default/typo")), "Running");
}

#[tokio::test(start_paused = true)]
async fn init_containers_come_first() {
    let yaml = pod(
        "app",
        "  initContainers: [{name: wait, image: busybox, args: [sleep, '5']}]\n  containers: [{name: c, image: nginx}]",
    );
    let cluster = TestCluster::with(&yaml).await;
    assert_eq!(state(&cluster.get("", "pods", "default/app")), "PodInitializing");
    assert_eq!(cluster.get("", "pods", "default/app")["status"]["phase"], "Pending");
    settle(6).await;
    assert_eq!(state(&cluster.get("", "pods", "default/app")), "Running");
}

#[tokio::test(start_paused = true)]
async fn a_missing_config_map_holds_a_pod() {
    let yaml = pod("app", "  containers: [{name: c, image: nginx, envFrom: [{configMapRef: {name: settings}}]}]");
    let cluster = TestCluster::with(&yaml).await;
    assert_eq!(state(&cluster.get("", "pods", "default/app")), "CreateContainerConfigError");
    cluster.create("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {A: b}\n").await;
    assert_eq!(state(&cluster.get("", "pods", "default/app")), "Running");
}

#[tokio::test(start_paused = true)]
async fn deployments_scale_roll_and_heal() {
    let cluster = TestCluster::with(&deployment(3, "nginx")).await;
    let ready =
        |cluster: &TestCluster| cluster.get("apps", "deployments", "default/web")["status"]["readyReplicas"].clone();
    assert_eq!(ready(&cluster), 3);
    patch(&cluster, "apps", "deployments", "default/web", |web| web["spec"]["replicas"] = 1.into()).await;
    assert_eq!((ready(&cluster), cluster.list("", "pods", "default").len()), (1.into(), 1));
    // A new template, a new ReplicaSet; the old one stays, empty.
    patch(&cluster, "apps", "deployments", "default/web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.29".into();
    })
    .await;
    let sets = cluster.list("apps", "replicasets", "default");
    let mut sizes: Vec<_> = sets.iter().map(|set| set["spec"]["replicas"].as_u64().unwrap()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 1]);
    let web = cluster.get("apps", "deployments", "default/web");
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    assert_eq!(web["status"]["observedGeneration"], web["metadata"]["generation"]);
    // A deleted pod is replaced.
    let before = object::name(&cluster.list("", "pods", "default")[0]).to_owned();
    delete(&cluster, "", "pods", &format!("default/{before}")).await;
    let after = cluster.list("", "pods", "default");
    assert_eq!(after.len(), 1);
    assert_ne!(object::name(&after[0]), before);
    // A pod whose label is taken away is let go, and replaced too.
    let name = format!("default/{}", object::name(&after[0]));
    patch(&cluster, "", "pods", &name, |pod| pod["metadata"]["labels"]["app"] = "quarantine".into()).await;
    assert_eq!(cluster.list("", "pods", "default").len(), 2);
    assert!(cluster.get("", "pods", &name)["metadata"]["ownerReferences"].is_null());
    delete(&cluster, "apps", "deployments", "default/web").await;
    assert_eq!(cluster.list("", "pods", "default").len(), 1);
    assert_eq!(cluster.list("apps", "replicasets", "default").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_rollout_with_a_bad_image_keeps_the_old_pods() {
    let cluster = TestCluster::with(&deployment(4, "nginx")).await;
    patch(&cluster, "apps", "deployments", "default/web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = "ngnix".into();
    })
    .await;
    let web = cluster.get("apps", "deployments", "default/web");
    // A quarter of the pods may be missing, a quarter may be too many.
    assert_eq!(web["status"]["readyReplicas"], 3);
    assert_eq!(web["status"]["updatedReplicas"], 2);
}

#[tokio::test(start_paused = true)]
async fn stateful_sets_count() {
    let yaml = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  replicas: 2\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec: {containers: [{name: c, image: 'redis:7'}]}\n";
    let cluster = TestCluster::with(yaml).await;
    let names = |cluster: &TestCluster| -> Vec<String> {
        cluster.list("", "pods", "default").iter().map(|pod| object::name(pod).to_owned()).collect()
    };
    assert_eq!(names(&cluster), ["db-0", "db-1"]);
    patch(&cluster, "apps", "statefulsets", "default/db", |db| db["spec"]["replicas"] = 1.into()).await;
    assert_eq!(names(&cluster), ["db-0"]);
    patch(&cluster, "apps", "statefulsets", "default/db", |db| {
        db["spec"]["template"]["spec"]["containers"][0]["image"] = "redis:8".into();
    })
    .await;
    assert_eq!(cluster.get("", "pods", "default/db-0")["spec"]["containers"][0]["image"], "redis:8");
    assert_eq!(cluster.get("apps", "statefulsets", "default/db")["status"]["updatedReplicas"], 1);
}

#[tokio::test(start_paused = true)]
async fn claim_templates_are_volumes_of_a_stateful_set_s_pods() {
    let yaml = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  replicas: 2\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec:\n      volumes: [{name: data, emptyDir: {}}, {name: tmp, emptyDir: {}}]\n      containers: [{name: c, image: 'redis:7', volumeMounts: [{name: data, mountPath: /data}, {name: tmp, mountPath: /tmp}]}]\n  volumeClaimTemplates:\n  - metadata: {name: data, labels: {tier: fast}}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    let cluster = TestCluster::with(yaml).await;
    let claims = |cluster: &TestCluster| -> Vec<String> {
        let all = cluster.list("", "persistentvolumeclaims", "default");
        all.iter().map(|claim| object::name(claim).to_owned()).collect()
    };
    assert_eq!(claims(&cluster), ["data-db-0", "data-db-1"]);
    let pod = cluster.get("", "pods", "default/db-1");
    assert_eq!(state(&pod), "Running");
    let volumes = pod["spec"]["volumes"].as_array().unwrap();
    assert_eq!(volumes[0], serde_json::json!({"name": "data", "persistentVolumeClaim": {"claimName": "data-db-1"}}));
    assert_eq!((&volumes[1]["name"], volumes.len()), (&"tmp".into(), 3));
    let claim = cluster.get("", "persistentvolumeclaims", "default/data-db-0");
    assert_eq!(claim["metadata"]["labels"], serde_json::json!({"app": "db", "tier": "fast"}));
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "1Gi");
    // A pod that comes back finds the claim that it had, and a smaller set leaves it.
    let uid = object::uid(&claim).to_owned();
    delete(&cluster, "", "pods", "default/db-0").await;
    assert_eq!(state(&cluster.get("", "pods", "default/db-0")), "Running");
    assert_eq!(object::uid(&cluster.get("", "persistentvolumeclaims", "default/data-db-0")), uid);
    patch(&cluster, "apps", "statefulsets", "default/db", |db| db["spec"]["replicas"] = 1.into()).await;
    assert_eq!(claims(&cluster), ["data-db-0", "data-db-1"]);
    // Unless it says otherwise.
    patch(&cluster, "apps", "statefulsets", "default/db", |db| {
        db["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] = "Delete".into();
        db["spec"]["replicas"] = 0.into();
    })
    .await;
    assert_eq!(claims(&cluster), ["data-db-1"]);
    delete(&cluster, "apps", "statefulsets", "default/db").await;
    assert_eq!(claims(&cluster), ["data-db-1"]);
    let deleted =
        yaml.replace("  serviceName", "  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}\n  serviceName");
    cluster.create(&deleted.replace("name: db}", "name: kv}")).await;
    assert_eq!(claims(&cluster), ["data-db-1", "data-kv-0", "data-kv-1"]);
    delete(&cluster, "apps", "statefulsets", "default/kv").await;
    assert_eq!(claims(&cluster), ["data-db-1"]);
}

#[tokio::test(start_paused = true)]
async fn daemon_sets_fill_the_nodes() {
    let yaml = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec:\n  selector: {matchLabels: {app: agent}}\n  template:\n    metadata: {labels: {app: agent}}\n    spec: {containers: [{name: c, image: nginx}]}\n";
    let options = crate::clusters::practice_clusters::Options { nodes: 3, ..Default::default() };
    let cluster = TestCluster::set_up(options, yaml).await;
    let mut nodes: Vec<String> = cluster
        .list("", "pods", "default")
        .iter()
        .map(|pod| pod["spec"]["nodeName"].as_str().unwrap().to_owned())
        .collect();
    nodes.sort();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
    assert_eq!(cluster.get("apps", "daemonsets", "default/agent")["status"]["numberReady"], 3);
}

#[tokio::test(start_paused = true)]
async fn jobs_complete_and_fail() {
    let job = |name: &str, command: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  backoffLimit: 1\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{{name: c, image: busybox, command: [{command}]}}]\n"
        )
    };
    let cluster = TestCluster::with(&job("good", "echo, done")).await;
    cluster.create(&job("bad", "'false'")).await;
    settle(2).await;
    let condition = |name: &str| {
        cluster.get("batch", "jobs", &format!("default/{name}"))["status"]["conditions"][1]["type"].clone()
    };
    assert_eq!(condition("good"), "Complete");
    assert_eq!(cluster.get("batch", "jobs", "default/bad")["status"]["failed"], 1);
    settle(60).await;
    assert_eq!(condition("bad"), "Failed");
    assert_eq!(cluster.get("batch", "jobs", "default/bad")["status"]["failed"], 2);
}

#[tokio::test(start_paused = true)]
async fn what_jobs_wait_for_is_planned_again_when_a_cluster_is_loaded() {
    let job = |name: &str, command: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  backoffLimit: 1\n  ttlSecondsAfterFinished: 3600\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{{name: c, image: busybox, command: [{command}]}}]\n"
        )
    };
    let cluster = TestCluster::with(&job("good", "echo, done")).await;
    cluster.create(&job("bad", "'false'")).await;
    settle(2).await;
    let settings = std::sync::Arc::new(cluster.cluster.settings().clone());
    let mut tx = Transaction::begin(cluster.cluster.state(), settings, Purpose::DryRun, super::CONTROLLERS);
    super::resume(&mut tx).unwrap();
    let scheduled = tx.finish().scheduled;
    let planned = |wanted: &dyn Fn(&Task) -> bool, within: std::ops::Range<u64>| {
        scheduled.iter().any(|(after, task)| wanted(task) && within.contains(&after.as_secs()))
    };
    assert!(planned(&|task| matches!(task, Task::RemoveFinished { job, .. } if job.name() == "good"), 3590..3601));
    assert!(planned(&|task| matches!(task, Task::Retry { object, .. } if object.name() == "bad"), 1..60));
}

#[tokio::test(start_paused = true)]
async fn endpoints_follow_ready_pods() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n";
    let cluster = TestCluster::with(service).await;
    let slice = |cluster: &TestCluster| {
        let slices = cluster.list("discovery.k8s.io", "endpointslices", "default");
        slices.iter().find(|slice| object::label(slice, "kubernetes.io/service-name") == Some("web")).cloned().unwrap()
    };
    assert!(slice(&cluster)["endpoints"].is_null());
    cluster.create(&deployment(2, "nginx")).await;
    assert_eq!(slice(&cluster)["endpoints"].as_array().unwrap().len(), 2);
    assert_eq!(slice(&cluster)["ports"][0]["port"], 8080);
    let endpoints = cluster.get("", "endpoints", "default/web");
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().unwrap().len(), 2);
    patch(&cluster, "apps", "deployments", "default/web", |web| web["spec"]["replicas"] = 0.into()).await;
    assert!(slice(&cluster)["endpoints"].is_null());
    delete(&cluster, "", "services", "default/web").await;
    assert_eq!(cluster.list("discovery.k8s.io", "endpointslices", "default").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_takes_everything_with_it() {
    let cluster = TestCluster::with("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n").await;
    cluster.create(&deployment(2, "nginx").replace("{name: web}", "{name: web, namespace: shop}")).await;
    assert_eq!(object::name(&cluster.list("", "serviceaccounts", "shop")[0]), "default");
    let namespaces = resource::known("", "namespaces");
    let find = || cluster.cluster.state().get(&Key::new(namespaces, "", "shop")).cloned();
    let namespace = find().unwrap();
    cluster.cluster.write(|tx| Ok(removal::remove_or_terminate(tx, &namespace, None))).await.unwrap();
    assert_eq!(find().unwrap()["status"]["phase"], "Terminating");
    settle(2).await;
    assert_eq!(find(), None);
    assert_eq!(cluster.list("", "pods", "shop").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_default_service_account_comes_back() {
    let cluster = TestCluster::with("").await;
    delete(&cluster, "", "serviceaccounts", "default/default").await;
    assert_eq!(cluster.list("", "serviceaccounts", "default").len(), 1);
}

fn node_set(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{nodeSelector: {{disk: ssd}}, containers: [{{name: c, image: nginx}}]}}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn pods_go_where_nodes_take_them_and_wait_until_then() {
    let cluster = TestCluster::with(&node_set("agent")).await;
    let wait = |cluster: &TestCluster, name: &str| {
        let pod = cluster.get("", "pods", &format!("default/{name}"));
        let condition = pod["status"]["conditions"]
            .as_array()
            .and_then(|all| all.iter().find(|c| c["reason"] == "Unschedulable").cloned());
        let message = condition.and_then(|c| c["message"].as_str().map(str::to_owned)).unwrap_or_default();
        message.split_once(". no new claims").map_or_else(|| state(&pod), |(reason, _)| reason.to_owned())
    };
    let node = |change: fn(&mut Value)| patch(&cluster, "", "nodes", "/node-1", change);
    node(|node| node["spec"]["taints"] = serde_json::json!([{"key": "team", "value": "a", "effect": "NoSchedule"}]))
        .await;
    cluster.create(&pod("web", "  containers: [{name: c, image: nginx}]")).await;
    cluster
        .create(&pod("ours", "  tolerations: [{key: team, value: a}]\n  containers: [{name: c, image: nginx}]"))
        .await;
    assert_eq!(wait(&cluster, "web"), "0/1 nodes are available: 1 node(s) had untolerated taint(s)");
    assert_eq!(wait(&cluster, "ours"), "Running");
    node(|node| node["spec"] = serde_json::json!({"unschedulable": true})).await;
    cluster.create(&pod("late", "  containers: [{name: c, image: nginx}]")).await;
    assert_eq!(wait(&cluster, "late"), "0/1 nodes are available: 1 node(s) were unschedulable");
    node(|node| node["spec"] = serde_json::json!({})).await;
    assert_eq!((wait(&cluster, "web").as_str(), wait(&cluster, "late").as_str()), ("Running", "Running"));
    let affinity = "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}\n  containers: [{name: c, image: nginx}]";
    cluster.create(&pod("fast", affinity)).await;
    assert_eq!(wait(&cluster, "fast"), "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector");
    assert_eq!(cluster.get("apps", "daemonsets", "default/agent")["status"]["desiredNumberScheduled"], 0);
    node(|node| node["metadata"]["labels"]["disk"] = "ssd".into()).await;
    assert_eq!(wait(&cluster, "fast"), "Running");
    assert_eq!(cluster.get("apps", "daemonsets", "default/agent")["status"]["numberReady"], 1);
}

#[tokio::test(start_paused = true)]
async fn cluster_dns_comes_back() {
    let cluster = TestCluster::with("").await;
    let pods = |cluster: &TestCluster| -> Vec<String> {
        let all = cluster.list("", "pods", "kube-system");
        let dns = all.iter().filter(|pod| object::label(pod, "k8s-app") == Some("kube-dns"));
        dns.map(|pod| object::name(pod).to_owned()).collect()
    };
    let before = pods(&cluster);
    assert_eq!(before, ["coredns-7d764666f9-4xk2p", "coredns-7d764666f9-9wq7t"]);
    let coredns = cluster.get("apps", "deployments", "kube-system/coredns");
    assert_eq!((&coredns["status"]["readyReplicas"], &coredns["status"]["updatedReplicas"]), (&2.into(), &2.into()));
    delete(&cluster, "", "pods", &format!("kube-system/{}", before[0])).await;
    let after = pods(&cluster);
    assert_eq!(after.len(), 2);
    assert!(!after.contains(&before[0]) && after.contains(&before[1]));
    let endpoints = cluster.get("", "endpoints", "kube-system/kube-dns");
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_begins_with_its_namespace_is_deleted_from_the_top() {
    let cluster = TestCluster::with("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n").await;
    cluster.create("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n").await;
    delete(&cluster, "", "namespaces", "/shop").await;
    // The objects that follow in the file are still found.
    delete(&cluster, "", "configmaps", "shop/settings").await;
    settle(1).await;
    assert!(cluster.cluster.state().find(resource::known("", "namespaces"), "", "shop").is_none());
    assert_eq!(cluster.list("", "serviceaccounts", "shop").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_probe_of_a_port_where_nobody_listens_keeps_a_pod_out_of_its_service() {
    let probe = |port: &str| {
        format!(
            "  containers: [{{name: c, image: nginx, readinessProbe: {{httpGet: {{port: {port}, path: /}}}}, ports: [{{name: http, containerPort: 80}}]}}]"
        )
    };
    let cluster = TestCluster::with(&pod("good", &probe("http"))).await;
    cluster.create(&pod("bad", &probe("9999"))).await;
    cluster
        .create(
            "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {selector: {app: bad}, ports: [{port: 80}]}\n",
        )
        .await;
    let ready = |name: &str| {
        let pod = cluster.get("", "pods", &format!("default/{name}"));
        (pod["status"]["phase"].clone(), pod["status"]["containerStatuses"][0]["ready"].clone())
    };
    assert_eq!(ready("good"), ("Running".into(), true.into()));
    assert_eq!(ready("bad"), ("Running".into(), false.into()));
    let endpoints = cluster.get("", "endpoints", "default/bad");
    assert!(endpoints["subsets"][0]["addresses"].is_null(), "{endpoints}");
    let events = cluster.list("", "events", "default");
    let unhealthy = events.iter().find(|event| event["reason"] == "Unhealthy").unwrap();
    let message = unhealthy["message"].as_str().unwrap();
    assert!(message.ends_with(":9999: connect: connection refused"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_service_account_is_told_once_and_waited_for() {
    let yaml = deployment(3, "nginx").replace("spec: {containers", "spec: {serviceAccountName: builder, containers");
    let cluster = TestCluster::with(&yaml).await;
    let failures =
        cluster.list("", "events", "default").iter().filter(|event| event["reason"] == "FailedCreate").count();
    assert!(failures <= 3, "{failures}");
    let web = cluster.get("apps", "deployments", "default/web");
    let conditions: Vec<_> =
        web["status"]["conditions"].as_array().unwrap().iter().map(|c| c["type"].as_str()).collect();
    assert!(conditions.contains(&Some("ReplicaFailure")), "{conditions:?}");
    cluster.create("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: builder}\n").await;
    let web = cluster.get("apps", "deployments", "default/web");
    assert_eq!(
        (&web["status"]["readyReplicas"], web["status"]["conditions"].as_array().map(Vec::len)),
        (&3.into(), Some(2))
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_api_server_keeps_by_itself() {
    let cluster = TestCluster::with("").await;
    delete(&cluster, "", "services", "default/kubernetes").await;
    assert_eq!(cluster.get("", "services", "default/kubernetes")["spec"]["clusterIP"], "10.96.0.1");
    assert_eq!(cluster.list("discovery.k8s.io", "endpointslices", "default").len(), 1);
    let node = cluster.get("", "nodes", "/node-1");
    assert!(node["status"]["conditions"].as_array().unwrap().iter().all(|c| c["lastHeartbeatTime"].is_string()));
}

#[tokio::test(start_paused = true)]
async fn a_change_cause_reaches_the_history() {
    let cluster = TestCluster::with(&deployment(1, "nginx")).await;
    patch(&cluster, "apps", "deployments", "default/web", |web| {
        web["metadata"]["annotations"]["kubernetes.io/change-cause"] = "first".into();
    })
    .await;
    let set = &cluster.list("apps", "replicasets", "default")[0];
    assert_eq!(set["metadata"]["annotations"]["kubernetes.io/change-cause"], "first");
}

#[tokio::test(start_paused = true)]
async fn sets_remember_their_templates() {
    let cluster = TestCluster::with(&node_set("agent").replace("nodeSelector: {disk: ssd}, ", "")).await;
    let image = |image: &'static str| {
        patch(&cluster, "apps", "daemonsets", "default/agent", move |set| {
            set["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        })
    };
    let revisions = |cluster: &TestCluster| {
        let all = cluster.list("apps", "controllerrevisions", "default");
        let mut all: Vec<(u64, Value)> = all
            .iter()
            .map(|kept| {
                let template = &kept["data"]["spec"]["template"]["spec"]["containers"][0]["image"];
                (kept["revision"].as_u64().unwrap(), template.clone())
            })
            .collect();
        all.sort_by_key(|(number, _)| *number);
        all
    };
    image("nginx:1.29").await;
    assert_eq!(revisions(&cluster), [(1, "nginx".into()), (2, "nginx:1.29".into())]);
    // Going back makes the old one the newest.
    image("nginx").await;
    assert_eq!(revisions(&cluster), [(2, "nginx:1.29".into()), (3, "nginx".into())]);
    assert_eq!(cluster.list("", "pods", "default").len(), 1);
    delete(&cluster, "apps", "daemonsets", "default/agent").await;
    assert_eq!(cluster.list("apps", "controllerrevisions", "default").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_port_of_the_node_is_for_one_pod() {
    let on_host = "  hostNetwork: true\n  containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]";
    let cluster = TestCluster::with(&pod("first", on_host)).await;
    cluster.create(&pod("second", on_host)).await;
    assert_eq!(state(&cluster.get("", "pods", "default/first")), "Running");
    let second = cluster.get("", "pods", "default/second");
    assert_eq!(
        second["status"]["conditions"][0]["message"],
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    );
    delete(&cluster, "", "pods", "default/first").await;
    assert_eq!(state(&cluster.get("", "pods", "default/second")), "Running");
}
