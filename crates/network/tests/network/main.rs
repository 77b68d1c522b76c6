//! The owners' networks, for real: every test is a host of its own, made of namespaces.

mod frames;
mod host;
mod isolation;
mod lifecycle;
mod names;
mod spoofing;
