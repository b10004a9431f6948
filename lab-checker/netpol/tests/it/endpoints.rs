//! How endpoints and destinations are written, and whom an address stands for.

use netpol::{ContainerPort, Destination, Endpoint, Engine, Flow, PortRef, Protocol, ServicePort, Verdict};

use crate::shop::shop;

#[test]
fn what_is_no_endpoint_is_refused() {
    for text in
        ["", "web", "/", "shop/", "/web", "Shop/web", "shop/Web", "shop/we_b", "sh op/web", "svc:", "svc:api", "10.0.0"]
    {
        let said = text.parse::<Endpoint>().unwrap_err().to_string();
        assert!(said.starts_with(&format!("`{text}` is not an endpoint: write namespace/pod")), "{said}");
    }
    for text in ["shop/web", "svc:shop/api", "10.0.0.1", "2001:db8::1", "ns-1/web.v2-0"] {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
}

#[test]
fn a_destination_is_an_endpoint_with_a_port() {
    for (text, written) in [
        ("shop/api:8080", "shop/api:8080/TCP"),
        ("svc:shop/dns:53/udp", "svc:shop/dns:53/UDP"),
        ("shop/api:http", "shop/api:http/TCP"),
        ("shop/api:web-2", "shop/api:web-2/TCP"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443/TCP"),
        ("10.0.0.1:9/SCTP", "10.0.0.1:9/SCTP"),
    ] {
        assert_eq!(text.parse::<Destination>().unwrap().to_string(), written);
    }
    for text in [
        "shop/api",
        "shop/api:0",
        "shop/api:65536",
        "shop/api:Web",
        "shop/api:a_b",
        "shop/api:8-8",
        "shop/api:a-sixteen-letter",
        "shop/api:80/ICMP",
        "2001:db8::1:443",
        "[10.0.0]:80",
        "api:80",
    ] {
        assert!(text.parse::<Destination>().is_err(), "{text}");
    }
}

#[test]
fn a_flow_is_written_with_an_arrow() {
    let flow = Flow { from: "shop/web".parse().unwrap(), to: "shop/api:8080".parse().unwrap() };
    assert_eq!(flow.to_string(), "shop/web → shop/api:8080/TCP");
}

#[test]
fn an_address_stands_for_the_pod_or_service_that_has_it() {
    let engine = Engine::new(shop());
    let verdict =
        |from: &str, to: &str| engine.verdict(&Flow { from: from.parse().unwrap(), to: to.parse().unwrap() }).unwrap();
    assert_eq!(verdict("shop/web", "10.244.0.2:8080"), Verdict::Allowed);
    assert_eq!(verdict("shop/web", "10.96.0.20:80"), Verdict::Allowed);
    assert_eq!(verdict("dev/webb", "10.244.0.2:8080"), Verdict::Blocked);
    assert_eq!(verdict("dev/webb", "10.96.0.20:80"), Verdict::Blocked);
    assert_eq!(verdict("shop/api", "shop/api:1"), Verdict::Allowed, "no policy stands between a pod and itself");
    assert_eq!(verdict("10.244.0.1", "shop/api:8080"), Verdict::Allowed, "the address of web");
    assert_eq!(verdict("10.244.1.1", "shop/api:8080"), Verdict::Blocked, "the address of webb");
}

#[test]
fn a_service_that_picks_no_pods_is_an_address_like_others() {
    let mut snapshot = shop();
    snapshot.policies.clear();
    snapshot.services[0].selector = None;
    let flow = Flow { from: "shop/web".parse().unwrap(), to: "10.96.0.20:80".parse().unwrap() };
    assert_eq!(Engine::new(snapshot).verdict(&flow), Ok(Verdict::Allowed));
}

#[test]
fn a_named_port_is_looked_up_on_the_pod_by_name_and_protocol() {
    let mut snapshot = shop();
    let port = |name: &str, number, protocol| ContainerPort { name: Some(name.into()), number, protocol };
    snapshot.pods[1].ports =
        vec![port("http", 53, Protocol::Udp), port("admin", 9090, Protocol::Tcp), port("http", 8080, Protocol::Tcp)];
    let engine = Engine::new(snapshot);
    let verdict = |to: &str| engine.verdict(&Flow { from: "shop/web".parse().unwrap(), to: to.parse().unwrap() });
    assert_eq!(verdict("shop/api:http"), Ok(Verdict::Allowed), "8080/TCP, as the rule says");
    assert_eq!(verdict("10.244.0.2:http"), Ok(Verdict::Allowed));
    assert_eq!(verdict("shop/api:admin"), Ok(Verdict::Blocked));
    assert_eq!(verdict("shop/api:http/UDP"), Ok(Verdict::Blocked));
    assert!(verdict("shop/api:http/SCTP").is_err() && verdict("shop/api:sql").is_err());
}

#[test]
fn a_port_of_a_service_is_found_by_its_name_and_protocol() {
    let mut snapshot = shop();
    let port = |name: &str, number, target, protocol| ServicePort {
        name: Some(name.into()),
        port: number,
        target: PortRef::Number(target),
        protocol,
    };
    snapshot.services[0].ports = vec![
        port("admin", 80, 9090, Protocol::Tcp),
        port("dns", 53, 8080, Protocol::Udp),
        port("http", 81, 8080, Protocol::Tcp),
    ];
    let engine = Engine::new(snapshot);
    let verdict = |to: &str| engine.verdict(&Flow { from: "shop/web".parse().unwrap(), to: to.parse().unwrap() });
    assert_eq!(verdict("svc:shop/api:http"), Ok(Verdict::Allowed));
    assert_eq!(verdict("svc:shop/api:81"), Ok(Verdict::Allowed));
    assert_eq!(verdict("svc:shop/api:admin"), Ok(Verdict::Blocked), "the rule names 8080");
    assert_eq!(verdict("svc:shop/api:dns/UDP"), Ok(Verdict::Blocked), "and TCP");
    assert!(verdict("svc:shop/api:dns").is_err(), "there is no such TCP port");
}
