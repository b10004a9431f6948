//! The rules of each kind, in the API server's words.

use serde_json::{Value, json};

use super::*;

/// Every error of an object, after defaulting.
#[track_caller]
fn check(mut object: Value, expected: &[&str]) {
    default(&mut object);
    let errors: Vec<_> = validate(&object).iter().map(ToString::to_string).collect();
    assert_eq!(errors, expected);
}

fn object(api_version: &str, kind: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}});
    for (name, value) in rest.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

#[test]
fn pods() {
    check(object("v1", "Pod", json!({})), &["spec.containers: Required value"]);
    let port = |port: Value| {
        object("v1", "Pod", json!({"spec": {"containers": [{"name": "a", "image": "b", "ports": [port]}]}}))
    };
    check(port(json!({"containerPort": 80, "protocol": "TCP"})), &[]);
    check(port(json!({"name": "a"})), &["spec.containers[0].ports[0].containerPort: Required value"]);
    check(
        port(json!({"containerPort": 70000, "protocol": "tcp"})),
        &[
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            "spec.containers[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
        ],
    );
    let twice = json!([{"name": "a", "image": "b"}, {"name": "a", "image": ""}]);
    check(
        object("v1", "Pod", json!({"spec": {"containers": twice, "restartPolicy": "Sometimes"}})),
        &[
            "spec.containers[1].image: Required value",
            "spec.containers[1].name: Duplicate value: \"a\"",
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ],
    );
}

/// The mounts and devices of every container that find no volume, in the pod template of every workload and in a pod.
#[test]
fn mounts_find_their_volumes() {
    let mount = |name: &str| json!([{"name": name, "mountPath": "/data"}]);
    let device = |name: &str| json!([{"name": name, "devicePath": "/dev/xvda"}]);
    let claim = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    let volumes = json!([
        {"name": "scratch", "emptyDir": {}},
        {"name": "claimed", "persistentVolumeClaim": {"claimName": "x"}},
        {"name": "generic", "ephemeral": {"volumeClaimTemplate": {"spec": claim}}},
    ]);
    let spec = |name: &str, block: &str| {
        json!({
            "restartPolicy": "Always",
            "volumes": volumes,
            "initContainers": [
                {"name": "init", "image": "b", "volumeMounts": mount(name)},
                {"name": "sidecar", "image": "b", "restartPolicy": "Always", "volumeMounts": mount(name)},
            ],
            "containers": [{"name": "main", "image": "b", "volumeMounts": mount(name), "volumeDevices": device(block)}],
            "ephemeralContainers": [{"name": "debug", "image": "b", "volumeMounts": mount(name)}],
        })
    };
    let labels = json!({"app": "a"});
    let of = |kind: &str, spec: Value| {
        let mut spec = spec;
        let jobs = kind.ends_with("Job");
        if jobs {
            spec["restartPolicy"] = json!("Never");
        }
        let template = json!({"metadata": {"labels": labels}, "spec": spec});
        let (version, body) = match kind {
            "Pod" => ("v1", spec),
            "ReplicationController" => ("v1", json!({"selector": labels, "template": template})),
            "Job" => ("batch/v1", json!({"template": template})),
            "CronJob" => {
                ("batch/v1", json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}))
            }
            _ => ("apps/v1", json!({"selector": {"matchLabels": labels}, "template": template})),
        };
        object(version, kind, json!({"spec": body}))
    };
    let kinds = [
        ("Pod", "spec"),
        ("ReplicationController", "spec.template.spec"),
        ("Deployment", "spec.template.spec"),
        ("ReplicaSet", "spec.template.spec"),
        ("StatefulSet", "spec.template.spec"),
        ("DaemonSet", "spec.template.spec"),
        ("Job", "spec.template.spec"),
        ("CronJob", "spec.jobTemplate.spec.template.spec"),
    ];
    for (kind, field) in kinds {
        for name in ["scratch", "claimed", "generic"] {
            check(of(kind, spec(name, "claimed")), &[]);
            check(of(kind, spec(name, "generic")), &[]);
        }
        let missing = |place: &str| format!("{field}.{place}.name: Not found: \"nowhere\"");
        let expected = [
            missing("containers[0].volumeMounts[0]"),
            missing("containers[0].volumeDevices[0]"),
            missing("initContainers[0].volumeMounts[0]"),
            missing("initContainers[1].volumeMounts[0]"),
            missing("ephemeralContainers[0].volumeMounts[0]"),
        ];
        check(of(kind, spec("nowhere", "nowhere")), &expected.each_ref().map(String::as_str));
        let block = format!(
            "{field}.containers[0].volumeDevices[0].name: Invalid value: \"scratch\": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
        );
        check(of(kind, spec("scratch", "scratch")), &[&block]);
    }
    // Claim templates are volumes of a StatefulSet's pods, and of no other's.
    let mut set = of("StatefulSet", spec("data", "disk"));
    set["spec"]["volumeClaimTemplates"] =
        json!([{"metadata": {"name": "data"}, "spec": claim}, {"metadata": {"name": "disk"}, "spec": claim}]);
    check(set.clone(), &[]);
    set["spec"]["volumeClaimTemplates"][1]["metadata"]["name"] = json!("disc");
    check(set, &["spec.template.spec.containers[0].volumeDevices[0].name: Not found: \"disk\""]);
}

