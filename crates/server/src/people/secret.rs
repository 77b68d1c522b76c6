//! Secrets that Toft hands out: 256 random bits behind a public id. Only their hash is kept.
//!
//! A secret of 256 random bits cannot be guessed, so one round of SHA-256 is enough to keep it:
//! a slow hash is for passwords that people choose.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What API tokens begin with, so that people and scanners know them.
const TOKEN_PREFIX: &str = "toft_";
/// Hexadecimal characters of a public id.
const ID_LENGTH: usize = 16;
/// Longest credential that is looked at.
const CREDENTIAL_MAX: usize = 128;

/// A secret with its public id, as long as it is being handed out.
#[derive(Clone)]
pub struct Secret {
    /// Names it in lists and logs.
    pub id: String,
    secret: String,
}

/// The system cannot make random numbers.
#[derive(Debug, thiserror::Error)]
#[error("failed to make a secret: the system's random number generator does not answer: {0}")]
pub struct NoRandomness(#[source] rand::rand_core::OsError);

// === impl Secret ===

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 40];
        OsRng.try_fill_bytes(&mut bytes).map_err(NoRandomness)?;
        let (id, secret) = bytes.split_at(ID_LENGTH / 2);
        Ok(Self {
            id: hex::encode(id),
            secret: BASE64_URL_SAFE_NO_PAD.encode(secret),
        })
    }

    /// As an API token: shown once, never kept.
    pub fn as_token(&self) -> String {
        format!("{TOKEN_PREFIX}{}_{}", self.id, self.secret)
    }

    /// As a cookie's value or a one-time code.
    pub fn as_value(&self) -> String {
        format!("{}_{}", self.id, self.secret)
    }

    /// What is kept of it.
    pub fn hash(&self) -> String {
        hash(&self.secret)
    }

    /// Reads an API token that somebody sent. Says nothing about whether it is known.
    pub fn parse_token(text: &str) -> Option<Self> {
        Self::parse_value(text.strip_prefix(TOKEN_PREFIX)?)
    }

    /// Reads a cookie's value or a code that somebody sent.
    pub fn parse_value(text: &str) -> Option<Self> {
        if text.len() > CREDENTIAL_MAX {
            return None;
        }
        let (id, secret) = text.split_once('_')?;
        let hexadecimal = id.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        (id.len() == ID_LENGTH && hexadecimal && !secret.is_empty()).then(|| Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// Whether it is the one of which `kept` is the hash; takes as long when it is not.
    pub fn matches(&self, kept: &str) -> bool {
        self.hash().as_bytes().ct_eq(kept.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    /// Hides the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

#[cfg(test)]
mod tests;
