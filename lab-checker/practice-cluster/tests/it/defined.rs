//! Kinds that a cluster has defined itself: there as long as their definition is, in this cluster and in no other.

use axum::http::{Method, StatusCode};
use practice_cluster::ClusterId;
use serde_json::{Value, json};

use crate::api::Api;
use crate::stored::on_disk;

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
    // Within a cluster a kind has one name, one scope and one definition.
    api.post(DEFINITIONS, &definition("Namespaced")).await;
    let path = format!("{DEFINITIONS}/backups.stores.example.com");
    for change in [json!({"spec": {"scope": "Cluster"}}), json!({"spec": {"names": {"kind": "Other"}}})] {
        let (status, refused) = api.patch(&path, "application/merge-patch+json", &change).await;
        let message = refused["message"].as_str().unwrap_or_default();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{change}: {refused}");
        assert!(message.contains("field is immutable"), "{refused}");
    }
    let mut again = definition("Namespaced");
    again["metadata"]["name"] = "saves.stores.example.com".into();
    again["spec"]["names"]["plural"] = "saves".into();
    let (status, refused) = api.post(DEFINITIONS, &again).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
}

/// The definition of the same kind in other words: plural, scope, versions, all as they may differ.
fn otherwise() -> Vec<(Value, &'static str)> {
    let mut plural = definition("Namespaced");
    plural["metadata"]["name"] = "copies.stores.example.com".into();
    plural["spec"]["names"]["plural"] = "copies".into();
    let mut kind = definition("Namespaced");
    kind["spec"]["names"]["kind"] = "Save".into();
    let mut version = definition("Namespaced");
    version["spec"]["versions"][0]["name"] = "v2".into();
    vec![
        (definition("Cluster"), "/apis/stores.example.com/v1/backups"),
        (plural, "/apis/stores.example.com/v1/namespaces/default/copies"),
        (kind, BACKUPS),
        (version, "/apis/stores.example.com/v2/namespaces/default/backups"),
    ]
}

#[tokio::test]
async fn each_cluster_says_for_itself_what_a_kind_is() {
    let api = Api::new().await;
    api.post(DEFINITIONS, &definition("Namespaced")).await;
    api.post(BACKUPS, &backup("mine")).await;
    for (definition, path) in otherwise() {
        let other = Api::new().await;
        let (status, made) = other.post(DEFINITIONS, &definition).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let spec = &definition["spec"];
        let object = json!({
            "apiVersion": format!("stores.example.com/{}", spec["versions"][0]["name"].as_str().expect("a version")),
            "kind": spec["names"]["kind"], "metadata": {"name": "theirs"},
        });
        let (status, stored) = other.post(path, &object).await;
        assert_eq!(status, StatusCode::CREATED, "{stored}");
        let namespaced = stored["metadata"]["namespace"].is_string();
        assert_eq!(namespaced, spec["scope"] == "Namespaced", "{stored}");
        assert_eq!(other.get(path).await.1["items"].as_array().map(Vec::len), Some(1));
        let mine = api.get(BACKUPS).await.1;
        assert_eq!((&mine["kind"], mine["items"].as_array().map(Vec::len)), (&json!("BackupList"), Some(1)), "{mine}");
        if path != BACKUPS {
            assert_eq!(other.get(BACKUPS).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        let theirs = path.ends_with("/copies") || path.contains("/v2/");
        assert!(!theirs || api.get(path).await.0 == StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn own_kinds_and_their_objects_are_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clusters.db");
    let mut clusters = Vec::new();
    {
        let all = on_disk(&file).await;
        for (definition, path) in otherwise() {
            let id = ClusterId::random();
            all.create(&id).await.expect("creates");
            let api = Api { clusters: all.clone(), id };
            api.post(DEFINITIONS, &definition).await;
            let spec = &definition["spec"];
            let version = spec["versions"][0]["name"].as_str().expect("a version");
            let object = json!({"apiVersion": format!("stores.example.com/{version}"), "kind": spec["names"]["kind"], "metadata": {"name": "kept"}});
            assert_eq!(api.post(path, &object).await.0, StatusCode::CREATED, "{path}");
            let gone = format!("{path}/gone");
            let mut object = object;
            object["metadata"]["name"] = "gone".into();
            api.post(path, &object).await;
            assert_eq!(api.send(Method::DELETE, &gone, "", "").await.0, StatusCode::OK);
            clusters.push((api.id, path));
        }
    }
    let all = on_disk(&file).await;
    for (id, path) in clusters {
        let api = Api { clusters: all.clone(), id };
        let list = api.get(path).await.1;
        let names: Vec<_> =
            list["items"].as_array().into_iter().flatten().map(|one| &one["metadata"]["name"]).collect();
        assert_eq!(names, ["kept"], "{path}: {list}");
        assert_eq!(api.get(&format!("{path}/kept")).await.0, StatusCode::OK, "{path}");
        // It goes with its namespace or its definition, as before.
        let definitions = api.get(DEFINITIONS).await.1;
        let definition = definitions["items"][0]["metadata"]["name"].as_str().expect("a definition").to_owned();
        api.send(Method::DELETE, &format!("{DEFINITIONS}/{definition}"), "", "").await;
        assert_eq!(api.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn all_versions_of_a_kind_show_the_same_objects() {
    let api = Api::new().await;
    let mut two = definition("Namespaced");
    two["spec"]["versions"][1]["served"] = true.into();
    api.post(DEFINITIONS, &two).await;
    let older = BACKUPS.replace("/v1/", "/v1alpha1/");
    let mut object = backup("nightly");
    object["apiVersion"] = "stores.example.com/v1alpha1".into();
    let (status, made) = api.post(&older, &object).await;
    assert_eq!((status, &made["apiVersion"]), (StatusCode::CREATED, &json!("stores.example.com/v1alpha1")), "{made}");
    let (_, newer) = api.get(&format!("{BACKUPS}/nightly")).await;
    assert_eq!((&newer["apiVersion"], &newer["spec"]["keep"]), (&json!("stores.example.com/v1"), &json!(3)));
    let list = api.get(&older).await.1;
    assert_eq!((&list["apiVersion"], list["items"].as_array().map(Vec::len)), (&made["apiVersion"], Some(1)));
}

#[tokio::test]
async fn objects_of_own_kinds_go_with_their_namespace_and_their_owner() {
    let api = Api::new().await;
    api.post(DEFINITIONS, &definition("Namespaced")).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    api.post("/api/v1/namespaces", &namespace).await;
    let there = BACKUPS.replace("default", "shop");
    let (_, owner) = api.post(&there, &backup("owner")).await;
    let mut owned = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owned"}});
    owned["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "stores.example.com/v1", "kind": "Backup", "name": "owner", "uid": owner["metadata"]["uid"],
    }]);
    api.post("/api/v1/namespaces/shop/configmaps", &owned).await;
    api.send(Method::DELETE, &format!("{there}/owner"), "", "").await;
    assert_eq!(api.get("/api/v1/namespaces/shop/configmaps/owned").await.0, StatusCode::NOT_FOUND);
    api.post(&there, &backup("left")).await;
    api.send(Method::DELETE, "/api/v1/namespaces/shop", "", "").await;
    // A namespace ends in writes of its own.
    let emptied = async {
        while api.get("/apis/stores.example.com/v1/backups").await.1["items"] != json!([]) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), emptied).await.expect("they go with their namespace");
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
