//! What is kept and not looked at, and what makes pods out of sight: all of it is named.

use manifest::{PodMaker, not_looked_at, parse};

fn read(text: &str) -> Vec<manifest::Object> {
    let parsed = parse("a.yaml", text);
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    parsed.objects
}

fn object(api_version: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, namespace: shop}}\n{rest}\n")
}

#[test]
fn kinds_that_make_pods_are_named() {
    let template = "spec: {template: {spec: {containers: [{name: c, image: nginx}]}}}";
    let deep = "spec: {groups: [{replicas: 1, pod: {spec: {containers: [{name: c, image: nginx}]}}}]}";
    for (api_version, kind, rest) in [
        ("monitoring.coreos.com/v1", "Prometheus", "spec: {replicas: 2}"),
        ("monitoring.coreos.com/v1", "Alertmanager", "spec: {}"),
        ("argoproj.io/v1alpha1", "Rollout", template),
        ("serving.knative.dev/v1", "Service", template),
        ("kafka.strimzi.io/v1beta2", "Kafka", "spec: {}"),
        ("postgresql.cnpg.io/v1", "Cluster", "spec: {instances: 3}"),
        ("acid.zalan.do/v1", "postgresql", "spec: {}"),
        // Those that nobody has written down, by what they hold.
        ("example.com/v1", "Widget", template),
        ("example.com/v1", "Fleet", deep),
    ] {
        let makers = PodMaker::of_objects(&read(&object(api_version, kind, rest)));
        assert_eq!(makers.len(), 1, "{api_version} {kind}");
        let PodMaker { kind: told, name, namespace, place } = &makers[0];
        assert_eq!((told.as_str(), name.as_str(), namespace.as_str()), (kind, "shop/x", "shop"));
        assert_eq!(place, "a.yaml:3");
    }
    for (api_version, kind, rest) in [
        (
            "apps/v1",
            "Deployment",
            "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: nginx}]}}}",
        ),
        ("monitoring.coreos.com/v1", "ServiceMonitor", "spec: {endpoints: []}"),
        ("example.com/v1", "Widget", "spec: {containers: 3}"),
        ("example.com/v1", "Widget", "spec: {containers: [{name: a, size: 3}]}"),
        ("argoproj.io/v1alpha1", "WorkflowTemplate", template),
    ] {
        assert_eq!(PodMaker::of_objects(&read(&object(api_version, kind, rest))), [], "{api_version} {kind}");
    }
}

#[test]
fn kinds_that_nobody_looks_at_are_kept_and_counted() {
    let text = [
        object("monitoring.coreos.com/v1", "ServiceMonitor", "spec: {}"),
        object("monitoring.coreos.com/v1", "ServiceMonitor", "spec: {}").replace("name: x", "name: y"),
        object("gateway.networking.k8s.io/v1", "Gateway", "spec: {}"),
        // These are known, though they say nothing about traffic.
        object("v1", "ConfigMap", "data: {a: b}"),
        // These are named elsewhere.
        object("cilium.io/v2", "CiliumNetworkPolicy", "spec: {}"),
        object("argoproj.io/v1alpha1", "Rollout", "spec: {}"),
    ];
    let objects = read(&text.join("---\n"));
    assert_eq!(objects.len(), 6);
    let counted: Vec<(String, usize)> = not_looked_at(&objects).into_iter().collect();
    assert_eq!(counted, [("Gateway".to_owned(), 1), ("ServiceMonitor".to_owned(), 2)]);
}

#[test]
fn every_version_that_a_server_takes_is_read() {
    for (api_version, kind, rest) in [
        (
            "autoscaling/v1",
            "HorizontalPodAutoscaler",
            "spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: a}}",
        ),
        ("resource.k8s.io/v1beta1", "ResourceClaim", "spec: {}"),
    ] {
        assert_eq!(read(&object(api_version, kind, rest)).len(), 1, "{api_version} {kind}");
    }
    for (api_version, kind) in
        [("autoscaling/v2beta2", "HorizontalPodAutoscaler"), ("networking.k8s.io/v1beta1", "NetworkPolicy")]
    {
        assert!(
            parse("a.yaml", &object(api_version, kind, "spec: {podSelector: {}}")).has_errors(),
            "{api_version} {kind}"
        );
    }
}

#[test]
fn tabs_between_the_words_of_a_flow_are_spaces() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a,\tnamespace: x, labels: {\n\tapp: a,\tb: c}}\nspec: {containers: [{name: c,\timage: nginx}]}\n";
    let objects = read(text);
    assert_eq!(objects[0].value["metadata"]["labels"]["b"], "c");
}
