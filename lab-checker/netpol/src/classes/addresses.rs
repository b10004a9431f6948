//! Which blocks contain an address. CIDRs are nested or apart, never half in one another, so the
//! innermost one says everything: addresses with the same innermost block are one class.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use foldhash::HashMap;

use ipnet::IpNet;

/// The blocks that policies name, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressClasses {
    blocks: Vec<IpNet>,
    index: HashMap<IpNet, usize>,
    /// For every block, itself and the blocks around it.
    around: Vec<Vec<usize>>,
    /// Where a class begins: first address, class. One list per family, sorted.
    starts: [Vec<(u128, u32)>; 2],
}

/// The class of the addresses that no block contains; block `b` is class `b + 1`.
const OUTSIDE: u32 = 0;

impl AddressClasses {
    pub(crate) fn new(blocks: impl Iterator<Item = IpNet>) -> Self {
        let mut sorted: Vec<IpNet> = blocks.map(|block| block.trunc()).collect();
        // Outer blocks come before the blocks inside them.
        sorted.sort_by_key(|block| (family(block.addr()), number(block.network()), block.prefix_len()));
        sorted.dedup();
        let mut classes = Self {
            index: sorted.iter().enumerate().map(|(at, block)| (*block, at)).collect(),
            blocks: sorted,
            ..Self::default()
        };
        classes.lay_out();
        classes
    }

    /// Walks the blocks in order, keeping the stack of those that are open.
    fn lay_out(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        let mut starts = [vec![(0, OUTSIDE)], vec![(0, OUTSIDE)]];
        for (at, block) in self.blocks.iter().enumerate() {
            while let Some(&last) = open.last()
                && !self.blocks[last].contains(block)
            {
                close(&mut open, &self.blocks, &mut starts);
            }
            starts[family(block.addr())].push((number(block.network()), at as u32 + 1));
            open.push(at);
            self.around.push(open.clone());
        }
        while !open.is_empty() {
            close(&mut open, &self.blocks, &mut starts);
        }
        // Of several classes that begin at one address the innermost, which came last, counts.
        for list in &mut starts {
            list.reverse();
            list.dedup_by_key(|(start, _)| *start);
            list.reverse();
        }
        self.starts = starts;
    }

    /// The class of an address.
    pub(crate) fn class(&self, address: IpAddr) -> u32 {
        let starts = &self.starts[family(address)];
        let at = starts.partition_point(|(start, _)| *start <= number(address));
        at.checked_sub(1).map_or(OUTSIDE, |at| starts[at].1)
    }

    /// The index of a block.
    pub(crate) fn block(&self, block: IpNet) -> Option<usize> {
        self.index.get(&block.trunc()).copied()
    }

    /// The blocks that contain the addresses of a class.
    pub(crate) fn blocks_of(&self, class: u32) -> &[usize] {
        (class as usize).checked_sub(1).map_or(&[], |block| &self.around[block])
    }

    /// The innermost block that holds the addresses of a class; `None` for those that are in none.
    pub(crate) fn innermost(&self, class: u32) -> Option<IpNet> {
        (class as usize).checked_sub(1).map(|block| self.blocks[block])
    }

    /// The blocks right inside the innermost block of a class, or those that are in no other.
    pub(crate) fn inside(&self, class: u32) -> impl Iterator<Item = IpNet> {
        let outer = (class as usize).checked_sub(1);
        let around = self.around.iter().map(|around| around.iter().rev().nth(1).copied());
        self.blocks.iter().zip(around).filter(move |(_, around)| *around == outer).map(|(block, _)| *block)
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// All classes that some address is in, with the family of their addresses.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, u32)> {
        self.starts
            .iter()
            .enumerate()
            .flat_map(|(family, starts)| starts.iter().map(move |(_, class)| (family, *class)))
    }

