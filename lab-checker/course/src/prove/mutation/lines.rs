//! The lines of a list that a learner has found out.

use super::edit::Edits;
use super::surroundings::Surroundings;
use crate::labs::LIST;

pub(super) fn change(edits: &mut Edits<'_>, surroundings: &Surroundings) {
    let place = format!("/data/{LIST}");
    let Some(text) = edits.get(&place).as_str() else { return };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    edits.drop_object("list left as it was");
    let mut put = |operator: &'static str, what: String, lines: Vec<String>| {
        edits.set(operator, &place, what, lines.join("\n") + "\n");
    };
    let all = || lines.iter().map(|line| (*line).to_owned());
    put("list emptied", "no line".to_owned(), Vec::new());
    put("reversed", "in the other order".to_owned(), all().rev().collect());
    put("doubled", "every line twice".to_owned(), all().chain(all()).collect());
    put("written otherwise", "as a list".to_owned(), all().map(|line| format!("  - {line}  # found")).collect());
    put("written otherwise", "with protocols".to_owned(), all().map(|line| with_protocol(&line)).collect());
    let small = all().map(|line| with_protocol(&line).replace("/TCP", "/tcp").replace("/UDP", "/udp"));
    put("written otherwise", "with protocols in small letters".to_owned(), small.collect());
    for (at, line) in lines.iter().enumerate() {
        let without =
            || lines.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, line)| (*line).to_owned());
        put("line dropped", format!("{line} left out"), without().collect());
        for (operator, wrong) in wrong_lines(line) {
            put(operator, format!("{wrong} instead of {line}"), without().chain([wrong]).collect());
        }
    }
    for (namespace, name) in &surroundings.pods {
        for (_, number, protocol) in &surroundings.ports {
            let line = format!("{namespace}/{name}:{number}/{protocol}");
            put("line added", format!("{line} added"), all().chain([line]).collect());
        }
    }
}

fn with_protocol(line: &str) -> String {
    let port = line.rsplit(':').next().unwrap_or_default();
    if port.contains('/') { line.to_owned() } else { format!("{line}/TCP") }
}

fn wrong_lines(line: &str) -> Vec<(&'static str, String)> {
    let line = with_protocol(line);
    let Some((endpoint, port)) = line.rsplit_once(':') else { return Vec::new() };
    let Some((number, protocol)) = port.split_once('/') else { return Vec::new() };
    let next = number.parse::<u32>().map_or(1, |number| number + 1);
    let other = if protocol == "UDP" { "TCP" } else { "UDP" };
    vec![
        ("wrong port", format!("{endpoint}:{next}/{protocol}")),
        ("wrong protocol", format!("{endpoint}:{number}/{other}")),
        ("wrong pod", format!("{endpoint}2:{number}/{protocol}")),
    ]
}
