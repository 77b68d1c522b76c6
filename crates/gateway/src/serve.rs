//! A request's way: which host it names, who serves that, and on what conditions.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{Apps, ConnInfo, Sessions, Ui};
use crate::authority::{self, Authority};
use crate::body::{Outgoing, Upload};
use crate::config::Limits;
use crate::cookies::{self, Jar};
use crate::directory::{Directory, Place};
use crate::headers::{self, Peer};
use crate::host::AppHost;
use crate::io::Activity;
use crate::pages::Notice;
use crate::pool::Pool;
use crate::tls::Leaf;
use crate::{app, origin};

/// What all connections share.
pub(crate) struct Core {
    pub limits: Limits,
    pub directory: Arc<Directory>,
    pub ui: Ui,
    pub apps: Arc<dyn Apps>,
    pub sessions: Arc<dyn Sessions>,
    /// [`Sessions::changes`].
    pub changes: watch::Receiver<u64>,
    pub pool: Arc<Pool>,
    /// `WebSocket`s that are open, and what ends them.
    pub tunnels: TaskTracker,
    /// Another process takes over: connections end after the request that they are at.
    pub leaving: CancellationToken,
    pub cut: CancellationToken,
}

/// One client connection, as its requests see it.
pub(crate) struct Client {
    pub core: Arc<Core>,
    pub info: ConnInfo,
    pub peer: Peer,
    /// The app whose own port this came in on.
    pub own_port: Option<Arc<AppHost>>,
    /// The certificate that the client asked for by name, if it named one.
    pub asked_for: Option<Leaf>,
    pub activity: Arc<Activity>,
    /// The last target: nearly every request on a connection has the same.
    last: Mutex<Option<Arc<Target>>>,
}

/// A host that was named, and what it means.
pub(crate) struct Target {
    /// As the client spelt it.
    pub field: HeaderValue,
    pub authority: Authority,
    pub place: Place,
}

// === impl Client ===

impl Client {
    pub(crate) fn new(
        core: Arc<Core>,
        info: ConnInfo,
        own_port: Option<Arc<AppHost>>,
        asked_for: Option<Leaf>,
        activity: Arc<Activity>,
    ) -> Self {
        let peer = Peer::new(info.peer.ip());
        Self {
            core,
            info,
            peer,
            own_port,
            asked_for,
            activity,
            last: Mutex::default(),
        }
    }

    /// Answers one request, whatever it is.
    pub(crate) async fn serve(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Outgoing>, Infallible> {
        let busy = self.activity.begin_request();
        let version = request.version();
        let response = match self.accept(&request) {
            Ok(target) => self.dispatch(request, &target).await,
            Err(notice) => notice.respond(request.headers()).map(Outgoing::from),
        };
        let response = self.say_goodbye(version, response);
        Ok(response.map(|body| body.keep(busy)))
    }

    /// Has the client come back over a new connection, when that leads to the next process.
    fn say_goodbye(&self, version: Version, mut response: Response<Outgoing>) -> Response<Outgoing> {
        let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if self.core.leaving.is_cancelled() && version < Version::HTTP_2 && !switches {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }

    /// Refuses what no one should see, and finds out whom the rest is for.
    fn accept<B>(&self, request: &Request<B>) -> Result<Arc<Target>, Notice> {
        if request.headers().len() > self.core.limits.header_count {
            let detail = format!(
                "A request may have {} header fields.",
                self.core.limits.header_count
            );
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(Notice::new(status, "Too many header fields", detail));
        }
        if *request.method() == Method::CONNECT {
            let detail = "This server is no forward proxy.";
            return Err(Notice::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                detail,
            ));
        }
        let target = self.target(request).ok_or_else(|| {
            let detail = "The request has to name one host, the same everywhere.";
            Notice::new(StatusCode::BAD_REQUEST, "Which host?", detail)
        })?;
        let misdirected = match (&target.place, self.asked_for) {
            (Place::Unknown, _) => true,
            // The certificates differ so that no browser takes a connection for one to the other.
            (Place::Ui, Some(leaf)) => leaf == Leaf::Apps,
            (Place::App { port: None, .. }, Some(leaf)) => leaf == Leaf::Server,
            _ => false,
        };
        if misdirected {
            let detail = format!("Nothing here is called {}. Check the address.", target.authority);
            let home = target.authority.with_host(self.core.directory.domain().as_str());
            let notice = Notice::new(StatusCode::MISDIRECTED_REQUEST, "Unknown host", detail);
            return Err(notice.home(&home));
        }
        Ok(target)
    }

    fn target<B>(&self, request: &Request<B>) -> Option<Arc<Target>> {
        let field = authority::of(request)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = last.as_ref().filter(|target| target.field.as_bytes() == field) {
            return Some(Arc::clone(target));
        }
        let authority = Authority::parse(std::str::from_utf8(field).ok()?)?;
        let place = self.core.directory.place(&authority, self.own_port.as_ref());
        let field = HeaderValue::from_bytes(field).ok()?;
        Some(Arc::clone(last.insert(Arc::new(Target {
            field,
            authority,
            place,
        }))))
    }

    async fn dispatch(&self, request: Request<Incoming>, target: &Target) -> Response<Outgoing> {
        match &target.place {
            Place::App { host, port } => {
                let jar = port.map_or(Jar::Host, Jar::Port);
                app::serve(
                    &app::Visit {
                        client: self,
                        target,
                        host,
                        jar,
                    },
                    request,
                )
                .await
            }
            Place::Moved(authority) => moved(&request, authority),
            Place::Ui | Place::Unknown => self.serve_ui(request, target).await,
        }
    }

    async fn serve_ui(&self, request: Request<Incoming>, target: &Target) -> Response<Outgoing> {
        if let Err(foreign) = ui_origin(request.method(), request.headers(), &target.authority) {
            let notice = Notice::new(StatusCode::FORBIDDEN, "Not from here", format!("{foreign}."));
            return notice.respond(request.headers()).map(Outgoing::from);
        }
        let limit = self.core.limits.body_idle;
        let mut request = request.map(|body| Upload::new(body, limit).boxed_unsync());
        request.extensions_mut().insert(self.info);
        let response = self.core.ui.call(request).await.map(Outgoing::from);
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            self.activity.set_upgraded();
        }
        response
    }
}

/// Sends a reader of pages to where the app has a name; nothing else is worth sending on.
fn moved(request: &Request<Incoming>, authority: &str) -> Response<Outgoing> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let detail = format!("This app is at https://{authority}.");
        let notice = Notice::new(StatusCode::MISDIRECTED_REQUEST, "It is elsewhere", detail);
        return notice.respond(request.headers()).map(Outgoing::from);
    }
    app::redirect(&format!("https://{authority}{path}"))
}

/// The UI's own pages are held to the same rule as an app's. Requests without a session, or with
/// a token, are the server's to judge.
fn ui_origin(method: &Method, headers: &HeaderMap, authority: &Authority) -> Result<(), origin::Foreign> {
    let signed_in = headers::cookie(headers, &cookies::session_name(Jar::Host)).is_some();
    if signed_in && headers::bearer(headers).is_none() {
        origin::check(method, headers, authority.as_str())?;
    }
    Ok(())
}
