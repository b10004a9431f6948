//! One end of a kind of flows in words: pods of today by name, pods of tomorrow by what policies say of them,
//! addresses by their blocks.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::conditions::{Item, alternatives};
use crate::compare::comparison::EndpointClass;
use crate::compare::universe::Universe;
use crate::compare::words::Words;
use crate::model::phrases::all_of;
use crate::model::{Labels, ObjectName, Stranger, StrangerNamespace};

/// More alternatives, names or namespaces than these are counted.
const TOLD: usize = 4;

/// Puts ends of one side into words.
pub(crate) struct EndsInWords<'a> {
    universe: &'a Universe,
    words: &'a Words<'a>,
    /// Everything that is asked about on this side.
    all: EndpointClass,
    /// Whether that is less than everything.
    is_narrowed: bool,
}

/// Where strangers are, and which of those there are meant.
type Places<'a> = BTreeMap<&'a StrangerNamespace, Vec<String>>;

impl<'a> EndsInWords<'a> {
    pub(crate) fn new(universe: &'a Universe, words: &'a Words<'a>, all: EndpointClass, is_narrowed: bool) -> Self {
        Self { universe, words, all, is_narrowed }
    }

    /// What these are, in words.
    pub(crate) fn of(&self, these: &EndpointClass) -> String {
        let (strangers, told) = self.strangers(these);
        let pods = these.pods.iter().filter(|name| !told.contains(name.namespace.as_str()));
        let mut parts = Vec::new();
        parts.extend(names(&pods.map(ToString::to_string).collect::<Vec<_>>()));
        parts.extend(strangers);
        parts.extend(self.addresses(these));
        parts.join(", and ")
    }

