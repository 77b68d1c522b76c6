//! Cookies at the border between browser and workspace: pure functions over foreign bytes.
//!
//! Inward, nothing of Toft's passes. Outward, an app may set cookies for itself only: not one
//! that the UI would receive, and none with a name of Toft's.
//!
//! Browsers keep cookies apart by host, not by port. Where apps are told apart by port, an app's
//! cookies therefore get the port into their name on the way out and lose it on the way in
//! ([`Jar::Port`]), and nothing else goes in: no server gets another app's cookie, nor one that
//! another app's script made up. One that the app's own scripts are to read goes out under both
//! names, the second one hidden from scripts; scripts of other apps on that host can read the
//! first, as browsers let them.

use std::borrow::Cow;

/// What every cookie of Toft's begins with.
const OURS: &str = "__Host-toft";

/// How an app's cookies are kept apart from others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jar {
    /// The app has a host name of its own: the browser keeps them apart.
    Host,
    /// The app shares its host name and has this port.
    Port(u16),
}

/// What becomes of an app's `Set-Cookie`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outward {
    /// It goes to the browser as it is.
    Pass,
    /// It goes to the browser as this instead.
    Rename(Vec<u8>),
    /// It goes to the browser as it is, for scripts, and as this, for the app.
    Double(Vec<u8>),
    /// It does not go to the browser.
    Drop,
}

/// The name of the session cookie on a host.
pub fn session_name(jar: Jar) -> Cow<'static, str> {
    match jar {
        Jar::Host => Cow::Borrowed(OURS),
        Jar::Port(port) => Cow::Owned(format!("{OURS}-{port}")),
    }
}

/// The name of the cookie that ties a sign-in to the browser that began it.
pub fn state_name(jar: Jar) -> Cow<'static, str> {
    match jar {
        Jar::Host => Cow::Borrowed("__Host-toft-state"),
        Jar::Port(port) => Cow::Owned(format!("{OURS}-state-{port}")),
    }
}

/// The value of the cookie `name` in a `Cookie` field; the first, if there are several.
pub fn find<'a>(field: &'a [u8], name: &str) -> Option<&'a str> {
    let value = pieces(field).find_map(|piece| piece.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    std::str::from_utf8(value).ok()
}

/// A `Cookie` field without what the app must not see; `None` when nothing has to change.
pub fn inward(field: &[u8], jar: Jar) -> Option<Vec<u8>> {
    let own_host = jar == Jar::Host;
    let touched = |piece: &[u8]| !own_host || is_ours(piece) || unscoped(piece).is_some();
    if !pieces(field).any(touched) {
        return None;
    }
    let mut kept = Vec::with_capacity(field.len());
    let mine = pieces(field)
        .filter_map(unscoped)
        .filter(|scoped| Jar::Port(scoped.port) == jar);
    for plain in mine
        .map(|scoped| [scoped.prefix, scoped.rest].concat())
        .filter(|plain| !is_ours(trim(plain)))
    {
        push(&mut kept, &plain);
    }
    for plain in pieces(field).filter(|piece| !touched(piece)) {
        push(&mut kept, plain);
    }
    Some(kept)
}

/// What becomes of an app's `Set-Cookie` field, where the UI has the names `ui`.
pub fn outward<'a>(field: &[u8], jar: Jar, ui: &(impl IntoIterator<Item = &'a str> + Clone)) -> Outward {
    let mut parts = field.split(|&b| b == b';');
    // A cookie without a name is sent back as its bare value: `=__Host-toft=x` would return as ours.
    let cookie = trim_nameless(parts.next().unwrap_or_default());
    let control = |b: &u8| b.is_ascii_control() && *b != b'\t';
    if is_ours(cookie) || unscoped(cookie).is_some() || field.iter().any(control) {
        return Outward::Drop;
    }
    let mut http_only = false;
    for attribute in parts {
        let mut halves = attribute.splitn(2, |&b| b == b'=');
        let name = trim(halves.next().unwrap_or_default());
        if name.eq_ignore_ascii_case(b"domain") {
            let value = trim(halves.next().unwrap_or_default());
            if !domain_is_harmless(value, ui.clone()) {
                return Outward::Drop;
            }
        }
        http_only |= name.eq_ignore_ascii_case(b"httponly");
    }
    match jar {
        Jar::Port(port) if http_only => Outward::Rename(scope(field, port)),
        Jar::Port(port) => Outward::Double([&scope(field, port), &b"; HttpOnly"[..]].concat()),
        Jar::Host => Outward::Pass,
    }
}

