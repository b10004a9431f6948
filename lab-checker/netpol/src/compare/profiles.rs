//! All the ways in which labels can meet a list of selectors, each with labels that do.
//!
//! Selectors are conditions on single keys, joined by AND. So keys are looked at one after the other, and two sets
//! of labels that have met the same conditions so far are one: what comes out is exact, and small however many
//! combinations of labels there are.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use fixedbitset::FixedBitSet;

use crate::model::{Labels, Requirement, Selector};

/// More ways than these are not told apart one by one.
pub(crate) const MOST_PROFILES: usize = 512;

/// The values that a key can have.
pub(crate) struct KeyStates {
    pub(crate) key: String,
    /// `None` stands for a label that is not there.
    pub(crate) values: Vec<Option<String>>,
}

/// What is mentioned of every key.
pub(crate) fn key_states(selectors: &[&Selector]) -> Vec<KeyStates> {
    let mut mentioned: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for requirement in selectors.iter().flat_map(|selector| &selector.requirements) {
        let values = mentioned.entry(requirement.key()).or_default();
        if let Requirement::In { values: named, .. } | Requirement::NotIn { values: named, .. } = requirement {
            values.extend(named.iter().map(String::as_str));
        }
    }
    let states = mentioned.into_iter().map(|(key, values)| {
        let other = ["other", "another", "something", "else"].into_iter().find(|other| !values.contains(other));
        let other = other.map_or_else(|| unmentioned(&values), str::to_owned);
        let named = values.into_iter().map(|value| Some(value.to_owned()));
        KeyStates { key: key.to_owned(), values: [None].into_iter().chain(named).chain([Some(other)]).collect() }
    });
    states.collect()
}

fn unmentioned(values: &BTreeSet<&str>) -> String {
    let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
    "x".repeat(longest + 1)
}

/// Labels for every way in which these selectors can be met; `None` when there are too many ways.
pub(crate) fn profiles(selectors: &[&Selector], keys: &[KeyStates]) -> Option<Vec<Labels>> {
    // What no labels can meet tells nothing apart, and would only be in the way.
    let possible = |selector: &&&Selector| meeting(&[selector], keys).is_some();
    let selectors: Vec<&Selector> = selectors.iter().filter(possible).copied().collect();
    let selectors = selectors.as_slice();
    let mut all = FixedBitSet::with_capacity(selectors.len());
    all.insert_range(..);
    let mut found: Vec<(FixedBitSet, Labels)> = vec![(all, Labels::new())];
    for KeyStates { key, values } in keys {
        let met: Vec<FixedBitSet> = values.iter().map(|value| met(selectors, key, value.as_deref())).collect();
        let mut known: HashSet<FixedBitSet> = HashSet::new();
        let mut next: Vec<(FixedBitSet, Labels)> = Vec::new();
        // Values come before what they are added to, so that the fewest labels are found first.
        for (value, met) in values.iter().zip(&met) {
            for (before, labels) in &found {
                let mut now = before.clone();
                now.intersect_with(met);
                if !known.insert(now.clone()) {
                    continue;
                }
                let mut labels = labels.clone();
                labels.extend(value.iter().map(|value| (key.clone(), value.clone())));
                next.push((now, labels));
            }
        }
        if next.len() > MOST_PROFILES {
            return None;
        }
        found = next;
    }
    Some(found.into_iter().map(|(_, labels)| labels).collect())
}

/// The selectors that a value of one key leaves possible.
fn met(selectors: &[&Selector], key: &str, value: Option<&str>) -> FixedBitSet {
    let labels: Labels = value.iter().map(|value| (key.to_owned(), (*value).to_owned())).collect();
    let mut set = FixedBitSet::with_capacity(selectors.len());
    for (at, selector) in selectors.iter().enumerate() {
        let mut own = selector.requirements.iter().filter(|requirement| requirement.key() == key);
        set.set(at, own.all(|requirement| requirement.matches(&labels)));
    }
    set
}

