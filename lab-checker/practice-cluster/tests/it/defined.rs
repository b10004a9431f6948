//! Kinds that a cluster has defined itself: there as long as their definition is, in this cluster and in no other.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::Api;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const BACKUPS: &str = "/apis/stores.example.com/v1/namespaces/default/backups";

fn definition(scope: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "backups.stores.example.com"},
        "spec": {
            "group": "stores.example.com", "scope": scope,
            "names": {"kind": "Backup", "plural": "backups", "shortNames": ["bk"]},
            "versions": [
                {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}},
                {"name": "v1alpha1", "served": false, "storage": false},
            ],
        },
    })
}

fn backup(name: &str) -> Value {
    json!({"apiVersion": "stores.example.com/v1", "kind": "Backup", "metadata": {"name": name}, "spec": {"keep": 3}})
}

#[tokio::test]
async fn a_kind_is_there_while_its_definition_is_and_in_its_cluster_alone() {
    let (api, other) = (Api::new().await, Api::new().await);
    assert_eq!(api.get(BACKUPS).await.0, StatusCode::NOT_FOUND);
    let (status, made) = api.post(DEFINITIONS, &definition("Namespaced")).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["spec"]["names"]["listKind"], "BackupList");
    assert!(made["status"]["conditions"].as_array().is_some_and(|all| all.iter().all(|one| one["status"] == "True")));
    let (status, stored) = api.post(BACKUPS, &backup("nightly")).await;
    assert_eq!((status, &stored["spec"]["keep"]), (StatusCode::CREATED, &json!(3)), "{stored}");
    let (_, groups) = api.get("/apis").await;
    let served = |groups: &Value| {
        groups["groups"].as_array().is_some_and(|all| all.iter().any(|group| group["name"] == "stores.example.com"))
    };
    assert!(served(&groups) && !served(&other.get("/apis").await.1));
    let (_, kinds) = api.get("/apis/stores.example.com/v1").await;
    assert_eq!(kinds["resources"][0]["shortNames"], json!(["bk"]), "{kinds}");
    for absent in ["/apis/stores.example.com/v1alpha1/namespaces/default/backups", "/apis/stores.example.com/v2"] {
        assert_eq!(api.get(absent).await.0, StatusCode::NOT_FOUND, "{absent}");
    }
    for path in [BACKUPS, "/apis/stores.example.com", "/apis/stores.example.com/v1"] {
        assert_eq!(other.get(path).await.0, StatusCode::NOT_FOUND, "{path} in another cluster");
    }
    let name = format!("{DEFINITIONS}/backups.stores.example.com");
    assert_eq!(api.send(Method::DELETE, &name, "", "").await.0, StatusCode::OK);
    assert_eq!(api.get(BACKUPS).await.0, StatusCode::NOT_FOUND);
    api.post(DEFINITIONS, &definition("Namespaced")).await;
    assert_eq!(api.get(BACKUPS).await.1["items"], json!([]), "the objects went with the definition");
}

#[tokio::test]
async fn objects_of_a_defined_kind_are_changed_as_others_are() {
    let api = Api::new().await;
    api.post(DEFINITIONS, &definition("Namespaced")).await;
    api.post(BACKUPS, &backup("nightly")).await;
    let path = format!("{BACKUPS}/nightly");
    let more = json!({"spec": {"keep": 5}});
    assert_eq!(api.patch(&path, "application/merge-patch+json", &more).await.1["spec"]["keep"], 5);
    let (status, _) = api.patch(&path, "application/strategic-merge-patch+json", &more).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "nobody knows how its lists merge");
    let applied = api
        .patch(&format!("{path}?fieldManager=me&force=true"), "application/apply-patch+yaml", &backup("nightly"))
        .await;
    assert_eq!((applied.0, &applied.1["spec"]["keep"]), (StatusCode::OK, &json!(3)), "{}", applied.1);
    let (status, refused) = api.post(BACKUPS, &json!({"apiVersion": "stores.example.com/v1", "kind": "Other"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    assert_eq!(api.send(Method::DELETE, &path, "", "").await.0, StatusCode::OK);
    assert_eq!(api.get(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_kind_that_is_called_like_another_is_none_of_it() {
    let api = Api::new().await;
    let mut service = definition("Namespaced");
    service["metadata"]["name"] = "services.serving.example.com".into();
    service["spec"]["group"] = "serving.example.com".into();
    service["spec"]["names"] = json!({"kind": "Service", "plural": "services"});
    api.post(DEFINITIONS, &service).await;
    let object = json!({"apiVersion": "serving.example.com/v1", "kind": "Service", "metadata": {"name": "hello"}, "spec": {"template": {}}});
    let (status, made) = api.post("/apis/serving.example.com/v1/namespaces/default/services", &object).await;
    assert_eq!(
        (status, &made["spec"]),
        (StatusCode::CREATED, &json!({"template": {}})),
        "no address was given to it: {made}"
    );
    assert_eq!(api.get("/api/v1/namespaces/default/services/hello").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn definitions_that_define_nothing_are_refused() {
    let api = Api::new().await;
    let mut wrong = definition("Namespaced");
    wrong["metadata"]["name"] = "backup.example.com".into();
    let (status, refused) = api.post(DEFINITIONS, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused["message"].as_str().is_some_and(|text| text.contains("spec.names.plural+\".\"+spec.group")),
        "{refused}"
    );
    let mut empty = definition("Namespaced");
    empty["spec"]["versions"] = json!([]);
    assert_eq!(api.post(DEFINITIONS, &empty).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // All clusters of a process know a kind by one plural and one scope.
    api.post(DEFINITIONS, &definition("Namespaced")).await;
    let other = Api::new().await;
    assert_eq!(other.post(DEFINITIONS, &definition("Cluster")).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn no_cluster_defines_more_kinds_than_its_share() {
    let (api, other) = (Api::new().await, Api::new().await);
    let many = |group: &str, versions: usize| {
        let mut definition = definition("Namespaced");
        definition["metadata"]["name"] = format!("backups.{group}").into();
        definition["spec"]["group"] = group.into();
        let version = |at: usize| json!({"name": format!("v{}", at + 1), "served": true, "storage": at == 0});
        definition["spec"]["versions"] = (0..versions).map(version).collect();
        definition
    };
    let (status, refused) = api.post(DEFINITIONS, &many("all.example.com", 201)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    assert_eq!(api.post(DEFINITIONS, &many("most.example.com", 199)).await.0, StatusCode::CREATED);
    assert_eq!(api.post(DEFINITIONS, &many("last.example.com", 1)).await.0, StatusCode::CREATED);
    let (status, refused) = api.post(DEFINITIONS, &many("more.example.com", 1)).await;
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(status == StatusCode::FORBIDDEN && message.contains("at most 200 kinds"), "{refused}");
    assert_eq!(other.post(DEFINITIONS, &many("more.example.com", 1)).await.0, StatusCode::CREATED, "others may");
}
