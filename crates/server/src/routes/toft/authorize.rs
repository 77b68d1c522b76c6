//! Carrying a sign-in from the UI to an app's host.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use toft_gateway::signin::Authorize;

use super::login::broken;
use crate::people::accounts::Purpose;
use crate::people::policy::{Caller, Via};
use crate::state::App;
use crate::wire::problem::ProblemResult;
use crate::wire::status::ApiError;

/// Sends a browser that is signed in back to the app's host that it came from, with a one-time
/// code for that host; one that is not, to the sign-in page.
pub async fn authorize(
    State(app): State<App>,
    caller: Option<Caller>,
    RawQuery(query): RawQuery,
) -> ProblemResult<Response> {
    let asked = query.as_deref().and_then(Authorize::from_query);
    let asked = asked.ok_or_else(|| {
        ApiError::bad_request(
            "this is where apps' pages send browsers to sign in; 'host' and 'state' are missing or malformed",
        )
    })?;
    if !app.site().is_app_authority(&asked.host) {
        return Err(ApiError::bad_request("'host' is not the host of an app of this Toft").into());
    }
    let Some(caller) = caller.filter(|caller| caller.via == Via::Session) else {
        let query = query.unwrap_or_default();
        let here = format!("{}/authorize?{query}", super::BASE);
        let next = percent_encoding::utf8_percent_encode(&here, percent_encoding::NON_ALPHANUMERIC);
        return Ok(redirect(&format!("/login?next={next}")));
    };
    // Whether this person may see the app is asked with every request to it, by the gateway.
    let issued = app
        .accounts()
        .issue_code(&caller.user, Purpose::Host, &asked.host, Some(&caller.credential))
        .await;
    let (code, _) = issued.map_err(broken)?;
    Ok(redirect(&asked.callback_url(&code)))
}

fn redirect(to: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
