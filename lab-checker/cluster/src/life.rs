//! Whether pods are still the pods that they were: not deleted, not replaced, not restarted, ready.

use std::net::IpAddr;

use kube::Client;
use serde_json::Value;

use crate::error::ClusterError;
use crate::ready::is_ready;
use crate::request::get;

/// Pods as they were at one moment.
pub(crate) struct Lives {
    namespace: String,
    pods: Vec<Life>,
}

#[derive(PartialEq, Eq)]
struct Life {
    name: String,
    uid: String,
    address: String,
    /// All of its addresses, the first among them.
    addresses: Vec<IpAddr>,
    /// How often each container was started, and which it is.
    containers: Vec<(String, u64)>,
}

impl Lives {
    /// Looks at pods; a sentence when one of them is not alive.
    pub(crate) async fn of(
        client: &Client,
        namespace: &str,
        names: &[&str],
    ) -> Result<Result<Self, String>, ClusterError> {
        let mut pods = Vec::new();
        for name in names {
            match life(client, namespace, name).await? {
                Ok(life) => pods.push(life),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(Self { namespace: namespace.to_owned(), pods }))
    }

    /// The addresses of a pod, one of each family.
    pub(crate) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let pod = self.pods.iter().find(|pod| pod.name == name);
        pod.map(|pod| pod.addresses.clone()).unwrap_or_default()
    }

    /// Looks again; a sentence when a pod is not what it was.
    pub(crate) async fn go_on(&self, client: &Client) -> Result<Result<(), String>, ClusterError> {
        for before in &self.pods {
            let now = match life(client, &self.namespace, &before.name).await? {
                Ok(now) => now,
                Err(reason) => return Ok(Err(reason)),
            };
            let what = if now.uid != before.uid {
                "was replaced by another"
            } else if now.containers != before.containers {
                "was restarted"
            } else if now.address != before.address {
                "got another address"
            } else {
                continue;
            };
            return Ok(Err(format!("pod {} {what} during the experiment", before.name)));
        }
        Ok(Ok(()))
    }
}

async fn life(client: &Client, namespace: &str, name: &str) -> Result<Result<Life, String>, ClusterError> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    let Some(pod) = get(client, &path, "look at the pods of the experiment").await? else {
        return Ok(Err(format!("pod {name} is gone")));
    };
    if pod["metadata"]["deletionTimestamp"].is_string() {
        return Ok(Err(format!("pod {name} is being deleted")));
    }
    if !is_ready(&pod) {
        return Ok(Err(format!("pod {name} is not ready")));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let containers =
        statuses.map(|status| (text(&status["containerID"]), status["restartCount"].as_u64().unwrap_or_default()));
    let first = pod["status"]["podIP"].as_str();
    let several = pod["status"]["podIPs"].as_array().into_iter().flatten().filter_map(|one| one["ip"].as_str());
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in first.into_iter().chain(several).filter_map(|text| text.parse().ok()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(Ok(Life {
        addresses,
        name: name.to_owned(),
        uid: text(&pod["metadata"]["uid"]),
        address: text(&pod["status"]["podIP"]),
        containers: containers.collect(),
    }))
}
