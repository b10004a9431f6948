//! A pod: where it runs, its containers, its volumes.

use serde_json::Value;

use super::age::{dated, since};
use super::container;
use super::page::{Page, list, text};
use super::volumes;

pub(super) fn write(page: &mut Page, pod: &Value) -> bool {
    let (metadata, spec, status) = (&pod["metadata"], &pod["spec"], &pod["status"]);
    page.head(pod);
    if let Some(priority) = spec["priority"].as_i64() {
        page.field(0, "Priority", priority);
    }
    page.optional(0, "Priority Class Name", &spec["priorityClassName"]);
    page.optional(0, "Service Account", &spec["serviceAccountName"]);
    let node = match text(&spec["nodeName"]) {
        "" => "<none>".to_owned(),
        node => format!("{node}/{}", text(&status["hostIP"])),
    };
    page.field(0, "Node", node);
    if let Some(started) = status["startTime"].as_str() {
        page.field(0, "Start Time", dated(started));
    }
    page.labels("Labels", &metadata["labels"]);
    page.annotations(&metadata["annotations"]);
    match metadata["deletionTimestamp"].as_str() {
        Some(stamp) if !matches!(text(&status["phase"]), "Failed" | "Succeeded") => {
            page.field(0, "Status", format!("Terminating (lasts {})", since(stamp)));
            page.field(0, "Termination Grace Period", format!("{}s", metadata["deletionGracePeriodSeconds"]));
        }
        _ => page.field(0, "Status", text(&status["phase"])),
    }
    page.optional(0, "Reason", &status["reason"]);
    page.optional(0, "Message", &status["message"]);
    page.field(0, "IP", text(&status["podIP"]));
    addresses(page, status);
    let owner = list(&metadata["ownerReferences"]).find(|owner| owner["controller"] == true);
    if let Some(owner) = owner {
        page.field(0, "Controlled By", format!("{}/{}", text(&owner["kind"]), text(&owner["name"])));
    }
    for (title, field, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        container::all(page, title, pod, &spec[field], &status[statuses]);
    }
    if list(&status["conditions"]).next().is_some() {
        page.line(0, "Conditions:\n  Type\tStatus");
        for condition in list(&status["conditions"]) {
            page.line(1, &format!("{} \t{} ", text(&condition["type"]), text(&condition["status"])));
        }
    }
    volumes::write(page, &spec["volumes"]);
    page.optional(0, "QoS Class", &status["qosClass"]);
    page.labels("Node-Selectors", &spec["nodeSelector"]);
    tolerations(page, &spec["tolerations"]);
    true
}

fn addresses(page: &mut Page, status: &Value) {
    if list(&status["podIPs"]).next().is_none() {
        return page.field(0, "IPs", "<none>");
    }
    page.line(0, "IPs:");
    for address in list(&status["podIPs"]) {
        page.field(1, "IP", text(&address["ip"]));
    }
}

fn tolerations(page: &mut Page, tolerations: &Value) {
    let mut all: Vec<&Value> = list(tolerations).collect();
    all.sort_by(|a, b| text(&a["key"]).cmp(text(&b["key"])));
    if all.is_empty() {
        return page.field(0, "Tolerations", "<none>");
    }
    for (at, one) in all.iter().enumerate() {
        let (key, value, effect) = (text(&one["key"]), text(&one["value"]), text(&one["effect"]));
        let mut told = key.to_owned();
        if !value.is_empty() {
            told.push_str(&format!("={value}"));
        }
        if !effect.is_empty() {
            told.push_str(&format!(":{effect}"));
        }
        if one["operator"] == "Exists" && value.is_empty() {
            told.push_str(if told.is_empty() { "op=Exists" } else { " op=Exists" });
        }
        if let Some(seconds) = one["tolerationSeconds"].as_i64() {
            told.push_str(&format!(" for {seconds}s"));
        }
        page.line(0, &format!("{}\t{told}", if at == 0 { "Tolerations:" } else { "" }));
    }
}
