//! From a kubeconfig to a cluster, and what is said when that fails.

use std::path::Path;

use cluster::{ClusterError, Connection, Owner, connect};
use serde_json::json;

use crate::api::{Api, refusal};

const KUBECONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kubeconfig.yaml");

#[tokio::test]
async fn the_context_is_chosen_and_practice_clusters_are_known() {
    let connection = connect(Some(Path::new(KUBECONFIG)), None).await.unwrap();
    assert_eq!((connection.context.as_str(), connection.namespace.as_str()), ("practice", "shop"));
    assert!(connection.practice);
    let connection = connect(Some(Path::new(KUBECONFIG)), Some("real")).await.unwrap();
    assert_eq!(connection.server, "http://127.0.0.1:1/");
    assert!(!connection.practice);
}

#[tokio::test]
async fn a_cluster_that_is_switched_off_is_unreachable() {
    let connection = connect(Some(Path::new(KUBECONFIG)), Some("real")).await.unwrap();
    assert!(cluster::objects(&connection.client).await.unwrap_err().is_unreachable());
}

#[tokio::test]
async fn a_context_that_is_not_there_is_named_with_those_that_are() {
    let error = connect(Some(Path::new(KUBECONFIG)), Some("prod")).await.err().unwrap();
    assert_eq!(error.to_string(), "the kubeconfig has no context `prod`: it has practice, real");
}

#[tokio::test]
async fn a_kubeconfig_that_is_not_there_is_named() {
    let error = connect(Some(Path::new("/nowhere/kubeconfig")), None).await.err().unwrap();
    assert_eq!(error.to_string(), "cannot use the kubeconfig /nowhere/kubeconfig");
    assert!(matches!(error, ClusterError::Kubeconfig { .. }) && !error.is_unreachable());
}

#[tokio::test]
async fn a_practice_cluster_is_one_only_when_the_server_says_so() {
    let claims = |api: Api, practice| Connection {
        client: api.client(),
        context: "practice".to_owned(),
        server: "http://127.0.0.1:1/".to_owned(),
        identity: "http://127.0.0.1:1/".to_owned(),
        namespace: "default".to_owned(),
        practice,
        prefix: None,
    };
    let worlds = json!({"current": "sandbox", "worlds": ["sandbox"]});
    let says = |code, body| Api::default().answer("GET /worlds", code, body);
    for (api, claimed, believed) in [
        (says(200, worlds.clone()), true, true),
        (says(200, json!({"kind": "List", "items": []})), true, false),
        (says(404, refusal(404, "the server could not find the requested resource")), true, false),
        (says(403, refusal(403, "forbidden")), true, false),
        // Whoever does not claim it is not asked.
        (says(200, worlds), false, false),
    ] {
        let connection = claims(api, claimed).confirmed().await;
        assert_eq!(connection.practice, believed);
        assert_eq!(connection.owner() == Owner::Practice, believed);
    }
}

/// A kubeconfig whose context is for one user.
fn kubeconfig_for(folder: &tempfile::TempDir, user: &str, users: &serde_json::Value) -> std::path::PathBuf {
    let path = folder.path().join("config");
    let file = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "clusters": [{"name": "one", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": user}}],
        "users": users,
    });
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

#[tokio::test]
async fn a_user_that_is_not_there_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = kubeconfig_for(&folder, "ada", &json!([{"name": "bob", "user": {}}]));
    let error = connect(Some(&path), None).await.err().unwrap();
    let words = "the context `one` is for the user `ada`, and the kubeconfig has no such user: it has bob";
    assert_eq!(error.to_string(), words);
}

#[tokio::test]
async fn a_token_may_have_a_newline_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    for token in ["secret\n", "secret\r\n", "secret"] {
        std::fs::write(folder.path().join("token"), token).unwrap();
        let path = kubeconfig_for(&folder, "ada", &json!([{"name": "ada", "user": {"tokenFile": "token"}}]));
        let connection = connect(Some(&path), None).await.unwrap();
        let error = cluster::objects(&connection.client).await.unwrap_err();
        let chain = format!("{error:?}");
        assert!(error.is_unreachable() && !chain.contains("header value"), "{token:?}: {chain}");
    }
}

