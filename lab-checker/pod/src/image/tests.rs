//! What images run and listen on.

use serde_json::{Value, json};

use super::{Main, Pull, Role, listeners, pull};

fn main_process(container: &Value) -> Main {
    super::main_process(container, Role::Serves)
}

fn ports(container: &Value) -> Vec<String> {
    listeners(container).iter().map(|listener| format!("{}/{}", listener.port, listener.protocol)).collect()
}

#[test]
fn well_known_servers() {
    let image = |image: &str| ports(&json!({"image": image}));
    assert_eq!(image("nginx"), ["80/TCP"]);
    assert_eq!(image("registry.k8s.io/nginx-slim:0.21"), ["80/TCP"]);
    assert_eq!(image("bitnami/nginx:1.27"), ["8080/TCP"]);
    assert_eq!(image("docker.io/bitnami/postgresql"), ["5432/TCP"]);
    assert_eq!(image("docker.io/library/nginx:1.29-alpine"), ["80/TCP"]);
    assert_eq!(image("nginxinc/nginx-unprivileged"), ["8080/TCP"]);
    assert_eq!(image("redis:7"), ["6379/TCP"]);
    assert_eq!(image("busybox"), Vec::<String>::new());
    assert_eq!(image("ahmet/app-on-two-ports"), ["8000/TCP", "5000/TCP"]);
    assert_eq!(image("wbitt/network-multitool"), ["80/TCP"]);
    assert_eq!(main_process(&json!({"image": "praqma/network-multitool"})), Main::Stays);
    assert_eq!(ports(&json!({"image": "nginx", "command": ["sleep", "3600"]})), Vec::<String>::new());
}

#[test]
fn listeners_of_command_lines() {
    let args = |image: &str, args: &[&str]| ports(&json!({"image": image, "args": args}));
    let agnhost = "registry.k8s.io/e2e-test-images/agnhost:2.53";
    assert_eq!(args(agnhost, &["netexec", "--http-port=80"]), ["80/TCP", "8081/UDP"]);
    assert_eq!(args(agnhost, &["serve-hostname", "--port=8080"]), ["8080/TCP"]);
    assert_eq!(args(agnhost, &["serve-hostname", "--http=false", "--udp", "--port=53"]), ["53/UDP"]);
    assert_eq!(args(agnhost, &["pause"]), Vec::<String>::new());
    assert_eq!(args("hashicorp/http-echo", &["-listen=:8080", "-text=hi"]), ["8080/TCP"]);
    let busybox = |command: &[&str]| ports(&json!({"image": "busybox", "command": command}));
    assert_eq!(busybox(&["httpd", "-f", "-v", "-p", "80", "-h", "/www"]), ["80/TCP"]);
    assert_eq!(busybox(&["nc", "-lkp", "9000", "-e", "cat"]), ["9000/TCP"]);
    assert_eq!(busybox(&["sh", "-c", "while true; do echo hi | nc -l -p 7000; done"]), ["7000/TCP"]);
    assert_eq!(busybox(&["sh", "-c", "echo x > index.html && httpd -f -p 8000"]), ["8000/TCP"]);
    assert_eq!(ports(&json!({"image": "python:3", "command": ["python3", "-m", "http.server", "8001"]})), ["8001/TCP"]);
}

