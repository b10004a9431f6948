//! Diagnostics: where they point, what they say, what they advise.

use crate::parse;

/// Each diagnostic as `line:column message (help)`.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let parsed = parse("x.yaml", text);
    let found: Vec<_> = parsed.diagnostics.iter().map(|found| found.to_string().replacen("x.yaml:", "", 1)).collect();
    assert_eq!(found, expected);
}

fn policy(spec: &str) -> String {
    format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a}}\nspec:\n{spec}")
}

#[test]
fn every_problem_is_reported_at_its_place() {
    check(
        &policy(
            "  podSelectr: {}\n  ingress:\n  - form:\n    - podSelector: {}\n    ports:\n    - port: 70000\n    - protocol: tcp\n  - from:\n    - ipBlock: {cidr: 10.0.0.5/24}\n",
        ),
        &[
            "5:3: unknown field `spec.podSelectr` (did you mean `podSelector`?)",
            "7:5: unknown field `spec.ingress[0].form` (did you mean `from`?)",
            "10:13: 70000 is not a port (ports are 1 to 65535; leave `port` out to mean every port)",
            "11:17: `tcp` is no value of `protocol` (write `TCP` in capitals)",
            "13:23: 10.0.0.5/24 is not the beginning of a network (write 10.0.0.0/24 for the network, or 10.0.0.5/32 for the one address)",
        ],
    );
}

#[test]
fn what_is_no_transport_protocol_and_no_network_is_explained() {
    let icmp = "policies know TCP, UDP and SCTP; what happens to ICMP is left to the network plugin";
    let spoken = "policies see ports, not what is spoken there: write TCP";
    let every = "write an item for each of TCP, UDP and SCTP, or leave `ports` out to mean every port";
    for (given, help) in [
        ("ICMP", icmp),
        ("icmpv6", icmp),
        ("HTTP", spoken),
        ("https", spoken),
        ("ANY", every),
        ("dns", "DNS asks over UDP and over TCP: write an item for each"),
        ("udp", "write `UDP` in capitals"),
        ("TPC", "did you mean `TCP`?"),
    ] {
        let text = policy(&format!("  podSelector: {{}}\n  ingress: [{{ports: [{{protocol: {given}}}]}}]\n"));
        check(&text, &[&format!("6:33: `{given}` is no value of `protocol` ({help})")]);
    }
    let names = "policies see addresses, not names: pick pods by their labels, or write the network that the name \
                 leads to";
    for (given, help) in [
        ("db.shop.svc.cluster.local/32", names),
        ("example.com", names),
        ("10.0.0/8", "write a network such as 10.9.8.0/24 or 2001:db8::/64"),
    ] {
        let text = policy(&format!("  podSelector: {{}}\n  egress: [{{to: [{{ipBlock: {{cidr: {given}}}}}]}}]\n"));
        check(&text, &[&format!("6:35: `{given}` is not a network in CIDR notation ({help})")]);
    }
}

#[test]
fn booleans_in_labels_are_explained() {
    check(
        &policy("  podSelector: {matchLabels: {enabled: on, tier: 1}}\n"),
        &[
            "5:40: `enabled` must be a text, and this is a boolean (without quotes, YAML reads y, yes, on, true, n, no, off and false as booleans: put the value in quotes)",
            "5:50: `tier` must be a text, and this is a number (put the number in quotes to make it a text)",
        ],
    );
}

#[test]
fn a_rule_written_one_level_off_is_explained() {
    check(
        &policy("  podSelector: {app: web}\n  ingress:\n  - podSelector: {}\n  - to: []\n"),
        &[
            "5:17: unknown field `spec.podSelector.app` (labels belong below `matchLabels`: write `matchLabels: {app: …}`)",
            "7:5: unknown field `spec.ingress[0].podSelector` (`podSelector` belongs into `from`, which is a list of peers)",
            "8:5: unknown field `spec.ingress[1].to` (an ingress rule has `from`; `to` belongs into egress rules)",
        ],
    );
}

#[test]
fn kinds_and_versions_that_are_not_served_are_named() {
    check(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolcy\nmetadata: {name: a}\n---\napiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: a}\n",
        &[
            "2:7: there is no kind `NetworkPolcy` in `networking.k8s.io/v1` (did you mean `NetworkPolicy`?)",
            "5:13: NetworkPolicy is not served as `extensions/v1beta1` (write `apiVersion: networking.k8s.io/v1`)",
        ],
    );
    // The kinds of others are left alone, whatever they are called.
    check(
        "apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {selector: all()}\n",
        &[],
    );
    check("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n", &[]);
}

#[test]
fn an_error_inside_a_list_is_found_there() {
    check(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: My_Namespace\n- 7\n",
        &[
            "7:11: `My_Namespace` has capital letters (names are lower case letters, digits and `-`)",
            "8:3: a Kubernetes object is a mapping, and this is a number",
        ],
    );
}

