//! The agent, for this crate's tests: what `toft agent` is in the daemon's own program.

use std::process::ExitCode;

fn main() -> ExitCode {
    toft_agent::role::main(std::env::args_os().skip(1))
}
