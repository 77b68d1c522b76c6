//! Signing in with a one-time code, and out.

use std::time::Instant;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toft_store::audit::Entry;

use super::me::Me;
use crate::people::accounts::{AccountError, Origin, Purpose, SESSION_LIFE};
use crate::people::identify::{COOKIE, source, source_text};
use crate::people::policy::{Act, Caller, Subject, Verdict, Via, decide};
use crate::state::App;
use crate::wire::problem::{Problem, ProblemResult};
use crate::wire::sent::Sent;
use crate::wire::status::ApiError;

/// A one-time code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    /// As it stands in the link.
    code: String,
}

/// For whom a link is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkBody {
    /// The caller, where nobody is named.
    user: Option<String>,
}

/// Links that sign in once: the same code at every address of this machine.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// The best first.
    pub links: Vec<String>,
    /// Until when.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
}

/// The connection that a request came over, as far as signing in needs it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// For slowing down who guesses.
    pub address: std::net::IpAddr,
    /// For the audit log.
    pub text: String,
}

// === impl Peer ===

impl Peer {
    /// Reads it off a request.
    pub fn of(extensions: &Extensions) -> Self {
        Self {
            address: source(extensions),
            text: source_text(extensions),
        }
    }
}

/// Signs in with the code of a login link: begins a session and sets its cookie.
pub async fn login(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Sent(body): Sent<LoginBody>,
) -> ProblemResult<Response> {
    let (caller, cookie) = redeem(&app, &peer, &headers, &body.code, Purpose::Login).await?.0;
    let mut response = Json(Me::from(&caller)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Makes a link that signs a person in once. An admin may make one for anybody.
pub async fn link(
    State(app): State<App>,
    caller: Caller,
    Sent(body): Sent<LinkBody>,
) -> ProblemResult<Json<Links>> {
    let wanted = body.user.unwrap_or_else(|| caller.user.to_string());
    // A link is a session for as long as it likes: a limited token must not make one.
    let allowed = decide(&caller, Act::Write, Subject::OfUser(&wanted)) == Verdict::Allow;
    if !allowed || app.store().user(&wanted).await.map_err(ApiError::from)?.is_none() {
        let message = format!("there is no user '{}'", crate::wire::status::clip(&wanted));
        return Err(Problem(ApiError::new(StatusCode::NOT_FOUND, "NotFound", message)));
    }
    Ok(Json(login_links(&app, &wanted).await?))
}

/// The links that sign `user` in once.
pub async fn login_links(app: &App, user: &str) -> Result<Links, ApiError> {
    let issued = app.accounts().issue_code(user, Purpose::Login, "/", None).await;
    let (code, expires_at) = issued.map_err(broken)?;
    let links = app
        .site()
        .urls()
        .iter()
        .map(|url| format!("{url}/login?code={code}"))
        .collect();
    Ok(Links { links, expires_at })
}

/// Ends the session of the browser, with those on apps' hosts.
pub async fn logout(State(app): State<App>, caller: Caller) -> ProblemResult<Response> {
    if caller.via == Via::Session {
        app.accounts()
            .sign_out(&caller.user, &caller.credential)
            .await
            .map_err(broken)?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    response
        .headers_mut()
        .insert(header::SET_COOKIE, cookie_value(&gone)?);
    Ok(response)
}

/// What signing in gives: who it is, the cookie, and where the code leads.
type SignedIn = ((Caller, HeaderValue), String);

/// Uses a code up and begins a session. Guessing is slowed down, and every try is audited.
pub(super) async fn redeem(
    app: &App,
    peer: &Peer,
    headers: &HeaderMap,
    code: &str,
    purpose: Purpose,
) -> Result<SignedIn, ApiError> {
    let accounts = app.accounts();
    accounts
        .throttle
        .check(peer.address, Instant::now())
        .map_err(ApiError::too_many_requests)?;
    let Some(grant) = accounts.redeem(code, purpose).await.map_err(broken)? else {
        accounts.throttle.failed(peer.address, Instant::now());
        audit(app, peer, "", "refused: unknown, used or expired code").await;
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "this link was used before, or is too old",
        )
        .hint("make another one: 'toft user link' on the machine that runs Toft, or ask an admin"));
    };
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let origin = Origin {
        agent: agent.chars().take(200).collect(),
        address: peer.text.clone(),
    };
    let (id, value) = accounts.sign_in(&grant.user, origin).await.map_err(broken)?;
    let caller = accounts
        .caller(&grant.user, Via::Session, &id, false)
        .await
        .map_err(broken)?;
    let caller = caller.ok_or_else(ApiError::unauthorized)?;
    app.metrics().signed_in();
    audit(app, peer, &grant.user, "ok").await;
    let cookie = format!(
        "{COOKIE}={value}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
        SESSION_LIFE.as_secs()
    );
    Ok(((caller, cookie_value(&cookie)?), grant.target))
}

async fn audit(app: &App, peer: &Peer, user: &str, outcome: &str) {
    let entry = Entry {
        id: 0,
        at_ms: 0,
        actor: user.to_owned(),
        source: peer.text.clone(),
        verb: "sign-in".to_owned(),
        object: "session".to_owned(),
        outcome: outcome.to_owned(),
    };
    crate::audit::append(app, entry).await;
}

fn cookie_value(text: &str) -> Result<HeaderValue, ApiError> {
    let mut value =
        HeaderValue::from_str(text).map_err(|error| ApiError::internal("set a cookie", &error))?;
    value.set_sensitive(true);
    Ok(value)
}

#[allow(clippy::needless_pass_by_value, reason = "handed to map_err by name")]
pub(super) fn broken(error: AccountError) -> ApiError {
    ApiError::internal("look people up", &error)
}