#[test]
fn an_unknown_image_listens_on_what_it_declares() {
    let container = json!({"image": "example.com/shop/api:1", "ports": [{"containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}]});
    assert_eq!(ports(&container), ["8080/TCP", "53/UDP"]);
    assert_eq!(main_process(&container), Main::Stays);
}

#[test]
fn a_script_serves_what_it_declares() {
    let container = json!({"image": "python:3", "command": ["python3", "app.py"], "ports": [{"containerPort": 5000}]});
    assert_eq!((ports(&container), main_process(&container)), (vec!["5000/TCP".to_owned()], Main::Stays));
}

#[test]
fn what_stays_and_what_runs() {
    let busybox = |command: Value| main_process(&json!({"image": "busybox", "args": command}));
    let runs = |words: &[&str]| Main::Runs(words.iter().map(|&word| word.to_owned()).collect());
    assert_eq!(busybox(json!(["sleep", "3600"])), Main::Stays);
    assert_eq!(busybox(json!(["sh", "-c", "sleep infinity"])), Main::Stays);
    assert_eq!(busybox(json!(["tail", "-f", "/dev/null"])), Main::Stays);
    assert_eq!(busybox(json!(["echo", "hi"])), runs(&["echo", "hi"]));
    assert_eq!(busybox(Value::Null), runs(&["sh"]));
    assert_eq!(
        busybox(json!(["sh", "-c", "wget -qO- web; sleep 3600"])),
        runs(&["sh", "-c", "wget -qO- web; sleep 3600"])
    );
}

#[test]
fn images_that_cannot_be() {
    let reason = |image: &str, policy: &str| match pull(image, policy) {
        Pull::Refused(reason, _) => reason,
        _ => "",
    };
    assert_eq!(reason("local/busybox:1", "Never"), "");
    assert_eq!(reason("nosuch:1", "Never"), "ErrImageNeverPull");
    assert_eq!(reason("ngnix", "Always"), "ErrImagePull");
    assert_eq!(reason("shop/doesnotexist:1", "IfNotPresent"), "ErrImagePull");
    assert_eq!(reason("Nginx", "Always"), "InvalidImageName");
    assert_eq!(reason("nginx:", "Always"), "InvalidImageName");
    assert_eq!(reason("example.com:5000/shop/api:1.2", "Always"), "");
}

#[test]
fn what_is_asked_of_a_server_s_image_decides_what_listens() {
    let run =
        |image: &str, args: &[&str]| ports(&json!({"image": image, "args": args, "ports": [{"containerPort": 7}]}));
    for image in ["nginx", "httpd:2.4", "redis:alpine", "mysql:8", "postgres:16-alpine", "example.com/shop/api"] {
        for tool in ["sleep", "sh", "bash", "cat", "env", "ping", "tail", "wget", "hostname"] {
            assert_eq!(run(image, &[tool, "3600"]), Vec::<String>::new(), "{image} {tool}");
        }
    }
    assert_eq!(run("redis", &["redis-cli", "-h", "redis", "ping"]), Vec::<String>::new());
    assert_eq!(run("redis", &["redis-server", "--appendonly", "yes"]), ["6379/TCP"]);
    assert_eq!(run("redis", &["--save", ""]), ["6379/TCP"]);
    assert_eq!(run("postgres", &["-c", "fsync=off"]), ["5432/TCP"]);
    assert_eq!(run("nginx", &["nginx", "-g", "daemon off;"]), ["80/TCP"]);
    assert_eq!(run("example.com/shop/api", &["serve", "--port", "7"]), ["7/TCP"]);
    assert_eq!(run("python:3.12", &["python", "app.py"]), ["7/TCP"]);
}

#[test]
fn an_image_that_is_asked_for_a_terminal_has_a_shell() {
    let main = |image: &str| main_process(&json!({"image": image, "stdin": true, "tty": true}));
    for image in [
        "fedora",
        "fedora:41",
        "centos:7",
        "quay.io/centos/centos:stream9",
        "rockylinux:9",
        "rockylinux/rockylinux:9",
        "almalinux:9",
        "amazonlinux:2",
        "public.ecr.aws/amazonlinux/amazonlinux:2023",
        "oraclelinux:9",
        "opensuse/leap",
        "registry.access.redhat.com/ubi9/ubi",
        "registry.access.redhat.com/ubi9-minimal",
        "redhat/ubi8",
        "kalilinux/kali-rolling",
        "ubuntu:24.04",
        "debian:bookworm-slim",
        "golang:1.24",
        "openjdk:21",
        "eclipse-temurin:21",
        "rust",
        "tutum/dnsutils",
        "infoblox/dnstools",
        "giantswarm/tiny-tools",
        "radial/busyboxplus:curl",
        "yauritux/busybox-curl",
        "leodotcloud/swiss-army-knife",
        "arunvelsriram/utils",
        "amouat/network-utils",
        "raesene/alpine-containertools",
        "dwdraju/alpine-curl-jq",
        "joffotron/docker-net-tools",
        "example.com/nobody/knows:1",
    ] {
        let Main::Runs(words) = main(image) else { panic!("{image} stays") };
        let shell = words[0].rsplit('/').next().unwrap_or_default();
        assert!(matches!(shell, "sh" | "bash") && words.len() == 1, "{image}: {words:?}");
    }
}

#[test]
fn images_that_are_a_tool_run_it() {
    let main = |image: &str, args: &[&str]| main_process(&json!({"image": image, "args": args}));
    let runs = |words: &[&str]| Main::Runs(words.iter().map(|&word| word.to_owned()).collect());
    assert_eq!(main("byrnedo/alpine-curl", &["-s", "http://web"]), runs(&["curl", "-s", "http://web"]));
    assert_eq!(main("subfuzion/netcat", &["-zv", "web", "80"]), runs(&["nc", "-zv", "web", "80"]));
    assert_eq!(main("instrumentisto/nmap", &["-p", "80", "web"]), runs(&["nmap", "-p", "80", "web"]));
    assert_eq!(main("curlimages/curl", &["http://web"]), runs(&["curl", "http://web"]));
    assert_eq!(main("curlimages/curl", &["sh"]), runs(&["sh"]));
    assert_eq!(main("byrnedo/alpine-curl", &["sh", "-c", "true"]), runs(&["sh", "-c", "true"]));
}

#[test]
fn programs_that_are_not_simulated_serve_or_come_to_an_end() {
    let unknown = [
        json!({"image": "quay.io/argoproj/argocd:v3", "args": ["/usr/local/bin/argocd-server"]}),
        json!({"image": "quay.io/prometheus/prometheus", "args": ["--config.file=/etc/p.yml"]}),
        json!({"image": "example.com/a", "command": ["/manager"], "args": ["--leader-elect"]}),
        json!({"image": "redis:7-alpine", "command": ["haproxy", "-f", "x"]}),
        json!({"image": "golang", "command": ["./app"]}),
        json!({"image": "registry.k8s.io/pause"}),
        json!({"image": "example.com/a"}),
    ];
    for container in &unknown {
        assert_eq!(main_process(container), Main::Stays, "{container}");
        assert!(matches!(super::main_process(container, Role::Ends), Main::Runs(_)), "{container}");
    }
    // What is not in a system's own image fails, as it does there.
    let typing_error = json!({"image": "busybox", "command": ["sleeep", "3600"]});
    assert!(matches!(main_process(&typing_error), Main::Runs(_)));
}
