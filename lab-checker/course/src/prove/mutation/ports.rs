//! The items of `ports` of NetworkPolicies.

use serde_json::{Value, json};

use super::edit::Edits;
use super::places::rules;
use super::surroundings::Surroundings;

pub(super) fn change(edits: &mut Edits<'_>, surroundings: &Surroundings) {
    for (_, rule) in rules(edits) {
        let ports = format!("{rule}/ports");
        for item in edits.items(&ports) {
            edits.remove("port dropped", &item, "left out");
            change_protocol(edits, &ports, &item);
            match edits.get(&format!("{item}/port")) {
                Value::String(name) => name_as_number(edits, &item, name, surroundings),
                Value::Number(number) => change_number(edits, &item, number.as_u64().unwrap_or_default(), surroundings),
                _ => {
                    edits.set("port narrowed", &format!("{item}/port"), "only 8080", 8080);
                }
            }
        }
        if !edits.items(&ports).is_empty() {
            edits.append("port added", &ports, "8443/TCP added", json!({"protocol": "TCP", "port": 8443}));
        }
    }
}

fn change_protocol(edits: &mut Edits<'_>, ports: &str, item: &str) {
    let place = format!("{item}/protocol");
    let now = edits.get(&place).as_str().unwrap_or("TCP");
    edits.remove("protocol dropped", &place, "left out");
    for protocol in ["TCP", "UDP", "SCTP"].into_iter().filter(|protocol| *protocol != now) {
        edits.set("protocol changed", &place, format!("{protocol} instead of {now}"), protocol);
        let mut more = edits.get(item).clone();
        more["protocol"] = protocol.into();
        edits.append("protocol added", ports, format!("the same port of {protocol} added"), more);
    }
}

fn name_as_number(edits: &mut Edits<'_>, item: &str, name: &str, surroundings: &Surroundings) {
    let place = format!("{item}/port");
    let known = surroundings.ports.iter().filter(|(known, ..)| known == name);
    for number in known.map(|(_, number, _)| *number) {
        edits.set("name written as number", &place, format!("{number} instead of {name}"), number);
    }
    edits.set("name changed", &place, format!("{name}2 instead of {name}"), format!("{name}2"));
    edits.remove("port widened", &place, "every port of the protocol");
}

fn change_number(edits: &mut Edits<'_>, item: &str, first: u64, surroundings: &Surroundings) {
    let (start, end) = (format!("{item}/port"), format!("{item}/endPort"));
    let last = edits.get(&end).as_u64().unwrap_or(first);
    let mut range = |operator: &'static str, first: u64, last: u64| {
        let what = format!("{first} to {last}");
        edits.edit(operator, item, what, |item| {
            item["port"] = first.into();
            item["endPort"] = last.into();
        });
    };
    range("port widened", first, last + 1);
    range("port widened", first - 1, last);
    range("port widened", first, 65535);
    range("port widened", 1, last);
    range("port moved", first + 1, last + 1);
    range("port moved", first - 1, last - 1);
    if last > first {
        range("port narrowed", first + 1, last);
        range("port narrowed", first, last - 1);
        range("port narrowed", first, first);
    }
    edits.edit("port widened", item, "every port of the protocol", |item| {
        if let Some(fields) = item.as_object_mut() {
            fields.retain(|field, _| field == "protocol");
        }
    });
    for (name, number, _) in surroundings.ports.iter().filter(|(name, ..)| !name.is_empty()) {
        if first == last && *number == first {
            edits.set("number written as name", &start, format!("{name} instead of {number}"), name.as_str());
        }
    }
}
