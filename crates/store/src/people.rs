//! Users, and what they prove themselves with: sessions, tokens and one-time codes. All of them
//! arrive as hashes; times are milliseconds of the Unix clock.

mod codes;
mod sessions;
mod tokens;
mod users;

pub use codes::{Code, Redeemed};
pub use sessions::Session;
pub use tokens::Token;
pub use users::User;

#[cfg(test)]
mod tests;
