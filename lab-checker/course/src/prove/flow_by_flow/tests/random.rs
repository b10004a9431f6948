//! Random clusters as JSON: small, so that everything in them meets everything else.

use serde_json::{Map, Value, json};

/// Numbers that look random and are the same in each run.
pub(super) struct Dice(u64);

const NAMESPACES: [&str; 3] = ["n0", "n1", "n2"];
const BLOCKS: [&str; 12] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.244.0.0/16",
    "10.244.0.0/24",
    "10.244.1.0/24",
    "10.244.1.1/32",
    "203.0.113.0/24",
    "203.0.113.128/25",
    "::/0",
    "2001:db8::/32",
    "fd00::/64",
    "fd00::1:0/112",
];

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn some(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> Value) -> Vec<Value> {
        (0..self.roll(most + 1)).map(|_| make(self)).collect()
    }
}

/// Namespaces and pods.
pub(super) fn pods(dice: &mut Dice) -> Vec<Value> {
    let mut objects = Vec::new();
    for name in NAMESPACES {
        let labels = labels(dice);
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}));
    }
    for number in 0..2 + dice.roll(5) {
        let ports = dice.some(2, |dice| {
            let name = dice.one(&["web", "dns", "none"]);
            json!({"containerPort": dice.one(&[53, 80, 443]), "protocol": protocol(dice), "name": name})
        });
        let address = if dice.roll(4) == 0 {
            format!("fd00::{}:{number}", number % 2)
        } else {
            format!("10.244.{}.{number}", number % 2)
        };
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": format!("p{number}"), "namespace": dice.one(&NAMESPACES), "labels": labels(dice)},
            "spec": {"containers": [{"name": "c", "image": "i", "ports": ports}], "hostNetwork": dice.roll(8) == 0},
            "status": {"podIPs": [{"ip": address}], "phase": if dice.roll(9) == 0 { "Failed" } else { "Running" }},
        }));
    }
    objects
}

/// Policies of both kinds.
pub(super) fn policies(dice: &mut Dice) -> Vec<Value> {
    let mut objects: Vec<Value> = (0..dice.roll(4)).map(|number| network_policy(dice, number)).collect();
    objects.extend((0..dice.roll(3)).map(|number| cluster_policy(dice, number)));
    objects
}

fn labels(dice: &mut Dice) -> Value {
    let mut labels = Map::new();
    for key in ["app", "tier"] {
        if dice.roll(3) > 0 {
            labels.insert(key.to_owned(), dice.one(&["a", "b", ""]).into());
        }
    }
    labels.into()
}

fn protocol(dice: &mut Dice) -> &'static str {
    dice.one(&["TCP", "TCP", "UDP", "SCTP"])
}

fn selector(dice: &mut Dice) -> Value {
    let expression = |dice: &mut Dice| {
        let key = dice.one(&["app", "tier"]);
        match dice.roll(4) {
            0 => json!({"key": key, "operator": "Exists"}),
            1 => json!({"key": key, "operator": "DoesNotExist"}),
            2 => json!({"key": key, "operator": "NotIn", "values": [dice.one(&["a", "b", ""])]}),
            _ => json!({"key": key, "operator": "In", "values": [dice.one(&["a", "b"]), "c"]}),
        }
    };
    match dice.roll(4) {
        0 => json!({}),
        1 => json!({"matchLabels": {"app": dice.one(&["a", "b", ""])}}),
        2 => json!({"matchLabels": {"tier": "a"}, "matchExpressions": [expression(dice)]}),
        _ => json!({"matchExpressions": dice.some(2, expression)}),
    }
}

fn namespace_selector(dice: &mut Dice) -> Value {
    if dice.roll(2) == 0 {
        return json!({"matchLabels": {"kubernetes.io/metadata.name": dice.one(&NAMESPACES)}});
    }
    selector(dice)
}

