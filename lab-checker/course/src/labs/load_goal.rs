//! Reading the `reachability` of a lab file.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use netpol::Verdict;
use serde_json::Value;

use super::free;
use super::goal::{GoalCheck, ReachabilityGoal, Rule};
use crate::files::{Field, Fields, suggestion};
use crate::reachability::{DestinationPattern, FlowOptions, FlowSet, Pattern, Port, parse_port, unbracketed};
use crate::snapshot;

const KEYS: [&str; 8] = ["ports", "external", "dns", "default", "defaultName", "except", "unless", "free"];

/// The goal in this field, for a lab with this start.
pub(crate) fn read(field: &Field<'_>, start: &[Value]) -> Option<ReachabilityGoal> {
    let fields = field.fields(&KEYS)?;
    let options = flow_options(&fields);
    let flows = FlowSet::new(start, &options);
    let default_field = fields.required("default")?;
    let default = match default_field.text()?.as_str() {
        "allowed" => Verdict::Allowed,
        "blocked" => Verdict::Blocked,
        other => {
            default_field.wrong(format!("`{other}` is no verdict"), "write `allowed` or `blocked`");
            return None;
        }
    };
    let opposite = Verdict::from_allowed(!default.is_allowed());
    let mut rules = rules(&fields, "except", opposite, &flows);
    rules.extend(rules_unless(&fields, default, &flows));
    if flows.cells.is_empty() {
        field.wrong("there are no flows to judge", "the start needs two pods, one of them with a port");
    }
    complain_about_rules(field, &rules, &flows);
    let free = fields.get("free").map(|field| free::read(&field, &flows, &namespaces(start))).unwrap_or_default();
    let goal = ReachabilityGoal::new(flows, options, default, fields.text("defaultName"), rules);
    Some(ReachabilityGoal { free, ..goal })
}

/// The namespaces of a cluster in which the lab has started.
fn namespaces(start: &[Value]) -> BTreeSet<&str> {
    let all = snapshot::baseline().iter().chain(start);
    all.filter(|object| snapshot::kind(object) == "Namespace")
        .filter_map(|it| it["metadata"]["name"].as_str())
        .collect()
}

fn flow_options(fields: &Fields<'_>) -> FlowOptions {
    let mut options = FlowOptions { declared: fields.get("ports").is_none(), ..FlowOptions::default() };
    for item in fields.get("ports").map(|field| field.items()).unwrap_or_default() {
        match item.text().as_deref() {
            Some("declared") => options.declared = true,
            Some(port) => options.ports.extend(port_of(&item, port)),
            None => {}
        }
    }
    add_external(fields, &mut options);
    options.dns = fields.get("dns").and_then(|field| field.boolean()).unwrap_or(false);
    options
}

fn port_of(field: &Field<'_>, text: &str) -> Option<Port> {
    parse_port(text).map_err(|error| field.wrong(error.to_string(), "or `declared` for the ports of the pods")).ok()
}

/// Adds the addresses under `external`.
pub(crate) fn add_external(fields: &Fields<'_>, options: &mut FlowOptions) {
    for item in fields.get("external").map(|field| field.items()).unwrap_or_default() {
        if let Some((address, port)) = external(&item) {
            options.external.entry(address).or_default().extend(port);
        }
    }
}

/// `203.0.113.10`, `203.0.113.10:80/TCP` or `[2001:db8::1]:80`.
fn external(field: &Field<'_>) -> Option<(IpAddr, Option<Port>)> {
    let text = field.text()?;
    if let Ok(address) = unbracketed(&text).parse() {
        return Some((address, None));
    }
    let read = || {
        let (address, port) = text.rsplit_once(':')?;
        Some((unbracketed(address).parse().ok()?, Some(parse_port(port).ok()?)))
    };
    let address = read();
    if address.is_none() {
        field.wrong(format!("`{text}` is no address"), "write 203.0.113.10 or 203.0.113.10:443/TCP");
    }
    address
}

fn rules_unless(fields: &Fields<'_>, verdict: Verdict, flows: &FlowSet) -> Vec<Rule> {
    rules(fields, "unless", verdict, flows)
}

