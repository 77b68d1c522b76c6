//! `toft`: daemon, client, and the agent inside workspaces, in one static file.

mod args;
mod client;
mod failure;
mod output;
mod roles;
mod target;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Toft;

fn main() -> ExitCode {
    // The roles inside workspaces and the DNS forwarder run many times over: they start before
    // anything of the daemon's or the client's is set up.
    let mut words = std::env::args_os();
    let role = words.nth(1);
    match role.as_ref().and_then(|word| word.to_str()) {
        Some("agent") => return toft_agent::role::main(words),
        Some("desktop") => return toft_desktop::main(words),
        Some("dns") => return toft_network::dns::main(words),
        _ => {}
    }
    let toft = Toft::parse();
    let ended = roles::runtime(&toft).and_then(|runtime| {
        let daemon = roles::serves(&toft);
        let ended = runtime.block_on(verbs::run(toft));
        if !daemon {
            // Who waits for standard input does so in a thread that nothing ends.
            runtime.shutdown_background();
        }
        ended
    });
    match ended {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}
