//! Reading a file of expectations: the `reachability` of a lab, and a shorter form of it to write by hand.

use netpol::{Place, Verdict};

use super::model::{Expectations, Rule};
use super::pattern::{EndPattern, PatternError, PortPattern, ToPattern, flow};
use crate::files::{CourseErrors, Field, Fields, Node, Reader};
use crate::labs::add_external;
use crate::reachability::FlowOptions;

const KEYS: [&str; 10] =
    ["default", "defaultName", "allowed", "blocked", "except", "unless", "free", "ports", "external", "dns"];

/// What holds for all rules of a file.
struct Words<'a> {
    file: &'a str,
    /// The ports of rules that name none.
    ports: Vec<PortPattern>,
    /// What `external` stands for, where that is said.
    external: Vec<ToPattern>,
}

impl Expectations {
    /// Reads expectations.
    ///
    /// # Errors
    /// All that is wrong in the text.
    pub fn read(file: &str, text: &str) -> Result<Self, CourseErrors> {
        read(file, text)
    }
}

fn read(file: &str, text: &str) -> Result<Expectations, CourseErrors> {
    let node = Node::from_yaml(file, text).map_err(CourseErrors)?;
    let reader = Reader::new(file);
    let expectations = whole(file, &reader.root(&node));
    match (reader.into_problems(), expectations) {
        (problems, Some(expectations)) if problems.is_empty() => Ok(expectations),
        (problems, _) => Err(CourseErrors(problems)),
    }
}

fn whole(file: &str, root: &Field<'_>) -> Option<Expectations> {
    let inside = root.has("reachability").then(|| root.fields(&["reachability"])?.get("reachability"));
    let fields = inside.flatten().unwrap_or_else(|| root.clone()).fields(&KEYS)?;
    let default_field = required(&fields, root, "default", "write `default: blocked` or `default: allowed`")?;
    let default = match default_field.text()?.as_str() {
        "allowed" => Verdict::Allowed,
        "blocked" => Verdict::Blocked,
        other => {
            default_field.wrong(format!("`{other}` is no verdict"), "write `allowed` or `blocked`");
            return None;
        }
    };
    let words = Words { file, ports: ports(&fields), external: external(&fields) };
    if let Some(dns) = fields.get("dns") {
        dns.boolean();
    }
    let opposite = Verdict::from_allowed(!default.is_allowed());
    let lists = match default {
        Verdict::Allowed => [("except", opposite), ("blocked", opposite), ("unless", default), ("allowed", default)],
        Verdict::Blocked => [("except", opposite), ("allowed", opposite), ("unless", default), ("blocked", default)],
    };
    let rules = lists.iter().flat_map(|(key, verdict)| list(&fields, key, *verdict, &words)).collect();
    let name = fields.text("defaultName").unwrap_or_else(|| {
        let name = match default {
            Verdict::Allowed => "everything else stays open",
            Verdict::Blocked => "nothing else gets through",
        };
        name.to_owned()
    });
    let default = Rule {
        name,
        why: None,
        from: Vec::new(),
        to: Vec::new(),
        verdict: default,
        place: place(file, &default_field),
    };
    Some(Expectations { rules, default, free: list(&fields, "free", opposite, &words) })
}

fn required<'a>(fields: &Fields<'a>, root: &Field<'a>, key: &str, help: &str) -> Option<Field<'a>> {
    let field = fields.get(key);
    if field.is_none() {
        root.wrong(format!("`{key}` is missing: it speaks of all flows that no rule names"), help);
    }
    field
}

fn place(file: &str, field: &Field<'_>) -> Place {
    Place { file: Some(file.to_owned()), line: field.line(), column: field.column() }
}

fn ports(fields: &Fields<'_>) -> Vec<PortPattern> {
    let items = fields.get("ports").map(|field| field.items()).unwrap_or_default();
    let port = |item: &Field<'_>| match item.text()?.as_str() {
        "declared" => Some(PortPattern::Declared),
        text => parsed(item, text.parse()),
    };
    items.iter().filter_map(port).collect()
}

