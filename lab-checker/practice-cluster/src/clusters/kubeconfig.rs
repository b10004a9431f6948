//! The kubeconfig of a practice cluster, marked so that the command can tell it from any other cluster's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::store::cluster_id::ClusterId;

/// The name of the extension that marks a practice cluster's context.
pub const MARK: &str = "lab-checker.practice-cluster";

/// What a client needs beside the address of a cluster.
#[derive(Debug, Clone, Copy, Default)]
pub struct Access<'a> {
    /// What opens it, in a header. Clients send it over TLS only.
    pub token: Option<&'a str>,
    /// What opens it, as a part of the address, behind the name and a dot: for clients that do not come by TLS.
    pub key: Option<&'a str>,
    /// The certificate, in PEM, of who has signed the server's, when clients do not know them by themselves.
    pub authority: Option<&'a str>,
}

/// The kubeconfig's text. It is JSON, which is YAML too.
pub(crate) fn render(id: &ClusterId, server_url: &str, access: &Access<'_>) -> String {
    let key = access.key.map_or_else(String::new, |key| format!(".{key}"));
    let server = format!("{}/clusters/{id}{key}", server_url.trim_end_matches('/'));
    let user = access.token.map_or_else(|| json!({}), |token| json!({"token": token}));
    let extension = json!([{"name": MARK, "extension": {"id": id.as_str()}}]);
    let mut cluster = json!({"server": server, "extensions": extension});
    if let Some(authority) = access.authority {
        cluster["certificate-authority-data"] = STANDARD.encode(authority).into();
    }
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "practice",
        "clusters": [{"name": "practice", "cluster": cluster}],
        "users": [{"name": "practice", "user": user}],
        "contexts": [{
            "name": "practice",
            "context": {"cluster": "practice", "user": "practice", "extensions": extension},
        }],
    });
    let mut text = serde_json::to_string_pretty(&config).expect("plain JSON always serialises");
    text.push('\n');
    text
}
