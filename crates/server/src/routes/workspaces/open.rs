//! A link into an app, that signs in once.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use toft_model::template::AppKind;
use toft_model::{Kind, Template, Workspace};
use toft_store::Key;

use crate::people::accounts::Purpose;
use crate::people::identify::host;
use crate::people::policy::{Act, Caller, Via};
use crate::state::App;
use crate::wire::asked::Path;
use crate::wire::decode::{self, SMALL_BODY_MAX};
use crate::wire::status::{ApiError, ApiResult};

/// What is to be opened.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    /// An app's name or a port; the first app where nothing is said.
    app: Option<String>,
}

/// Makes a link that opens an app of the workspace and signs the caller in once.
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Json<Value>> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    let body = decode::read(body, SMALL_BODY_MAX).await?;
    let wanted: Wanted = if body.is_empty() {
        Wanted::default()
    } else {
        decode::typed(Kind::Workspace, decode::parse(&headers, &body)?)?
    };
    // The local socket's clients name a host that means nothing.
    let visited = (caller.via != Via::Socket)
        .then(|| host(&uri, &headers))
        .flatten();
    let target = target(&app, visited.as_deref(), &workspace, wanted.app.as_deref()).await?;
    let (code, expires) = app
        .accounts()
        .issue_code(&caller.user, Purpose::Open, &target, None)
        .await
        .map_err(|error| ApiError::internal("make a link", &error))?;
    let url = app.site().ui_url(visited.as_deref());
    Ok(Json(json!({
        "url": format!("{url}/api/toft/v1/open?code={code}"),
        "target": target,
        "expiresAt": expires,
    })))
}

/// Where the app is: a page of the UI for a terminal, a host of its own for a web app.
async fn target(
    app: &App,
    visited: Option<&str>,
    workspace: &Workspace,
    wanted: Option<&str>,
) -> ApiResult<String> {
    let (name, owner) = (
        &workspace.metadata.name,
        workspace.metadata.namespace.clone().unwrap_or_default(),
    );
    let template = app
        .store()
        .get(&Key::new(Kind::Template, "", &workspace.spec.template))
        .await?;
    let template = template
        .map(|template| decode::typed::<Template>(Kind::Template, template))
        .transpose()?;
    let apps = template.map(|template| template.spec.apps).unwrap_or_default();
    let port = wanted
        .and_then(|wanted| wanted.parse::<u16>().ok())
        .filter(|port| *port > 0);
    if let Some(port) = port {
        return app_url(app, visited, &port.to_string(), workspace).await;
    }
    let found = match wanted {
        None => apps.iter().find(|app| app.kind != AppKind::Service),
        Some(wanted) => apps.iter().find(|app| app.name == wanted),
    };
    match found {
        Some(found) if found.kind == AppKind::Web => app_url(app, visited, &found.name, workspace).await,
        Some(found) if found.kind == AppKind::Service && wanted.is_some() => {
            Err(ApiError::bad_request(format!(
                "'{}' is a service and has no page; `toft logs {name} --app {}` shows what it says",
                found.name, found.name
            )))
        }
        Some(found) => Ok(format!("/w/{owner}/{name}?app={}", found.name)),
        None if wanted.is_none() => Ok(format!("/w/{owner}/{name}")),
        None => {
            let known: Vec<&str> = apps.iter().map(|app| app.name.as_str()).collect();
            Err(ApiError::bad_request(format!(
                "'{name}' has no app '{}'; it has {}, and any port by its number",
                crate::wire::status::clip(wanted.unwrap_or_default()),
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            )))
        }
    }
}

async fn app_url(app: &App, visited: Option<&str>, name: &str, workspace: &Workspace) -> ApiResult<String> {
    let url = app.site().app_url(visited, name, workspace).await;
    let refused = |error: crate::site::SiteError| {
        ApiError::conflict(Kind::Workspace, &workspace.metadata.name, &error.to_string())
    };
    Ok(format!("{}/", url.map_err(refused)?))
}
