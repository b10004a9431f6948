//! Numbers that nobody means, wherever a client may send one: the answer is an object or a Status, and nothing of what
//! happens later on its account stumbles over them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use practice_cluster::{Limits, Options};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::api::{Api, POLICIES, policy};

const NUMBERS: [&str; 11] = [
    "0",
    "1",
    "-1",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1.5",
    "1e308",
];

/// How many threads and tasks have panicked: the answer to a request does not tell what a controller did later.
fn panics() -> &'static AtomicUsize {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    static COUNTING: std::sync::Once = std::sync::Once::new();
    COUNTING.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            usual(panic);
        }));
    });
    &PANICS
}

#[track_caller]
fn nothing_has_stumbled(what: &str) {
    assert_eq!(panics().load(Ordering::SeqCst), 0, "{what} makes something panic");
}

/// Time for all that is planned for soon.
async fn soon() {
    tokio::time::sleep(Duration::from_secs(15)).await;
}

/// Time for all that is planned for later.
async fn later() {
    tokio::time::sleep(Duration::from_secs(400)).await;
}

/// A cluster with room for few pods, so that too many are soon told.
async fn small_cluster() -> Api {
    Api::with(Options { limits: Limits { pods: 20, ..Limits::default() }, ..Options::default() }).await
}

async fn answered(api: &Api, what: &str, method: Method, path: &str, kind: &str, body: String) -> StatusCode {
    let (status, answer) = api.send(method, path, kind, body).await;
    let refused = status.is_client_error() || status == StatusCode::GATEWAY_TIMEOUT;
    assert!(status.is_success() || refused, "{what}: {status} {answer}");
    nothing_has_stumbled(what);
    status
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": "busybox", "command": ["sh", "-c", "echo a; sleep 1000"]}]},
    })
}

#[tokio::test(start_paused = true)]
async fn in_a_query() {
    panics();
    let api = small_cluster().await;
    api.post("/api/v1/namespaces/default/pods", &pod("web")).await;
    later().await;
    let pods = "/api/v1/namespaces/default/pods";
    for (method, path, parameters) in [
        (Method::GET, POLICIES.to_owned(), &["limit", "timeoutSeconds", "resourceVersion", "continue"][..]),
        (Method::GET, format!("{POLICIES}/deny"), &["resourceVersion"]),
        (Method::GET, format!("{pods}/web/log"), &["tailLines", "sinceSeconds", "limitBytes", "sinceTime"]),
        (Method::DELETE, format!("{POLICIES}/deny"), &["gracePeriodSeconds", "timeoutSeconds"]),
        (Method::DELETE, POLICIES.to_owned(), &["gracePeriodSeconds", "limit", "timeoutSeconds", "resourceVersion"]),
        (Method::DELETE, format!("{pods}/doomed"), &["gracePeriodSeconds"]),
        (Method::POST, format!("{pods}/web/exec"), &["timeoutSeconds", "command"]),
    ] {
        for parameter in parameters {
            for number in NUMBERS {
                api.post(POLICIES, &policy("deny")).await;
                api.post(pods, &pod("doomed")).await;
                let query = format!("{path}?{parameter}={number}");
                answered(&api, &format!("{method} {query}"), method.clone(), &query, "application/json", String::new())
                    .await;
            }
        }
    }
    for (parameter, extra) in [("timeoutSeconds", ""), ("resourceVersion", "&timeoutSeconds=1"), ("limit", "")] {
        for number in NUMBERS {
            let uri = format!("/clusters/{}{POLICIES}?watch=true&{parameter}={number}{extra}", api.id);
            let request = Request::builder().uri(&uri).body(Body::empty()).expect("a request");
            let status = api.clusters.router().oneshot(request).await.expect("an answer").status();
            assert!(
                status.is_success() || status.is_client_error() || status == StatusCode::GATEWAY_TIMEOUT,
                "{uri}: {status}"
            );
            nothing_has_stumbled(&uri);
        }
    }
    later().await;
    nothing_has_stumbled("what was planned");
}

/// An object with `number`, as JSON has it, at a place.
fn with_number(object: &Value, place: &str, number: &str) -> String {
    const MARK: &str = "the number";
    let mut object = object.clone();
    let (parent, field) = place.rsplit_once('/').expect("a place in an object");
    let parent = parent.split('/').skip(1).fold(&mut object, |value, part| match part.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[part],
    });
    parent[field] = MARK.into();
    object.to_string().replace(&format!("\"{MARK}\""), number)
}

