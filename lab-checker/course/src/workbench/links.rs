//! Addresses within the page of a lab: where the parts of its picture lead.

use netpol::{FlowText, Protocol};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a value in the query of an address cannot hold as it is.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b':');

/// To where the page says why a flow gets through or not. `page` is the page's own address; empty, when the link
/// stands on it.
#[must_use]
pub fn why(page: &str, flow: &FlowText) -> String {
    let (from, to, port) = (encoded(&flow.from), encoded(&flow.to), encoded(&port_of(flow)));
    format!("{page}?from={from}&to={to}&port={port}#why")
}

/// A flow's port as it is asked about: `8080`, `53/UDP`.
#[must_use]
pub fn port_of(flow: &FlowText) -> String {
    match flow.protocol {
        Protocol::Tcp => flow.port.to_string(),
        protocol => format!("{}/{protocol}", flow.port),
    }
}

/// To the page with one more group of its picture unfolded, or with it folded again.
#[must_use]
pub fn opened(page: &str, open: &[String], group: &str) -> String {
    let mut open: Vec<&str> = open.iter().map(String::as_str).collect();
    match open.iter().position(|one| *one == group) {
        Some(place) => drop(open.remove(place)),
        None => open.push(group),
    }
    format!("{page}?open={}#map", encoded(&open.join(":")))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_QUERY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_opened_beside_the_others_and_closed_again() {
        let open = ["shop".to_owned(), "dev".to_owned()];
        assert_eq!(opened("/labs/close", &open, "ops"), "/labs/close?open=shop:dev:ops#map");
        assert_eq!(opened("", &open, "shop"), "?open=dev#map");
    }

    #[test]
    fn a_flow_keeps_its_place_in_the_address() {
        let flow = FlowText { from: "shop/{app=web}".into(), to: "a&b#c".into(), port: 53, protocol: Protocol::Udp };
        assert_eq!(why("/labs/close", &flow), "/labs/close?from=shop/%7Bapp%3Dweb%7D&to=a%26b%23c&port=53/UDP#why");
    }
}
