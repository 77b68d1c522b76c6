//! Fetching images anew, and removing what nothing needs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use toft_model::{Image, Kind};
use toft_store::Key;

use crate::people::policy::{Act, Caller, Subject, Verdict, decide};
use crate::resources::place::Place;
use crate::state::App;
use crate::wire::asked::Path;
use crate::wire::decode;
use crate::wire::problem::ProblemResult;
use crate::wire::status::{ApiError, ApiResult};

/// Fetches an image anew, even if it is here: its tag may have moved. Its status tells how far it is.
pub async fn pull(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> ApiResult<Response> {
    let place = Place {
        namespace: None,
        name: Some(name),
    };
    place.authorize(&caller, Act::Write, Kind::Image)?;
    let found = app.store().get(&Key::new(Kind::Image, "", place.name())).await?;
    let object = found.ok_or_else(|| ApiError::not_found(Kind::Image, place.name()))?;
    let image: Image = decode::typed(Kind::Image, object.clone())?;
    app.site().renew(&image.spec.source);
    app.engine().images().prepare_anew(image).await?;
    Ok((StatusCode::ACCEPTED, Json(object)).into_response())
}

/// Removes from the disk what no `Image` stands for and no workspace runs from.
pub async fn collect(State(app): State<App>, caller: Caller) -> ProblemResult<Json<Value>> {
    if decide(&caller, Act::Write, Subject::Site) != Verdict::Allow {
        return Err(ApiError::forbidden("only an admin may remove images").into());
    }
    let removed = app
        .site()
        .collect_images()
        .await
        .map_err(|error| ApiError::internal("remove images", &error))?;
    Ok(Json(json!({ "removed": removed })))
}
