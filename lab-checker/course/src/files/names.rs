//! Names: which are legal, and what to say about one that is not known.

/// Whether this is a DNS label: what Kubernetes allows as a namespace, and we as a lab's name.
pub(crate) fn is_dns_label(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 63 && name.bytes().all(legal) && !name.starts_with('-') && !name.ends_with('-')
}

/// Whether this can be the name of a pod: DNS labels with dots between them.
pub(crate) fn is_object_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_label)
}

/// "did you mean `x`?", or the list of what there is.
pub(crate) fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match manifest::nearest(wrong, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None if known.len() > 12 => format!("there are {}, … ({} in all)", known[..12].join(", "), known.len()),
        None => format!("there is {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    //! Names that are legal and names that are near.

    use super::*;

    #[test]
    fn dns_labels() {
        for good in ["a", "default-deny", "4-web"] {
            assert!(is_dns_label(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "../a", "a.b", &"a".repeat(64)] {
            assert!(!is_dns_label(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_that_is_not_known() {
        assert_eq!(suggestion("tilte", ["title", "points"]), "did you mean `title`?");
        assert_eq!(suggestion("networkPolicy", ["NetworkPolicy", "Pod"]), "did you mean `NetworkPolicy`?");
        assert_eq!(suggestion("colour", ["title", "points"]), "there is title, points");
        assert_eq!(suggestion("colour", []), "there is none");
    }
}
