//! Making two recordings comparable: ages, uids, revisions, times, ports and random names become words.

use std::sync::OnceLock;

use regex::Regex;

/// What is replaced, in order.
const RULES: &[(&str, &str)] = &[
    // What the client libraries log for themselves.
    (r"(?m)^[IWE]\d{4} \d\d:.*\n?", ""),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"https?://127\.0\.0\.1:\d+(/clusters/[0-9a-f]{32})?", "SERVER"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( \+0000)?( UTC|Z)?", "TIME"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
    (r#"resourceVersion(": ?"|: ")\d+"#, "resourceVersion${1}N"),
    (r"(LIVE|MERGED)-\d+", "$1-N"),
    (r"\b10\.(244|96)\.\d+\.\d+", "ADDRESS"),
    (r"\b(10\.200\.0|192\.168\.49)\.\d+", "NODE-ADDRESS"),
    (r"\bnode-?1\b", "NODE"),
    (r"[0-9a-f]{64}", "DIGITS"),
    (r"\bdep-[a-z0-9]{9,10}-[a-z0-9]{5}\b", "dep-HASH-SUFFIX"),
    (r"\bdep-[a-z0-9]{9,10}\b", "dep-HASH"),
    (r"\b(web|kube-api-access)-[a-z0-9]{5}\b", "$1-SUFFIX"),
    (r"\]:\d+: response", "]:PORT: response"),
    (r"(?m)(^|[ (])(\d+d)?(\d+h)?(\d+m)?\d+[smhd]([ )]|$)", "${1}AGE${5}"),
    (r"   *", "  "),
    (r"(?m) +$", ""),
];

/// `text` with everything that changes from run to run replaced.
pub(crate) fn normal(text: &str) -> String {
    static COMPILED: OnceLock<Vec<(Regex, &str)>> = OnceLock::new();
    let rules = COMPILED.get_or_init(|| {
        RULES.iter().map(|(pattern, with)| (Regex::new(pattern).expect("a valid pattern"), *with)).collect()
    });
    let mut text = text.to_owned();
    for (pattern, with) in rules {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    text.trim_end().to_owned()
}
