//! The containers of a pod: what they run, how they fare, what they are given.

use serde_json::Value;

use super::age::dated;
use super::page::{Page, list, sorted_pairs, text};

/// Writes all containers of one sort.
pub(super) fn all(page: &mut Page, title: &str, pod: &Value, containers: &Value, statuses: &Value) {
    if list(containers).next().is_none() {
        return;
    }
    page.line(0, &format!("{title}:"));
    for container in list(containers) {
        let status = list(statuses).find(|status| status["name"] == container["name"]);
        page.line(1, &format!("{}:", text(&container["name"])));
        basics(page, container, status);
        for (field, title) in [("command", "Command"), ("args", "Args")] {
            if list(&container[field]).next().is_some() {
                page.line(2, &format!("{title}:"));
                list(&container[field]).flat_map(|word| text(word).split('\n')).for_each(|line| page.line(3, line));
            }
        }
        if let Some(status) = status {
            state(page, "State", &status["state"]);
            if status["lastState"].get("terminated").is_some() {
                state(page, "Last State", &status["lastState"]);
            }
            page.field(2, "Ready", if status["ready"] == true { "True" } else { "False" });
            page.field(2, "Restart Count", status["restartCount"].as_u64().unwrap_or(0));
        }
        resources(page, &container["resources"]);
        for (field, title) in
            [("livenessProbe", "Liveness"), ("readinessProbe", "Readiness"), ("startupProbe", "Startup")]
        {
            if let Some(probe) = container.get(field) {
                page.field(2, title, told(probe));
            }
        }
        environment(page, pod, container);
        mounts(page, &container["volumeMounts"]);
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.field(2, "Container ID", text(&status["containerID"]));
    }
    page.field(2, "Image", text(&container["image"]));
    if let Some(status) = status {
        page.field(2, "Image ID", text(&status["imageID"]));
    }
    for (field, title) in [("containerPort", "Port"), ("hostPort", "Host Port")] {
        let ports: Vec<String> = list(&container["ports"])
            .map(|port| {
                let name = match text(&port["name"]) {
                    "" => String::new(),
                    name => format!(" ({name})"),
                };
                format!("{}/{}{name}", port[field].as_u64().unwrap_or(0), text(&port["protocol"]))
            })
            .collect();
        let title = if ports.len() > 1 { format!("{title}s") } else { title.to_owned() };
        page.field(2, &title, if ports.is_empty() { "<none>".to_owned() } else { ports.join(", ") });
    }
}

fn state(page: &mut Page, title: &str, state: &Value) {
    if let Some(running) = state.get("running") {
        page.field(2, title, "Running");
        page.field(3, "Started", dated(text(&running["startedAt"])));
    } else if let Some(ended) = state.get("terminated") {
        page.field(2, title, "Terminated");
        page.optional(3, "Reason", &ended["reason"]);
        page.optional(3, "Message", &ended["message"]);
        page.field(3, "Exit Code", ended["exitCode"].as_i64().unwrap_or(0));
        page.field(3, "Started", dated(text(&ended["startedAt"])));
        page.field(3, "Finished", dated(text(&ended["finishedAt"])));
    } else {
        page.field(2, title, "Waiting");
        page.optional(3, "Reason", &state["waiting"]["reason"]);
    }
}

fn resources(page: &mut Page, resources: &Value) {
    for (field, title) in [("limits", "Limits"), ("requests", "Requests")] {
        let all = sorted_pairs(&resources[field]);
        if !all.is_empty() {
            page.line(2, &format!("{title}:"));
            all.iter().for_each(|(name, quantity)| page.field(3, name, quantity));
        }
    }
}

fn told(probe: &Value) -> String {
    let number = |field: &str, usual: i64| probe[field].as_i64().unwrap_or(usual);
    let attributes = format!(
        "delay={}s timeout={}s period={}s successThreshold={} failureThreshold={}",
        number("initialDelaySeconds", 0),
        number("timeoutSeconds", 1),
        number("periodSeconds", 10),
        number("successThreshold", 1),
        number("failureThreshold", 3)
    );
    let port = |port: &Value| port.as_str().map_or_else(|| port.to_string(), str::to_owned);
    if let Some(get) = probe.get("httpGet") {
        let scheme = get["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
        let url = format!("{scheme}://{}:{}{}", text(&get["host"]), port(&get["port"]), text(&get["path"]));
        return format!("http-get {url} {attributes}");
    }
    if let Some(socket) = probe.get("tcpSocket") {
        return format!("tcp-socket {}:{} {attributes}", text(&socket["host"]), port(&socket["port"]));
    }
    if let Some(exec) = probe.get("exec") {
        let command: Vec<&str> = list(&exec["command"]).map(text).collect();
        return format!("exec [{}] {attributes}", command.join(" "));
    }
    format!("unknown {attributes}")
}

fn environment(page: &mut Page, pod: &Value, container: &Value) {
    if list(&container["envFrom"]).next().is_some() {
        page.line(2, "Environment Variables from:");
        for source in list(&container["envFrom"]) {
            for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                if let Some(reference) = source.get(field) {
                    let optional = reference["optional"] == true;
                    page.line(3, &format!("{}\t{kind}\tOptional: {optional}", text(&reference["name"])));
                }
            }
        }
    }
    let none = list(&container["env"]).next().is_none();
    page.line(2, if none { "Environment:\t<none>" } else { "Environment:" });
    for variable in list(&container["env"]) {
        let (name, from) = (text(&variable["name"]), &variable["valueFrom"]);
        let value = if let Some(field) = from.get("fieldRef") {
            let path = text(&field["fieldPath"]);
            let found = text(pod.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null));
            format!("{found} ({}:{path})", field["apiVersion"].as_str().unwrap_or("v1"))
        } else if let Some(key) = from.get("secretKeyRef") {
            reference("secret", key)
        } else if let Some(key) = from.get("configMapKeyRef") {
            reference("config map", key)
        } else {
            text(&variable["value"]).replace('\n', "\n\t")
        };
        page.field(3, name, value);
    }
}

fn reference(kind: &str, key: &Value) -> String {
    let optional = key["optional"] == true;
    format!("<set to the key '{}' in {kind} '{}'>\tOptional: {optional}", text(&key["key"]), text(&key["name"]))
}

fn mounts(page: &mut Page, mounts: &Value) {
    let mut all: Vec<&Value> = list(mounts).collect();
    all.sort_by(|a, b| text(&a["mountPath"]).cmp(text(&b["mountPath"])));
    page.line(2, if all.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    for mount in all {
        let mode = if mount["readOnly"] == true { "ro" } else { "rw" };
        let part = match text(&mount["subPath"]) {
            "" => String::new(),
            part => format!(",path=\"{part}\""),
        };
        page.line(3, &format!("{} from {} ({mode}{part})", text(&mount["mountPath"]), text(&mount["name"])));
    }
}
