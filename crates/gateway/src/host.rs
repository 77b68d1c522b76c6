//! Host names and what they mean: pure functions over foreign bytes.
//!
//! `app--workspace--owner.DOMAIN` is an app; the domain itself, the host's own names and any IP
//! address are the UI; everything else is nobody's and is refused. Names are compared in lower
//! case and without the root's dot.

use std::fmt;

/// Longest label that DNS allows.
const LABEL_MAX: usize = 63;

/// The domain under which apps have names, such as `toft.localhost`: lower case, checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(String);

/// Which app of which workspace: what `app--workspace--owner` says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AppHost {
    /// The app.
    pub app: AppName,
    /// The workspace's name.
    pub workspace: String,
    /// The workspace's namespace.
    pub owner: String,
}

/// An app by name, or any port by its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppName {
    /// An app that the workspace declares.
    Name(String),
    /// A port of the workspace's, declared or not.
    Port(u16),
}

/// Why a text is no domain or host of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// Not a DNS name.
    #[error("{0:?} is not a domain name: use lower-case labels such as toft.localhost or lab.example.org")]
    Domain(String),
    /// Not `app--workspace--owner`.
    #[error("{0:?} is not an app's host: use app--workspace--owner, such as terminal--web--alice")]
    App(String),
}

// === impl Domain ===

impl Domain {
    /// Checks and normalises a domain name.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let fits = !name.is_empty() && name.len() <= 253 - 1 - LABEL_MAX;
        if fits && name.split('.').all(is_label) && !ends_in_number(&name) {
            Ok(Self(name))
        } else {
            Err(HostError::Domain(text.to_owned()))
        }
    }

    /// The name, in lower case and without a final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this and all names below it mean the machine that asks (RFC 6761, section 6.3).
    pub fn is_local(&self) -> bool {
        self.0 == "localhost" || self.0.ends_with(".localhost")
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl AppHost ===

impl AppHost {
    /// Reads `app--workspace--owner`, the first label of an app's host name, in lower case.
    pub fn from_label(label: &str) -> Result<Self, HostError> {
        let error = || HostError::App(label.to_owned());
        if !is_label(label) {
            return Err(error());
        }
        let mut parts = label.split("--");
        let (Some(app), Some(workspace), Some(owner), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(error());
        };
        if ![app, workspace, owner].into_iter().all(is_label) {
            return Err(error());
        }
        let app = AppName::parse(app).ok_or_else(error)?;
        Ok(Self {
            app,
            workspace: workspace.to_owned(),
            owner: owner.to_owned(),
        })
    }

    /// The whole host name under `domain`.
    pub fn host_name(&self, domain: &Domain) -> String {
        format!("{self}.{domain}")
    }
}

impl fmt::Display for AppHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}--{}--{}", self.app, self.workspace, self.owner)
    }
}

// === impl AppName ===

impl AppName {
    /// A number is a port (1–65535, without leading zeros), anything else a name.
    fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::Name(text.to_owned()));
        }
        match text.parse() {
            Ok(port) if port > 0 && !text.starts_with('0') => Some(Self::Port(port)),
            _ => None,
        }
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Port(port) => write!(f, "{port}"),
        }
    }
}

/// Whether `label` is a lower-case DNS label.
fn is_label(label: &str) -> bool {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = label.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    bytes.len() <= LABEL_MAX && edge(first) && edge(last) && bytes.iter().all(|&b| edge(b) || b == b'-')
}

/// Whether browsers would read the name as an IPv4 address (its last label is a number).
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x")
}
