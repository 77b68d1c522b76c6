//! A visit to an app: who is it, may they, and then the way to the app.
//!
//! Until somebody is signed in, an app that is not theirs and an app that does not exist look the
//! same: both ask to sign in. After that, both are not found.

use std::sync::Arc;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::api::{AppRoute, Credential, Identity, RouteError, Visibility};
use crate::body::Outgoing;
use crate::cookies::{self, Jar};
use crate::host::AppHost;
use crate::pages::Notice;
use crate::serve::{Client, Target};
use crate::signin::{self, Authorize, Callback};
use crate::warrant::{Right, Warrant};
use crate::{headers, origin, proxy};

/// One request to one app.
pub(crate) struct Visit<'a> {
    pub client: &'a Client,
    pub target: &'a Target,
    pub host: &'a Arc<AppHost>,
    pub jar: Jar,
}

/// How long a sign-in may take, in seconds: to find one's password, not to come back tomorrow.
const STATE_MAX_AGE_S: u64 = 600;

/// Answers a request to an app's host.
pub(crate) async fn serve(visit: &Visit<'_>, request: Request<Incoming>) -> Response<Outgoing> {
    let path = request.uri().path();
    if path == signin::CALLBACK && *request.method() == Method::GET {
        return visit.callback(&request).await;
    }
    if path.starts_with(signin::RESERVED) {
        return visit.not_found(request.headers());
    }
    match visit.admit(&request).await {
        Ok((route, warrant)) => proxy::forward(visit, request, &route, warrant).await,
        Err(response) => *response,
    }
}

type Refusal = Box<Response<Outgoing>>;

// === impl Visit ===

