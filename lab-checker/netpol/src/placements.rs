//! Pods whose addresses nobody has told: files mostly name none. Policies see addresses as blocks, so there are a few
//! ways in which they can see such a pod, and each is looked at.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Subnets};

use crate::classes::{AddressClasses, Vocabulary, address_of};
use crate::compare::OutsideAddress;
use crate::engine::Engine;
use crate::model::{Pod, Snapshot};
use crate::unknown_nodes::NodeWays;

/// Where pods have their addresses when nobody has told: in networks that are nobody's on the internet.
const PRIVATE: [IpNet; 4] =
    [net([10, 0, 0, 0], 8), net([100, 64, 0, 0], 10), net([172, 16, 0, 0], 12), net([192, 168, 0, 0], 16)];

const fn net(octets: [u8; 4], prefix: u8) -> IpNet {
    let [a, b, c, d] = octets;
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

/// A network of pods that nobody has told is not smaller than a node's usual share.
const SMALLEST: u128 = 256;

/// More ways than these are not looked at.
const MOST: usize = 64;

/// Addresses of one class that pods may have.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    first: u128,
    last: u128,
    family: usize,
}

impl Engine {
    /// Makes a snapshot ready in which the addresses of some pods stand in for those that nobody has told: what
    /// depends on them is told as such. They lie in the pod networks that the snapshot names, else in private ones.
    #[must_use]
    pub fn with_unknown_addresses(snapshot: Snapshot) -> Self {
        let mut placed = placements(snapshot).into_iter().map(Engine::new);
        let Some(first) = placed.next() else { return Engine::new(Snapshot::default()) };
        first.with_others(placed.collect())
    }

    /// Makes two snapshots ready to be compared. A pod of both has its address in the same place on both sides, so that
    /// what differs is what policies say; what differs in some places alone is told as such.
    #[must_use]
    pub fn pair_with_unknown_addresses(a: Snapshot, b: Snapshot) -> (Self, Self) {
        let ways = Ways::of(&joined(&a, &b));
        if ways.len() == 0 {
            return (Self::new(a), Self::new(b));
        }
        let placed = |snapshot: &Snapshot| {
            let mut ways = (0..ways.len()).map(|at| Self::new(ways.put(snapshot, at)));
            let first = ways.next().unwrap_or_else(|| Self::new(Snapshot::default()));
            first.with_others(ways.collect())
        };
        (placed(&a), placed(&b))
    }

    /// Where an address lies among the blocks that policies name, in words.
    pub(crate) fn block_in_words(&self, address: IpAddr) -> String {
        let classes = &self.compiled().vocabulary.addresses;
        let class = classes.class(address);
        let is_same = |block: &IpNet| block.addr().is_ipv6() == address.is_ipv6();
        let without = classes.inside(class).filter(is_same).collect();
        OutsideAddress { example: address, block: classes.innermost(class), without }.to_string()
    }
}

/// The snapshot in each way in which policies can see its pods' addresses; alone, as it is, when there is one way.
pub(crate) fn placements(snapshot: Snapshot) -> Vec<Snapshot> {
    let ways = Ways::of(&snapshot);
    match ways.len() {
        0 => vec![snapshot],
        all => (0..all).map(|at| ways.put(&snapshot, at)).collect(),
    }
}

/// All that two snapshots name, for which places are told apart.
fn joined(a: &Snapshot, b: &Snapshot) -> Snapshot {
    let mut both = a.clone();
    both.pods.extend_from_slice(&b.pods);
    both.policies.extend_from_slice(&b.policies);
    both.cluster_policies.extend_from_slice(&b.cluster_policies);
    // Where one side names none, they are not known.
    if b.nodes.is_empty() {
        both.nodes.clear();
    }
    both
}

/// The ways in which policies can see what nobody has told. No side of a flow asks for both: the source's asks which
/// node the destination is, or where its address lies. So the two go on side by side.
struct Ways {
    places: Option<Places>,
    nodes: Option<NodeWays>,
}

impl Ways {
    fn of(snapshot: &Snapshot) -> Self {
        Self { places: Places::of(snapshot), nodes: NodeWays::of(snapshot) }
    }

    /// How many there are; none, where all is told.
    fn len(&self) -> usize {
        let places = self.places.as_ref().map_or(0, |places| places.ways);
        places.max(self.nodes.as_ref().map_or(0, NodeWays::len))
    }

    fn put(&self, snapshot: &Snapshot, at: usize) -> Snapshot {
        let mut placed = snapshot.clone();
        if let Some(places) = &self.places {
            places.put(&mut placed, at);
        }
        if let Some(nodes) = &self.nodes {
            nodes.put(&mut placed, at);
        }
        placed
    }
}

