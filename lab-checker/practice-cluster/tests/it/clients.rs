//! A client that is not kubectl: the `kube` crate, as controllers use it.

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{Api, AttachParams, DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::watcher::{self, Event, InitialListStrategy, watcher};
use kube::{Client, Config};
use practice_cluster::{Limits, Options};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::Server;

fn client(server: &Server) -> Client {
    let url = format!("{}/clusters/{}", server.url, server.id);
    let mut config = Config::new(url.parse().expect("a URL"));
    // A refusal with Retry-After is to be seen, not waited out.
    config.default_retry = false;
    Client::try_from(config).expect("a client")
}

fn pod(name: &str) -> Pod {
    let spec = json!({"containers": [{"name": "c", "image": "busybox", "command": ["sleep", "infinity"]}]});
    serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec})).expect("a pod")
}

#[test]
fn exec_through_kube() {
    let server = Server::start();
    server.runtime().block_on(async {
        let pods: Api<Pod> = Api::default_namespaced(client(&server));
        pods.create(&PostParams::default(), &pod("box")).await.expect("created");
        await_condition(pods.clone(), "box", conditions::is_pod_running()).await.expect("running");
        let parameters = AttachParams::default().stderr(false);
        let mut attached = pods.exec("box", ["sh", "-c", "hostname; exit 4"], &parameters).await.expect("exec");
        let mut output = String::new();
        let mut stdout = attached.stdout().expect("stdout");
        stdout.read_to_string(&mut output).await.expect("output");
        let status = attached.take_status().expect("a status").await.expect("an end");
        assert_eq!(output, "box\n");
        assert_eq!(status.reason.as_deref(), Some("NonZeroExitCode"));
        let missing = pods.exec("nosuch", ["true"], &parameters).await;
        assert!(missing.is_err());
    });
}

#[test]
fn exec_talks_both_ways_within_a_limit() {
    let limits = Limits { sessions: 1, ..Limits::default() };
    let server = Server::with(Options { limits, ..Options::default() });
    server.runtime().block_on(async {
        let pods: Api<Pod> = Api::default_namespaced(client(&server));
        pods.create(&PostParams::default(), &pod("box")).await.expect("created");
        await_condition(pods.clone(), "box", conditions::is_pod_running()).await.expect("running");
        let parameters = AttachParams::default().stdin(true).stderr(false);
        let mut first = pods.exec("box", ["cat"], &parameters).await.expect("exec");
        let second = pods.exec("box", ["true"], &parameters).await;
        let refused = second.err().expect("one session is the limit").to_string();
        assert!(refused.contains("429"), "{refused}");
        let mut stdin = first.stdin().expect("stdin");
        stdin.write_all(b"there and back\n").await.expect("written");
        stdin.shutdown().await.expect("closed");
        let mut output = String::new();
        first.stdout().expect("stdout").read_to_string(&mut output).await.expect("output");
        assert_eq!(output, "there and back\n");
        let status = first.take_status().expect("a status").await.expect("an end");
        assert_eq!(status.status.as_deref(), Some("Success"));
        first.join().await.expect("the session ends");
    });
}

#[test]
fn watchers_in_both_list_modes() {
    let server = Server::start();
    server.runtime().block_on(async {
        let client = client(&server);
        let pods: Api<Pod> = Api::default_namespaced(client.clone());
        pods.create(&PostParams::default(), &pod("one")).await.expect("created");
        for strategy in [InitialListStrategy::ListWatch, InitialListStrategy::StreamingList] {
            let config = watcher::Config { initial_list_strategy: strategy, ..watcher::Config::default() };
            let mut events = watcher(pods.clone(), config).boxed();
            let mut seen = Vec::new();
            while let Some(event) = events.try_next().await.expect("no error") {
                match event {
                    Event::InitApply(pod) => seen.extend(pod.metadata.name),
                    Event::InitDone => break,
                    _ => {}
                }
            }
            assert_eq!(seen, ["one"]);
            pods.create(&PostParams::default(), &pod("two")).await.expect("created");
            let next = events.try_next().await.expect("no error");
            assert!(matches!(next, Some(Event::Apply(pod)) if pod.metadata.name.as_deref() == Some("two")));
            pods.delete("two", &DeleteParams::default()).await.expect("deleted");
            loop {
                match events.try_next().await.expect("no error") {
                    Some(Event::Delete(pod)) if pod.metadata.name.as_deref() == Some("two") => break,
                    Some(_) => {}
                    None => panic!("the watch ended"),
                }
            }
        }
    });
}

