//! What nobody here looks at: kinds that make pods out of sight, as operators' do, and kinds that are not known. Both
//! are named, so that nothing is dropped in silence.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kinds;
use crate::object::Object;
use crate::other_policies::OtherPolicyKind;
use crate::schema;

/// Stands for every kind of a group.
const EVERY: &[&str] = &[];

/// Kinds whose controllers make pods: API group and kinds.
const MAKERS: &[(&str, &[&str])] = &[
    ("monitoring.coreos.com", &["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"]),
    ("argoproj.io", &["Rollout", "Workflow", "CronWorkflow", "Application", "ApplicationSet", "Sensor", "EventSource"]),
    ("serving.knative.dev", EVERY),
    ("eventing.knative.dev", &["Broker"]),
    (
        "kafka.strimzi.io",
        &["Kafka", "KafkaNodePool", "KafkaConnect", "KafkaBridge", "KafkaMirrorMaker", "KafkaMirrorMaker2"],
    ),
    ("postgresql.cnpg.io", &["Cluster", "Pooler"]),
    ("acid.zalan.do", &["postgresql"]),
    ("postgres-operator.crunchydata.com", &["PostgresCluster", "PGAdmin", "PGUpgrade"]),
    ("pgv2.percona.com", &["PerconaPGCluster"]),
    ("pxc.percona.com", &["PerconaXtraDBCluster"]),
    ("psmdb.percona.com", &["PerconaServerMongoDB"]),
    ("mysql.oracle.com", &["InnoDBCluster"]),
    ("k8s.mariadb.com", &["MariaDB", "MaxScale"]),
    ("mongodbcommunity.mongodb.com", &["MongoDBCommunity"]),
    ("elasticsearch.k8s.elastic.co", &["Elasticsearch"]),
    ("kibana.k8s.elastic.co", &["Kibana"]),
    ("logstash.k8s.elastic.co", &["Logstash"]),
    ("apm.k8s.elastic.co", &["ApmServer"]),
    ("beat.k8s.elastic.co", &["Beat"]),
    ("opensearch.opster.io", &["OpenSearchCluster"]),
    ("rabbitmq.com", &["RabbitmqCluster"]),
    ("redis.redis.opstreelabs.in", &["Redis", "RedisCluster", "RedisReplication", "RedisSentinel"]),
    ("databases.spotahome.com", &["RedisFailover"]),
    ("dragonflydb.io", &["Dragonfly"]),
    ("cassandra.datastax.com", &["CassandraDatacenter"]),
    ("k8ssandra.io", &["K8ssandraCluster"]),
    ("scylla.scylladb.com", &["ScyllaCluster"]),
    ("minio.min.io", &["Tenant"]),
    ("ceph.rook.io", &["CephCluster", "CephObjectStore", "CephFilesystem"]),
    ("opentelemetry.io", &["OpenTelemetryCollector"]),
    ("jaegertracing.io", &["Jaeger"]),
    ("grafana.integreatly.org", &["Grafana"]),
    ("loki.grafana.com", &["LokiStack"]),
    ("tempo.grafana.com", &["TempoStack", "TempoMonolithic"]),
    ("operator.victoriametrics.com", &["VMSingle", "VMCluster", "VMAgent", "VMAlert", "VMAlertmanager"]),
    ("k8s.keycloak.org", &["Keycloak"]),
    ("ray.io", &["RayCluster", "RayJob", "RayService"]),
    ("kubeflow.org", &["Notebook", "TFJob", "PyTorchJob", "MPIJob", "XGBoostJob"]),
    ("trainer.kubeflow.org", &["TrainJob"]),
    ("sparkoperator.k8s.io", &["SparkApplication", "ScheduledSparkApplication"]),
    ("flink.apache.org", &["FlinkDeployment"]),
    ("tekton.dev", &["PipelineRun", "TaskRun"]),
    ("keda.sh", &["ScaledJob"]),
    ("batch.volcano.sh", EVERY),
    ("jobset.x-k8s.io", &["JobSet"]),
    ("leaderworkerset.x-k8s.io", &["LeaderWorkerSet"]),
    ("apps.kruise.io", EVERY),
    ("apps.openshift.io", &["DeploymentConfig"]),
    ("helm.toolkit.fluxcd.io", &["HelmRelease"]),
    ("kustomize.toolkit.fluxcd.io", &["Kustomization"]),
    ("helm.cattle.io", &["HelmChart"]),
    ("agones.dev", &["Fleet", "GameServer"]),
    ("camel.apache.org", &["Integration"]),
    ("infinispan.org", &["Infinispan"]),
    ("nats.io", &["NatsCluster"]),
    ("vault.banzaicloud.com", &["Vault"]),
    ("gateway.envoyproxy.io", &["EnvoyProxy"]),
];