/// The places that pods may have their addresses in.
struct Places {
    by_node: HashMap<Option<String>, Vec<Stretch>>,
    anywhere: Vec<Stretch>,
    /// The addresses that are somebody's.
    known: HashSet<IpAddr>,
    ways: usize,
}

fn is_unknown(pod: &Pod) -> bool {
    pod.assumed && !pod.host_network
}

impl Places {
    /// None when all addresses are told, or no policy tells the places apart.
    fn of(snapshot: &Snapshot) -> Option<Self> {
        if !snapshot.pods.iter().any(is_unknown) {
            return None;
        }
        let told = !snapshot.networks.pods.is_empty();
        let classes = Vocabulary::new(snapshot).addresses;
        let nodes: HashSet<Option<&String>> = snapshot.pods.iter().map(|pod| pod.node.as_ref()).collect();
        let places = |node| stretches(&classes, &networks(snapshot, node));
        let by_node: HashMap<Option<String>, Vec<Stretch>> =
            nodes.into_iter().map(|node| (node.cloned(), places(node))).collect();
        let anywhere = places(None);
        let ways = by_node.values().map(Vec::len).chain([anywhere.len()]).max().unwrap_or(1).min(MOST);
        if ways <= 1 && !told || anywhere.is_empty() {
            return None;
        }
        let known = snapshot.pods.iter().filter(|pod| !pod.assumed).flat_map(|pod| pod.addresses.iter().copied());
        Some(Self { known: known.collect(), by_node, anywhere, ways: ways.max(1) })
    }

    /// Puts the addresses that nobody has told into one of the places.
    fn put(&self, placed: &mut Snapshot, at: usize) {
        let mut given: HashMap<u128, u128> = HashMap::new();
        for pod in placed.pods.iter_mut().filter(|pod| is_unknown(pod)) {
            let places = self.by_node.get(&pod.node).filter(|places| !places.is_empty()).unwrap_or(&self.anywhere);
            pod.addresses = vec![places[at % places.len()].next(&mut given, &self.known)];
        }
        placed.networks.strangers = vec![self.anywhere[at % self.anywhere.len()].network()];
    }
}

/// The networks that pods of a node may have addresses in; of no node that is known, those of all.
fn networks(snapshot: &Snapshot, node: Option<&String>) -> Vec<IpNet> {
    let told = &snapshot.networks.pods;
    let own = told.iter().filter(|(of, _)| of.is_none() || node.is_none() || of.as_ref() == node);
    let own: Vec<IpNet> = own.map(|(_, block)| *block).collect();
    match (own.is_empty(), told.is_empty()) {
        (false, _) => own,
        (true, false) => told.iter().map(|(_, block)| *block).collect(),
        (true, true) => PRIVATE.to_vec(),
    }
}

/// The longest stretch of each class in some networks.
fn stretches(classes: &AddressClasses, networks: &[IpNet]) -> Vec<Stretch> {
    let is_private = networks == PRIVATE;
    let mut found: BTreeMap<(usize, u32), Stretch> = BTreeMap::new();
    for network in networks {
        let family = usize::from(network.addr().is_ipv6());
        for (first, last, class) in classes.ranges(family) {
            let [begin, end] = [network.network(), network.broadcast()].map(crate::classes::number);
            let stretch = Stretch { first: first.max(begin), last: last.min(end), family };
            if stretch.first > stretch.last || is_private && stretch.last - stretch.first + 1 < SMALLEST {
                continue;
            }
            let known = found.entry((family, class)).or_insert(stretch);
            if stretch.last - stretch.first > known.last - known.first {
                *known = stretch;
            }
        }
    }
    found.into_values().collect()
}

impl Stretch {
    /// The next address that is nobody's; where none is left, they are given again.
    fn next(&self, given: &mut HashMap<u128, u128>, known: &HashSet<IpAddr>) -> IpAddr {
        let room = self.last - self.first + 1;
        let count = given.entry(self.first).or_default();
        for _ in 0..room.min(known.len() as u128 + 1) {
            *count += 1;
            let address = address_of(self.family, self.first + *count % room);
            if !known.contains(&address) {
                return address;
            }
        }
        address_of(self.family, self.first)
    }

    /// A network at its end, for pods of tomorrow.
    fn network(&self) -> IpNet {
        let largest = match (address_of(self.family, self.first), address_of(self.family, self.last)) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Ipv4Subnets::new(first, last, 24).last().map(IpNet::V4),
            (IpAddr::V6(first), IpAddr::V6(last)) => Ipv6Subnets::new(first, last, 0).last().map(IpNet::V6),
            _ => None,
        };
        largest.unwrap_or_else(|| IpNet::from(address_of(self.family, self.last)))
    }
}
