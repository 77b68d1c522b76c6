//! The agent alone, for this crate's tests: what `toft agent` is in the real program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Called as `toft agent …`.
    toft_agent::role::main(std::env::args_os().skip(2))
}
