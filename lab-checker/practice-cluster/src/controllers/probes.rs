//! Readiness probes: a container whose probe asks a port where nobody listens is not ready.

use pod::image::{self, Image};
use serde_json::Value;

/// What a kubelet says when the readiness probe of a container that runs cannot pass. Probes that run commands,
/// and those of images that are not known, are taken to pass.
pub(super) fn failing(pod: &Value, container: &Value) -> Option<String> {
    let probe = &container["readinessProbe"];
    let (http, tcp) = (&probe["httpGet"], &probe["tcpSocket"]);
    let asked = if http.is_object() { http } else { tcp };
    let elsewhere = asked["host"].as_str().is_some_and(|host| !host.is_empty());
    let known = Image::new(container["image"].as_str().unwrap_or_default()).is_known();
    if !asked.is_object() || elsewhere || !known {
        return None;
    }
    let port = match &asked["port"] {
        Value::String(name) => declared(container, name)?,
        number => u16::try_from(number.as_u64()?).ok()?,
    };
    let tcp_on = |listener: &image::Listener| listener.protocol == netpol::Protocol::Tcp && listener.port == port;
    let containers = ["containers", "initContainers"].into_iter().filter_map(|list| pod["spec"][list].as_array());
    if containers.flatten().flat_map(image::listeners).any(|listener| tcp_on(&listener)) {
        return None;
    }
    let address = format!("{}:{port}", pod["status"]["podIP"].as_str().unwrap_or_default());
    let refused = format!("dial tcp {address}: connect: connection refused");
    if !http.is_object() {
        return Some(format!("Readiness probe failed: {refused}"));
    }
    let scheme = http["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
    let path = http["path"].as_str().unwrap_or("/");
    Some(format!("Readiness probe failed: Get \"{scheme}://{address}{path}\": {refused}"))
}

fn declared(container: &Value, name: &str) -> Option<u16> {
    let ports = container["ports"].as_array()?;
    let port = ports.iter().find(|port| port["name"] == name)?;
    u16::try_from(port["containerPort"].as_u64()?).ok()
}