#[test]
fn a_missing_name_is_reported_at_metadata() {
    check(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  labels: {a: b}\n",
        &["3:1: the object has no name (write `name: …` under `metadata`)"],
    );
}

#[test]
fn the_api_servers_own_sentence_is_kept() {
    let parsed = parse("x.yaml", &policy("  podSelector: {}\n  policyTypes: [ingress]\n"));
    let found = &parsed.diagnostics[0];
    assert_eq!(
        found.api_server.as_deref(),
        Some("spec.policyTypes[0]: Unsupported value: \"ingress\": supported values: \"Ingress\", \"Egress\"")
    );
    assert_eq!(found.field.as_deref(), Some("spec.policyTypes[0]"));
    assert_eq!(found.source_line, "  policyTypes: [ingress]");
    assert_eq!((found.line, found.column, found.length), (6, 17, 7));
    assert!(parsed.objects.is_empty());
}

#[test]
fn old_admin_policies_come_with_a_warning() {
    check(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec: {priority: 5, subject: {namespaces: {}}}\n",
        &[
            "2:1: AdminNetworkPolicy was replaced by ClusterNetworkPolicy, and is read here as what it became (write `apiVersion: policy.networking.k8s.io/v1alpha2`, `kind: ClusterNetworkPolicy`, `spec.tier: Admin`; the action Allow is now called Accept)",
        ],
    );
}

#[test]
fn a_field_written_one_level_up_is_explained() {
    check(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\npodSelector: {}\ningress: []\n",
        &[
            "5:1: unknown field `podSelector` (`podSelector` belongs below `spec`: indent it)",
            "6:1: unknown field `ingress` (`ingress` belongs below `spec`: indent it)",
        ],
    );
}

#[test]
fn a_slip_of_the_pen_is_not_reported_twice() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  container: [{name: a, image: b}]\n",
        &["5:3: unknown field `spec.container` (did you mean `containers`?)"],
    );
}

#[test]
fn one_bad_label_does_not_hide_another() {
    check(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {x: on, y: 'a b'}}\n",
        &[
            "3:33: `x` must be a text, and this is a boolean (without quotes, YAML reads y, yes, on, true, n, no, off and false as booleans: put the value in quotes)",
            "3:37: the name `y` is read as the boolean true (write \"y\")",
            "3:40: `a b` cannot be the value of a label (use letters, digits, `-`, `_` and `.`, with a letter or digit at both ends)",
        ],
    );
}

#[test]
fn an_object_given_twice_is_a_warning() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    check(
        &format!("{text}---\n{text}"),
        &["7:18: Namespace a stands here a second time, first in line 3; the later one replaces it"],
    );
    assert_eq!(parse("x", &format!("{text}---\n{text}")).objects.len(), 2);
}

#[test]
fn every_bad_label_is_reported() {
    let parsed = parse("x", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {-a: b, -c: d}}\n");
    let places: Vec<_> = parsed.diagnostics.iter().map(|found| (found.line, found.column)).collect();
    assert_eq!(places, [(3, 30), (3, 37)]);
}

#[test]
fn ports_written_as_texts_are_explained() {
    check(
        &policy("  podSelector: {}\n  ingress:\n  - ports: [{port: '80'}, {port: 80-90}, {port: http, endPort: 90}]\n"),
        &[
            "7:20: \"80\" in quotes is a port name, and names need a letter (write 80 without quotes to mean the number)",
            "7:34: `80-90` is no port (a range is written `port: 80` and `endPort: 90`)",
            "7:64: endPort needs a port given as a number (a named port is one port; write the number to begin a range)",
        ],
    );
}

#[test]
fn addresses_that_are_none_are_shown_where_they_stand() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: x}]}\nstatus:\n  podIPs: [{ip: 10.244.0}]\n",
        &["6:11: `10.244.0` is not an IP address"],
    );
}

#[test]
fn choices_of_cluster_policies_are_explained() {
    let cluster = |spec: &str| {
        let head = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: a}\n";
        format!("{head}spec:\n  tier: Admin\n  priority: 1\n{spec}")
    };
    check(
        &cluster(
            "  subject: {}\n  ingress:\n  - action: Allow\n    from: []\n  - action: Deny\n    from:\n    - networks: [10.0.0.0/8]\n  \
             - action: Deny\n    from:\n    - {namespaces: {}, pods: {namespaceSelector: {}, podSelector: {}}}\n    \
             protocols:\n    - {}\n",
        ),
        &[
            "7:12: nothing is chosen here (write one of namespaces and pods)",
            "9:13: `Allow` is no value of `action` (what v1alpha1 called Allow is now called Accept)",
            "10:11: this list of peers is empty (for every pod write `- namespaces: {}`)",
            "13:7: unknown field `spec.ingress[1].from[0].networks` (here can stand: namespaces, pods)",
            "16:7: more than one thing is chosen here (write one of namespaces and pods; make an item of the list for each)",
            "18:7: nothing is chosen here (write one of tcp, udp, sctp and destinationNamedPort)",
        ],
    );
}
