//! The container runtime on this very host, as root, with a real OCI runtime.

mod support;

mod start;
