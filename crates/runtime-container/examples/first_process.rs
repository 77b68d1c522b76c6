//! A first process for this crate's tests: it stands in for the agent where a test is about the
//! walls and not about the agent. On each connection of the socket that it inherits it reads one
//! line, runs it in a shell, and answers with what that said.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::FromRawFd;
use std::os::unix::net::{UnixListener, UnixStream};

fn main() -> std::io::Result<()> {
    // SAFETY: descriptor 3 is the listening socket that the launcher hands over; nobody else in
    // this process knows it.
    let listener = unsafe { UnixListener::from_raw_fd(3) };
    // SAFETY: the handler ends the process and touches nothing.
    unsafe { libc::signal(libc::SIGTERM, end as *const () as libc::sighandler_t) };
    println!("first process ready");
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || answer(stream));
    }
    Ok(())
}

extern "C" fn end(_: libc::c_int) {
    // SAFETY: _exit is async-signal-safe.
    unsafe { libc::_exit(0) }
}

// The stand-in is no part of the product and has no door.
#[allow(clippy::disallowed_methods)]
fn answer(mut stream: UnixStream) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    let done = std::process::Command::new("/bin/sh").arg("-c").arg(&line).output()?;
    stream.write_all(&done.stdout)?;
    stream.write_all(&done.stderr)
}
