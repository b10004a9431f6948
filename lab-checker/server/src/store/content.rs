//! What is handed in at labs, as it is kept: deflated JSON under the hash of the JSON, so that who checks the same
//! thirty times keeps it once.

use std::io::{Read, Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::columns::places;

/// The most that is read of one: far more than is ever kept, for a database that somebody else has written to.
const LONGEST: u64 = 64 << 20;

/// A value as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Content {
    pub(super) hash: String,
    deflated: Vec<u8>,
}

impl Content {
    pub(super) fn of(value: &Value) -> std::io::Result<Self> {
        let text = value.to_string();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes())?;
        Ok(Self { hash: URL_SAFE_NO_PAD.encode(Sha256::digest(&text)), deflated: encoder.finish()? })
    }
}

/// The value that is kept as these bytes.
pub(super) fn inflated(deflated: &[u8]) -> std::result::Result<Value, sqlx::Error> {
    let mut text = String::new();
    let read = ZlibDecoder::new(deflated).take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| sqlx::Error::Decode(error.into()))?;
    serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Keep contents, those that are there already excepted. They are sorted and differ: two servers that keep the same
/// ones wait for each other in the same order.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    contents: &[&Content],
) -> std::result::Result<(), sqlx::Error> {
    let values = places(contents.len(), 2);
    let sql = format!("INSERT INTO submissions (hash, content) VALUES {values} ON CONFLICT (hash) DO NOTHING");
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for content in contents {
        query = query.bind(content.hash.clone()).bind(content.deflated.clone());
    }
    query.execute(connection).await?;
    Ok(())
}
