//! Why a flow that a learner asks about is allowed or blocked.

use manifest::Source;
use netpol::{Destination, Endpoint, Engine, Explanation, Flow};
use serde::Deserialize;
use serde_json::Value;

use super::tried::lowered;
use super::unanswerable::{Unanswerable, invalid};

/// A flow that somebody asks about, in words.
#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    /// `namespace/pod` or an address.
    pub from: String,
    /// `namespace/pod`, `svc:namespace/name` or an address.
    pub to: String,
    /// `8080`, `53/UDP`, a name.
    pub port: String,
}

impl Asked {
    /// The answer, among these objects.
    ///
    /// # Errors
    /// When this is no flow of theirs.
    pub fn explain(&self, objects: &[Value], source: Source) -> Result<Explanation, Unanswerable> {
        let snapshot = lowered(objects, source).map_err(invalid)?;
        let from: Endpoint = pod_named(&snapshot, &self.from).parse().map_err(invalid)?;
        let destination = format!("{}:{}", bracketed(&pod_named(&snapshot, &self.to)), self.port);
        let to: Destination = destination.parse().map_err(invalid)?;
        let flow = Flow { from, to };
        Engine::new(snapshot).explain(&flow).map_err(invalid)
    }
}

/// A lab names the pods of a workload by the workload, and the cluster's DNS `kube-dns`: any of these
/// pods stands for all.
fn pod_named(snapshot: &netpol::Snapshot, asked: &str) -> String {
    let name_of = |pod: &netpol::Pod| format!("{}/{}", pod.namespace, pod.name);
    let found = if asked == "kube-dns" {
        snapshot.pods.iter().find(|pod| pod.namespace == "kube-system" && pod.name.contains("dns"))
    } else if snapshot.pods.iter().any(|pod| name_of(pod) == asked) {
        None
    } else {
        let replica = format!("{asked}-");
        snapshot.pods.iter().find(|pod| name_of(pod).starts_with(&replica))
    };
    found.map_or_else(|| asked.to_owned(), name_of)
}

fn bracketed(endpoint: &str) -> String {
    let is_v6 = endpoint.parse::<std::net::Ipv6Addr>().is_ok();
    if is_v6 { format!("[{endpoint}]") } else { endpoint.to_owned() }
}
