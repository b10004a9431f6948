//! What may be a name, a label, a port name, an address: the API server's rules and sentences. Each
//! function returns what is wrong, and nothing when all is well.

use std::net::IpAddr;

use ipnet::IpNet;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const RFC_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

type Wrongs = Vec<String>;

fn at_most(length: usize, limit: usize, wrongs: &mut Wrongs) {
    if length > limit {
        wrongs.push(format!("must be no more than {limit} characters"));
    }
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Non-empty, made of `inside`, with both ends in `ends`.
fn has_form(text: &str, ends: impl Fn(u8) -> bool, inside: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| ends(*byte));
    edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|byte| inside(*byte))
}

fn is_dns_label(text: &str) -> bool {
    has_form(text, is_lower, |byte| is_lower(byte) || byte == b'-')
}

/// A lowercase RFC 1123 label: namespaces, container names.
pub(super) fn dns_label(text: &str) -> Wrongs {
    let mut wrongs = Wrongs::new();
    at_most(text.len(), 63, &mut wrongs);
    if !is_dns_label(text) {
        wrongs.push(LABEL.to_owned());
    }
    wrongs
}

/// A lowercase RFC 1123 subdomain: most names.
pub(super) fn dns_subdomain(text: &str) -> Wrongs {
    let mut wrongs = Wrongs::new();
    at_most(text.len(), 253, &mut wrongs);
    if !text.split('.').all(is_dns_label) {
        wrongs.push(SUBDOMAIN.to_owned());
    }
    wrongs
}

/// An RFC 1035 label: names of Services.
pub(super) fn rfc_1035_label(text: &str) -> Wrongs {
    let mut wrongs = Wrongs::new();
    at_most(text.len(), 63, &mut wrongs);
    if !is_dns_label(text) || !text.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        wrongs.push(RFC_1035.to_owned());
    }
    wrongs
}

/// The key of a label or annotation.
pub(super) fn qualified_name(text: &str) -> Wrongs {
    let mut wrongs = Wrongs::new();
    let parts: Vec<_> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                wrongs.push("prefix part must be non-empty".to_owned());
            } else {
                wrongs.extend(dns_subdomain(prefix).into_iter().map(|wrong| format!("prefix part {wrong}")));
            }
            *name
        }
        _ => {
            let form = QUALIFIED.trim_end_matches(')');
            return vec![format!(
                "a qualified name {form}) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        wrongs.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrongs.push("name part must be no more than 63 characters".to_owned());
    }
    if !is_qualified(name) {
        wrongs.push(format!("name part {QUALIFIED}"));
    }
    wrongs
}

fn is_qualified(text: &str) -> bool {
    has_form(text, |byte| byte.is_ascii_alphanumeric(), |byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The value of a label.
pub(super) fn label_value(text: &str) -> Wrongs {
    let mut wrongs = Wrongs::new();
    at_most(text.len(), 63, &mut wrongs);
    if !text.is_empty() && !is_qualified(text) {
        wrongs.push(VALUE.to_owned());
    }
    wrongs
}

/// The name of a port.
pub(super) fn port_name(text: &str) -> Wrongs {
    let mut wrongs = Wrongs::new();
    if text.len() > 15 {
        wrongs.push("must be no more than 15 characters".to_owned());
    }
    if text.is_empty() || !text.bytes().all(|byte| is_lower(byte) || byte == b'-') {
        wrongs.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        wrongs.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrongs.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrongs.push("must not begin or end with a hyphen".to_owned());
    }
    wrongs
}

/// A port number.
pub(super) fn port_number(number: i64) -> Option<&'static str> {
    (!(1..=65535).contains(&number)).then_some("must be between 1 and 65535, inclusive")
}

/// A CIDR as the API server reads it: the network, or what is wrong.
pub(super) fn cidr(text: &str) -> Result<IpNet, &'static str> {
    const MALFORMED: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    let (address, prefix) = text.split_once('/').ok_or(MALFORMED)?;
    if prefix.is_empty() || prefix.len() > 5 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MALFORMED);
    }
    let (plain, zeros) = without_leading_zeros(address);
    let length = prefix.parse().map_err(|_| MALFORMED)?;
    let network = IpNet::new(plain.parse().map_err(|_| MALFORMED)?, length).map_err(|_| MALFORMED)?;
    if zeros || (prefix.len() > 1 && prefix.starts_with('0')) {
        return Err("must not have leading 0s in IP or prefix length");
    }
    if is_mapped(network.addr()) {
        return Err("must not be an IPv4-mapped IPv6 address");
    }
    if network.trunc() != network {
        return Err("must not have bits set beyond the prefix length");
    }
    Ok(network)
}

/// An address as the API server reads it.
pub(super) fn address(text: &str) -> Result<IpAddr, &'static str> {
    let (plain, zeros) = without_leading_zeros(text);
    let address = plain.parse().map_err(|_| "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")?;
    if zeros {
        return Err("must not have leading 0s");
    }
    if is_mapped(address) {
        return Err("must not be an IPv4-mapped IPv6 address");
    }
    Ok(address)
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some())
}

/// An IPv4 address without the zeros that old parsers skipped, and whether there were any.
fn without_leading_zeros(text: &str) -> (String, bool) {
    if text.contains(':') {
        return (text.to_owned(), false);
    }
    let parts = text.split('.').map(|part| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0",
        digits => digits,
    });
    let plain = parts.collect::<Vec<_>>().join(".");
    let zeros = plain != text;
    (plain, zeros)
}
