//! The owners' networks, for real: every test is a host of its own, made of namespaces.

mod host;
mod isolation;