#[test]
fn services() {
    check(object("v1", "Service", json!({"spec": {}})), &["spec.ports: Required value"]);
    check(object("v1", "Service", json!({"spec": {"clusterIP": "None"}})), &[]);
    check(
        object(
            "v1",
            "Service",
            json!({"spec": {"ports": [{"port": 80}, {"port": 0, "name": "b", "targetPort": "Web"}]}}),
        ),
        &[
            "spec.ports[0].name: Required value",
            "spec.ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            "spec.ports[1].targetPort: Invalid value: \"Web\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ],
    );
    check(
        object("v1", "Service", json!({"spec": {"type": "Cluster", "ports": [{"port": 80}]}})),
        &[
            "spec.type: Unsupported value: \"Cluster\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
        ],
    );
}

#[test]
fn deployments() {
    let deployment = |selector: Value, replicas: i64| {
        let template =
            json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "b"}]}});
        object(
            "apps/v1",
            "Deployment",
            json!({"spec": {"replicas": replicas, "selector": selector, "template": template}}),
        )
    };
    check(deployment(json!({"matchLabels": {"app": "a"}}), 1), &[]);
    check(
        deployment(json!({"matchLabels": {"app": "b"}}), -1),
        &[
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            "spec.template.metadata.labels: Invalid value: {\"app\":\"a\"}: `selector` does not match template `labels`",
        ],
    );
    check(deployment(json!({}), 1), &["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]);
    let mut changed = deployment(json!({"matchLabels": {"app": "a"}}), 1);
    let old = changed.clone();
    changed["spec"]["selector"]["matchExpressions"] = json!([{"key": "app", "operator": "Exists"}]);
    let errors = validate_update(&old, &changed);
    assert!(errors[0].to_string().ends_with("field is immutable"), "{errors:?}");
}

#[test]
fn metadata_of_all_kinds() {
    let with = |metadata: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    check(with(json!({"generateName": "a-"})), &[]);
    check(with(json!({})), &["metadata.name: Required value: name or generateName is required"]);
    check(
        with(json!({"name": "a", "labels": {"/x": "y"}, "finalizers": ["done"]})),
        &[
            "metadata.labels: Invalid value: \"/x\": prefix part must be non-empty",
            "metadata.finalizers[0]: Invalid value: \"done\": name is neither a standard finalizer name nor is it fully qualified",
        ],
    );
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b", "namespace": "c"}});
    let errors: Vec<_> = validate(&namespace).iter().map(|error| (error.field.clone(), error.reason())).collect();
    assert_eq!(errors, [("metadata.name".to_owned(), "FieldValueInvalid")]);
}

#[test]
fn config_maps() {
    let errors = validate(&object("v1", "ConfigMap", json!({"data": {"a b": "c"}})));
    assert!(errors[0].to_string().starts_with("data[a b]: Invalid value: \"a b\": a valid config key must consist of"));
}

#[test]
fn cluster_network_policies() {
    let policy =
        |spec: Value| object("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", json!({"spec": spec}));
    let subject = json!({"namespaces": {}});
    check(policy(json!({"tier": "Admin", "priority": 10, "subject": subject})), &[]);
    check(
        policy(
            json!({"tier": "admin", "priority": 2000, "subject": {"namespaces": {}, "pods": {"podSelector": {}, "namespaceSelector": {}}}}),
        ),
        &[
            "spec.tier: Unsupported value: \"admin\": supported values: \"Admin\", \"Baseline\"",
            "spec.priority: Invalid value: 2000: spec.priority in body should be less than or equal to 1000",
            "spec.subject: Too many: 2: must have at most 1 items",
        ],
    );
    check(
        policy(json!({"priority": 1, "subject": subject, "ingress": [{"action": "Allow", "from": []}]})),
        &[
            "spec.tier: Required value",
            "spec.ingress[0].action: Unsupported value: \"Allow\": supported values: \"Accept\", \"Deny\", \"Pass\"",
            "spec.ingress[0].from: Invalid value: 0: spec.ingress[0].from in body should have at least 1 items",
        ],
    );
    let range =
        json!([{"tcp": {"destinationPort": {"range": {"start": 90, "end": 80}}}}, {"destinationNamedPort": "web"}]);
    check(
        policy(json!({"tier": "Admin", "priority": 1, "subject": subject, "egress": [
            {"action": "Deny", "to": [{"networks": ["10.0.0.0"]}, {"domainNames": ["example.com"]}], "protocols": range},
        ]})),
        &[
            "spec.egress[0]: Invalid value: \"object\": networks/nodes/domainNames peer cannot be set with namedPorts since there are no namedPorts for networks/nodes/domainNames",
            "spec.egress[0]: Invalid value: \"object\": domainNames peer is only supported for Accept rules",
            "spec.egress[0].to[0].networks[0]: Invalid value: \"10.0.0.0\": Invalid CIDR format provided",
            "spec.egress[0].protocols[0].tcp.destinationPort.range: Invalid value: \"object\": Start port must be less than End port",
        ],
    );
    check(
        policy(json!({"tier": "Admin", "priority": 1, "subject": {"namespaces": {"matchLabels": "a: b"}}, "ingress": [
            {"action": "Deny", "from": [{"namespaces": {"matchLabels": {"a": 1}, "matchExpressions": [{"key": "a"}]}}, null]},
        ]})),
        &[
            "spec.subject.namespaces.matchLabels: Invalid value: \"string\": spec.subject.namespaces.matchLabels in body must be of type object: \"string\"",
            "spec.ingress[0].from[0].namespaces.matchLabels.a: Invalid value: \"integer\": spec.ingress[0].from[0].namespaces.matchLabels.a in body must be of type string: \"integer\"",
            "spec.ingress[0].from[0].namespaces.matchExpressions[0].operator: Required value",
            "spec.ingress[0].from[1]: Invalid value: \"null\": spec.ingress[0].from[1] in body must be of type object: \"null\"",
        ],
    );
}

#[test]
fn what_must_not_change() {
    let service = |address: &str| {
        object(
            "v1",
            "Service",
            json!({"spec": {"clusterIP": address, "clusterIPs": [address], "ports": [{"port": 80}]}}),
        )
    };
    let errors: Vec<_> =
        validate_update(&service("10.96.0.1"), &service("10.96.0.2")).iter().map(ToString::to_string).collect();
    assert_eq!(errors, ["spec.clusterIPs[0]: Invalid value: [\"10.96.0.2\"]: may not change once set"]);
    let pod = |image: &str, node: &str| {
        object("v1", "Pod", json!({"spec": {"nodeName": node, "containers": [{"name": "a", "image": image}]}}))
    };
    assert!(validate_update(&pod("a", "n"), &pod("b", "n")).is_empty());
    let errors = validate_update(&pod("a", "n"), &pod("a", "m"));
    assert!(errors[0].to_string().starts_with("spec: Forbidden: pod updates may not change fields other than"));
}

#[test]
fn addresses_that_are_accepted_with_a_warning() {
    let policy = object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"spec": {"podSelector": {},
        "egress": [{"to": [{"ipBlock": {"cidr": "FD00::/8", "except": ["fd00:0:0::/48"]}}]}]}}),
    );
    assert!(validate(&policy).is_empty());
    assert_eq!(
        warnings(&policy),
        [
            "spec.egress[0].to[0].ipBlock.cidr: IPv6 CIDR value \"FD00::/8\" should be in RFC 5952 canonical format (\"fd00::/8\")",
            "spec.egress[0].to[0].ipBlock.except[0]: IPv6 CIDR value \"fd00:0:0::/48\" should be in RFC 5952 canonical format (\"fd00::/48\")",
        ]
    );
    let mapped = object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"spec": {"podSelector": {},
        "ingress": [{"from": [{"ipBlock": {"cidr": "::ffff:10.0.0.0/104"}}]}]}}),
    );
    assert_eq!(
        validate(&mapped)[0].to_string(),
        "spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"::ffff:10.0.0.0/104\": must not be an IPv4-mapped IPv6 address"
    );
}

