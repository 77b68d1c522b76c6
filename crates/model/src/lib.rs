//! schemars
