//! What images run and listen on.

use serde_json::{Value, json};

use super::{Main, Pull, listeners, main_process, pull};

fn ports(container: &Value) -> Vec<String> {
    listeners(container).iter().map(|listener| format!("{}/{}", listener.port, listener.protocol)).collect()
}

#[test]
fn well_known_servers() {
    let image = |image: &str| ports(&json!({"image": image}));
    assert_eq!(image("nginx"), ["80/TCP"]);
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
