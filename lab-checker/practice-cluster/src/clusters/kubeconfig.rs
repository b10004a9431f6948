//! The kubeconfig of a practice cluster, marked so that the command can tell it from any other cluster's.

use serde_json::json;

use crate::store::cluster_id::ClusterId;

/// The name of the extension that marks a practice cluster's context.
pub const MARK: &str = "lab-checker.practice-cluster";

/// The kubeconfig's text. It is JSON, which is YAML too.
pub(crate) fn render(id: &ClusterId, server_url: &str, token: Option<&str>) -> String {
    let server = format!("{}/clusters/{id}", server_url.trim_end_matches('/'));
    let user = token.map_or_else(|| json!({}), |token| json!({"token": token}));
    let extension = json!([{"name": MARK, "extension": {"id": id.as_str()}}]);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "practice",
        "clusters": [{"name": "practice", "cluster": {"server": server, "extensions": extension}}],
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
