//! What is kept of what learners hand in: what a check reads, and no more. Submissions are kept forever.

use manifest::Source;
use practice_cluster::{ClusterId, Enforcement, Options, PracticeClusters, World};
use serde_json::{Value, json};

use crate::test_app::{Person, TestApp, policy};

/// A word that must not be found in what is kept.
const SECRET: &str = "s3cret-word";

fn pod(namespace: &str, name: &str, address: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": namespace, "labels": {"app": name}, "annotations": {"note": SECRET},
            "managedFields": [{"manager": SECRET}], "generateName": SECRET,
        },
        "spec": {
            "nodeName": SECRET, "serviceAccountName": SECRET, "hostname": SECRET, "nodeSelector": {"disk": SECRET},
            "imagePullSecrets": [{"name": SECRET}], "volumes": [{"name": SECRET, "secret": {"secretName": SECRET}}],
            "containers": [{
                "name": SECRET, "image": SECRET, "command": [SECRET], "args": [SECRET],
                "env": [{"name": "KEY", "value": SECRET}], "envFrom": [{"secretRef": {"name": SECRET}}],
                "volumeMounts": [{"name": SECRET, "mountPath": SECRET}],
                "livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": SECRET}]}},
                "ports": [{"containerPort": 80}],
            }],
        },
        "status": {
            "phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "message": SECRET, "reason": SECRET,
            "conditions": [{"type": "Ready", "status": "True", "message": SECRET}],
            "containerStatuses": [{"name": SECRET, "imageID": SECRET, "state": {"waiting": {"message": SECRET}}}],
        },
    })
}

fn named(api_version: &str, kind: &str, namespace: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": name, "annotations": {"note": SECRET}, "managedFields": [{"manager": SECRET}]},
    });
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    object
}

/// All of a cluster in which the sample lab was started, as a careless client would send it.
fn cluster() -> Vec<Value> {
    let elsewhere = json!({"namespaces": {"matchLabels": {"owner": SECRET}}});
    let mut objects = vec![
        named("v1", "Namespace", "", "shop", json!({"spec": {"finalizers": [SECRET]}})),
        named("v1", "Namespace", "", "street", json!({})),
        named("v1", "Namespace", "", "payroll", json!({})),
        named("v1", "Namespace", "", "kube-system", json!({})),
        named("v1", "Node", "", SECRET, json!({"status": {"nodeInfo": {"machineID": SECRET}}})),
        named("v1", "Secret", "shop", SECRET, json!({"data": {"key": SECRET}})),
        named("v1", "ConfigMap", "shop", "settings", json!({"data": {"password": SECRET}})),
        named("v1", "ServiceAccount", "shop", SECRET, json!({})),
        named(
            "apps/v1",
            "Deployment",
            "shop",
            "other",
            json!({"spec": {"template": {"spec": pod("", "x", "")["spec"]}}}),
        ),
        named("networking.k8s.io/v1", "NetworkPolicy", "payroll", SECRET, json!({"spec": {"podSelector": {}}})),
        named(
            "policy.networking.k8s.io/v1alpha2",
            "ClusterNetworkPolicy",
            "",
            SECRET,
            json!({"spec": {"tier": "Admin", "priority": 1, "subject": elsewhere}}),
        ),
        pod("shop", "web", "10.244.9.1"),
        pod("shop", "api", "10.244.9.2"),
        pod("street", "stranger", "10.244.9.3"),
        pod("payroll", "wages", "10.244.9.4"),
        pod("kube-system", "etcd", "10.244.9.5"),
    ];
    let mut deny = policy(json!({}));
    deny["metadata"]["annotations"] = json!({"note": SECRET});
    objects.push(deny);
    objects
}

/// Hands in, and gives what was kept, as text.
async fn kept(app: &TestApp, ada: &Person, submission: Value, passes: bool) -> String {
    let graded = ada.post("/api/v1/labs/close/attempts", submission).await;
    assert_eq!((graded.status.as_u16(), &graded.json()["passed"]), (201, &json!(passes)), "{graded:?}");
    let id = graded.json()["attempt_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/attempts/{id}");
    let attempt = app.instructor().get(&path).await;
    assert!(!attempt.json()["submission"]["objects"].as_array().unwrap().is_empty(), "{attempt:?}");
    let page = app.instructor().get(&format!("/instructor/attempts/{id}")).await;
    let files = ["lab-checker.db", "lab-checker.db-wal"].map(|file| std::fs::read(app.folder.path().join(file)));
    let stored: Vec<u8> = files.into_iter().flatten().flatten().collect();
    assert!(!stored.is_empty());
    format!("{}\n{}\n{}", attempt.text, page.text, String::from_utf8_lossy(&stored))
}

