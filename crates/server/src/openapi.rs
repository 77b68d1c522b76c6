//! OpenAPI v3: the resource API as Kubernetes documents its own, and Toft's API beside it.
//!
//! Both are made from tables; nothing is written twice. What is served is compared with the
//! files in `crates/server/openapi` by a test, so that a change of the API shows in review.

mod resources;
mod toft;

use serde_json::{Value, json};
use toft_model::API_VERSION;

use resources::status_schema;
pub use toft::{Operation, TOFT_OPERATIONS};

/// A document's name in the index, and how it is made.
pub type Named = (&'static str, fn() -> Value);

/// The documents, by the name under which the index lists them.
pub fn documents() -> [Named; 3] {
    [
        ("api/v1", resources::core as fn() -> Value),
        ("apis/toft.dev/v1alpha1", resources::own),
        ("toft", toft::document),
    ]
}

/// The index of `/openapi/v3`; the hash makes clients fetch a changed document again.
pub fn index() -> Value {
    use sha2::{Digest, Sha256};
    debug_assert!(API_VERSION == "toft.dev/v1alpha1", "the index names the version");
    let paths: serde_json::Map<String, Value> = documents()
        .into_iter()
        .map(|(name, make)| {
            let hash = hex::encode_upper(Sha256::digest(make().to_string()));
            let url = format!("/openapi/v3/{name}?hash={hash}");
            (name.to_owned(), json!({ "serverRelativeURL": url }))
        })
        .collect();
    json!({ "paths": paths })
}

/// The document of this name.
pub fn document(name: &str) -> Option<Value> {
    documents()
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, make)| make())
}

/// An OpenAPI v2 document of nothing but version and title, as a protocol buffer: fields
/// `swagger` (1) and `info` (2) with `title` (1) and `version` (2).
pub fn legacy() -> Vec<u8> {
    let info = [field(1, b"Toft"), field(2, env!("CARGO_PKG_VERSION").as_bytes())].concat();
    [field(1, b"2.0"), field(2, &info)].concat()
}

/// A length-delimited field; its number and length fit one octet each.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    debug_assert!(
        number < 16 && content.len() < 128,
        "larger ones take several octets"
    );
    let mut bytes = vec![(number << 3) | 2, u8::try_from(content.len()).unwrap_or(0)];
    bytes.extend_from_slice(content);
    bytes
}

fn info(title: &str) -> Value {
    json!({ "title": title, "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0" } })
}

fn security() -> Value {
    json!({
        "token": { "type": "http", "scheme": "bearer", "description": "An API token: `toft token create`." },
        "session": { "type": "apiKey", "in": "cookie", "name": "__Host-toft", "description": "A browser's session." },
    })
}
