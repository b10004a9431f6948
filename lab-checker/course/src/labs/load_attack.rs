//! Reading the `attack` of a lab file.

use netpol::Protocol;
use serde_json::Value;

use super::attack::Attack;
use super::lab::{Goal, LabCni};
use crate::files::{Field, suggestion};
use crate::reachability::{CellKey, EndpointKind, FlowSet, parse_port};
use crate::snapshot;

/// The longest thing that an attacker says, so that it fits on a line or two of a terminal.
const LONGEST: usize = 200;

/// The attack in this field, in a lab with this start and this goal.
pub(super) fn read(field: &Field<'_>, goal: Option<&Goal>, start: &[Value], cni: LabCni) -> Option<Attack> {
    let fields = field.fields(&["from", "to", "port", "says"])?;
    let flows = match goal? {
        Goal::Reachability(_) if cni == LabCni::None => {
            field.wrong("in a network that ignores policies nothing stops an attack", "take it away");
            return None;
        }
        Goal::Reachability(goal) => &goal.flows,
        Goal::Findings(_) => {
            field.wrong("a lab that asks for a list closes nothing", "take the attack away");
            return None;
        }
    };
    let (from_field, to_field) = (fields.required("from"), fields.required("to"));
    let from = from_field.and_then(|field| attacker(&field, flows));
    let to = to_field.and_then(|field| endpoint(&field, flows));
    let says = fields.required("says").and_then(|field| said(&field));
    let port = fields.required("port");
    let (from, to) = (from?, to?);
    let port = port.and_then(|field| port_of(&field, flows, start, from, to));
    let cell = CellKey { from, to, port: port? };
    if !flows.cells.contains(&cell) {
        field.wrong("an attack goes from one endpoint to another", "name two different ones");
        return None;
    }
    Some(Attack { flow: flows.flow(&cell), says: says?, line: field.line() })
}

/// An endpoint of the lab by its name.
fn endpoint(field: &Field<'_>, flows: &FlowSet) -> Option<usize> {
    let text = field.text()?;
    let found = flows.names().position(|name| name == text);
    if found.is_none() {
        field.wrong(format!("`{text}` is no endpoint of this lab"), suggestion(&text, flows.names()));
    }
    found
}

/// The same, and a command can be run in it.
fn attacker(field: &Field<'_>, flows: &FlowSet) -> Option<usize> {
    let at = endpoint(field, flows)?;
    let is_pod = matches!(flows.endpoints[at].kind, EndpointKind::Pod(_));
    if !is_pod {
        field.wrong("an attack starts in a pod of the lab, where it can be tried", "name a pod, or a workload");
    }
    is_pod.then_some(at)
}

/// A port at which the lab judges this flow, and at which something listens.
fn port_of(field: &Field<'_>, flows: &FlowSet, start: &[Value], from: usize, to: usize) -> Option<(u16, Protocol)> {
    let text = field.text()?;
    let port = match parse_port(&text) {
        Ok(port) if port.1 != Protocol::Sctp => port,
        Ok(_) => {
            field.wrong("nothing in a pod speaks SCTP, so the attack cannot be tried", "write a TCP or UDP port");
            return None;
        }
        Err(error) => {
            field.wrong(error.to_string(), "for instance 5432 or 53/UDP");
            return None;
        }
    };
    let judged = flows.cells.iter().filter(|cell| (cell.from, cell.to) == (from, to)).map(|cell| cell.port);
    let open: Vec<_> = judged.filter(|port| listens(flows, start, to, *port)).collect();
    if open.contains(&port) || from == to {
        return Some(port);
    }
    let name = &flows.endpoints[to].name;
    let there: Vec<String> = open.iter().map(|(number, protocol)| format!("{number}/{protocol}")).collect();
    let help =
        if there.is_empty() { "it listens at none".to_owned() } else { format!("there is {}", there.join(", ")) };
    field.wrong(format!("{name} does not listen at {text}, or the lab does not judge that port"), help);
    None
}

/// Whether something answers there. Of what is no pod of the lab, nothing is known against it.
fn listens(flows: &FlowSet, start: &[Value], to: usize, port: (u16, Protocol)) -> bool {
    let EndpointKind::Pod(name) = &flows.endpoints[to].kind else { return true };
    let mut templates =
        start.iter().filter(|object| snapshot::object_name(object) == *name).filter_map(snapshot::pod_template);
    templates.any(|template| snapshot::declared_ports(template).contains(&port))
}

/// One line of what the attacker got.
fn said(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    let text = text.trim();
    let is_line = !text.chars().any(char::is_control);
    if !is_line || text.chars().count() > LONGEST {
        field.wrong(format!("it is more than one line of {LONGEST} characters"), "say it in one short sentence");
        return None;
    }
    Some(text.to_owned())
}
