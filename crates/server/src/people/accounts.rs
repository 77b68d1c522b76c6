//! Users, their sessions, tokens and one-time codes: what the store keeps, with a memory in front
//! of it, because every request of every app's page asks.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use toft_model::cause::chain;
use toft_store::people::{Code, Redeemed, Session, Token};
use toft_store::{Store, StoreError};
use tokio::sync::watch;

use super::policy::{Caller, Role, Via};
use super::secret::{NoRandomness, Secret};
use super::throttle::Throttle;

/// How long a browser stays signed in.
pub const SESSION_LIFE: Duration = Duration::from_hours(720);
/// How long a login link is good.
pub const LOGIN_LIFE: Duration = Duration::from_mins(15);
/// How long an `open` link is good.
pub const OPEN_LIFE: Duration = Duration::from_mins(2);
/// How long a browser has to carry a sign-in to an app's host.
pub const HOST_LIFE: Duration = Duration::from_secs(30);
/// Most credentials in memory; when it is full it begins anew.
const REMEMBERED_MAX: usize = 10_000;
/// How long memory is believed: the clock of expiry is the store's.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// What a one-time code is for. One of another purpose is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in to the UI, by a page that posts it.
    Login,
    /// Signing in to the UI by following a link, and going on to a target.
    Open,
    /// A session on one app's host, which is the target.
    Host,
}

/// Why people could not be looked up or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No secret could be made.
    #[error(transparent)]
    Secret(#[from] NoRandomness),
}

/// Where somebody signs in from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// What the browser calls itself.
    pub agent: String,
    /// Its address.
    pub address: String,
}

/// All people.
#[derive(Debug)]
pub struct Accounts {
    store: Store,
    /// Slows down who guesses.
    pub throttle: Throttle,
    remembered: RwLock<Memory>,
    roles: RwLock<HashMap<String, (Role, Instant)>>,
    /// Counts what was taken back.
    changes: watch::Sender<u64>,
}

/// Who was asked for lately, by the hash of what they proved themselves with.
#[derive(Debug, Default)]
struct Memory {
    known: HashMap<String, Remembered>,
    /// Counts what was taken back: what was read from the store before must not be remembered after.
    epoch: u64,
}

#[derive(Clone, Debug)]
struct Remembered {
    caller: Caller,
    host: String,
    until: Instant,
}

// === impl Purpose ===

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Open => "open",
            Self::Host => "host",
        }
    }

    const fn life(self) -> Duration {
        match self {
            Self::Login => LOGIN_LIFE,
            Self::Open => OPEN_LIFE,
            Self::Host => HOST_LIFE,
        }
    }
}

// === impl Accounts ===

