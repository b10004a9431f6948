//! Names: what a pod's resolver asks, whether the cluster's DNS hears it, and what that answers.
//!
//! Names outside the cluster are simulated: a few well-known ones have their real addresses, others under
//! the usual top-level domains a made-up address that is always the same.

use std::net::{IpAddr, Ipv4Addr};

use netpol::{ObjectName, Protocol};
use sha2::{Digest, Sha256};

use super::connect::Outcome;
use super::topology::{Backend, Network, ServiceNetwork};

const CLUSTER: &str = "cluster.local";
/// A name with at least this many dots is tried as it is first.
const NDOTS: usize = 5;
/// How many ExternalName Services may stand behind each other.
const ALIASES: u8 = 8;

/// What a lookup comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// The name, in full, and its addresses.
    Found {
        /// The name that was found, with the search domain that led to it.
        name: String,
        /// Its addresses.
        addresses: Vec<IpAddr>,
    },
    /// The server says that there is no such name.
    NoSuchName,
    /// No answer from the server.
    NoServer,
    /// The server's address refuses: no DNS pod is ready.
    ServerRefused,
}

impl Network {
    /// The name server of a pod.
    pub(crate) fn name_server(&self, pod: &ObjectName) -> IpAddr {
        let dns = self.services.get(&ObjectName::new("kube-system", "kube-dns"));
        let cluster = dns.and_then(|dns| dns.addresses.first().copied());
        match cluster {
            Some(address) if self.uses_cluster_dns(pod) => address,
            _ => IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)),
        }
    }

    fn uses_cluster_dns(&self, pod: &ObjectName) -> bool {
        self.pods.get(pod).is_none_or(|pod| pod.cluster_dns)
    }

    /// Whether an address is the cluster's DNS, by its Service or by one of its pods.
    fn knows_the_cluster(&self, server: IpAddr) -> bool {
        let dns = self.services.get(&ObjectName::new("kube-system", "kube-dns"));
        dns.is_some_and(|dns| dns.addresses.contains(&server) || ready(dns).any(|backend| backend.address == server))
    }

    /// The domains that are tried behind a short name.
    pub(crate) fn search_domains(&self, pod: &ObjectName) -> Vec<String> {
        if !self.uses_cluster_dns(pod) {
            return Vec::new();
        }
        vec![format!("{}.svc.{CLUSTER}", pod.namespace), format!("svc.{CLUSTER}"), CLUSTER.to_owned()]
    }

    /// `/etc/resolv.conf` of a pod.
    pub(crate) fn resolv_conf(&self, pod: &ObjectName) -> String {
        let server = self.name_server(pod);
        match self.search_domains(pod).as_slice() {
            [] => format!("nameserver {server}\n"),
            domains => format!("search {}\nnameserver {server}\noptions ndots:{NDOTS}\n", domains.join(" ")),
        }
    }

    /// Looks a name up as the C library does: `/etc/hosts`, then the search path.
    pub(crate) fn resolve(&self, from: &ObjectName, name: &str) -> Lookup {
        let found = |address: IpAddr| Lookup::Found { name: name.to_owned(), addresses: vec![address] };
        if let Ok(address) = name.parse() {
            return found(address);
        }
        if name == "localhost" {
            return found(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        if let Some(pod) = self.pods.get(from)
            && pod.hostname == name
            && let Some(address) = pod.addresses.first()
        {
            return found(*address);
        }
        self.lookup(from, &self.candidates(from, name))
    }

    /// The full names that are asked for, in order.
    pub(crate) fn candidates(&self, from: &ObjectName, name: &str) -> Vec<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return vec![absolute.to_owned()];
        }
        let searched = self.search_domains(from).into_iter().map(|domain| format!("{name}.{domain}"));
        if name.matches('.').count() >= NDOTS {
            return std::iter::once(name.to_owned()).chain(searched).collect();
        }
        searched.chain([name.to_owned()]).collect()
    }

    /// Asks the pod's name server for the first of these names that exists.
    pub(crate) fn lookup(&self, from: &ObjectName, candidates: &[String]) -> Lookup {
        self.lookup_at(from, self.name_server(from), candidates)
    }

    /// Whether a server answers a pod and, when it does, whether it knows the cluster's names.
    pub(crate) fn ask(&self, from: &ObjectName, server: IpAddr) -> Result<bool, Lookup> {
        match self.connect(from, server, 53, Protocol::Udp) {
            Outcome::Open(_) => Ok(self.knows_the_cluster(server)),
            Outcome::Refused => Err(Lookup::ServerRefused),
            Outcome::Dropped | Outcome::NoRoute => Err(Lookup::NoServer),
        }
    }

    /// Asks a server for the first of these names that exists.
    pub(crate) fn lookup_at(&self, from: &ObjectName, server: IpAddr, candidates: &[String]) -> Lookup {
        let inside = match self.ask(from, server) {
            Ok(inside) => inside,
            Err(silence) => return silence,
        };
        for candidate in candidates {
            let addresses = self.answer(&candidate.to_ascii_lowercase(), inside, ALIASES);
            if !addresses.is_empty() {
                return Lookup::Found { name: candidate.clone(), addresses };
            }
        }
        Lookup::NoSuchName
    }

    /// The addresses of a full name.
    fn answer(&self, name: &str, inside: bool, aliases: u8) -> Vec<IpAddr> {
        let Some(local) = name.strip_suffix(CLUSTER).and_then(|rest| rest.strip_suffix('.')) else {
            return outside(name).into_iter().collect();
        };
        if !inside {
            return Vec::new();
        }
        let labels: Vec<&str> = local.split('.').collect();
        match labels.as_slice() {
            [service, namespace, "svc"] => self.service_addresses(namespace, service, aliases),
            [host, service, namespace, "svc"] => self.host_addresses(namespace, service, host),
            [dashed, namespace, "pod"] if self.namespaces.iter().any(|known| known == namespace) => {
                dashed.replace('-', ".").parse().into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn service_addresses(&self, namespace: &str, service: &str, aliases: u8) -> Vec<IpAddr> {
        let Some(service) = self.services.get(&ObjectName::new(namespace, service)) else { return Vec::new() };
        if let Some(name) = &service.external_name {
            return aliases.checked_sub(1).map_or_else(Vec::new, |left| self.answer(name, true, left));
        }
        if !service.addresses.is_empty() {
            return service.addresses.clone();
        }
        ready(service).map(|backend| backend.address).collect()
    }

    /// A pod's own name below a headless Service.
    fn host_addresses(&self, namespace: &str, service: &str, host: &str) -> Vec<IpAddr> {
        let Some(network) = self.services.get(&ObjectName::new(namespace, service)) else { return Vec::new() };
        let named = |backend: &&Backend| {
            let pod = backend.pod.as_ref().and_then(|pod| self.pods.get(pod));
            let own = pod.is_some_and(|pod| pod.hostname == host && pod.subdomain.as_deref() == Some(service));
            own || host.replace('-', ".") == backend.address.to_string()
        };
        ready(network).filter(named).map(|backend| backend.address).collect()
    }
}

pub(super) fn ready(service: &ServiceNetwork) -> impl Iterator<Item = &Backend> {
    service.slices.iter().flat_map(|slice| &slice.endpoints).filter(|backend| backend.ready)
}

/// Domains with the addresses that they really have, or had.
const WELL_KNOWN: [(&str, [u8; 4]); 14] = [
    ("example.com", [93, 184, 215, 14]),
    ("example.org", [93, 184, 215, 14]),
    ("google.com", [142, 250, 185, 78]),
    ("dns.google", [8, 8, 8, 8]),
    ("one.one.one.one", [1, 1, 1, 1]),
    ("cloudflare.com", [104, 16, 132, 229]),
    ("github.com", [140, 82, 121, 4]),
    ("githubusercontent.com", [185, 199, 108, 133]),
    ("kubernetes.io", [15, 197, 167, 90]),
    ("k8s.io", [34, 107, 204, 206]),
    ("docker.io", [3, 94, 224, 37]),
    ("pypi.org", [151, 101, 0, 223]),
    ("httpbin.org", [54, 243, 106, 191]),
    ("wikipedia.org", [185, 15, 59, 224]),
];

/// Top-level domains under which every name exists here.
const TOP_LEVEL: [&str; 18] = [
    "com", "org", "net", "io", "dev", "edu", "gov", "info", "app", "cloud", "de", "fr", "uk", "eu", "nl", "ch", "at",
    "me",
];

/// The address of a name outside the cluster.
fn outside(name: &str) -> Option<IpAddr> {
    let known = WELL_KNOWN.iter().find(|(domain, _)| name == *domain || name.ends_with(&format!(".{domain}")));
    if let Some((_, address)) = known {
        return Some(Ipv4Addr::from(*address).into());
    }
    let (rest, top) = name.rsplit_once('.')?;
    let doubtful = ["nosuch", "no-such", "nonexist", "doesnotexist", "does-not-exist", "invalid"];
    if rest.is_empty() || !TOP_LEVEL.contains(&top) || doubtful.iter().any(|word| name.contains(word)) {
        return None;
    }
    // The second network for documentation: nobody's, and not the one that labs use.
    Some(Ipv4Addr::new(198, 51, 100, Sha256::digest(name.as_bytes())[0].max(1)).into())
}