#[tokio::test]
async fn a_plugin_that_gives_no_credentials_speaks_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = |command: &str, script: &str| {
        json!([{"name": "ada", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": ["-c", script],
            "installHint": "Install it from here.", "interactiveMode": "Never",
        }}}])
    };
    let missing = plugin("no-such-plugin-anywhere", "");
    let error = connect(Some(&kubeconfig_for(&folder, "ada", &missing)), None).await.err().unwrap().to_string();
    assert!(error.starts_with("`no-such-plugin-anywhere`, which the kubeconfig names"), "{error}");
    assert!(error.ends_with("Install it from here."), "{error}");
    let failing = plugin("sh", "echo you must log in first >&2; exit 3");
    let error = connect(Some(&kubeconfig_for(&folder, "ada", &failing)), None).await.err().unwrap().to_string();
    assert!(
        error.contains("you must log in first (exit status: 3)") && !error.contains("KUBERNETES_EXEC_INFO"),
        "{error}"
    );
}

/// A kubeconfig whose plugin runs a script that may stay away for ever.
fn with_plugin(folder: &tempfile::TempDir, script: &str) -> std::path::PathBuf {
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "installHint": "Log in first.", "interactiveMode": "Never", "env": [{"name": "FOLDER", "value": folder.path()}],
    });
    kubeconfig_for(folder, "ada", &json!([{"name": "ada", "user": {"exec": exec}}]))
}

/// Whether a process is there, and not just waiting to be forgotten.
fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ") && !stat.contains(") X ")
}

