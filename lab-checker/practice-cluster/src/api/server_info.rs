//! The paths that describe the server: `/version`, health, `/`.

use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::api::discovery;
use crate::api::http::negotiation::Wanted;
use crate::api::http::respond;

/// The version whose behaviour this is.
pub(crate) const VERSION: &str = "v1.36.2";

/// `/version`.
pub(crate) fn version() -> Response {
    let value = json!({
        "major": "1",
        "minor": "36",
        "emulationMajor": "1",
        "emulationMinor": "36",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35",
        "gitVersion": VERSION,
        "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
        "gitTreeState": "clean",
        "buildDate": "2026-08-21T00:00:00Z",
        "goVersion": "go1.26.3",
        "compiler": "gc",
        "platform": "linux/amd64",
    });
    let text = serde_json::to_string_pretty(&value).expect("plain JSON always serialises");
    respond::json_text(StatusCode::OK, text, &[])
}

/// `/healthz`, `/livez`, `/readyz`: whoever gets an answer has a server that is well.
pub(crate) fn health(check: &str, verbose: bool) -> Response {
    if verbose {
        return respond::text(
            StatusCode::OK,
            format!("[+]ping ok\n[+]log ok\n[+]storage-readiness ok\n{check} check passed\n"),
        );
    }
    respond::text(StatusCode::OK, "ok")
}

/// `/`: every path there is.
pub(crate) fn paths(wanted: Wanted) -> Response {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (group, version) in discovery::versions() {
        if !group.is_empty() {
            paths.push(format!("/apis/{group}"));
            paths.push(format!("/apis/{group}/{version}"));
        }
    }
    paths.extend(["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
    respond::object(StatusCode::OK, &json!({"paths": paths}), wanted, &[])
}