#[tokio::test]
async fn a_cluster_that_is_sent_whole_is_kept_reduced() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let kept = kept(&app, &ada, json!({"source": "cluster", "objects": cluster()}), true).await;
    assert!(!kept.contains(SECRET), "{kept}");
    assert!(kept.contains("10.244.9.1") && kept.contains("deny"));
    let again = app.instructor().post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&again["graded"], &again["changes"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn files_are_kept_reduced_and_judged_as_they_were() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    let mut deny = policy(json!({}));
    deny["metadata"]["annotations"] = json!({"note": SECRET});
    let right = kept(&app, &ada, json!({"objects": [deny]}), true).await;
    assert!(!right.contains(SECRET), "{right}");
    // What repeats the start is ignored; what is no business of the lab, or wrong, still counts against it.
    let mut wrong = deny.clone();
    wrong["spec"]["podSelektor"] = json!({"matchLabels": {"app": SECRET}});
    let web = pod("shop", "web", "10.244.9.1");
    let secret = named("v1", "Secret", "shop", "door", json!({"data": {"key": SECRET}}));
    for (extra, passes) in [(web, true), (wrong, false), (secret, false)] {
        let kept = kept(&app, &ada, json!({"objects": [deny, extra]}), passes).await;
        assert!(!kept.contains(SECRET), "{kept}");
    }
    let again = app.instructor().post("/api/v1/regrade", json!({})).await.json();
    assert_eq!((&again["graded"], &again["changes"]), (&json!(4), &json!([])));
}

#[tokio::test]
async fn a_practice_cluster_is_kept_reduced() {
    let app = TestApp::new().await;
    let ada = app.learner("Ada").await;
    assert_eq!(ada.post("/api/v1/labs/close/start", json!({})).await.status, 204);
    let config = ada.get("/api/v1/me/kubeconfig").await.json();
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let path = &server[server.find("/clusters/").unwrap()..];
    let container = json!({"name": "c", "image": "nginx", "env": [{"name": "KEY", "value": SECRET}], "args": [SECRET]});
    let extra = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "extra", "annotations": {"note": SECRET}}, "spec": {"containers": [container]}});
    for (resource, object) in [
        ("namespaces/shop/pods", extra.clone()),
        ("namespaces/kube-system/pods", extra),
        (
            "namespaces/shop/configmaps",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"key": SECRET}}),
        ),
    ] {
        let made = app.anonymous().post(&format!("{path}/api/v1/{resource}"), object).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let kept = kept(&app, &ada, json!({}), false).await;
    assert!(!kept.contains(SECRET) && kept.contains("extra"), "{kept}");
}

/// Of a pod that runs, only the labels can be changed.
fn relabelled(object: &Value, before: &[Value]) -> Value {
    let is_same = |known: &&Value| manifest::ObjectId::of(known) == manifest::ObjectId::of(object);
    match before.iter().find(is_same).filter(|known| known["kind"] == "Pod") {
        Some(known) => {
            let mut pod = known.clone();
            pod["metadata"]["labels"] = object["metadata"]["labels"].clone();
            pod
        }
        None => object.clone(),
    }
}

#[tokio::test]
async fn a_reduced_practice_cluster_is_graded_as_the_whole_one() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let course = course::Course::load(&directory).unwrap();
    let clusters = PracticeClusters::open(Options::default()).await.unwrap();
    let mut passed = 0;
    for lab in &course.labs {
        let checker = course::Checker::new(std::sync::Arc::clone(lab));
        let mistakes = lab.mistakes.iter().map(|mistake| &mistake.objects);
        let nothing = Vec::new();
        for answer in [&nothing, &lab.solution.objects].into_iter().chain(mistakes) {
            let id = ClusterId::random();
            clusters.create(&id).await.unwrap();
            clusters.reset(&id, &World::sandbox(), Enforcement::Enforcing, lab.start_objects()).await.unwrap();
            let before = clusters.objects(&id, &World::sandbox()).await.unwrap();
            let answer: Vec<Value> = answer.iter().map(|object| relabelled(object, &before)).collect();
            // What the cluster refuses is no part of the answer.
            drop(clusters.apply(&id, &World::sandbox(), &answer).await.unwrap());
            let whole = clusters.objects(&id, &World::sandbox()).await.unwrap();
            let reduced = lab.reduced(&whole, Source::Cluster);
            let report = checker.check(&reduced, Source::Cluster);
            assert_eq!(report, checker.check(&whole, Source::Cluster), "{}", lab.name);
            passed += usize::from(report.passed);
        }
    }
    assert!(passed >= course.labs.len(), "{passed} of {} labs are solved by their solutions", course.labs.len());
}
