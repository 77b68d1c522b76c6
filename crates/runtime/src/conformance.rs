//! What every runtime must do, as one suite of checks.