fn rules(fields: &Fields<'_>, key: &str, verdict: Verdict, flows: &FlowSet) -> Vec<Rule> {
    let items = fields.get(key).map(|field| field.items()).unwrap_or_default();
    items.iter().filter_map(|item| rule(item, verdict, flows)).collect()
}

fn rule(field: &Field<'_>, verdict: Verdict, flows: &FlowSet) -> Option<Rule> {
    let fields = field.fields(&["name", "from", "to", "why", "points"])?;
    let name = fields.required_text("name");
    let from = fields.required("from").map(|field| sources(&field, flows)).unwrap_or_default();
    let to = fields.required("to").map(|field| destinations(&field, flows)).unwrap_or_default();
    let weight = fields.get("points").and_then(|field| field.number(0.5..=1000.0)).unwrap_or(1.0);
    let rule = Rule { check: GoalCheck { name: name?, why: fields.text("why"), weight }, from, to, verdict };
    let complete = !rule.from.is_empty() && !rule.to.is_empty();
    if complete && !flows.cells.iter().any(|cell| rule.names(flows, cell)) {
        let ports: BTreeMap<&str, String> = flows
            .endpoints
            .iter()
            .filter(|endpoint| rule.to.iter().any(|pattern| pattern.endpoint.matches(endpoint)))
            .map(|endpoint| {
                let ports: Vec<String> =
                    endpoint.ports.iter().map(|(number, protocol)| format!("{number}/{protocol}")).collect();
                (endpoint.name.as_str(), ports.join(", "))
            })
            .collect();
        let ports: Vec<String> = ports.iter().map(|(name, ports)| format!("{name} is judged at {ports}")).collect();
        field.wrong("the rule names no flow", format!("{}; add ports with `ports`", ports.join("; ")));
    }
    Some(rule)
}

fn sources(field: &Field<'_>, flows: &FlowSet) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for item in field.one_or_more() {
        let Some(text) = item.text() else { continue };
        match text.parse::<Pattern>() {
            Ok(pattern) if is_known(&item, &text, &pattern, flows) => patterns.push(pattern),
            Ok(_) => {}
            Err(error) => item.wrong(error.to_string(), "quote patterns that begin with `*`"),
        }
    }
    patterns
}

fn destinations(field: &Field<'_>, flows: &FlowSet) -> Vec<DestinationPattern> {
    let mut patterns = Vec::new();
    for item in field.one_or_more() {
        let Some(text) = item.text() else { continue };
        match text.parse::<DestinationPattern>() {
            Ok(pattern) if is_known(&item, &text, &pattern.endpoint, flows) => patterns.push(pattern),
            Ok(_) => {}
            Err(error) => item.wrong(error.to_string(), "quote patterns that begin with `*`"),
        }
    }
    patterns
}

/// A pattern must pick something: one that picks nothing is a typing mistake.
fn is_known(field: &Field<'_>, text: &str, pattern: &Pattern, flows: &FlowSet) -> bool {
    let known = flows.endpoints.iter().any(|endpoint| pattern.matches(endpoint));
    if !known {
        field.wrong(format!("`{text}` picks no endpoint of this lab"), advice(pattern, flows));
    }
    known
}

fn advice(pattern: &Pattern, flows: &FlowSet) -> String {
    match pattern {
        Pattern::Dns => "add `dns: true` to `reachability`".to_owned(),
        Pattern::External | Pattern::Address(_) => "add the address to `external`".to_owned(),
        _ => suggestion(&pattern.to_string(), flows.names()),
    }
}

fn complain_about_rules(field: &Field<'_>, rules: &[Rule], flows: &FlowSet) {
    for (place, rule) in rules.iter().enumerate() {
        let name = &rule.check.name;
        let later = &rules[place + 1..];
        if later.iter().any(|later| later.check.name == *name) {
            field.wrong(format!("two checks are called \"{name}\""), "give each its own name");
        }
        let mut named = flows.cells.iter().filter(|cell| rule.names(flows, cell)).peekable();
        let hidden = named.peek().is_some() && named.all(|cell| later.iter().any(|later| later.names(flows, cell)));
        if hidden {
            field.wrong(
                format!("every flow of the check \"{name}\" belongs to a later rule"),
                "a flow belongs to the last rule that names it; make the later rule narrower",
            );
        }
    }
}
