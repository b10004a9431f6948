//! What a check reads of objects: for every lab of this repository, a check of reduced objects says word for
//! word what a check of the whole ones says.

use std::path::Path;
use std::sync::Arc;

use course::{Checker, Course, Lab};
use manifest::{ObjectId, Source};
use serde_json::{Value, json};

fn repository() -> Course {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Course::load(&directory).unwrap_or_else(|errors| panic!("the course cannot be loaded:\n{errors}"))
}

/// The start, the solution and every mistake of a lab, by name: what a learner hands in as files.
fn answers(lab: &Lab) -> Vec<(String, Vec<Value>)> {
    let start = ("start".to_owned(), Vec::new());
    let solution = ("solution".to_owned(), lab.solution.objects.clone());
    let mistakes = lab.mistakes.iter().map(|mistake| (mistake.name.clone(), mistake.objects.clone()));
    [start, solution].into_iter().chain(mistakes).collect()
}

/// Fields that no check reads, in every object and around it.
fn with_more(mut objects: Vec<Value>, from: Source) -> Vec<Value> {
    for object in &mut objects {
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { continue };
        metadata.insert("annotations".to_owned(), json!({"note": "SECRET"}));
        if from == Source::Cluster {
            metadata.insert("managedFields".to_owned(), json!([{"manager": "SECRET"}]));
        }
        for place in ["/spec", "/spec/template/spec"] {
            let containers = object.pointer_mut(&format!("{place}/containers")).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                container["env"] = json!([{"name": "KEY", "value": "SECRET"}]);
                container["args"] = json!(["SECRET"]);
            }
        }
    }
    objects
}

/// What a cluster holds in which the lab was started and these files were applied.
fn cluster(lab: &Lab, answer: &[Value]) -> Vec<Value> {
    let mut objects = manifest::baseline();
    let mut add = |object: &Value| {
        let mut object = object.clone();
        if ObjectId::of(&object).namespace.is_some() && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = lab.namespace.clone().into();
        }
        manifest::admission::default(&mut object);
        match objects.iter_mut().find(|known| ObjectId::of(known) == ObjectId::of(&object)) {
            Some(known) => *known = object,
            None => objects.push(object),
        }
    };
    lab.start_objects().iter().chain(answer).for_each(&mut add);
    // What the cluster's own controllers do: pods for Deployments, addresses for pods.
    let deployments = objects.iter().filter(|object| object["kind"] == "Deployment");
    let pods: Vec<Value> = deployments.flat_map(pods_of).collect();
    objects.extend(pods);
    for (at, pod) in objects.iter_mut().filter(|object| object["kind"] == "Pod").enumerate() {
        if pod["status"]["podIP"].is_null() {
            let host = json!("172.18.0.2");
            let ip = if pod["spec"]["hostNetwork"] == true { host.clone() } else { json!(format!("10.244.3.{at}")) };
            pod["status"] = json!({
                "phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "hostIP": host, "hostIPs": [{"ip": host}],
            });
        }
        pod["spec"]["nodeName"] = "machine-SECRET".into();
    }
    objects.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door", "namespace": lab.namespace}, "data": {"key": "SECRET"}}));
    objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere", "labels": {"owner": "SECRET"}}}));
    let elsewhere = json!({"namespaces": {"matchLabels": {"owner": "SECRET"}}});
    objects.push(json!({
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "elsewhere"},
        "spec": {"tier": "Admin", "priority": 1, "subject": elsewhere, "egress": [{"action": "Deny", "to": [elsewhere]}]},
    }));
    objects
}

fn pods_of(deployment: &Value) -> Vec<Value> {
    let metadata = &deployment["metadata"];
    let (name, namespace) = (metadata["name"].as_str().unwrap(), &metadata["namespace"]);
    let set = format!("{name}-6d4cf56db6");
    let mut labels = deployment["spec"]["template"]["metadata"]["labels"].clone();
    labels["pod-template-hash"] = "6d4cf56db6".into();
    vec![
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": set, "namespace": namespace,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": "1", "controller": true}]},
            "spec": deployment["spec"]}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("{set}-abcde"), "namespace": namespace, "labels": labels,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": "2", "controller": true}]},
            "spec": deployment["spec"]["template"]["spec"]}),
    ]
}

#[test]
fn reduced_files_are_graded_as_the_whole_ones() {
    let mut compared = 0;
    for lab in &repository().labs {
        let checker = Checker::new(Arc::clone(lab));
        for (name, answer) in answers(lab) {
            let whole = with_more(answer, Source::Files);
            let reduced = lab.reduced(&whole, Source::Files);
            assert!(!json!(reduced).to_string().contains("SECRET"), "{} {name}: {reduced:#?}", lab.name);
            assert_eq!(checker.check_files(&reduced), checker.check_files(&whole), "{} {name}", lab.name);
            assert_eq!(lab.reduced(&reduced, Source::Files), reduced, "{} {name}", lab.name);
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn a_reduced_cluster_is_graded_as_the_whole_one() {
    let (mut compared, mut passed) = (0, 0);
    for lab in &repository().labs {
        let checker = Checker::new(Arc::clone(lab));
        for (name, answer) in answers(lab) {
            let whole = with_more(cluster(lab, &answer), Source::Cluster);
            let reduced = lab.reduced(&whole, Source::Cluster);
            assert!(!json!(reduced).to_string().contains("SECRET"), "{} {name}: {reduced:#?}", lab.name);
            let report = checker.check(&reduced, Source::Cluster);
            let of_whole = checker.check(&whole, Source::Cluster);
            for (reduced, whole) in report.checks.iter().zip(&of_whole.checks) {
                assert_eq!(reduced, whole, "{} {name}", lab.name);
            }
            assert_eq!(report, of_whole, "{} {name}", lab.name);
            compared += 1;
            passed += usize::from(report.passed);
        }
    }
    assert!(compared > 100 && passed > 20, "{passed} of {compared}");
}

#[test]
fn a_configmap_without_a_namespace_is_the_labs_own() {
    let course = repository();
    let lab = course.lab("no-isolation").unwrap();
    let mut findings = lab.solution.objects[0].clone();
    findings["metadata"].as_object_mut().unwrap().shift_remove("namespace");
    let reduced = lab.reduced(&[findings], Source::Files);
    let checker = Checker::new(lab.clone());
    assert!(checker.check_files(&reduced).passed, "{reduced:#?}");
}
