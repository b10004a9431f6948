//! The internet as policies see it: of all classes of addresses, the one that most public addresses
//! are in.

use std::collections::HashMap;

use ipnet::IpNet;

use super::addresses::{AddressClasses, number};

/// The blocks that hold no address of the internet (IPv4), and the one that holds them all (IPv6).
const PRIVATE_V4: [&str; 8] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
];
const PUBLIC_V6: &str = "2000::/3";

/// Of each family, the class of the addresses that stand for the internet.
pub(crate) fn internet_classes(addresses: &AddressClasses) -> [u32; 2] {
    let private: Vec<(u128, u128)> = PRIVATE_V4.into_iter().map(bounds).collect();
    let v4 = |first: u128, last: u128| {
        let private: u128 = private.iter().map(|block| overlap((first, last), *block)).sum();
        overlap((first, last), (0, u128::from(u32::MAX))) - private
    };
    let v6 = |first: u128, last: u128| overlap((first, last), bounds(PUBLIC_V6));
    [widest(addresses.ranges(0), v4), widest(addresses.ranges(1), v6)]
}

/// The class that most addresses are in, as `count` counts them.
fn widest(ranges: impl Iterator<Item = (u128, u128, u32)>, count: impl Fn(u128, u128) -> u128) -> u32 {
    let mut sizes: HashMap<u32, u128> = HashMap::new();
    for (first, last, class) in ranges {
        *sizes.entry(class).or_default() += count(first, last);
    }
    let largest = sizes.into_iter().max_by_key(|&(class, size)| (size, std::cmp::Reverse(class)));
    largest.map_or(0, |(class, _)| class)
}

fn bounds(block: &str) -> (u128, u128) {
    let block: IpNet = block.parse().expect("the blocks above are written right");
    (number(block.network()), number(block.broadcast()))
}

/// How many addresses two ranges share.
fn overlap(one: (u128, u128), other: (u128, u128)) -> u128 {
    let (first, last) = (one.0.max(other.0), one.1.min(other.1));
    if first <= last { last - first + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn check(blocks: &[&str], v4: &str, v6: &str) {
        let addresses = AddressClasses::new(blocks.iter().map(|block| block.parse().unwrap()));
        let of = |address: &str| addresses.class(address.parse::<IpAddr>().unwrap());
        assert_eq!(internet_classes(&addresses), [of(v4), of(v6)], "{blocks:?}");
    }

    #[test]
    fn the_internet_is_where_most_public_addresses_are() {
        check(&[], "8.8.8.8", "2600::1");
        check(&["0.0.0.0/0", "10.0.0.0/8", "8.8.8.8/32"], "1.1.1.1", "2600::1");
        check(&["10.0.0.0/7", "203.0.113.0/24", "2600::/16"], "8.8.8.8", "2a00::1");
        check(&["::/0", "fd00::/8", "0.0.0.0/1"], "8.8.8.8", "2a00::1");
    }
}
