//! Toft's own API: sign-in, people, and the machine; what is no resource.

pub mod audit;
pub mod authorize;
pub mod images;
pub mod login;
pub mod me;
pub mod open;
pub mod sessions;
pub mod site;
pub mod tokens;
pub mod users;

use axum::Router;
use axum::routing::{delete, get, post};

use crate::state::App;

/// Where Toft's own API lies.
pub const BASE: &str = "/api/toft/v1";

/// The routes of Toft's own API.
pub fn routes() -> Router<App> {
    let own = Router::new()
        .route("/login", post(login::login))
        .route("/login-links", post(login::link))
        .route("/logout", post(login::logout))
        .route("/open", get(open::open))
        .route("/authorize", get(authorize::authorize))
        .route("/me", get(me::me))
        .route("/users", get(users::list).post(users::create))
        .route("/tokens", get(tokens::list).post(tokens::create))
        .route("/tokens/{id}", delete(tokens::delete))
        .route("/sessions", get(sessions::list))
        .route("/sessions/{id}", delete(sessions::delete))
        .route("/audit", get(audit::list))
        .route("/host", get(site::host))
        .route("/doctor", get(site::doctor))
        .route("/usage", get(site::usage))
        .route("/ca.pem", get(site::ca))
        .route("/images/gc", post(images::collect))
        .fallback(nothing);
    Router::new()
        .nest(BASE, own)
        .route("/apis/toft.dev/v1alpha1/images/{name}/pull", post(images::pull))
}

async fn nothing() -> crate::wire::problem::Problem {
    crate::wire::problem::Problem(crate::wire::status::ApiError::no_route().hint("/api lists what there is"))
}