impl Accounts {
    /// The people of this store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            throttle: Throttle::default(),
            remembered: RwLock::default(),
            roles: RwLock::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// The first admin, who is made where there is none: whom the local socket acts for.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn first_admin(&self) -> Result<String, AccountError> {
        let mut admins = self.store.users().await?;
        admins.retain(|user| user.role == "admin");
        admins.sort_by_key(|user| user.created_ms);
        if let Some(admin) = admins.first() {
            return Ok(admin.name.clone());
        }
        self.store.add_user("admin", "admin").await?;
        Ok("admin".to_owned())
    }

    /// Who the cookie's `value` belongs to on `host` (empty for the UI).
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn session(&self, value: &str, host: &str) -> Result<Option<Caller>, AccountError> {
        let Some(secret) = Secret::parse_value(value) else {
            return Ok(None);
        };
        let hash = secret.hash();
        if let Some(known) = self.recall(&hash) {
            return Ok((known.host == host).then_some(known.caller));
        }
        let epoch = self.epoch();
        let Some(session) = self.store.session(&hash).await? else {
            return Ok(None);
        };
        let Some(caller) = self
            .caller(&session.user, Via::Session, &session.id, false)
            .await?
        else {
            return Ok(None);
        };
        seen(self.store.touch_session(&session.id).await);
        self.remember(epoch, hash, caller.clone(), session.host.clone());
        Ok((session.host == host).then_some(caller))
    }

    /// Who an API token belongs to.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn token(&self, text: &str) -> Result<Option<Caller>, AccountError> {
        let Some(secret) = Secret::parse_token(text) else {
            return Ok(None);
        };
        let hash = secret.hash();
        if let Some(known) = self.recall(&hash) {
            return Ok(Some(known.caller));
        }
        let epoch = self.epoch();
        let token = self.store.token(&secret.id).await?;
        let Some(token) = token.filter(|token| secret.matches(&token.hash)) else {
            return Ok(None);
        };
        let read_only = token.scopes.split(' ').any(|scope| scope == "read");
        let Some(caller) = self.caller(&token.user, Via::Token, &token.id, read_only).await? else {
            return Ok(None);
        };
        seen(self.store.touch_token(&token.id).await);
        self.remember(epoch, hash, caller.clone(), String::new());
        Ok(Some(caller))
    }

    /// Begins a session of `user`'s in a browser; returns its id and the cookie's value.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn sign_in(&self, user: &str, origin: Origin) -> Result<(String, String), AccountError> {
        self.begin(user, None, String::new(), origin).await
    }

    /// Begins a session on an app's host, as a child of the UI's session `parent`.
    ///
    /// # Errors
    /// The store cannot be written; the parent may have ended.
    pub async fn sign_in_on(&self, user: &str, parent: &str, host: &str) -> Result<String, AccountError> {
        let (_, value) = self
            .begin(user, Some(parent.to_owned()), host.to_owned(), Origin::default())
            .await?;
        Ok(value)
    }

    /// Ends a session of `user`'s, with those on apps' hosts that came from it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn sign_out(&self, user: &str, id: &str) -> Result<bool, AccountError> {
        let ended = self.store.end_session(user, id).await?;
        self.forget();
        Ok(ended)
    }

    /// Makes a one-time code.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn issue_code(
        &self,
        user: &str,
        purpose: Purpose,
        target: &str,
        session: Option<&str>,
    ) -> Result<(String, Timestamp), AccountError> {
        let secret = Secret::new()?;
        let expires_ms = after(purpose.life());
        let code = Code {
            hash: secret.hash(),
            user: user.to_owned(),
            purpose: purpose.as_str().to_owned(),
            target: target.to_owned(),
            session: session.map(ToOwned::to_owned),
            expires_ms,
        };
        self.store.add_code(code).await?;
        Ok((
            secret.as_value(),
            Timestamp::from_millisecond(expires_ms).unwrap_or(Timestamp::MAX),
        ))
    }

    /// Uses a one-time code up.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn redeem(&self, code: &str, purpose: Purpose) -> Result<Option<Redeemed>, AccountError> {
        let Some(secret) = Secret::parse_value(code) else {
            return Ok(None);
        };
        Ok(self.store.redeem_code(&secret.hash(), purpose.as_str()).await?)
    }

    /// Makes an API token; returns its id and the token itself, which is kept nowhere.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn create_token(
        &self,
        user: &str,
        name: &str,
        read_only: bool,
        life: Option<Duration>,
    ) -> Result<(String, String), AccountError> {
        let secret = Secret::new()?;
        let token = Token {
            id: secret.id.clone(),
            hash: secret.hash(),
            user: user.to_owned(),
            name: name.to_owned(),
            scopes: if read_only {
                "read".to_owned()
            } else {
                String::new()
            },
            created_ms: 0,
            expires_ms: life.map(after),
            used_ms: None,
        };
        self.store.add_token(token).await?;
        Ok((secret.id.clone(), secret.as_token()))
    }

    /// Takes a token back (of `user`'s, if given).
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn remove_token(&self, user: Option<&str>, id: &str) -> Result<bool, AccountError> {
        let removed = self.store.remove_token(user, id).await?;
        self.forget();
        Ok(removed)
    }

    /// A user as a caller; nothing where there is none of the name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn caller(
        &self,
        user: &str,
        via: Via,
        credential: &str,
        read_only: bool,
    ) -> Result<Option<Caller>, AccountError> {
        let found = self.store.user(user).await?;
        Ok(found.map(|user| Caller {
            role: if user.role == "admin" {
                Role::Admin
            } else {
                Role::Member
            },
            user: user.name.into(),
            via,
            credential: credential.into(),
            read_only,
        }))
    }

    /// What a user may do, from memory where it was asked lately.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn role(&self, user: &str) -> Result<Option<Role>, AccountError> {
        let known = self
            .roles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(user)
            .copied();
        if let Some((role, until)) = known
            && until > Instant::now()
        {
            return Ok(Some(role));
        }
        let found = self
            .caller(user, Via::Session, "", false)
            .await?
            .map(|caller| caller.role);
        if let Some(role) = found {
            let mut roles = self.roles.write().unwrap_or_else(PoisonError::into_inner);
            if roles.len() >= REMEMBERED_MAX {
                roles.clear();
            }
            roles.insert(user.to_owned(), (role, Instant::now() + REMEMBERED_FOR));
        }
        Ok(found)
    }

    async fn begin(
        &self,
        user: &str,
        parent: Option<String>,
        host: String,
        origin: Origin,
    ) -> Result<(String, String), AccountError> {
        let secret = Secret::new()?;
        let session = Session {
            id: secret.id.clone(),
            hash: secret.hash(),
            user: user.to_owned(),
            parent,
            host,
            agent: origin.agent,
            address: origin.address,
            created_ms: 0,
            seen_ms: 0,
            expires_ms: after(SESSION_LIFE),
        };
        self.store.add_session(session).await?;
        Ok((secret.id.clone(), secret.as_value()))
    }

    fn recall(&self, hash: &str) -> Option<Remembered> {
        let memory = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        let known = memory.known.get(hash);
        known.filter(|known| known.until > Instant::now()).cloned()
    }

    fn epoch(&self) -> u64 {
        self.remembered
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .epoch
    }

    /// Remembers what the store said in `epoch`, unless something was taken back since.
    fn remember(&self, epoch: u64, hash: String, caller: Caller, host: String) {
        let mut memory = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if memory.epoch != epoch {
            return;
        }
        if memory.known.len() >= REMEMBERED_MAX {
            memory.known.clear();
        }
        let until = Instant::now() + REMEMBERED_FOR;
        memory.known.insert(hash, Remembered { caller, host, until });
    }

    /// Counts whenever something was taken back that people prove themselves with.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Ends when what the caller proved itself with is taken back: what it opened ends then.
    pub async fn revoked(&self, caller: &Caller) {
        let mut changes = self.changes.subscribe();
        // It may have been taken back before this was listened to.
        while self.holds(caller).await {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    async fn holds(&self, caller: &Caller) -> bool {
        let holds = match caller.via {
            Via::Socket => return true,
            Via::Session => self.store.session_lives(&caller.credential).await,
            Via::Token => self
                .store
                .token(&caller.credential)
                .await
                .map(|token| token.is_some()),
        };
        holds.unwrap_or_else(|error| {
            tracing::error!(error = %chain(&error), "cannot tell whether somebody still may: what they opened ends");
            false
        })
    }

    /// Another process took something back.
    pub fn taken_back_elsewhere(&self) {
        self.forget();
    }

    /// Forgets everything that is only remembered, and has everything open looked at again:
    /// something was taken back.
    fn forget(&self) {
        let mut memory = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        memory.known.clear();
        memory.epoch += 1;
        drop(memory);
        self.roles.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.changes.send_modify(|count| *count += 1);
    }
}

/// When something was used last is a nicety: a store that is being left, or full, keeps nobody out.
fn seen(noted: Result<(), StoreError>) {
    if let Err(error) = noted {
        tracing::debug!(error = %chain(&error), "a use was not noted");
    }
}

/// The time after `life`, as the store counts.
fn after(life: Duration) -> i64 {
    let life = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
    Timestamp::now().as_millisecond().saturating_add(life)
}

#[cfg(test)]
mod tests;
