//! What the cluster's DNS knows beside addresses: the ports of Services (SRV) and the names of addresses (PTR).

use std::net::IpAddr;

use netpol::{ObjectName, Protocol};

use super::dns::ready;
use super::topology::{Network, ServiceNetwork};

impl Network {
    /// The ports and hosts behind a name such as `_http._tcp.web.shop.svc.cluster.local`; a Service's own name
    /// stands for all of its ports.
    pub(crate) fn service_records(&self, name: &str) -> Vec<(u16, String)> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let Some(local) = name.strip_suffix(".svc.cluster.local") else { return Vec::new() };
        let labels: Vec<&str> = local.split('.').collect();
        let (wanted, service, namespace) = match labels.as_slice() {
            [port, protocol, service, namespace] => {
                let (Some(port), Some(protocol)) = (port.strip_prefix('_'), protocol.strip_prefix('_')) else {
                    return Vec::new();
                };
                let Ok(protocol) = protocol.to_ascii_uppercase().parse::<Protocol>() else { return Vec::new() };
                (Some((port, protocol)), *service, *namespace)
            }
            [service, namespace] => (None, *service, *namespace),
            _ => return Vec::new(),
        };
        let Some(network) = self.services.get(&ObjectName::new(namespace, service)) else { return Vec::new() };
        let domain = format!("{service}.{namespace}.svc.cluster.local");
        let ports = network
            .ports
            .iter()
            .filter(|port| wanted.is_none_or(|(name, protocol)| port.name == name && port.protocol == protocol));
        if !network.addresses.is_empty() {
            return ports.map(|port| (port.port, domain.clone())).collect();
        }
        let hosts: Vec<String> = self.hosts(network, service).map(|(host, _)| format!("{host}.{domain}")).collect();
        ports.flat_map(|port| hosts.iter().map(|host| (port.port, host.clone()))).collect()
    }

    /// The name of an address.
    pub(crate) fn pointer(&self, address: IpAddr) -> Option<String> {
        self.services.iter().find_map(|(name, service)| {
            let domain = format!("{}.{}.svc.cluster.local", name.name, name.namespace);
            if service.addresses.contains(&address) {
                return Some(domain);
            }
            if !service.addresses.is_empty() {
                return None;
            }
            let mut hosts = self.hosts(service, &name.name);
            hosts.find(|(_, known)| *known == address).map(|(host, _)| format!("{host}.{domain}"))
        })
    }

    /// The ready hosts of a headless Service: their names in it, and their addresses.
    fn hosts<'a>(
        &'a self,
        network: &'a ServiceNetwork,
        service: &'a str,
    ) -> impl Iterator<Item = (String, IpAddr)> + 'a {
        ready(network).map(move |backend| {
            let pod = backend.pod.as_ref().and_then(|pod| self.pods.get(pod));
            let named = pod.filter(|pod| pod.subdomain.as_deref() == Some(service)).map(|pod| pod.hostname.clone());
            (named.unwrap_or_else(|| backend.address.to_string().replace('.', "-")), backend.address)
        })
    }
}

/// The name under which an address is asked for: `10.0.96.10.in-addr.arpa`.
pub(crate) fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let digits: String = address.octets().iter().map(|byte| format!("{byte:02x}")).collect();
            let reversed: Vec<String> = digits.chars().rev().map(String::from).collect();
            format!("{}.ip6.arpa", reversed.join("."))
        }
    }
}
