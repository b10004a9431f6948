//! The volumes of a pod, as far as practice clusters have them.

use serde_json::Value;

use super::page::{Page, list, text};

pub(super) fn write(page: &mut Page, volumes: &Value) {
    if list(volumes).next().is_none() {
        return page.field(0, "Volumes", "<none>");
    }
    page.line(0, "Volumes:");
    for volume in list(volumes) {
        page.line(1, &format!("{}:", text(&volume["name"])));
        one(page, volume);
    }
}

fn one(page: &mut Page, volume: &Value) {
    if let Some(folder) = volume.get("emptyDir") {
        page.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        page.field(2, "Medium", text(&folder["medium"]));
        page.field(2, "SizeLimit", folder["sizeLimit"].as_str().unwrap_or("<unset>"));
    } else if let Some(path) = volume.get("hostPath") {
        page.field(2, "Type", "HostPath (bare host directory volume)");
        page.field(2, "Path", text(&path["path"]));
        page.field(2, "HostPathType", text(&path["type"]));
    } else if let Some(map) = volume.get("configMap") {
        page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        page.field(2, "Name", text(&map["name"]));
        page.field(2, "Optional", map["optional"] == true);
    } else if let Some(secret) = volume.get("secret") {
        page.field(2, "Type", "Secret (a volume populated by a Secret)");
        page.field(2, "SecretName", text(&secret["secretName"]));
        page.field(2, "Optional", secret["optional"] == true);
    } else if let Some(claim) = volume.get("persistentVolumeClaim") {
        page.field(2, "Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)");
        page.field(2, "ClaimName", text(&claim["claimName"]));
        page.field(2, "ReadOnly", claim["readOnly"] == true);
    } else if let Some(projected) = volume.get("projected") {
        page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
        list(&projected["sources"]).for_each(|source| projected_source(page, source));
    } else {
        page.line(2, "<unknown>");
    }
}

fn projected_source(page: &mut Page, source: &Value) {
    if let Some(secret) = source.get("secret") {
        page.field(2, "SecretName", text(&secret["name"]));
        page.field(2, "Optional", secret["optional"] == true);
    } else if source.get("downwardAPI").is_some() {
        page.field(2, "DownwardAPI", true);
    } else if let Some(map) = source.get("configMap") {
        page.field(2, "ConfigMapName", text(&map["name"]));
        page.field(2, "Optional", map["optional"] == true);
    } else if let Some(token) = source.get("serviceAccountToken") {
        page.field(2, "TokenExpirationSeconds", token["expirationSeconds"].as_u64().unwrap_or(3600));
    }
}
