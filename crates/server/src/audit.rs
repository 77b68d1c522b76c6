//! The audit log: every write and every sign-in, with who, from where, and how it went.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use toft_store::audit::Entry;

use crate::people::identify::source_text;
use crate::people::policy::Caller;
use crate::state::App;

/// Addresses whose handlers write their own entries.
const OWN_ENTRIES: [&str; 2] = ["/api/toft/v1/login", "/api/toft/v1/open"];

/// Notes every request that changes something or goes inside a workspace.
pub async fn audit(State(app): State<App>, request: Request, next: Next) -> Response {
    let matched = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned())
        .unwrap_or_default();
    let Some(verb) = verb(request.method(), &matched) else {
        return next.run(request).await;
    };
    if request
        .uri()
        .query()
        .is_some_and(|query| query.contains("dryRun=All"))
    {
        return next.run(request).await;
    }
    let caller = request
        .extensions()
        .get::<Caller>()
        .map(|caller| caller.user.to_string());
    let source = source_text(request.extensions());
    let object = object(request.uri().path());
    let response = next.run(request).await;
    // Whoever is not signed in did nothing: floods of those must not fill the log.
    let Some(actor) = caller else { return response };
    let entry = Entry {
        id: 0,
        at_ms: 0,
        actor,
        source,
        verb: verb.to_owned(),
        object,
        outcome: outcome(response.status()),
    };
    append(&app, entry).await;
    response
}

/// Appends; a log that cannot be written is told about, and stops nobody.
pub(crate) async fn append(app: &App, entry: Entry) {
    if let Err(error) = app.store().append_audit(entry).await {
        tracing::error!(error = %toft_model::cause::chain(&error), "failed to append to the audit log");
    }
}

fn verb(method: &Method, matched: &str) -> Option<&'static str> {
    if OWN_ENTRIES.contains(&matched) {
        return None;
    }
    let inside = [("/exec", "exec"), ("/terminal", "terminal")];
    if let Some((_, verb)) = inside.iter().find(|(end, _)| matched.ends_with(end)) {
        return Some(verb);
    }
    match *method {
        Method::POST => Some(if matched.ends_with("/open") {
            "open"
        } else {
            "create"
        }),
        Method::PUT => Some("update"),
        Method::PATCH => Some("patch"),
        Method::DELETE => Some("delete"),
        _ => None,
    }
}

/// An address without the part that all have in common.
fn object(path: &str) -> String {
    let short = ["/apis/toft.dev/v1alpha1/", "/api/toft/v1/", "/api/v1/"]
        .iter()
        .find_map(|base| path.strip_prefix(base));
    let short = short.unwrap_or(path);
    short
        .strip_prefix("namespaces/")
        .unwrap_or(short)
        .chars()
        .take(300)
        .collect()
}

fn outcome(status: StatusCode) -> String {
    if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
        return "ok".to_owned();
    }
    format!(
        "{} {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    )
    .trim()
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_ways_inside_are_noted() {
        let base = "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}";
        assert_eq!(verb(&Method::GET, base), None);
        assert_eq!(verb(&Method::PATCH, base), Some("patch"));
        assert_eq!(verb(&Method::GET, &format!("{base}/exec")), Some("exec"));
        assert_eq!(verb(&Method::POST, &format!("{base}/open")), Some("open"));
        assert_eq!(
            verb(&Method::POST, "/api/toft/v1/login"),
            None,
            "audited where it happens"
        );
        assert_eq!(
            object("/apis/toft.dev/v1alpha1/namespaces/ada/workspaces/dev"),
            "ada/workspaces/dev"
        );
    }
}
