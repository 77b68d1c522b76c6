//! Telling the service manager how it goes (`sd_notify(3)`): a line of text to a socket.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says that this process is the service and serves. Where nobody asked to be told, nothing.
pub fn serving() {
    tell(&format!("MAINPID={}\nREADY=1", std::process::id()));
}

/// Says that another process is about to take over.
pub fn reloading() {
    tell("RELOADING=1");
}

/// Says that this is the end.
pub fn stopping() {
    tell("STOPPING=1");
}

fn tell(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let path = path.to_string_lossy();
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&*path),
    };
    let told = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = told {
        tracing::warn!(%error, "cannot tell the service manager how it goes");
    }
}