#[test]
fn defaults_are_filled_in_wherever_a_pod_stands_and_doing_it_twice_changes_nothing() {
    let containers = json!([{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]);
    let kinds = crate::kinds::KINDS.iter().filter(|kind| kind.is_workload() || kind.name == "Pod");
    for kind in kinds {
        let pod_spec = format!("{}/spec", kind.template.unwrap_or_default());
        let parts = pod_spec.rsplit('/').filter(|part| !part.is_empty());
        let mut object = parts.fold(json!({ "containers": containers }), |inner, part| json!({ part: inner }));
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.name.into();
        object["metadata"] = json!({"name": "x"});
        default(&mut object);
        let spec = object.pointer(&pod_spec).expect("the pod's spec stays");
        for (field, value) in [
            ("/restartPolicy", json!("Always")),
            ("/dnsPolicy", json!("ClusterFirst")),
            ("/containers/0/imagePullPolicy", json!("Always")),
            ("/containers/0/ports/0/protocol", json!("TCP")),
        ] {
            assert_eq!(spec.pointer(field), Some(&value), "{} {field}", kind.name);
        }
        let once = object.clone();
        default(&mut object);
        assert_eq!(object, once, "{}", kind.name);
    }
}

#[test]
fn services_and_secrets_have_their_defaults() {
    let defaulted = |mut object: Value| {
        default(&mut object);
        let once = object.clone();
        default(&mut object);
        assert_eq!(object, once);
        object
    };
    let service = |spec: Value| defaulted(json!({"apiVersion": "v1", "kind": "Service", "spec": spec}))["spec"].clone();
    assert_eq!(
        service(json!({"ports": [{"port": 80}, {"port": 443, "targetPort": "https"}], "sessionAffinity": "ClientIP"})),
        json!({
            "type": "ClusterIP", "sessionAffinity": "ClientIP", "internalTrafficPolicy": "Cluster",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
            "ports": [
                {"port": 80, "targetPort": 80, "protocol": "TCP"},
                {"port": 443, "targetPort": "https", "protocol": "TCP"},
            ],
        })
    );
    let name = service(json!({"type": "ExternalName", "externalName": "example.com"}));
    assert_eq!(name.get("internalTrafficPolicy"), None);
    let balancer = service(json!({"type": "LoadBalancer", "ports": []}));
    assert_eq!(
        (&balancer["externalTrafficPolicy"], &balancer["allocateLoadBalancerNodePorts"]),
        (&json!("Cluster"), &json!(true))
    );
    assert_eq!(defaulted(json!({"apiVersion": "v1", "kind": "Service"}))["spec"]["type"], "ClusterIP");
    let secret = defaulted(json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}}));
    assert_eq!(secret, json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"a": "Yg=="}}));
    // The kinds of others have other defaults.
    let knative = json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "spec": {"template": {}}});
    assert_eq!(defaulted(knative.clone()), knative);
}

