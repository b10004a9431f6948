//! Writes down ahead what k8s-openapi says of every kind. Only tests have the code that knows it: it is large, and
//! takes long to build. After an update of k8s-openapi:
//!
//! ```console
//! RENEW_DEFINITIONS=1 cargo test -p manifest made_ahead
//! ```

use std::path::Path;

use k8s_openapi::api::{
    apps, authentication, authorization, autoscaling, batch, coordination, core, discovery, events, networking, policy,
    rbac, scheduling, storage,
};
use k8s_openapi::apimachinery::pkg::apis::meta;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::definitions::{Definitions, Row, all_rows, collect, objects, requests, served};

fn generate<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

macro_rules! generators {
    ($($group:ident $api_version:literal $version:ident { $($kind:ident)* })*) => {
        &[$($(of_kind::<$group::$version::$kind>(),)*)*]
    };
}

/// A kind as k8s-openapi has it, and what makes its definitions.
type Generator = (&'static str, &'static str, fn() -> String, fn(&mut SchemaGenerator));

const fn of_kind<T: k8s_openapi::Resource + JsonSchema>() -> Generator {
    (T::API_VERSION, T::KIND, || T::schema_name().into_owned(), generate::<T>)
}

static OBJECTS: &[Generator] = objects!(generators);
static REQUESTS: &[Generator] = requests!(generators);

fn all() -> Definitions {
    let mut generator = SchemaSettings::openapi3().into_generator();
    for (.., make) in OBJECTS.iter().chain(REQUESTS) {
        make(&mut generator);
    }
    generate::<meta::v1::Condition>(&mut generator);
    generate::<meta::v1::DeleteOptions>(&mut generator);
    generate::<meta::v1::Status>(&mut generator);
    generate::<meta::v1::WatchEvent<core::v1::Pod>>(&mut generator);
    generator.take_definitions(true).into_iter().map(|(name, schema)| (name, served(schema))).collect()
}

/// Takes the descriptions out of a schema, each with the JSON pointer to where it stood. A property may be called
/// `description`: only the text beside a schema's other words is one.
fn taken(schema: &mut Value, pointer: &str, found: &mut Vec<(String, Value)>) {
    if let Some(map) = schema.as_object_mut() {
        if let Some(text) = map.shift_remove("description") {
            found.push((pointer.to_owned(), text));
        }
        for (key, value) in map {
            let below = format!("{pointer}/{key}");
            match key.as_str() {
                "properties" => {
                    for (name, property) in value.as_object_mut().into_iter().flatten() {
                        taken(property, &format!("{below}/{name}"), found);
                    }
                }
                "items" | "additionalProperties" => taken(value, &below, found),
                "allOf" | "anyOf" | "oneOf" => {
                    for (at, part) in value.as_array_mut().into_iter().flatten().enumerate() {
                        taken(part, &format!("{below}/{at}"), found);
                    }
                }
                _ => {}
            }
        }
    }
}

fn written() -> (String, String) {
    let (mut definitions, mut descriptions) = (String::new(), String::new());
    for (name, mut schema) in all() {
        let mut found = Vec::new();
        taken(&mut schema, "", &mut found);
        definitions.push_str(&format!("{name} {schema}\n"));
        for (pointer, text) in found {
            descriptions.push_str(&format!("{name} {pointer} {text}\n"));
        }
    }
    (definitions, descriptions)
}

#[test]
fn what_is_written_down_is_what_k8s_openapi_says() {
    let (definitions, descriptions) = written();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema");
    if std::env::var_os("RENEW_DEFINITIONS").is_some() {
        std::fs::write(folder.join("definitions.txt"), &definitions).unwrap();
        std::fs::write(folder.join("descriptions.txt"), &descriptions).unwrap();
    }
    let renew = "renew it with `RENEW_DEFINITIONS=1 cargo test -p manifest made_ahead`";
    for (file, expected) in [("definitions.txt", definitions), ("descriptions.txt", descriptions)] {
        let found = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(found == expected, "{file} is not what k8s-openapi says: {renew}");
    }
}

#[test]
fn what_is_read_is_what_was_written_down() {
    let mut read = collect();
    read.retain(|name, _| !name.starts_with("io.k8s.networking.policy."));
    let made = all();
    assert_eq!(read.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (name, schema) in made {
        assert_eq!(read[&name].to_string(), schema.to_string(), "{name}");
    }
}

#[test]
fn kinds_are_called_what_k8s_openapi_calls_them() {
    let called = |row: &Row| (row.api_version, row.kind, row.name.to_owned());
    let known: Vec<_> = all_rows().map(called).filter(|(.., name)| name.starts_with("io.k8s.api.")).collect();
    let made: Vec<_> =
        OBJECTS.iter().chain(REQUESTS).map(|(api_version, kind, name, _)| (*api_version, *kind, name())).collect();
    assert_eq!(known, made);
}
