//! Server-side apply: who owns what, what goes when it is no longer applied, and what is refused.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Api, POLICIES};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/default/deployments/web";

impl Api {
    /// Applies a configuration as some manager.
    async fn apply(&self, path: &str, manager: &str, body: &Value) -> (StatusCode, Value) {
        let path = format!("{path}?fieldManager={manager}");
        self.send(Method::PATCH, &path, "application/apply-patch+yaml", body.to_string()).await
    }
}

fn deployment(containers: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}},
        },
    })
}

fn containers(answer: &Value) -> &Value {
    &answer["spec"]["template"]["spec"]["containers"]
}

#[tokio::test]
async fn what_is_no_longer_applied_goes_as_a_whole() {
    let api = Api::new().await;
    let full = json!([
        {"name": "web", "image": "nginx", "env": [{"name": "A", "value": "a"}],
         "readinessProbe": {"httpGet": {"port": 80}},
         "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]},
        {"name": "side", "image": "busybox"},
    ]);
    api.apply(DEPLOYMENT, "me", &deployment(&full)).await;
    let less = json!([{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}]);
    let (status, answer) = api.apply(DEPLOYMENT, "me", &deployment(&less)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let left = containers(&answer);
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    assert_eq!(left[0]["ports"], json!([{"containerPort": 80, "protocol": "TCP"}]));
    assert_eq!((left[0].get("env"), left[0].get("readinessProbe")), (None, None), "{left}");
}

#[tokio::test]
async fn what_somebody_else_wants_stays() {
    let api = Api::new().await;
    api.apply(DEPLOYMENT, "me", &deployment(&json!([{"name": "web", "image": "nginx"}]))).await;
    let other = |env: &Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}},
        })
    };
    let (_, answer) = api.apply(DEPLOYMENT, "other", &other(&json!([{"name": "A", "value": "a"}]))).await;
    assert_eq!(containers(&answer)[0]["env"][0]["name"], "A");
    // The list stays the other's, the container mine.
    let (_, answer) = api.apply(DEPLOYMENT, "other", &other(&json!([{"name": "B", "value": "b"}]))).await;
    assert_eq!(containers(&answer)[0]["env"], json!([{"name": "B", "value": "b"}]));
    let owners = answer["metadata"]["managedFields"].as_array().map_or(&[][..], Vec::as_slice);
    assert!(owners.iter().all(|owner| owner["fieldsV1"].get("f:metadata").is_none()), "{owners:?}");
    let gone = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
    let (_, answer) = api.apply(DEPLOYMENT, "other", &gone).await;
    assert_eq!((&containers(&answer)[0]["image"], containers(&answer)[0].get("env")), (&json!("nginx"), None));
}

#[tokio::test]
async fn items_come_in_the_order_of_the_applier() {
    let api = Api::new().await;
    let env = |names: &[&str]| {
        let env: Vec<Value> = names.iter().map(|name| json!({"name": name, "value": "x"})).collect();
        deployment(&json!([{"name": "web", "image": "nginx", "env": env}]))
    };
    api.apply(DEPLOYMENT, "me", &env(&["A", "B", "C"])).await;
    let (_, answer) = api.apply(DEPLOYMENT, "me", &env(&["D", "C", "A"])).await;
    let names: Vec<&Value> = containers(&answer)[0]["env"].as_array().unwrap().iter().map(|e| &e["name"]).collect();
    assert_eq!(names, ["D", "C", "A"]);
}

#[tokio::test]
async fn a_doubled_item_is_refused() {
    let api = Api::new().await;
    let twice = json!([{"name": "web", "image": "a"}, {"name": "web", "image": "b"}]);
    let (status, answer) = api.apply(DEPLOYMENT, "me", &deployment(&twice)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        answer["message"],
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name=\"web\"]"
    );
}

#[tokio::test]
async fn a_conflict_names_the_subresource() {
    let api = Api::new().await;
    let mut wanted = deployment(&json!([{"name": "web", "image": "nginx"}]));
    wanted["spec"]["replicas"] = json!(1);
    api.apply(DEPLOYMENT, "me", &wanted).await;
    let scale = format!("{DEPLOYMENT}/scale?fieldManager=kubectl");
    api.patch(&scale, "application/merge-patch+json", &json!({"spec": {"replicas": 3}})).await;
    let (status, answer) = api.apply(DEPLOYMENT, "me", &wanted).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        answer["message"],
        "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas"
    );
}

#[tokio::test]
async fn patches_that_are_none() {
    let api = Api::new().await;
    api.post(POLICIES, &crate::api::policy("p")).await;
    let path = format!("{POLICIES}/p");
    for (kind, body, code, message) in [
        (
            "json-patch",
            json!({"a": 1}),
            400,
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
        ),
        (
            "json-patch",
            json!(["a"]),
            400,
            "error decoding patch: json: cannot unmarshal string into Go value of type jsonpatch.Operation",
        ),
        (
            "json-patch",
            json!([{"op": "frob", "path": "/a"}]),
            422,
            "the server rejected our request due to an error in our request",
        ),
        (
            "merge-patch",
            json!([1]),
            400,
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            "strategic-merge-patch",
            json!([1]),
            400,
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ] {
        let (status, answer) = api.patch(&path, &format!("application/{kind}+json"), &body).await;
        assert_eq!((status.as_u16(), answer["message"].as_str()), (code, Some(message)), "{kind} {body}");
    }
}
