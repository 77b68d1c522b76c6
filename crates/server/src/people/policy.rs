//! Who may do what: one pure function over one table. Every route asks it, nothing else decides.
//!
//! An admin may do everything. A member owns one namespace, named like the member; what stands in
//! others is *not found*, not forbidden, so that names of others cannot be guessed. What belongs
//! to the whole site is there for members to read, and forbidden to change.

use std::sync::Arc;

/// What a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs the site.
    Admin,
    /// Works on it.
    Member,
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// Through the local socket, which only root and its group can open.
    Socket,
    /// By the cookie of a browser.
    Session,
    /// By an API token.
    Token,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user's name, which is the namespace too.
    pub user: Arc<str>,
    /// What the user may do.
    pub role: Role,
    /// How that is known.
    pub via: Via,
    /// The session's or token's public id; empty for the socket.
    pub credential: Arc<str>,
    /// Whether the credential is for reading only.
    pub read_only: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// Something in a namespace.
    Owned(&'a str),
    /// What all namespaces hold, of which a member sees the own part.
    AllOwned,
    /// A template or image.
    Shared,
    /// The list of people, or who has what credentials; of which a member sees the own part.
    People,
    /// Something of this user: tokens, sessions, login links.
    OfUser(&'a str),
    /// What concerns the running of the site: doctor, audit, metrics.
    Site,
    /// What everybody who is signed in may know: the host's capacity.
    Common,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Looking.
    Read,
    /// Changing, or working inside.
    Write,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, all of it.
    Allow,
    /// Yes, as far as it is the caller's own.
    AllowOwn,
    /// As if it were not there.
    NotFound,
    /// No, and there is no secret about its being there.
    Forbidden,
}

/// Decides.
pub fn decide(caller: &Caller, act: Act, subject: Subject<'_>) -> Verdict {
    use Act::{Read, Write};
    use Subject::{AllOwned, Common, OfUser, Owned, People, Shared, Site};
    use Verdict::{Allow, AllowOwn, Forbidden, NotFound};

    if caller.read_only && act == Write {
        return Forbidden;
    }
    if caller.role == Role::Admin {
        return Allow;
    }
    match (subject, act) {
        (Owned(name) | OfUser(name), _) if *name == *caller.user => Allow,
        (Owned(_) | OfUser(_), _) => NotFound,
        (AllOwned | People, Read) => AllowOwn,
        (Shared | Common, Read) => Allow,
        (AllOwned | People | Shared | Common, Write) | (Site, _) => Forbidden,
    }
}

#[cfg(test)]
mod tests;
