//! Which of all strangers of a place are meant, in the fewest conditions: `with app=web`, `without the label app`.
//!
//! The conditions are those that the policies themselves make, met or not met, so what they say of the strangers
//! that were looked at they say of every pod. Each stranger that is meant begins with all conditions that it meets;
//! whatever can be left out without meaning more is left out.

use fixedbitset::FixedBitSet;

use crate::classes::AddressClasses;
use crate::model::phrases::{all_of, label, labels};
use crate::model::{Labels, Requirement, Selector};

/// One thing to say about what is meant, and of which it is true.
struct Condition {
    holds: FixedBitSet,
    words: Words,
}

/// How a condition is said. In the order in which conditions are left out where that changes nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Words {
    Neither(String),
    Without(String),
    Also(String),
    With(String),
}

/// Something that has what policies look at.
pub(crate) struct Item<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) addresses: &'a [std::net::IpAddr],
    pub(crate) port_names: &'a [String],
}

/// What is meant by `these` of `all`: one text for each alternative; an empty one for all of them.
pub(crate) fn alternatives(
    all: &[Item<'_>],
    these: &FixedBitSet,
    selectors: &[&Selector],
    addresses: &AddressClasses,
) -> Vec<String> {
    let mut conditions = by_labels(all, selectors);
    conditions.extend(by_port_names(all));
    conditions.extend(by_addresses(all, addresses));
    conditions.sort_by(|a, b| a.words.cmp(&b.words));
    let mut left = these.clone();
    let mut told = Vec::new();
    while let Some(at) = left.ones().next() {
        let (kept, meant) = fewest(&conditions, at, these, all.len());
        told.push(in_words(&kept));
        left.difference_with(&meant);
    }
    told
}

/// The fewest conditions that one item meets and that mean nothing but `these`; and what they mean.
fn fewest<'a>(
    conditions: &'a [Condition],
    at: usize,
    these: &FixedBitSet,
    count: usize,
) -> (Vec<&'a Condition>, FixedBitSet) {
    let mut kept: Vec<&Condition> = conditions.iter().filter(|condition| condition.holds.contains(at)).collect();
    let meant = |kept: &[&Condition]| {
        let mut all = FixedBitSet::with_capacity(count);
        all.insert_range(..);
        kept.iter().for_each(|condition| all.intersect_with(&condition.holds));
        all
    };
    let mut place = 0;
    while place < kept.len() {
        let without = kept.remove(place);
        if !meant(&kept).is_subset(these) {
            kept.insert(place, without);
            place += 1;
        }
    }
    let meant = meant(&kept);
    (kept, meant)
}

fn where_it_holds(all: &[Item<'_>], holds: impl Fn(&Item<'_>) -> bool) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(all.len());
    all.iter().enumerate().for_each(|(at, item)| set.set(at, holds(item)));
    set
}

fn by_labels(all: &[Item<'_>], selectors: &[&Selector]) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for selector in selectors.iter().filter(|selector| !selector.requirements.is_empty()) {
        let holds = where_it_holds(all, |item| selector.matches(item.labels));
        let mut fails = holds.clone();
        fails.toggle_range(..);
        conditions.push(Condition { holds, words: met(selector) });
        conditions.push(Condition { holds: fails, words: not_met(selector) });
    }
    conditions
}

fn by_port_names(all: &[Item<'_>]) -> Vec<Condition> {
    let mut names: Vec<&String> = all.iter().flat_map(|item| item.port_names).collect();
    names.sort();
    names.dedup();
    let both = names.into_iter().flat_map(|name| {
        [true, false].map(|has| Condition {
            holds: where_it_holds(all, |item| item.port_names.contains(name) == has),
            words: match has {
                true => Words::Also(format!("that calls the port {name}")),
                false => Words::Neither(format!("that does not call the port {name}")),
            },
        })
    });
    both.collect()
}

fn by_addresses(all: &[Item<'_>], classes: &AddressClasses) -> Vec<Condition> {
    let mut kinds: Vec<&[std::net::IpAddr]> = all.iter().map(|item| item.addresses).collect();
    kinds.sort();
    kinds.dedup();
    if kinds.len() < 2 {
        return Vec::new();
    }
    let condition = |addresses: &[std::net::IpAddr]| {
        let places: Vec<String> = addresses.iter().map(|address| place(*address, classes)).collect();
        Condition {
            holds: where_it_holds(all, |item| item.addresses == addresses),
            words: Words::Also(format!("at an address {}", all_of(&places))),
        }
    };
    kinds.into_iter().map(condition).collect()
}

/// `in 10.244.1.0/24`, `outside of 10.0.0.0/8`.
fn place(address: std::net::IpAddr, classes: &AddressClasses) -> String {
    let class = classes.class(address);
    let inside = classes.inside(class).filter(|block| block.addr().is_ipv4() == address.is_ipv4());
    let inside: Vec<String> = inside.map(|block| block.to_string()).collect();
    let block = classes.innermost(class).map(|block| format!("in {block}"));
    let outside = (!inside.is_empty()).then(|| format!("outside of {}", all_of(&inside)));
    match (block, outside) {
        (Some(block), Some(outside)) => format!("{block} {outside}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => format!("of {}", if address.is_ipv4() { "IPv4" } else { "IPv6" }),
    }
}

fn met(selector: &Selector) -> Words {
    match selector.requirements.as_slice() {
        [Requirement::NotIn { key, values }] => Words::Without(one_of(key, values)),
        [Requirement::DoesNotExist { key }] => Words::Without(format!("the label {key}")),
        [Requirement::Exists { key }] => Words::With(format!("the label {key}")),
        [Requirement::In { key, values }] => Words::With(one_of(key, values)),
        _ => Words::With(labels(selector)),
    }
}

fn not_met(selector: &Selector) -> Words {
    match selector.requirements.as_slice() {
        [Requirement::NotIn { key, values }] => Words::With(one_of(key, values)),
        [Requirement::DoesNotExist { key }] => Words::With(format!("the label {key}")),
        [Requirement::Exists { key }] => Words::Without(format!("the label {key}")),
        [Requirement::In { key, values }] => Words::Without(one_of(key, values)),
        _ => Words::Neither(format!("other than those with {}", labels(selector))),
    }
}

fn one_of(key: &str, values: &[String]) -> String {
    match values {
        [value] => label(key, value),
        values => format!("{key} in ({})", values.join(", ")),
    }
}

fn in_words(kept: &[&Condition]) -> String {
    let (mut with, mut without, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for condition in kept {
        match &condition.words {
            Words::With(words) => with.push(words.as_str()),
            Words::Without(words) => without.push(words.as_str()),
            Words::Also(words) | Words::Neither(words) => rest.push(words.clone()),
        }
    }
    let with = (!with.is_empty()).then(|| format!("with {}", all_of(&with)));
    let without = (!without.is_empty()).then(|| format!("without {}", without.join(" and without ")));
    let parts: Vec<String> = with.into_iter().chain(without).chain(rest).collect();
    parts.join(", ")
}