/// Whether a `Domain` attribute leaves the cookie where the UI does not receive it. As the UI has
/// the parent of all the apps' names, other apps do not receive it either.
fn domain_is_harmless<'a>(value: &[u8], ui: impl IntoIterator<Item = &'a str>) -> bool {
    let Ok(value) = std::str::from_utf8(value) else {
        return false;
    };
    let value = value.strip_prefix('.').unwrap_or(value);
    let value = value.strip_suffix('.').unwrap_or(value).to_ascii_lowercase();
    // Browsers normalise hosts (percent signs, full-width letters): only plain names can be judged.
    let plain = value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let covers = |name: &str| {
        name.strip_suffix(&value)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    value.is_empty() || plain && !ui.into_iter().any(covers)
}

/// Whether a cookie is Toft's, however its name is spelt. Some programs take blanks beyond ASCII for
/// blanks, and would read the name after them.
fn is_ours(cookie: &[u8]) -> bool {
    let name = cookie
        .iter()
        .position(u8::is_ascii_graphic)
        .unwrap_or(cookie.len());
    starts_with_ignore_case(&cookie[name..], OURS.as_bytes())
}

/// A cookie that carries the port of its app in its name.
struct Scoped<'a> {
    prefix: &'a [u8],
    port: u16,
    rest: &'a [u8],
}

/// Reads `[__Host-|__Secure-]toft-PORT.NAME=VALUE`.
fn unscoped(cookie: &[u8]) -> Option<Scoped<'_>> {
    let (prefix, name) = split_prefix(cookie);
    if !starts_with_ignore_case(name, b"toft-") {
        return None;
    }
    let name = &name[b"toft-".len()..];
    let dot = name.iter().position(|&b| b == b'.')?;
    let port = std::str::from_utf8(&name[..dot]).ok()?.parse().ok()?;
    Some(Scoped {
        prefix,
        port,
        rest: &name[dot + 1..],
    })
}

/// The same `Set-Cookie` field with the port in the cookie's name.
fn scope(field: &[u8], port: u16) -> Vec<u8> {
    let (prefix, rest) = split_prefix(trim(field));
    [prefix, b"toft-", port.to_string().as_bytes(), b".", rest].concat()
}

/// Splits off the prefix to which browsers give a meaning.
fn split_prefix(cookie: &[u8]) -> (&[u8], &[u8]) {
    let known: [&[u8]; 2] = [b"__Host-", b"__Secure-"];
    let len = known
        .iter()
        .find(|prefix| starts_with_ignore_case(cookie, prefix))
        .map_or(0, |prefix| prefix.len());
    cookie.split_at(len)
}

fn pieces(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field
        .split(|&b| b == b';')
        .map(trim)
        .filter(|piece| !piece.is_empty())
}

fn push(field: &mut Vec<u8>, cookie: &[u8]) {
    if !field.is_empty() {
        field.extend_from_slice(b"; ");
    }
    field.extend_from_slice(cookie);
}

fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |b: &u8| b.is_ascii_whitespace() || b.is_ascii_control();
    let start = bytes.iter().position(|b| !blank(b)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|b| !blank(b)).map_or(start, |at| at + 1);
    &bytes[start..end]
}

/// The cookie without what stands before its name, or before its value if it has no name.
fn trim_nameless(cookie: &[u8]) -> &[u8] {
    let mut cookie = trim(cookie);
    while let Some(rest) = cookie.strip_prefix(b"=") {
        cookie = trim(rest);
    }
    cookie
}

fn starts_with_ignore_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.len() >= prefix.len() && bytes[..prefix.len()].eq_ignore_ascii_case(prefix)
}

#[cfg(test)]
mod tests;