    /// Pods of tomorrow, and the namespaces whose pods of today need no other words.
    fn strangers<'t>(&'t self, these: &'t EndpointClass) -> (Vec<String>, BTreeSet<&'t str>) {
        let mut kinds: BTreeMap<Vec<String>, BTreeSet<&StrangerNamespace>> = BTreeMap::new();
        for (place, alternatives) in self.places(these) {
            kinds.entry(alternatives).or_default().insert(place);
        }
        let mut told = BTreeSet::new();
        let mut parts = Vec::new();
        for (alternatives, places) in kinds {
            let mut part = format!("any pod{}", self.place_words(&places));
            part.push_str(&either(&alternatives));
            let is_everybody = part == "any pod";
            let named: BTreeSet<&str> = places.iter().filter_map(|place| named(place)).collect();
            let today: Vec<&ObjectName> =
                these.pods.iter().filter(|pod| named.contains(pod.namespace.as_str())).collect();
            let today: Vec<String> = today.into_iter().map(ToString::to_string).collect();
            part.extend(names(&today).filter(|_| !is_everybody).map(|names| format!(" (today {names})")));
            told.extend(named);
            parts.push(part);
        }
        (parts, told)
    }

    fn places<'t>(&'t self, these: &'t EndpointClass) -> Places<'t> {
        let meant: BTreeSet<&Stranger> = these.strangers.iter().collect();
        let mut all: BTreeMap<&StrangerNamespace, Vec<&Stranger>> = BTreeMap::new();
        for stranger in &self.all.strangers {
            all.entry(&stranger.namespace).or_default().push(stranger);
        }
        let mut places = Places::new();
        for (place, strangers) in all {
            let mut set = FixedBitSet::with_capacity(strangers.len());
            strangers.iter().enumerate().for_each(|(at, stranger)| set.set(at, meant.contains(stranger)));
            if set.is_clear() {
                continue;
            }
            let name = place.to_string();
            let labels = self.universe.sides.iter().flat_map(|side| &side.namespaces);
            let labels: Vec<&Labels> =
                labels.filter(|namespace| namespace.name == name).map(|namespace| &namespace.labels).collect();
            let implied = place.implied().labels;
            let labels = if labels.is_empty() { vec![&implied] } else { labels };
            let selectors = self.words.pod_selectors(&name, &labels);
            let items: Vec<Item<'_>> = strangers
                .iter()
                .map(|one| Item { labels: &one.labels, addresses: &one.addresses, port_names: &one.port_names })
                .collect();
            places.insert(place, alternatives(&items, &set, &selectors, &self.words.vocabulary.addresses));
        }
        places
    }

    /// ` of dev, shop and any new namespace`; nothing for all namespaces.
    fn place_words(&self, places: &BTreeSet<&StrangerNamespace>) -> String {
        let every: BTreeSet<&StrangerNamespace> =
            self.all.strangers.iter().map(|stranger| &stranger.namespace).collect();
        if !self.is_narrowed && *places == every {
            return String::new();
        }
        let all_named: Vec<String> = places.iter().filter_map(|place| named(place)).map(str::to_owned).collect();
        let mut told = shortened(all_named, "namespaces");
        told.extend(self.new_namespaces(places, &every));
        format!(" of {}", all_of(&told))
    }

    fn new_namespaces(
        &self,
        places: &BTreeSet<&StrangerNamespace>,
        every: &BTreeSet<&StrangerNamespace>,
    ) -> Option<String> {
        let new: Vec<(&StrangerNamespace, &Labels)> =
            every.iter().filter_map(|place| Some((*place, new(place)?))).collect();
        let mut set = FixedBitSet::with_capacity(new.len());
        new.iter().enumerate().for_each(|(at, (place, _))| set.set(at, places.contains(place)));
        if set.is_clear() {
            return None;
        }
        // As a namespace of that kind would have them: with a name.
        let labels: Vec<Labels> = new.iter().map(|(place, _)| place.implied().labels).collect();
        let items: Vec<Item<'_>> =
            labels.iter().map(|labels| Item { labels, addresses: &[], port_names: &[] }).collect();
        let selectors = self.words.namespace_selectors();
        let alternatives = alternatives(&items, &set, &selectors, &self.words.vocabulary.addresses);
        Some(format!("any new namespace{}", either(&alternatives)))
    }

    fn addresses(&self, these: &EndpointClass) -> Option<String> {
        let of_family = |class: &EndpointClass, v6: bool| -> Vec<String> {
            let own = class.addresses.iter().filter(|address| address.example.is_ipv6() == v6);
            own.map(ToString::to_string).collect()
        };
        let mut told = Vec::new();
        for (v6, every) in [(false, "every IPv4 address"), (true, "every IPv6 address")] {
            let (these, all) = (of_family(these, v6), of_family(&self.all, v6));
            match !these.is_empty() && these.len() == all.len() && !self.is_narrowed {
                true => told.push(every.to_owned()),
                false => told.extend(these),
            }
        }
        if told == ["every IPv4 address", "every IPv6 address"] {
            return Some("every address outside of the cluster".to_owned());
        }
        names(&told)
    }
}

fn named(place: &StrangerNamespace) -> Option<&str> {
    match place {
        StrangerNamespace::Named(name) => Some(name),
        StrangerNamespace::New(_) => None,
    }
}

fn new(place: &StrangerNamespace) -> Option<&Labels> {
    match place {
        StrangerNamespace::New(labels) => Some(labels),
        StrangerNamespace::Named(_) => None,
    }
}

/// ` with app=web, or without the label tier`; nothing where everything is meant.
fn either(alternatives: &[String]) -> String {
    let told: Vec<&str> = alternatives.iter().take(TOLD).map(String::as_str).collect();
    let mut words = told.join(", or ");
    if let Some(more) = alternatives.len().checked_sub(TOLD).filter(|more| *more > 0) {
        words.push_str(&format!(", or of {more} more kinds"));
    }
    if words.is_empty() { words } else { format!(" {words}") }
}

/// Names, the first few of them.
fn names(all: &[String]) -> Option<String> {
    (!all.is_empty()).then(|| all_of(&shortened(all.to_vec(), "others")))
}

fn shortened(mut all: Vec<String>, noun: &str) -> Vec<String> {
    if all.len() > TOLD + 1 {
        let more = all.len() - TOLD;
        all.truncate(TOLD);
        all.push(format!("{more} other{}", if noun == "others" { "s".to_owned() } else { format!(" {noun}") }));
    }
    all
}
