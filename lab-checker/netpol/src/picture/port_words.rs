//! Ports as they are written into a picture.

use std::cmp::Ordering;

/// By number, then by protocol.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    let number = |port: &str| port.split('/').next().and_then(|number| number.parse::<u16>().ok());
    number(one).cmp(&number(other)).then_with(|| one.cmp(other))
}

/// `5432` for `5432/TCP`; other protocols are said.
pub(super) fn short(port: &str) -> &str {
    port.strip_suffix("/TCP").unwrap_or(port)
}

/// Ports in little room: `8080, 9090`, or their number.
pub(super) fn label<T: AsRef<str>>(ports: &[T], between: &str) -> String {
    match ports.len() {
        0..=2 => ports.iter().map(|port| short(port.as_ref())).collect::<Vec<_>>().join(between),
        count => format!("{count} ports"),
    }
}