    /// First and last address of every stretch of one class, in order.
    pub(crate) fn ranges(&self, family: usize) -> impl Iterator<Item = (u128, u128, u32)> {
        let starts = &self.starts[family];
        let highest = highest(family);
        starts.iter().enumerate().map(move |(at, &(first, class))| {
            let last = starts.get(at + 1).map_or(highest, |(next, _)| next - 1);
            (first, last, class)
        })
    }
}

/// Closes the innermost open block: behind its last address, the one around it goes on.
fn close(open: &mut Vec<usize>, blocks: &[IpNet], starts: &mut [Vec<(u128, u32)>; 2]) {
    let Some(closed) = open.pop() else { return };
    let behind = number(blocks[closed].broadcast()).checked_add(1);
    let behind = behind.filter(|behind| *behind <= highest(family(blocks[closed].addr())));
    let outer = open.last().map_or(OUTSIDE, |&outer| outer as u32 + 1);
    if let Some(behind) = behind {
        starts[family(blocks[closed].addr())].push((behind, outer));
    }
}

/// The highest address of a family, as a number.
fn highest(family: usize) -> u128 {
    if family == 0 { u128::from(u32::MAX) } else { u128::MAX }
}

/// 0 for IPv4, 1 for IPv6.
pub(crate) fn family(address: IpAddr) -> usize {
    usize::from(address.is_ipv6())
}

/// The address of a family that has a number.
pub(crate) fn address_of(family: usize, number: u128) -> IpAddr {
    match u32::try_from(number) {
        Ok(bits) if family == 0 => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(number).into(),
    }
}

pub(crate) fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_of_addresses_ends_where_the_next_begins() {
        let classes = AddressClasses::new(["10.0.0.0/8".parse().unwrap()].into_iter());
        let (first, behind) = (0x0a00_0000, 0x0b00_0000);
        let v4: Vec<_> = classes.ranges(0).collect();
        assert_eq!(v4, [(0, first - 1, OUTSIDE), (first, behind - 1, 1), (behind, 0xffff_ffff, OUTSIDE)]);
        assert_eq!(classes.ranges(1).collect::<Vec<_>>(), [(0, u128::MAX, OUTSIDE)]);
        let whole = AddressClasses::new(["0.0.0.0/0".parse().unwrap()].into_iter());
        assert_eq!(whole.ranges(0).collect::<Vec<_>>(), [(0, 0xffff_ffff, 1)], "nothing comes behind the last one");
    }

    #[test]
    fn every_address_is_in_the_blocks_that_contain_it() {
        let texts = [
            "10.0.0.0/8",
            "10.0.0.0/16",
            "10.0.0.0/24",
            "10.0.255.0/24",
            "10.255.0.0/16",
            "0.0.0.0/1",
            "10.0.0.7/32",
            "255.255.255.255/32",
            "2001:db8::/32",
            "2001:db8:1::/48",
            "::/0",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
        ];
        let blocks: Vec<IpNet> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let classes = AddressClasses::new(blocks.iter().rev().copied());
        let addresses = [
            "0.0.0.0",
            "10.0.0.0",
            "10.0.0.7",
            "10.0.0.8",
            "10.0.1.0",
            "10.0.255.9",
            "10.1.0.0",
            "10.255.255.255",
            "11.0.0.0",
            "127.255.255.255",
            "128.0.0.0",
            "255.255.255.255",
            "::",
            "2001:db8::1",
            "2001:db8:1::1",
            "2001:db9::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ];
        for address in addresses {
            let address: IpAddr = address.parse().unwrap();
            let mut found: Vec<IpNet> =
                classes.blocks_of(classes.class(address)).iter().map(|&at| classes.blocks[at]).collect();
            let mut wanted: Vec<IpNet> = blocks.iter().filter(|block| block.contains(&address)).copied().collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{address}");
        }
    }

    #[test]
    fn without_blocks_all_addresses_are_alike() {
        let classes = AddressClasses::new(std::iter::empty());
        assert_eq!(classes.class("10.0.0.1".parse().unwrap()), classes.class("::1".parse().unwrap()));
        assert_eq!(classes.len(), 0);
    }
}
