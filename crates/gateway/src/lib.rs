//! The gateway: listeners, TLS and certificates, host routing, and the HTTP and WebSocket proxy.
//!
//! One TLS listener answers for everything. The host name of a request decides who serves it:
//! Toft's own names (the domain, the host's names, any IP address) go to the [`Ui`], and
//! `app--workspace--owner.DOMAIN` is proxied to that app through [`Apps`], after [`Sessions`] has
//! said who asks and whether they may. Where wildcard names cannot be had, an app gets a port of
//! its own instead ([`Gateway::open_app_port`]).
//!
//! **Architecture invariant**: nothing here knows the engine, the store or a runtime. What a
//! workspace serves never shares an origin with the UI, and no credential of Toft's crosses the
//! proxy in either direction.

mod admission;
pub mod api;
mod app;
pub mod authority;
mod body;
pub mod config;
mod connection;
pub mod cookies;
pub mod directory;
pub mod fuzzing;
mod gateway;
mod headers;
pub mod holder;
pub mod host;
mod io;
pub mod listen;
pub mod names;
pub mod origin;
mod pages;
mod pool;
mod proxy;
mod serve;
pub mod signin;
pub mod tls;
pub mod trust;
mod tunnel;
mod warrant;

pub use api::{
    AppRoute, Apps, Body, BoxError, BoxStream, ConnInfo, ConnectError, Credential, HostSession, Identity,
    RouteError, Sessions, Ui, Visibility,
};
pub use config::{GatewayConfig, Limits};
pub use directory::{Directory, Way};
pub use gateway::{Bound, Drained, Gateway, PortError, StartError};
pub use host::{AppHost, AppName, Domain};
pub use tls::Certificates;
