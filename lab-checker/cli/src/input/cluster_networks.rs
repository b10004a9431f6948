//! `--pod-cidr`, `--service-cidr` and `--node`: where a cluster has its addresses and which nodes, when files do not
//! say it.

use std::str::FromStr;

use clap::Args;
use ipnet::IpNet;
use netpol::{Labels, Node, Snapshot};

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
    /// A node, where no Node object is among the files: its labels as `kubectl label` takes them and its addresses, as
    /// in worker-1,disktype=ssd@10.0.0.11; may be repeated [default: any node]
    #[arg(long = "node", value_name = "NAME[,KEY=VALUE...][@ADDRESS...]", conflicts_with_all = ["context", "kubeconfig"])]
    nodes: Vec<NamedNode>,
}

/// A node that files do not name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NamedNode(Node);

/// The label that every node carries, with its name.
const HOSTNAME: &str = "kubernetes.io/hostname";

impl FromStr for NamedNode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (words, addresses) = match text.split_once('@') {
            Some((words, addresses)) => (words, addresses.split([',', '@']).collect()),
            None => (text, Vec::new()),
        };
        let mut words = words.split(',');
        let name = words.next().unwrap_or_default();
        if name.is_empty() || name.contains('=') {
            return Err(format!("`{text}` has no name: write worker-1,disktype=ssd@10.0.0.11"));
        }
        let mut labels = Labels::from([(HOSTNAME.to_owned(), name.to_owned())]);
        for word in words {
            let label = word.split_once('=').filter(|(key, _)| !key.is_empty());
            let (key, value) = label.ok_or_else(|| format!("`{word}` is no label: write disktype=ssd"))?;
            labels.insert(key.to_owned(), value.to_owned());
        }
        let address = |word: &str| word.parse().map_err(|_| format!("`{word}` is no address: write 10.0.0.11"));
        let addresses = addresses.into_iter().map(address).collect::<Result<_, String>>()?;
        Ok(Self(Node { name: name.to_owned(), labels, addresses }))
    }
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
        for NamedNode(node) in &self.nodes {
            snapshot.nodes.retain(|known| known.name != node.name);
            snapshot.nodes.push(node.clone());
        }
        snapshot
    }
}