/// The processes that a script has written down, once they are gone.
async fn gone(folder: &tempfile::TempDir) {
    let pids = std::fs::read_to_string(folder.path().join("pids")).unwrap();
    assert_ne!(pids.lines().count(), 0);
    for pid in pids.lines() {
        while is_running(pid) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

const HANGS: &str = "echo open the browser >&2; sleep 1000 & echo $$ > $FOLDER/p; echo $! >> $FOLDER/p; mv $FOLDER/p $FOLDER/pids; wait; sleep 1000";

#[tokio::test]
async fn a_plugin_that_hangs_is_stopped_with_all_that_it_started() {
    let within = |milliseconds| Some(std::time::Duration::from_millis(milliseconds));
    for script in [
        HANGS.to_owned(),
        // It does not listen to polite words.
        format!("trap '' TERM INT HUP; {HANGS}"),
        // It says something for ever.
        format!("while :; do echo still here; sleep 0.01; done & {HANGS}"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = with_plugin(&folder, &script);
        let error =
            cluster::connect_within(Some(&path), None, within(700), std::future::pending()).await.err().unwrap();
        assert!(error.is_unreachable(), "{error:?}");
        let words = "`sh`, which the kubeconfig names for credentials, did not end within 0.7 seconds and was stopped: \
                     open the browser; Log in first.";
        assert_eq!(error.to_string(), words);
        gone(&folder).await;
    }
}

#[tokio::test]
async fn a_plugin_is_stopped_when_we_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = with_plugin(&folder, HANGS);
    let pids = folder.path().join("pids");
    let stopped = async {
        while !pids.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let error = cluster::connect_within(Some(&path), None, None, stopped).await.err().unwrap();
    assert_eq!(error.to_string(), "interrupted while `sh` was asked for credentials, and it was stopped too");
    gone(&folder).await;
}

#[tokio::test]
async fn what_a_plugin_leaves_running_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let given = r#"{"kind":"ExecCredential","status":{"token":"t"}}"#;
    let path = with_plugin(&folder, &format!("sleep 1000 & echo $! > $FOLDER/pids; echo '{given}'"));
    connect(Some(&path), None).await.unwrap();
    let pid = std::fs::read_to_string(folder.path().join("pids")).unwrap();
    assert!(is_running(&pid), "a helper of its own goes on");
    assert!(std::process::Command::new("kill").arg(pid.trim()).status().unwrap().success());
}

#[tokio::test]
async fn what_a_plugin_prints_is_never_told() {
    for (script, words) in [
        ("echo '{\"status\":{\"token\":\"geheim\"'", "what it printed is no ExecCredential"),
        ("echo geheim", "what it printed is no ExecCredential"),
        ("echo '{\"status\":{\"token\":[\"geheim\"]}}'", "what it printed is no ExecCredential"),
        ("echo '{\"geheim\":{}}'", "has neither a token nor a certificate"),
        ("echo '{\"status\":{\"clientKeyData\":\"geheim\"}}'", "has neither a token nor a certificate"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let error = connect(Some(&with_plugin(&folder, script)), None).await.err().unwrap();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
    }
    // YAML is as good as JSON.
    let folder = tempfile::tempdir().unwrap();
    connect(Some(&with_plugin(&folder, "printf 'kind: ExecCredential\\nstatus:\\n  token: t\\n'")), None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_plugin_that_must_ask_somebody_is_not_begun_where_nobody_is() {
    let folder = tempfile::tempdir().unwrap();
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", "sleep 1000"],
        "interactiveMode": "Always",
    });
    let path = kubeconfig_for(&folder, "ada", &json!([{"name": "ada", "user": {"exec": exec}}]));
    let error = connect(Some(&path), None).await.err().unwrap().to_string();
    assert!(error.contains("there is no terminal"), "{error}");
}

#[tokio::test]
async fn what_stands_in_a_kubeconfig_is_not_told_when_it_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    for text in [
        "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {token: \"geheim\n",
        "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: geheim\n",
        "apiVersion: v1\nkind: Config\nusers: [{name: a, user: {exec: {args: geheim}}}]\n",
        "users:\n- name: a\n  user:\n    token: geheim\n   password: geheim\n",
        "geheim",
        "- geheim: [",
    ] {
        std::fs::write(&path, text).unwrap();
        let error = connect(Some(&path), None).await.err().unwrap();
        let words = format!("{error} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(!words.contains("geheim"), "{text}: {words}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}

#[tokio::test]
async fn oddities_of_kubeconfigs_are_taken_as_kubectl_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let authority = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/authority.pem")).unwrap();
    let encoded = {
        use base64::Engine as _;
        base64::prelude::BASE64_STANDARD.encode(&authority)
    };
    std::fs::create_dir(folder.path().join("certificates")).unwrap();
    std::fs::write(folder.path().join("certificates/a b.pem"), &authority).unwrap();
    let lines: Vec<String> =
        encoded.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let config = |context: &str, cluster: serde_json::Value| {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": context,
            "clusters": [{"name": "c", "cluster": cluster}],
            "contexts": [{"name": "a/b@c:d e", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
        })
    };
    let server = "https://10.0.0.1:6443";
    for cluster in [
        json!({"server": server, "certificate-authority": "certificates/a b.pem"}),
        json!({"server": server, "certificate-authority-data": encoded}),
        json!({"server": server, "certificate-authority-data": lines.join("\n")}),
        json!({"server": server, "certificate-authority-data": format!("  {}\r\n", lines.join("\r\n  "))}),
        json!({"server": server, "insecure-skip-tls-verify": true}),
        json!({"server": server, "tls-server-name": "kubernetes"}),
    ] {
        std::fs::write(&path, config("a/b@c:d e", cluster.clone()).to_string()).unwrap();
        let connection = connect(Some(&path), None).await.unwrap_or_else(|error| panic!("{cluster}: {error}"));
        assert_eq!((connection.context.as_str(), connection.namespace.as_str()), ("a/b@c:d e", "shop"));
    }
    for context in [json!(""), json!(null)] {
        let mut config = config("", json!({"server": server}));
        config["current-context"] = context;
        std::fs::write(&path, config.to_string()).unwrap();
        let error = connect(Some(&path), None).await.err().unwrap();
        assert_eq!(error.to_string(), "the kubeconfig has no current context: it has a/b@c:d e");
        connect(Some(&path), Some("a/b@c:d e")).await.unwrap();
    }
}

#[tokio::test]
async fn passwords_in_addresses_are_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    for (server, proxy, shown) in [
        ("http://ada:geheim@127.0.0.1:1/path", None, Some("http://127.0.0.1:1/path")),
        ("http://127.0.0.1:1/?token=geheim", None, Some("http://127.0.0.1:1/")),
        ("http://127.0.0.1:1", Some("ftp://ada:geheim@proxy:3128"), None),
    ] {
        let mut cluster = json!({"server": server});
        if let Some(proxy) = proxy {
            cluster["proxy-url"] = proxy.into();
        }
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "a",
            "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        });
        std::fs::write(&path, config.to_string()).unwrap();
        let words = match (connect(Some(&path), None).await, shown) {
            (Ok(connection), Some(shown)) => {
                assert_eq!(connection.server, shown);
                let error = cluster::objects(&connection.client).await.unwrap_err();
                format!("{error} {error:?} {} {}", connection.identity, connection.server)
            }
            (Err(error), None) => format!("{error} {error:?}"),
            (other, _) => panic!("{server} {proxy:?}: {:?}", other.err()),
        };
        assert!(!words.contains("geheim"), "{words}");
    }
}