#[test]
fn each_kind_has_the_names_that_a_server_gives_it_and_custom_kinds_have_the_usual() {
    let rbac = "rbac.authorization.k8s.io/v1";
    let (upper, dotted, digit, path) = ("system:a_B", "a.b", "1a", "a/b");
    for (version, kind, right, wrong) in [
        ("v1", "Namespace", &[digit][..], &[dotted, upper, path][..]),
        ("v1", "Service", &["a1"], &[digit, dotted, upper, path]),
        ("apps/v1", "StatefulSet", &[digit], &[dotted, upper, path]),
        ("apps/v1", "Deployment", &[digit, dotted], &[upper, path]),
        (rbac, "Role", &[digit, dotted, upper], &[path, "..", "a%b"]),
        (rbac, "RoleBinding", &[digit, dotted, upper], &[path, "..", "a%b"]),
        (rbac, "ClusterRole", &[digit, dotted, upper], &[path, "..", "a%b"]),
        (rbac, "ClusterRoleBinding", &[digit, dotted, upper], &[path, "..", "a%b"]),
        ("apiregistration.k8s.io/v1", "APIService", &["v1.apps"], &[path]),
        ("certificates.k8s.io/v1", "CertificateSigningRequest", &[upper], &[path]),
        ("networking.k8s.io/v1", "IPAddress", &["10.0.0.1", "2001:db8::1"], &["2001:DB8::1", "010.0.0.1", "a"]),
        // Somebody else's kinds are called as custom resources may be, however the kind itself is called.
        ("example.com/v1", "Role", &[digit, dotted], &[upper, path]),
        ("example.com/v1", "ClusterRole", &[digit, dotted], &[upper, path]),
        ("example.com/v1", "Namespace", &[digit, dotted], &[upper, path]),
        ("serving.knative.dev/v1", "Service", &[digit, dotted], &[upper, path]),
    ] {
        let wrongs = |name: &str| validate(&json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}}));
        let about_names = |name: &str| wrongs(name).iter().any(|error| error.to_string().starts_with("metadata.name:"));
        for name in right {
            assert!(!about_names(name), "{version} {kind} {name}: {:?}", wrongs(name));
        }
        for name in wrong {
            assert!(about_names(name), "{version} {kind} {name}");
        }
    }
}
