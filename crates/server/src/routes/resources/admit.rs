//! What an object needs of others to be let in.

use serde_json::Value;
use toft_model::{Kind, Snapshot, Template, Workspace};
use toft_store::{Key, Page, Selection};

use crate::state::App;
use crate::wire::decode;
use crate::wire::status::{ApiError, ApiResult};

/// A namespace is there when its person is.
///
/// # Errors
/// There is no such person.
pub async fn namespace(app: &App, kind: Kind, namespace: &str) -> ApiResult<()> {
    if !kind.namespaced() || app.store().user(namespace).await?.is_some() {
        return Ok(());
    }
    Err(ApiError::namespace_not_found(namespace).hint("every user has one: 'toft user add NAME' makes both"))
}

/// What it names exists, and it can run here at all.
///
/// # Errors
/// `Invalid`, with the field and what would be right.
pub async fn object(app: &App, kind: Kind, object: &Value) -> ApiResult<()> {
    match kind {
        Kind::Workspace => workspace(app, object).await,
        Kind::Template => {
            let template: Template = decode::typed(kind, object.clone())?;
            image(app, &template).await
        }
        Kind::Snapshot => {
            let snapshot: Snapshot = decode::typed(kind, object.clone())?;
            let checked = app.engine().check_snapshot(&snapshot).await?;
            checked.map_err(|invalid| ApiError::invalid(kind, &snapshot.metadata.name, &invalid))
        }
        Kind::Image | Kind::Event => Ok(()),
    }
}

async fn workspace(app: &App, object: &Value) -> ApiResult<()> {
    let workspace: Workspace = decode::typed(Kind::Workspace, object.clone())?;
    let checked = app.engine().check(&workspace).await?;
    checked.map_err(|invalid| ApiError::invalid(Kind::Workspace, &workspace.metadata.name, &invalid))
}

/// The image of a template exists.
async fn image(app: &App, template: &Template) -> ApiResult<()> {
    let wanted = &template.spec.image;
    if app
        .store()
        .get(&Key::new(Kind::Image, "", wanted))
        .await?
        .is_some()
    {
        return Ok(());
    }
    let all = app
        .store()
        .list(&Selection::all(Kind::Image), &Page::default())
        .await?;
    let known: Vec<&str> = all
        .items
        .iter()
        .filter_map(|item| item["metadata"]["name"].as_str())
        .collect();
    let known = if known.is_empty() {
        "there are none yet".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    let message = format!("there is no image '{wanted}': {known}");
    Err(ApiError::invalid_field(
        Kind::Template,
        &template.metadata.name,
        "spec.image",
        message,
    ))
}

/// Nothing that others are made from may go.
///
/// # Errors
/// `Conflict`, with those that need it.
pub async fn unused(app: &App, kind: Kind, name: &str) -> ApiResult<()> {
    let mut users = Vec::new();
    let fields: &[(Kind, &str)] = match kind {
        Kind::Template => &[(Kind::Workspace, "template")],
        Kind::Image => &[(Kind::Template, "image"), (Kind::Workspace, "image")],
        Kind::Workspace | Kind::Snapshot | Kind::Event => &[],
    };
    for (of, field) in fields {
        let all = app.store().list(&Selection::all(*of), &Page::default()).await?;
        users.extend(
            all.items
                .iter()
                .filter(|item| item["spec"][*field] == name)
                .map(|item| {
                    let meta = &item["metadata"];
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    match text(&meta["namespace"]) {
                        owner if owner.is_empty() => format!("{} {}", of.singular(), text(&meta["name"])),
                        owner => format!("{} {owner}/{}", of.singular(), text(&meta["name"])),
                    }
                }),
        );
    }
    if users.is_empty() {
        return Ok(());
    }
    let more = users.len().saturating_sub(5);
    users.truncate(5);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let why = format!(
        "it is used by {}{more}; delete or change those first",
        users.join(", ")
    );
    Err(ApiError::conflict(kind, name, &why))
}