fn workload(api_version: &str, kind: &str, rest: Value) -> Value {
    let labels = json!({"app": "web"});
    let container = json!({"name": "c", "image": "busybox", "command": ["false"]});
    let mut object = json!({
        "apiVersion": api_version, "kind": kind, "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    });
    for (field, value) in rest.as_object().expect("fields") {
        object["spec"][field] = value.clone();
    }
    object
}

/// Kinds with the places of their numbers: where a client may write one, and what begins with it.
fn places() -> Vec<(&'static str, Value, &'static [&'static str])> {
    let probe = json!({"httpGet": {"port": 80}});
    let mut with_probes = pod("web");
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        with_probes["spec"]["containers"][0][kind] = probe.clone();
    }
    with_probes["spec"]["tolerations"] = json!([{"key": "a", "operator": "Exists", "effect": "NoExecute"}]);
    with_probes["spec"]["containers"][0]["ports"] = json!([{"containerPort": 80}]);
    with_probes["spec"]["securityContext"] = json!({});
    with_probes["spec"]["containers"][0]["resources"] = json!({"requests": {}, "limits": {}});
    let once = |kind: &str, api: &str| {
        let mut object = workload(api, kind, json!({}));
        object["spec"].as_object_mut().expect("a spec").remove("selector");
        object["spec"]["template"]["spec"]["restartPolicy"] = "Never".into();
        object
    };
    let cron = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": once("Job", "batch/v1")["spec"]}},
    });
    let rolling = json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}, "replicas": 3});
    let update = json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {}}, "ordinals": {}});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}], "sessionAffinity": "ClientIP",
                 "sessionAffinityConfig": {"clientIP": {}}},
    });
    let peer = json!({"ports": [{"port": 80}]});
    let deny = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"},
        "spec": {"podSelector": {}, "ingress": [peer], "egress": [peer]},
    });
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "web"},
        "addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}],
    });
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "web"}, "type": "Normal", "reason": "a", "message": "b",
        "involvedObject": {"kind": "Pod", "name": "web", "namespace": "default"}, "series": {},
    });
    let admin = json!({
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "web"},
        "spec": {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, "ingress": [{
            "name": "a", "action": "Accept", "from": [{"namespaces": {}}],
            "protocols": [{"tcp": {"destinationPort": {"range": {}}}}],
        }]},
    });
    vec![
        (
            "/apis/apps/v1/namespaces/default/deployments",
            workload("apps/v1", "Deployment", rolling),
            &[
                "/spec/replicas",
                "/spec/strategy/rollingUpdate/maxSurge",
                "/spec/strategy/rollingUpdate/maxUnavailable",
                "/spec/minReadySeconds",
                "/spec/progressDeadlineSeconds",
                "/spec/revisionHistoryLimit",
                "/spec/template/spec/terminationGracePeriodSeconds",
                "/metadata/generation",
                "/metadata/deletionGracePeriodSeconds",
                "/status/replicas",
            ],
        ),
        (
            "/apis/apps/v1/namespaces/default/statefulsets",
            workload("apps/v1", "StatefulSet", update.clone()),
            &[
                "/spec/replicas",
                "/spec/ordinals/start",
                "/spec/updateStrategy/rollingUpdate/partition",
                "/spec/updateStrategy/rollingUpdate/maxUnavailable",
                "/spec/revisionHistoryLimit",
                "/spec/minReadySeconds",
            ],
        ),
        (
            "/apis/apps/v1/namespaces/default/daemonsets",
            workload("apps/v1", "DaemonSet", json!({"updateStrategy": update["updateStrategy"]})),
            &[
                "/spec/updateStrategy/rollingUpdate/maxSurge",
                "/spec/updateStrategy/rollingUpdate/maxUnavailable",
                "/spec/minReadySeconds",
                "/spec/revisionHistoryLimit",
            ],
        ),
        (
            "/apis/apps/v1/namespaces/default/replicasets",
            workload("apps/v1", "ReplicaSet", json!({})),
            &["/spec/replicas", "/spec/minReadySeconds"],
        ),
        (
            "/apis/batch/v1/namespaces/default/jobs",
            once("Job", "batch/v1"),
            &[
                "/spec/completions",
                "/spec/parallelism",
                "/spec/backoffLimit",
                "/spec/activeDeadlineSeconds",
                "/spec/ttlSecondsAfterFinished",
                "/spec/backoffLimitPerIndex",
                "/spec/maxFailedIndexes",
            ],
        ),
        (
            "/apis/batch/v1/namespaces/default/cronjobs",
            cron,
            &[
                "/spec/startingDeadlineSeconds",
                "/spec/successfulJobsHistoryLimit",
                "/spec/failedJobsHistoryLimit",
                "/spec/jobTemplate/spec/parallelism",
            ],
        ),
        (
            "/api/v1/namespaces/default/pods",
            with_probes,
            &[
                "/spec/terminationGracePeriodSeconds",
                "/spec/activeDeadlineSeconds",
                "/spec/priority",
                "/spec/securityContext/runAsUser",
                "/spec/tolerations/0/tolerationSeconds",
                "/spec/containers/0/ports/0/containerPort",
                "/spec/containers/0/ports/0/hostPort",
                "/spec/containers/0/livenessProbe/initialDelaySeconds",
                "/spec/containers/0/livenessProbe/periodSeconds",
                "/spec/containers/0/livenessProbe/failureThreshold",
                "/spec/containers/0/readinessProbe/initialDelaySeconds",
                "/spec/containers/0/readinessProbe/periodSeconds",
                "/spec/containers/0/readinessProbe/successThreshold",
                "/spec/containers/0/readinessProbe/timeoutSeconds",
                "/spec/containers/0/startupProbe/failureThreshold",
                "/spec/containers/0/startupProbe/periodSeconds",
                "/spec/containers/0/livenessProbe/httpGet/port",
                "/spec/containers/0/resources/requests/memory",
                "/spec/containers/0/resources/limits/cpu",
            ],
        ),
        (
            "/api/v1/namespaces/default/services",
            service,
            &[
                "/spec/ports/0/port",
                "/spec/ports/0/targetPort",
                "/spec/ports/0/nodePort",
                "/spec/healthCheckNodePort",
                "/spec/sessionAffinityConfig/clientIP/timeoutSeconds",
            ],
        ),
        (
            POLICIES,
            deny,
            &["/spec/ingress/0/ports/0/port", "/spec/ingress/0/ports/0/endPort", "/spec/egress/0/ports/0/endPort"],
        ),
        ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice, &["/ports/0/port"]),
        ("/api/v1/namespaces/default/events", event, &["/count", "/series/count"]),
        (
            "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies",
            admin,
            &[
                "/spec/priority",
                "/spec/ingress/0/protocols/0/tcp/destinationPort/number",
                "/spec/ingress/0/protocols/0/tcp/destinationPort/range/start",
                "/spec/ingress/0/protocols/0/tcp/destinationPort/range/end",
            ],
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn in_an_object() {
    panics();
    let api = small_cluster().await;
    let percentages =
        ["\"0%\"", "\"1%\"", "\"100%\"", "\"18446744073709551615%\"", "\"99999999999999999999999%\"", "\"-1%\""];
    for (path, object, places) in places() {
        for place in places {
            let percentages = percentages.iter().filter(|_| place.contains("/max"));
            for number in NUMBERS.iter().chain(percentages) {
                let what = format!("{} {place} {number}", object["kind"]);
                let body = with_number(&object, place, number);
                let created = answered(&api, &what, Method::POST, path, "application/json", body.clone()).await;
                // What is told of it, and what a change of it comes to.
                api.get(&format!("{path}/web")).await;
                if created.is_success() {
                    soon().await;
                    let template = json!({"spec": {"template": {"metadata": {"annotations": {"changed": number}}}}});
                    let change = if object["spec"]["template"].is_object() {
                        template
                    } else {
                        json!({"metadata": {"labels": {"a": "b"}}})
                    };
                    answered(
                        &api,
                        &what,
                        Method::PATCH,
                        &format!("{path}/web"),
                        "application/merge-patch+json",
                        change.to_string(),
                    )
                    .await;
                }
                answered(&api, &what, Method::PATCH, &format!("{path}/web"), "application/apply-patch+yaml", body)
                    .await;
                let options = format!("{{\"gracePeriodSeconds\":{number}}}");
                answered(&api, &what, Method::DELETE, &format!("{path}/web"), "application/json", options).await;
                answered(&api, &what, Method::DELETE, &format!("{path}/web?gracePeriodSeconds=0"), "", String::new())
                    .await;
                let table = api.get(&format!("{path}?limit=500")).await;
                assert_eq!(table.0, StatusCode::OK, "{what}");
            }
        }
        later().await;
        answered(&api, path, Method::DELETE, "/api/v1/namespaces/default/pods", "", String::new()).await;
    }
    later().await;
    nothing_has_stumbled("what was planned");
}
