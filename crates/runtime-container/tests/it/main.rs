//! The container runtime on this very host, as root, with a real OCI runtime and the real agent.

mod support;

mod conformance;
mod crash;
mod debian;
mod foreign;
mod start;
mod walls;