impl Visit<'_> {
    /// Who may go on to the app, and by what right.
    async fn admit<B>(&self, request: &Request<B>) -> Result<(AppRoute, Warrant), Refusal> {
        let (headers, core) = (request.headers(), &self.client.core);
        // Before anything is asked: what is taken back meanwhile counts.
        let seen = *core.changes.borrow();
        let warrant = |right, route: &AppRoute| Warrant::new(Arc::clone(core), right, route.clone(), seen);
        let route = match core.apps.route(self.host).await {
            Ok(route) => Some(route),
            Err(RouteError::NotFound(_)) => None,
            Err(error @ RouteError::Unavailable { .. }) => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                return Err(refuse(
                    headers,
                    &Notice::new(status, "Not now", format!("{error}.")),
                ));
            }
        };
        if let Some(route) = route
            .as_ref()
            .filter(|route| route.visibility == Visibility::Public)
        {
            return Ok((route.clone(), warrant(Right::Public, route)));
        }
        let (identity, right) = self.identify(request).await?;
        match route {
            Some(route) if core.sessions.allowed(&identity, &route).await => {
                let warrant = warrant(right, &route);
                Ok((route, warrant))
            }
            _ => Err(Box::new(self.not_found(headers))),
        }
    }

    async fn identify<B>(&self, request: &Request<B>) -> Result<(Identity, Right), Refusal> {
        let (headers, sessions) = (request.headers(), &self.client.core.sessions);
        if let Some(token) = headers::bearer(headers) {
            let identity = sessions.identity(Credential::Bearer(token)).await;
            let right = || Right::Bearer(token.to_owned());
            return identity.map(|identity| (identity, right())).ok_or_else(|| {
                let detail = "The token is unknown, has expired or was revoked.";
                refuse(
                    headers,
                    &Notice::new(StatusCode::UNAUTHORIZED, "Not signed in", detail),
                )
            });
        }
        let value = headers::cookie(headers, &cookies::session_name(self.jar));
        let Some(value) = value else {
            return Err(Box::new(self.sign_in(request)));
        };
        let authority = self.target.authority.as_str();
        let Some(identity) = sessions.identity(Credential::Cookie { value, authority }).await else {
            return Err(Box::new(self.sign_in(request)));
        };
        origin::check(request.method(), headers, authority).map_err(|foreign| {
            refuse(
                headers,
                &Notice::new(StatusCode::FORBIDDEN, "Not from here", format!("{foreign}.")),
            )
        })?;
        let right = Right::Cookie {
            value: value.to_owned(),
            authority: authority.to_owned(),
        };
        Ok((identity, right))
    }

    /// Sends a person to sign in; tells a program that it must.
    fn sign_in<B>(&self, request: &Request<B>) -> Response<Outgoing> {
        if !is_navigation(request) {
            let detail = "Sign in to Toft, or send an API token as a bearer token.";
            let notice = Notice::new(StatusCode::UNAUTHORIZED, "Not signed in", detail);
            return answer(request.headers(), &notice);
        }
        let headers = request.headers();
        let name = cookies::state_name(self.jar);
        // Several tabs may be on their way at once: they share one state.
        let state = headers::cookie(headers, &name).filter(|state| signin::is_token(state));
        let state = state.map_or_else(signin::new_state, str::to_owned);
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let path = if signin::is_local_path(path) { path } else { "/" };
        let ask = Authorize {
            host: self.target.authority.as_str().to_owned(),
            path: path.to_owned(),
            state: state.clone(),
        };
        let mut response = redirect(&ask.url(&self.ui_authority()));
        set_cookie(&mut response, &name, &state, STATE_MAX_AGE_S);
        response
    }

    /// Takes the code that the browser brings, and gives it a session for it.
    async fn callback<B>(&self, request: &Request<B>) -> Response<Outgoing> {
        let headers = request.headers();
        let callback = Callback::from_query(request.uri().query().unwrap_or_default());
        let state = headers::cookie(headers, &cookies::state_name(self.jar));
        let authority = self.target.authority.as_str();
        let sessions = &self.client.core.sessions;
        if let (Some(callback), Some(state)) = (&callback, state)
            && callback.belongs_to(state)
            && let Some(session) = sessions.redeem(&callback.code, authority).await
            && signin::is_token(&session.value)
        {
            let mut response = redirect(&callback.path);
            let name = cookies::session_name(self.jar);
            set_cookie(&mut response, &name, &session.value, session.max_age.as_secs());
            return response;
        }
        // Perhaps another tab was faster, or this is the back button.
        if let (Some(callback), Some(value)) = (
            &callback,
            headers::cookie(headers, &cookies::session_name(self.jar)),
        ) && sessions
            .identity(Credential::Cookie { value, authority })
            .await
            .is_some()
        {
            return redirect(&callback.path);
        }
        let detail = if state.is_some() {
            "The sign-in code is unknown, too old or was used before."
        } else {
            "This sign-in was not begun in this browser, or the browser keeps no cookies for this host."
        };
        let notice = Notice::new(StatusCode::BAD_REQUEST, "Could not sign in", detail);
        answer(
            headers,
            &notice.link(format!("https://{authority}/"), "Try again"),
        )
    }

    pub(crate) fn not_found(&self, headers: &HeaderMap) -> Response<Outgoing> {
        let detail = format!("There is no app {}, or it is not shared with you.", self.host);
        let notice = Notice::new(StatusCode::NOT_FOUND, "App not found", detail);
        answer(headers, &notice.home(&self.ui_authority()))
    }

    pub(crate) fn ui_authority(&self) -> String {
        let port = match self.jar {
            Jar::Host => None,
            Jar::Port(port) => Some(port),
        };
        self.client
            .core
            .directory
            .ui_authority_for(&self.target.authority, port)
    }
}

pub(crate) fn answer(headers: &HeaderMap, notice: &Notice) -> Response<Outgoing> {
    notice.respond(headers).map(Outgoing::from)
}

fn refuse(headers: &HeaderMap, notice: &Notice) -> Refusal {
    Box::new(answer(headers, notice))
}

/// Whether a person (or a program that follows links like one) opens a page.
fn is_navigation<B>(request: &Request<B>) -> bool {
    const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
    let headers = request.headers();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let navigates = headers
        .get(SEC_FETCH_MODE)
        .is_none_or(|mode| mode.as_bytes() == b"navigate");
    let json = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    reads && navigates && !json && !headers.contains_key(header::UPGRADE)
}

pub(crate) fn redirect(location: &str) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::from(Full::default()));
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    // Paths are visible ASCII and the rest is percent-encoded; `/` is where the app begins anyway.
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn set_cookie(response: &mut Response<Outgoing>, name: &str, value: &str, max_age_s: u64) {
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={max_age_s}");
    // Names are ours and values were checked to be URL-safe.
    if let Ok(text) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, text);
    }
}
