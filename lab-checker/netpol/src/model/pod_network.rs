//! The networks that pods of a cluster have their addresses in, and what is free there.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::snapshot::Snapshot;

/// The network that pods of most small clusters are in.
const USUAL: IpNet = IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(10, 244, 0, 0)), 16);

/// Where the pods of some snapshots live, and which addresses are somebody's.
pub(crate) struct PodNetwork {
    /// The networks of pods. Nothing says what they really are; they are taken to be the /16 (IPv4) and /64
    /// (IPv6) around the addresses that pods have.
    pub(crate) networks: Vec<IpNet>,
    /// More networks that hold nothing from outside.
    inside: Vec<IpNet>,
    taken: HashSet<IpAddr>,
}

impl PodNetwork {
    pub(crate) fn of(snapshots: &[&Snapshot]) -> Self {
        let mut networks: BTreeSet<IpNet> = BTreeSet::new();
        let mut taken = HashSet::new();
        let mut inside: BTreeSet<IpNet> = BTreeSet::new();
        for snapshot in snapshots {
            let told = &snapshot.networks;
            inside.extend(told.pods.iter().map(|(_, block)| block).chain(&told.services));
            networks.extend(&told.strangers);
            for pod in &snapshot.pods {
                taken.extend(&pod.addresses);
                taken.extend(&pod.host_addresses);
                if !pod.host_network && told.strangers.is_empty() {
                    networks.extend(pod.addresses.iter().map(|address| around(*address)));
                }
            }
            taken.extend(snapshot.nodes.iter().flat_map(|node| &node.addresses));
            taken.extend(snapshot.services.iter().flat_map(|service| &service.addresses));
        }
        if networks.is_empty() {
            networks.insert(USUAL);
        }
        Self { networks: networks.into_iter().collect(), inside: inside.into_iter().collect(), taken }
    }

    /// A free address of a pod.
    pub(crate) fn any_free(&self) -> Option<IpAddr> {
        self.networks.iter().find_map(|network| self.free(network.network(), network.broadcast()))
    }

    /// The first address from one to another that is nobody's, if there is one.
    pub(crate) fn free(&self, first: IpAddr, last: IpAddr) -> Option<IpAddr> {
        self.find(first, last, |address| self.taken.contains(&address).then_some(address))
    }

    /// The same of the addresses that no pod could have.
    pub(crate) fn free_outside(&self, first: IpAddr, last: IpAddr) -> Option<IpAddr> {
        self.find(first, last, |address| {
            match self.networks.iter().chain(&self.inside).find(|network| network.contains(&address)) {
                Some(network) => Some(network.broadcast()),
                None => self.taken.contains(&address).then_some(address),
            }
        })
    }

    /// The first address that is not `occupied`, which says up to where. The very first one is looked at last:
    /// it is often the name of a network.
    fn find(&self, first: IpAddr, last: IpAddr, occupied: impl Fn(IpAddr) -> Option<IpAddr>) -> Option<IpAddr> {
        let mut next = after(first).filter(|second| *second <= last);
        while let Some(address) = next {
            let Some(until) = occupied(address) else { return Some(address) };
            next = after(until).filter(|address| *address <= last);
        }
        occupied(first).is_none().then_some(first)
    }
}

/// The network that a pod with this address is taken to be in.
pub(crate) fn around(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 16 } else { 64 };
    IpNet::new_assert(address, length).trunc()
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Pod;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn network(pods: &[&str]) -> PodNetwork {
        let pods = pods.iter().map(|text| Pod { addresses: vec![address(text)], ..Pod::default() });
        PodNetwork::of(&[&Snapshot { pods: pods.collect(), ..Snapshot::default() }])
    }

    #[test]
    fn the_network_is_around_the_pods() {
        let texts = |network: PodNetwork| network.networks.iter().map(IpNet::to_string).collect::<Vec<_>>();
        assert_eq!(texts(network(&[])), ["10.244.0.0/16"]);
        assert_eq!(texts(network(&["10.42.3.4", "10.42.7.8", "fd00:1::5"])), ["10.42.0.0/16", "fd00:1::/64"]);
    }

    #[test]
    fn a_free_address_is_nobodys() {
        let network = network(&["10.244.0.1", "10.244.0.2"]);
        let free = |first, last| network.free(address(first), address(last)).map(|free| free.to_string());
        assert_eq!(free("10.244.0.0", "10.244.0.255").unwrap(), "10.244.0.3");
        assert_eq!(free("10.244.0.0", "10.244.0.2").unwrap(), "10.244.0.0");
        assert_eq!(free("10.244.0.1", "10.244.0.2"), None);
        assert_eq!(free("255.255.255.255", "255.255.255.255").unwrap(), "255.255.255.255");
    }

    #[test]
    fn an_outside_address_could_be_no_pods() {
        let network = network(&["10.244.0.1"]);
        let free = |first, last| network.free_outside(address(first), address(last)).map(|free| free.to_string());
        assert_eq!(free("10.244.0.0", "10.255.255.255").unwrap(), "10.245.0.0");
        assert_eq!(free("10.244.1.0", "10.244.1.255"), None);
        assert_eq!(free("::", "ffff::").unwrap(), "::1");
    }
}
