//! Which container a request means, and whether it can be talked to.

use std::sync::Arc;

use pod::Container;
use serde_json::Value;

use crate::clusters::cluster::Cluster;
use crate::controllers;
use crate::resource;
use crate::status::Status;
use crate::store::object;

/// A container that a process can be started in.
pub(super) fn running(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    asked: Option<&str>,
) -> Result<Arc<Container>, Status> {
    let pod = pod(cluster, namespace, name)?;
    let container = container(&pod, asked)?;
    must_run(&pod, &container)?;
    let found = cluster.runtime().container(&pod, &container);
    found.map(Arc::new).ok_or_else(|| Status::internal(format!("container not found (\"{container}\")")))
}

/// A pod by its name.
pub(super) fn pod(cluster: &Cluster, namespace: &str, name: &str) -> Result<Arc<Value>, Status> {
    let pods = resource::known("", "pods");
    let found = cluster.state().find(pods, namespace, name).cloned();
    found.ok_or_else(|| Status::not_found(pods, name))
}

/// The name of the container: the one asked for, or the only one.
pub(super) fn container(pod: &Value, asked: Option<&str>) -> Result<String, Status> {
    let name = object::name(pod);
    let names = |list: &str| -> Vec<String> {
        let containers = pod["spec"][list].as_array().into_iter().flatten();
        containers.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    };
    let main = names("containers");
    if let Some(asked) = asked {
        let known = crate::node::container_spec(pod, asked).is_some();
        let wrong = || Status::bad_request(format!("container {asked} is not valid for pod {name}"));
        return if known { Ok(asked.to_owned()) } else { Err(wrong()) };
    }
    let preferred = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].as_str();
    match (preferred, main.as_slice()) {
        (Some(preferred), _) if main.iter().any(|name| name == preferred) => Ok(preferred.to_owned()),
        (_, [only]) if names("initContainers").is_empty() => Ok(only.clone()),
        (_, [first, ..]) if main.len() == 1 => Ok(first.clone()),
        _ => {
            let mut text =
                format!("a container name must be specified for pod {name}, choose one of: [{}]", main.join(" "));
            let init = names("initContainers");
            if !init.is_empty() {
                text.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
            }
            Err(Status::bad_request(text))
        }
    }
}

/// The container that kubectl means when nobody names one: the one that the pod prefers, or its first.
pub(super) fn by_default(pod: &Value) -> Option<&str> {
    let names = || pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
    let preferred = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"].as_str();
    names().find(|name| Some(*name) == preferred).or_else(|| names().next())
}

/// The status entry of a container.
pub(super) fn status<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
        .into_iter()
        .filter_map(|list| pod["status"][list].as_array())
        .flatten()
        .find(|status| status["name"] == container)
}

/// Refuses a container that does not run.
pub(super) fn must_run(pod: &Value, container: &str) -> Result<(), Status> {
    if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", object::name(pod))));
    }
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        let text = format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(Status::bad_request(text));
    }
    let running = controllers::running_containers(pod).any(|(name, _)| name == container);
    if running { Ok(()) } else { Err(Status::internal(format!("container not found (\"{container}\")"))) }
}
