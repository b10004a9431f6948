//! Which fields each kind has, and of which Go type: read from the OpenAPI schemas that k8s-openapi
//! carries, so that no list of fields is kept here.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use k8s_openapi::Resource;
use k8s_openapi::api::{
    apps, autoscaling, batch, coordination, core, discovery, events, networking, policy, rbac, scheduling, storage,
};
use k8s_openapi::apimachinery::pkg::apis::meta;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::cluster_network_policy::cluster_network_policy_schema;

/// The shape of a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object with known fields: the name of a [`Struct`].
    Struct(String),
    List(Box<Shape>),
    Map(Box<Shape>),
    Text,
    Bytes,
    Bool,
    Integer(&'static str),
    Float,
    IntOrString,
    Quantity,
    Time,
    /// Anything at all.
    Any,
}

/// An object with known fields.
#[derive(Debug)]
pub(crate) struct Struct {
    /// Its Go name, such as `LabelSelector`.
    pub(crate) name: String,
    /// Its Go type with the package, such as `v1.LabelSelector`.
    pub(crate) go_type: String,
    pub(crate) fields: BTreeMap<String, Shape>,
    /// The fields that are never left out when it is written.
    pub(crate) required: Vec<String>,
}

/// A kind, and all that it is made of.
#[derive(Debug)]
pub(crate) struct Kind {
    structs: HashMap<String, Struct>,
    root: String,
}

/// One row of the table of kinds. A schema is made when its kind is first met: all of them together
/// take longer than many a command.
struct Row {
    api_version: &'static str,
    kind: &'static str,
    generate: fn() -> Kind,
    generated: OnceLock<Kind>,
}

macro_rules! rows {
    ($($group:ident::$version:ident { $($kind:ident)* })*) => {
        [$($(Row {
            api_version: <$group::$version::$kind as Resource>::API_VERSION,
            kind: <$group::$version::$kind as Resource>::KIND,
            generate: Kind::generate::<$group::$version::$kind>,
            generated: OnceLock::new(),
        },)*)*
        Row {
            api_version: "policy.networking.k8s.io/v1alpha2",
            kind: "ClusterNetworkPolicy",
            generate: Kind::cluster_network_policy,
            generated: OnceLock::new(),
        }]
    };
}

static ROWS: [Row; 40] = rows! {
    core::v1 {
        ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate
        ReplicationController ResourceQuota Secret Service ServiceAccount
    }
    apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
    autoscaling::v1 { Scale }
    autoscaling::v2 { HorizontalPodAutoscaler }
    batch::v1 { CronJob Job }
    coordination::v1 { Lease }
    discovery::v1 { EndpointSlice }
    events::v1 { Event }
    networking::v1 { IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR }
    policy::v1 { PodDisruptionBudget }
    rbac::v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
    scheduling::v1 { PriorityClass }
    storage::v1 { StorageClass }
};

/// A kind that is known here.
pub(crate) fn find(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let row = ROWS.iter().find(|row| row.api_version == api_version && row.kind == kind)?;
    Some(row.generated.get_or_init(row.generate))
}

/// Every kind that is known here, with its apiVersion.
pub(crate) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|row| (row.api_version, row.kind))
}

impl Kind {
    /// The whole object.
    pub(crate) fn root(&self) -> &Struct {
        &self.structs[&self.root]
    }

    /// A struct by the name that a [`Shape`] has for it.
    pub(crate) fn find(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name)
    }

    /// The Go type of a shape, as it stands in decoding errors.
    pub(crate) fn go_type(&self, shape: &Shape) -> String {
        match shape {
            Shape::Struct(name) => self.find(name).map_or_else(|| name.clone(), |found| found.go_type.clone()),
            Shape::List(items) => format!("[]{}", self.go_type(items)),
            Shape::Map(values) => format!("map[string]{}", self.go_type(values)),
            Shape::Text => "string".to_owned(),
            Shape::Bytes => "[]uint8".to_owned(),
            Shape::Bool => "bool".to_owned(),
            Shape::Integer(name) => (*name).to_owned(),
            Shape::Float => "float64".to_owned(),
            Shape::IntOrString => "intstr.IntOrString".to_owned(),
            Shape::Quantity => "resource.Quantity".to_owned(),
            Shape::Time => "v1.Time".to_owned(),
            Shape::Any => "interface {}".to_owned(),
        }
    }

    fn generate<T: JsonSchema>() -> Self {
        let mut generator = SchemaGenerator::default();
        generator.subschema_for::<T>();
        let mut kind = Self { structs: HashMap::new(), root: T::schema_name().into_owned() };
        for (name, schema) in generator.definitions() {
            kind.add(name, schema);
        }
        kind
    }

    fn cluster_network_policy() -> Self {
        let mut generator = SchemaGenerator::default();
        generator.subschema_for::<meta::v1::ObjectMeta>();
        generator.subschema_for::<meta::v1::LabelSelector>();
        generator.subschema_for::<meta::v1::Condition>();
        let root = "io.x-k8s.policy.v1alpha2.ClusterNetworkPolicy".to_owned();
        let mut kind = Self { structs: HashMap::new(), root: root.clone() };
        for (name, schema) in generator.definitions() {
            kind.add(name, schema);
        }
        kind.add(&root, &cluster_network_policy_schema());
        kind
    }

    fn add(&mut self, name: &str, schema: &Value) {
        let Some(properties) = schema["properties"].as_object() else { return };
        let fields =
            properties.iter().map(|(field, schema)| (field.clone(), self.shape(name, field, schema))).collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let go_name = name.rsplit('.').next().unwrap_or(name).to_owned();
        let version = name.rsplit('.').nth(1).unwrap_or_default();
        let found = Struct {
            go_type: format!("{version}.{go_name}"),
            name: go_name,
            fields,
            required: required.filter_map(|field| field.as_str().map(str::to_owned)).collect(),
        };
        self.structs.insert(name.to_owned(), found);
    }

    fn shape(&mut self, owner: &str, field: &str, schema: &Value) -> Shape {
        if let Some(name) = schema["$ref"].as_str() {
            return reference(name.rsplit('/').next().unwrap_or(name));
        }
        match schema["type"].as_str() {
            Some("array") => Shape::List(Box::new(self.shape(owner, field, &schema["items"]))),
            Some("object") if schema["properties"].is_object() => {
                // A struct that stands where it is used: its name is made from where that is.
                let name = format!("{owner}{}", capital(field));
                self.add(&name, schema);
                Shape::Struct(name)
            }
            Some("object") if schema["additionalProperties"].is_object() => {
                Shape::Map(Box::new(self.shape(owner, field, &schema["additionalProperties"])))
            }
            Some("string") if schema["format"] == "byte" => Shape::Bytes,
            Some("string") if schema["format"] == "date-time" => Shape::Time,
            Some("string") => Shape::Text,
            Some("boolean") => Shape::Bool,
            Some("integer") if schema["format"] == "int64" => Shape::Integer("int64"),
            Some("integer") => Shape::Integer("int32"),
            Some("number") => Shape::Float,
            _ if schema["x-kubernetes-int-or-string"] == true => Shape::IntOrString,
            _ => Shape::Any,
        }
    }
}

/// Types with their own way of reading JSON are known by name.
fn reference(name: &str) -> Shape {
    match name.rsplit('.').next().unwrap_or(name) {
        "IntOrString" => Shape::IntOrString,
        "Quantity" => Shape::Quantity,
        "Time" | "MicroTime" => Shape::Time,
        "RawExtension" | "FieldsV1" | "JSON" | "JSONSchemaPropsOrBool" => Shape::Any,
        _ => Shape::Struct(name.to_owned()),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
