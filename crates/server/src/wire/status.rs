//! Errors as Kubernetes' `Status`: one type for every refusal of the resource API, and the one
//! place where a cause becomes an HTTP status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use toft_model::{GROUP, Invalid, Kind};

/// A refusal: what failed, on what, why, and what to do.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: StatusCode,
    reason: &'static str,
    message: String,
    details: Option<Details>,
    hint: Option<String>,
}

/// What the refusal is about.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    kind: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

/// The result of a handler of the resource API.
pub type ApiResult<T> = Result<T, ApiError>;

// === impl ApiError ===

impl ApiError {
    /// Any refusal.
    pub fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner {
            code,
            reason,
            message,
            details: None,
            hint: None,
        }))
    }

    /// No such object, or none that the caller may see.
    pub fn not_found(kind: Kind, name: &str) -> Self {
        let message = format!("{} \"{}\" not found", resource(kind), clip(name));
        Self::new(StatusCode::NOT_FOUND, "NotFound", message).about(kind, name)
    }

    /// No such namespace, or none that the caller may see.
    pub fn namespace_not_found(name: &str) -> Self {
        let message = format!("namespaces \"{}\" not found", clip(name));
        let mut error = Self::new(StatusCode::NOT_FOUND, "NotFound", message);
        error.0.details = Some(Details {
            name: clip(name),
            kind: "namespaces".to_owned(),
            ..Details::default()
        });
        error
    }

    /// No such page.
    pub fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NotFound",
            "the server could not find the requested resource; /api lists what there is",
        )
    }

    /// The name is taken.
    pub fn already_exists(kind: Kind, name: &str) -> Self {
        let message = format!(
            "{} \"{name}\" already exists; choose another name, or change the one that is there",
            resource(kind)
        );
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message).about(kind, name)
    }

    /// The caller's copy is not the newest.
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": {why}",
            resource(kind),
            clip(name)
        );
        Self::new(StatusCode::CONFLICT, "Conflict", message).about(kind, name)
    }

    /// Fields that break rules.
    pub fn invalid(kind: Kind, name: &str, invalid: &Invalid) -> Self {
        let message = format!("{kind}.{GROUP} \"{}\" is invalid: {invalid}", clip(name));
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message).about(kind, name);
        if let Some(details) = &mut error.0.details {
            kind.as_str().clone_into(&mut details.kind);
            details.causes = invalid
                .causes
                .iter()
                .map(
                    |cause| json!({ "reason": cause.reason, "message": cause.message, "field": cause.field }),
                )
                .collect();
        }
        error
    }

    /// One field that breaks a rule.
    pub fn invalid_field(kind: Kind, name: &str, field: &str, message: impl Into<String>) -> Self {
        Self::invalid(kind, name, &Invalid::field(field, message))
    }

    /// A request that makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// Known, but not allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// Not known.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "you are not signed in")
            .hint("open a login link (`toft up` prints one), or send 'Authorization: Bearer toft_…' (`toft token create`)")
    }

    /// A resource version that the change log no longer holds.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "Expired", message)
    }

    /// A body that is not understood.
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            message,
        )
    }

    /// Too many tries from one source.
    pub fn too_many_requests(retry_after_s: u32) -> Self {
        let message = format!("too many failed attempts from your address; try again in {retry_after_s} s");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        error.0.details = Some(Details {
            retry_after_seconds: Some(retry_after_s),
            ..Details::default()
        });
        error
    }

    /// Not now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// A failure of ours. It is logged here, once; the caller learns what failed, not the insides.
    pub fn internal(doing: &str, error: &dyn std::error::Error) -> Self {
        let chain = toft_model::cause::chain(error);
        tracing::error!(doing, error = %chain, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            format!("failed to {doing}: {error}"),
        )
        .hint("the server's log has the details; `toft doctor` checks the host")
    }

    /// Says which object it is about.
    #[must_use]
    pub fn about(mut self, kind: Kind, name: &str) -> Self {
        let group = if kind == Kind::Event { "" } else { GROUP };
        self.0.details = Some(Details {
            name: clip(name),
            group: group.to_owned(),
            kind: kind.plural().to_owned(),
            ..Details::default()
        });
        self
    }

    /// Says what to do, where problems have a place of their own for it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The HTTP status.
    pub fn code(&self) -> StatusCode {
        self.0.code
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// One word for programs.
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// What to do.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Seconds after which it may be tried again.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.details.as_ref()?.retry_after_seconds
    }

    /// As a `Status` object; a hint is part of the sentence there.
    pub fn to_status(&self) -> Value {
        let inner = &self.0;
        let message = match &inner.hint {
            Some(hint) => format!("{}: {hint}", inner.message),
            None => inner.message.clone(),
        };
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": inner.reason,
            "code": inner.code.as_u16(),
        });
        if let Some(details) = &inner.details {
            status["details"] = json!(details);
        }
        status
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.0.code, Json(self.to_status())).into_response();
        add_headers(&self, &mut response);
        response
    }
}

/// What goes with a refusal beside its body, in either form.
pub(crate) fn add_headers(error: &ApiError, response: &mut Response) {
    if let Some(seconds) = error.retry_after() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.code() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"toft\""),
        );
    }
}

/// `workspaces.toft.dev`, as Kubernetes names a resource in messages.
fn resource(kind: Kind) -> String {
    if kind == Kind::Event {
        kind.plural().to_owned()
    } else {
        format!("{}.{GROUP}", kind.plural())
    }
}

/// The beginning of foreign text, for a message.
pub(crate) fn clip(text: &str) -> String {
    text.chars()
        .take(80)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