/// An object that makes pods which are not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodMaker {
    /// Its kind.
    pub kind: String,
    /// `namespace/name`.
    pub name: String,
    /// Where its pods are, as far as it is known: in its own namespace.
    pub namespace: String,
    /// Where it stands: file and line.
    pub place: String,
}

impl PodMaker {
    /// Those among objects that were read from files.
    #[must_use]
    pub fn of_objects(objects: &[Object]) -> Vec<Self> {
        let makers = objects.iter().filter(|object| makes_pods(&object.value));
        let maker = |object: &Object| {
            let text = |field: &str| object.value["metadata"][field].as_str().unwrap_or_default().to_owned();
            let namespace = Some(text("namespace")).filter(|it| !it.is_empty()).unwrap_or("default".to_owned());
            let line = object.origin.positions.value_at("metadata.name").line;
            Self {
                kind: object.value["kind"].as_str().unwrap_or_default().to_owned(),
                name: format!("{namespace}/{}", text("name")),
                namespace,
                place: format!("{}:{line}", object.origin.file),
            }
        };
        makers.map(maker).collect()
    }
}

/// Whether an object of a kind that is not known here makes pods: its kind is known to, or it holds a pod's spec.
fn makes_pods(object: &Value) -> bool {
    let (group, kind) = kinds::group_and_name(object);
    let known = MAKERS.iter().any(|(of, kinds)| *of == group && (kinds.is_empty() || kinds.contains(&kind)));
    known || is_foreign(group) && !is_definition(kind) && holds_pod_spec(&object["spec"], 0)
}

/// Whether a group is none of Kubernetes' own: those have no dots, or end in `k8s.io`.
fn is_foreign(group: &str) -> bool {
    group.contains('.') && !group.ends_with(".k8s.io")
}

/// Templates of what is made later say nothing about today.
fn is_definition(kind: &str) -> bool {
    kind.ends_with("Template") || matches!(kind, "Task" | "ClusterTask" | "Pipeline" | "ClusterTemplate")
}

/// A pod's spec does not stand deeper than this.
const DEEPEST: usize = 8;

fn holds_pod_spec(value: &Value, depth: usize) -> bool {
    let is_container = |container: &Value| container["name"].is_string() && container["image"].is_string();
    match value {
        Value::Object(fields) => {
            let containers = value["containers"].as_array();
            containers.is_some_and(|list| list.iter().any(is_container))
                || depth < DEEPEST && fields.values().any(|field| holds_pod_spec(field, depth + 1))
        }
        Value::Array(items) => depth < DEEPEST && items.iter().any(|item| holds_pod_spec(item, depth + 1)),
        _ => false,
    }
}

/// The kinds of objects that are not known here, each with how many there are: they are kept, and not looked at.
#[must_use]
pub fn not_looked_at(objects: &[Object]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for Object { value, .. } in objects {
        let (group, kind) = kinds::group_and_name(value);
        let api_version = value["apiVersion"].as_str().unwrap_or_default();
        let known = kinds::find(group, kind).is_some() || schema::kinds().any(|served| served == (api_version, kind));
        if !known && OtherPolicyKind::find(group, kind).is_none() && !makes_pods(value) && !is_old_policy(group, kind) {
            *found.entry(kind.to_owned()).or_default() += 1;
        }
    }
    found
}

/// Policies that are read as what they became.
fn is_old_policy(group: &str, kind: &str) -> bool {
    group == "policy.networking.k8s.io" && kind.ends_with("AdminNetworkPolicy")
}
