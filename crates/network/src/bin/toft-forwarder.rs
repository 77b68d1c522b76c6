//! The `dns` role as a program of its own: what the tests of this crate start in place of `toft dns`.

use std::process::ExitCode;

fn main() -> ExitCode {
    toft_network::dns::main(std::env::args_os().skip(1))
}
