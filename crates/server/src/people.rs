//! People: who is signed in, how that is proven, and what they may do.

pub mod accounts;
pub mod identify;
pub mod policy;
pub mod secret;
pub mod throttle;