#[test]
fn apply_knows_who_owns_what() {
    let server = Server::start();
    server.runtime().block_on(async {
        let policies: Api<NetworkPolicy> = Api::default_namespaced(client(&server));
        let policy = |types: &[&str]| {
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"},
                "spec": {"podSelector": {}, "policyTypes": types},
            })
        };
        let (mine, theirs) = (PatchParams::apply("kube-test"), PatchParams::apply("somebody-else"));
        let ingress = Patch::Apply(policy(&["Ingress"]));
        let first = policies.patch("deny", &mine, &ingress).await.expect("applied");
        let again = policies.patch("deny", &mine, &ingress).await.expect("applied");
        assert_eq!(first.metadata.resource_version, again.metadata.resource_version, "nothing changed");

        let both = Patch::Apply(policy(&["Ingress", "Egress"]));
        let refused = policies.patch("deny", &theirs, &both).await;
        let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
        assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
        assert_eq!(status.message, "Apply failed with 1 conflict: conflict with \"kube-test\": .spec.policyTypes");
        let forced = policies.patch("deny", &theirs.force(), &both).await.expect("applied by force");
        assert_eq!(forced.spec.and_then(|spec| spec.policy_types).map(|types| types.len()), Some(2));
        let refused = policies.patch("deny", &mine, &ingress).await;
        assert!(matches!(refused, Err(kube::Error::Api(status)) if status.code == 409), "it is theirs now");
    });
}

/// Counts up in a ConfigMap as controllers do: read, change, replace, and from the start again on a conflict.
/// Tells how many conflicts there were.
async fn count_up(maps: Api<ConfigMap>, times: usize) -> usize {
    let mut conflicts = 0;
    for _ in 0..times {
        loop {
            let mut map = maps.get("counter").await.expect("there");
            let data = map.data.get_or_insert_default();
            let count: usize = data.get("count").map_or(0, |text| text.parse().expect("a number"));
            data.insert("count".to_owned(), (count + 1).to_string());
            match maps.replace("counter", &PostParams::default(), &map).await {
                Ok(_) => break,
                Err(kube::Error::Api(status)) if status.code == 409 => conflicts += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    conflicts
}

#[test]
fn retrying_on_conflict_loses_no_write() {
    let server = Server::start();
    server.runtime().block_on(async {
        let maps: Api<ConfigMap> = Api::default_namespaced(client(&server));
        let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "counter"}})).expect("a map");
        let stale = maps.create(&PostParams::default(), &map).await.expect("created");
        futures::future::join_all((0..4).map(|_| count_up(maps.clone(), 10))).await;
        let counter = maps.get("counter").await.expect("there");
        assert_eq!(counter.data.expect("data")["count"], "40");
        let refused = maps.replace("counter", &PostParams::default(), &stale).await;
        assert!(matches!(refused, Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "Conflict"));
    });
}

#[test]
fn a_watcher_that_was_away_for_too_long_begins_again() {
    let limits = Limits { log: 5, ..Limits::default() };
    let server = Server::with(Options { limits, ..Options::default() });
    server.runtime().block_on(async {
        let maps: Api<ConfigMap> = Api::default_namespaced(client(&server));
        let create = async |name: String| {
            let map = serde_json::from_value(json!({"metadata": {"name": name}})).expect("a map");
            maps.create(&PostParams::default(), &map).await.expect("created");
        };
        let list_watch = InitialListStrategy::ListWatch;
        let config = watcher::Config { initial_list_strategy: list_watch, ..watcher::Config::default() };
        let mut events = watcher(maps.clone(), config).boxed();
        while !matches!(events.try_next().await.expect("no error"), Some(Event::InitDone)) {}
        // The watch itself has not begun: the watcher asks for it when it is polled again.
        for number in 0..20 {
            create(format!("map-{number}")).await;
        }
        let error = events.try_next().await.expect_err("its revision is forgotten");
        assert!(error.to_string().contains("too old resource version"), "{error}");
        let mut seen = Vec::new();
        loop {
            match events.try_next().await.expect("it begins again") {
                Some(Event::InitApply(map)) => seen.extend(map.metadata.name),
                Some(Event::InitDone) => break,
                _ => {}
            }
        }
        assert_eq!(seen.len(), 21, "{seen:?}");
    });
}
