//! `--pod-cidr` and `--service-cidr`: where a cluster has its addresses, when files do not say it.

use std::str::FromStr;

use clap::Args;
use ipnet::IpNet;
use netpol::Snapshot;

/// The networks of the cluster that the files are meant for.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Networks {
    /// Where pods without an address in the files have theirs: 10.244.0.0/16, or NODE=10.244.1.0/24 for the pods of
    /// a node; may be repeated [default: any private network]
    #[arg(long = "pod-cidr", value_name = "[NODE=]CIDR")]
    pods: Vec<PodNetwork>,
    /// Where Services have their addresses; may be repeated
    #[arg(long = "service-cidr", value_name = "CIDR")]
    services: Vec<IpNet>,
}

/// A network of all pods, or of those of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PodNetwork {
    node: Option<String>,
    block: IpNet,
}

impl FromStr for PodNetwork {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (node, block) = match text.split_once('=') {
            Some((node, block)) => (Some(node.to_owned()), block),
            None => (None, text),
        };
        let block: IpNet = block.parse().map_err(|_| format!("`{block}` is no network: write 10.244.0.0/16"))?;
        Ok(Self { node, block: block.trunc() })
    }
}

impl Networks {
    /// A snapshot that knows them.
    pub(crate) fn tell(&self, mut snapshot: Snapshot) -> Snapshot {
        let pods = self.pods.iter().map(|PodNetwork { node, block }| (node.clone(), *block));
        snapshot.networks.pods = pods.collect();
        snapshot.networks.services.clone_from(&self.services);
        snapshot
    }
}
