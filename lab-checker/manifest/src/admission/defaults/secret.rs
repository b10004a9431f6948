//! The defaults of Secrets.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::missing::{entry, set_text};

/// A Secret is Opaque unless it says otherwise, and its `stringData` becomes `data`.
pub(super) fn secret(secret: &mut Map<String, Value>) {
    set_text(secret, "type", "Opaque");
    let Some(Value::Object(texts)) = secret.remove("stringData") else { return };
    let data = entry(secret, "data");
    for (key, text) in texts {
        data.insert(key, BASE64_STANDARD.encode(text.as_str().unwrap_or_default()).into());
    }
}