fn external(fields: &Fields<'_>) -> Vec<ToPattern> {
    let mut options = FlowOptions::default();
    add_external(fields, &mut options);
    let pattern = |(address, ports): (&std::net::IpAddr, &Vec<crate::reachability::Port>)| ToPattern {
        end: EndPattern::Block { block: (*address).into(), except: Vec::new() },
        ports: ports
            .iter()
            .map(|(number, protocol)| PortPattern::Numbers { first: *number, last: *number, protocol: *protocol })
            .collect(),
    };
    options.external.iter().map(pattern).collect()
}

fn list(fields: &Fields<'_>, key: &str, verdict: Verdict, words: &Words<'_>) -> Vec<Rule> {
    let items = fields.get(key).map(|field| field.items()).unwrap_or_default();
    items.iter().filter_map(|item| rule(item, key == "free", verdict, words)).collect()
}

fn rule(field: &Field<'_>, is_free: bool, verdict: Verdict, words: &Words<'_>) -> Option<Rule> {
    let place = place(words.file, field);
    if field.is_text() {
        let text = field.text()?;
        let (from, to) = parsed(field, flow(&text))?;
        let name = format!("{from} → {to} is {verdict}");
        let rule = Rule { name, why: None, from: vec![from], to: vec![to], verdict, place };
        return Some(words.rule(rule, is_free));
    }
    let fields = field.fields(&["name", "from", "to", "why", "points"])?;
    let ends = |key: &str| match fields.get(key) {
        None if !is_free => _ = required(&fields, field, key, "write `*` for everything"),
        _ => {}
    };
    ends("from");
    ends("to");
    let from = fields.get("from").map_or_else(|| vec![EndPattern::All], |field| patterns(&field));
    let everything = || vec![ToPattern { end: EndPattern::All, ports: Vec::new() }];
    let to = fields.get("to").map_or_else(everything, |field| patterns(&field));
    let texts = |texts: Vec<String>| texts.join(", ");
    let name = fields.text("name").unwrap_or_else(|| {
        let from = texts(from.iter().map(ToString::to_string).collect());
        format!("{from} → {} is {verdict}", texts(to.iter().map(ToString::to_string).collect()))
    });
    Some(words.rule(Rule { name, why: fields.text("why"), from, to, verdict, place }, is_free))
}

fn patterns<T: std::str::FromStr<Err = PatternError>>(field: &Field<'_>) -> Vec<T> {
    field.one_or_more().iter().filter_map(|item| parsed(item, item.text()?.parse())).collect()
}

fn parsed<T>(field: &Field<'_>, read: Result<T, PatternError>) -> Option<T> {
    read.map_err(|error| field.wrong(error.to_string(), "quote what begins with `*` or `{`")).ok()
}

impl Words<'_> {
    /// A rule with the ports and addresses that the file gives to all. What is free is so at every port.
    fn rule(&self, mut rule: Rule, is_free: bool) -> Rule {
        if !self.external.is_empty() {
            let addresses = || self.external.iter().map(|pattern| pattern.end.clone());
            rule.from = rule.from.into_iter().flat_map(|end| self.spread(end, addresses().collect())).collect();
            let to = |to: ToPattern| match to.end {
                EndPattern::External if to.ports.is_empty() => self.external.clone(),
                EndPattern::External => addresses().map(|end| ToPattern { end, ports: to.ports.clone() }).collect(),
                _ => vec![to],
            };
            rule.to = rule.to.into_iter().flat_map(to).collect();
        }
        for to in rule.to.iter_mut().filter(|to| to.ports.is_empty() && !is_free) {
            to.ports.clone_from(&self.ports);
        }
        rule
    }

    fn spread(&self, end: EndPattern, addresses: Vec<EndPattern>) -> Vec<EndPattern> {
        if end == EndPattern::External { addresses } else { vec![end] }
    }
}
