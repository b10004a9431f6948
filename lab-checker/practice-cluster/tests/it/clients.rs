//! A client that is not kubectl: the `kube` crate, as controllers use it.

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::api::{Api, AttachParams, DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::watcher::{self, Event, InitialListStrategy, watcher};
use kube::{Client, Config};
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::server::Server;

fn client(server: &Server) -> Client {
    let url = format!("{}/clusters/{}", server.url, server.id);
    let config = Config::new(url.parse().expect("a URL"));
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
fn apply_and_retry_on_conflict() {
    let server = Server::start();
    server.runtime().block_on(async {
        let client = client(&server);
        let policies: Api<NetworkPolicy> = Api::default_namespaced(client.clone());
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
        });
        let parameters = PatchParams::apply("kube-test");
        let first = policies.patch("deny", &parameters, &Patch::Apply(&policy)).await.expect("applied");
        let again = policies.patch("deny", &parameters, &Patch::Apply(&policy)).await.expect("applied");
        assert_eq!(first.metadata.resource_version, again.metadata.resource_version);

        let maps: Api<ConfigMap> = Api::default_namespaced(client);
        let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "notes"}})).expect("a map");
        let stale = maps.create(&PostParams::default(), &map).await.expect("created");
        let mut fresh = stale.clone();
        fresh.data = Some([("a".to_owned(), "1".to_owned())].into());
        maps.replace("notes", &PostParams::default(), &fresh).await.expect("replaced");
        let conflict = maps.replace("notes", &PostParams::default(), &stale).await;
        assert!(matches!(conflict, Err(kube::Error::Api(status)) if status.code == 409));
        let mut latest = maps.get("notes").await.expect("there");
        latest.data = None;
        maps.replace("notes", &PostParams::default(), &latest).await.expect("replaced after reading again");
    });
}