fn ip_block(dice: &mut Dice) -> Value {
    let cidr = dice.one(&BLOCKS);
    let net: ipnet::IpNet = cidr.parse().unwrap();
    let holes = BLOCKS.iter().filter(|hole| {
        let hole: ipnet::IpNet = hole.parse().unwrap();
        net.contains(&hole) && net != hole
    });
    let holes: Vec<&str> = holes.copied().filter(|_| dice.roll(3) == 0).collect();
    json!({"cidr": cidr, "except": holes})
}

fn peer(dice: &mut Dice) -> Value {
    match dice.roll(4) {
        0 => json!({"podSelector": selector(dice)}),
        1 => json!({"namespaceSelector": namespace_selector(dice)}),
        2 => json!({"podSelector": selector(dice), "namespaceSelector": namespace_selector(dice)}),
        _ => json!({"ipBlock": ip_block(dice)}),
    }
}

fn port(dice: &mut Dice) -> Value {
    match dice.roll(5) {
        0 => json!({"protocol": protocol(dice)}),
        1 => json!({"protocol": protocol(dice), "port": dice.one(&["web", "dns"])}),
        2 => json!({"port": 80, "endPort": 80 + dice.roll(400)}),
        _ => json!({"protocol": protocol(dice), "port": dice.one(&[1, 53, 80, 65535])}),
    }
}

fn network_policy(dice: &mut Dice, number: usize) -> Value {
    let rules = |dice: &mut Dice, peers: &str| {
        dice.some(2, |dice| json!({peers: dice.some(2, peer), "ports": dice.some(2, port)}))
    };
    let mut spec = json!({"podSelector": selector(dice)});
    if dice.roll(4) > 0 {
        spec["ingress"] = rules(dice, "from").into();
    }
    if dice.roll(3) > 0 {
        spec["egress"] = rules(dice, "to").into();
    }
    match dice.roll(4) {
        0 => spec["policyTypes"] = json!(["Ingress"]),
        1 => spec["policyTypes"] = json!(["Egress"]),
        2 => spec["policyTypes"] = json!(["Ingress", "Egress"]),
        _ => {}
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": format!("np{number}"), "namespace": dice.one(&NAMESPACES)},
        "spec": spec,
    })
}

fn cluster_pods(dice: &mut Dice) -> Value {
    if dice.roll(2) == 0 {
        return json!({"namespaces": namespace_selector(dice)});
    }
    json!({"pods": {"namespaceSelector": namespace_selector(dice), "podSelector": selector(dice)}})
}

fn cluster_port(dice: &mut Dice) -> Value {
    let field = dice.one(&["tcp", "udp", "sctp"]);
    match dice.roll(3) {
        0 => json!({"destinationNamedPort": dice.one(&["web", "dns"])}),
        1 => json!({field: {"destinationPort": {"number": dice.one(&[1, 53, 80])}}}),
        _ => json!({field: {"destinationPort": {"range": {"start": 53, "end": 80}}}}),
    }
}

fn cluster_policy(dice: &mut Dice, number: usize) -> Value {
    let rule = |dice: &mut Dice, peers: &str| {
        let mut rule = json!({
            "action": dice.one(&["Accept", "Deny", "Pass"]),
            peers: [cluster_pods(dice)],
            "protocols": dice.some(2, cluster_port),
        });
        if peers == "to" && dice.roll(3) == 0 {
            rule[peers] = json!([{"networks": [dice.one(&BLOCKS), dice.one(&BLOCKS)]}]);
            rule["protocols"] = json!([{"tcp": {"destinationPort": {"number": 80}}}]);
        }
        if dice.roll(3) == 0 {
            rule.as_object_mut().unwrap().remove("protocols");
        }
        rule
    };
    json!({
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": format!("cnp{number}")},
        "spec": {
            "tier": dice.one(&["Admin", "Baseline"]),
            "priority": dice.roll(3),
            "subject": cluster_pods(dice),
            "ingress": dice.some(2, |dice| rule(dice, "from")),
            "egress": dice.some(2, |dice| rule(dice, "to")),
        },
    })
}