/// In place of all ways: labels that meet one selector or two at once, and labels that are one label more, less or
/// other than those of existing pods.
pub(crate) fn neighbours<'a>(
    selectors: &[&Selector],
    keys: &[KeyStates],
    pods: impl Iterator<Item = &'a Labels>,
) -> Vec<Labels> {
    let alone = selectors.iter().filter_map(|one| meeting(&[one], keys));
    let pairs = selectors
        .iter()
        .enumerate()
        .flat_map(|(at, one)| selectors[at + 1..].iter().filter_map(move |other| meeting(&[one, other], keys)));
    let near = pods.flat_map(|labels| keys.iter().flat_map(move |states| one_other(labels, states)));
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for labels in [Labels::new()].into_iter().chain(alone).chain(near).chain(pairs) {
        if seen.insert(labels.clone()) {
            found.push(labels);
        }
        if found.len() == MOST_PROFILES {
            break;
        }
    }
    found
}

/// The fewest labels that meet all of these selectors, if any do.
fn meeting(selectors: &[&Selector], keys: &[KeyStates]) -> Option<Labels> {
    let mut labels = Labels::new();
    for KeyStates { key, values } in keys {
        let fits = |value: &&Option<String>| {
            let alone: Labels = value.iter().map(|value| (key.clone(), value.clone())).collect();
            let requirements = selectors.iter().flat_map(|selector| &selector.requirements);
            requirements.filter(|requirement| requirement.key() == key).all(|requirement| requirement.matches(&alone))
        };
        let value = values.iter().find(fits)?;
        labels.extend(value.iter().map(|value| (key.clone(), value.clone())));
    }
    Some(labels)
}

/// Labels with every other value of one key.
fn one_other<'a>(labels: &'a Labels, states: &'a KeyStates) -> impl Iterator<Item = Labels> + 'a {
    states.values.iter().map(|value| {
        let mut near = labels.clone();
        match value {
            Some(value) => near.insert(states.key.clone(), value.clone()),
            None => near.remove(&states.key),
        };
        near
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all_ways(selectors: &[&Selector]) -> BTreeSet<Vec<bool>> {
        let mut every: Vec<Labels> = vec![Labels::new()];
        for KeyStates { key, values } in key_states(selectors) {
            let with = |labels: &Labels, value: &Option<String>| {
                let mut labels = labels.clone();
                labels.extend(value.iter().map(|value| (key.clone(), value.clone())));
                labels
            };
            every = every.iter().flat_map(|labels| values.iter().map(|value| with(labels, value))).collect();
        }
        every.iter().map(|labels| ways(selectors, labels)).collect()
    }

    fn ways(selectors: &[&Selector], labels: &Labels) -> Vec<bool> {
        selectors.iter().map(|selector| selector.matches(labels)).collect()
    }

    fn requirement() -> impl Strategy<Value = Requirement> {
        let key = prop::sample::select(vec!["app", "tier", "team"]).prop_map(str::to_owned);
        let values = prop::collection::vec(prop::sample::select(vec!["a", "b", "other", ""]), 1..3);
        let values = values.prop_map(|values| values.into_iter().map(str::to_owned).collect::<Vec<_>>());
        (key, values, 0..4).prop_map(|(key, values, kind)| match kind {
            0 => Requirement::In { key, values },
            1 => Requirement::NotIn { key, values },
            2 => Requirement::Exists { key },
            _ => Requirement::DoesNotExist { key },
        })
    }

    proptest! {
        #[test]
        fn every_way_is_found_once(selectors in prop::collection::vec(prop::collection::vec(requirement(), 0..3), 0..6)) {
            let selectors: Vec<Selector> =
                selectors.into_iter().map(|requirements| Selector { requirements }).collect();
            let selectors: Vec<&Selector> = selectors.iter().collect();
            let found = profiles(&selectors, &key_states(&selectors)).unwrap();
            let told: BTreeSet<Vec<bool>> = found.iter().map(|labels| ways(&selectors, labels)).collect();
            prop_assert_eq!(found.len(), told.len());
            prop_assert_eq!(told, all_ways(&selectors));
        }
    }
}
