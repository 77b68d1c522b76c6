//! Answers in the form that the client asked for.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use toft_model::Kind;

use crate::resources::params::Raw;
use crate::wire::accept::{self, Form};
use crate::wire::status::{ApiError, ApiResult};
use crate::wire::table::{self, Include};

/// How answers of one request look.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The kind; namespaces have none of Toft's.
    pub kind: Option<Kind>,
    /// Objects or a table.
    pub form: Form,
    /// What rows carry.
    pub include: Include,
}

// === impl Shape ===

impl Shape {
    /// As the request says.
    ///
    /// # Errors
    /// `includeObject` is none that is known.
    pub fn of(kind: Option<Kind>, headers: &HeaderMap, raw: &Raw) -> ApiResult<Self> {
        let include = Include::parse(raw.get("includeObject").map(String::as_str).unwrap_or_default())
            .ok_or_else(|| ApiError::bad_request("includeObject must be None, Metadata or Object"))?;
        Ok(Self {
            kind,
            form: accept::form(headers),
            include,
        })
    }

    /// One object.
    pub fn object(&self, object: Value) -> Value {
        match self.form {
            Form::Objects => object,
            Form::Metadata => table::partial(&object),
            Form::Table => {
                let metadata = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
                self.table(&[object], metadata)
            }
        }
    }

    /// A list of objects.
    pub fn list(&self, items: &[Value], metadata: Value) -> Value {
        match self.form {
            Form::Table => self.table(items, metadata),
            Form::Metadata => json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": items.iter().map(table::partial).collect::<Vec<_>>(),
            }),
            Form::Objects => json!({
                "kind": format!("{}List", self.kind.map_or("Namespace", Kind::as_str)),
                "apiVersion": self.kind.map_or("v1", Kind::api_version),
                "metadata": metadata,
                "items": items,
            }),
        }
    }

    fn table(&self, items: &[Value], metadata: Value) -> Value {
        table::table(self.kind, items, metadata, self.include, Timestamp::now())
    }
}

/// A change that was made, or would have been.
pub fn changed(status: StatusCode, shape: &Shape, object: Value) -> Response {
    (status, Json(shape.object(object))).into_response()
}

/// The `Status` of a deletion.
pub fn success(kind: Kind, name: &str, uid: &Value) -> Response {
    let group = if kind == Kind::Event {
        ""
    } else {
        toft_model::GROUP
    };
    Json(json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": { "name": name, "group": group, "kind": kind.plural(), "uid": uid },
    }))
    .into_response()
}

/// The answer to clients that would write a status.
pub async fn status_is_the_servers() -> Response {
    let error = ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        "the status is written by the server only; change the spec to say what you want",
    );
    ([(header::ALLOW, "GET, HEAD")], error).into_response()
}
